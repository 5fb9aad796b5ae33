// SPDX-License-Identifier: Apache-2.0

// Goroutines, channels, select, mutexes, defer and recover, closures, generics, garbage.
// guest-args: 8 five six
// guest-exit: 3
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

type number interface{ ~int | ~int64 | ~float64 }

func sum[T number](values ...T) (total T) {
	for _, v := range values {
		total += v
	}
	return
}

type tree[K cmp.Ordered, V any] struct {
	left, right *tree[K, V]
	key         K
	value       V
}

func (t *tree[K, V]) put(key K, value V) *tree[K, V] {
	switch {
	case t == nil:
		return &tree[K, V]{key: key, value: value}
	case key < t.key:
		t.left = t.left.put(key, value)
	case key > t.key:
		t.right = t.right.put(key, value)
	default:
		t.value = value
	}
	return t
}

func (t *tree[K, V]) all(yield func(K, V) bool) bool {
	return t == nil || t.left.all(yield) && yield(t.key, t.value) && t.right.all(yield)
}

func pipeline(workers int) int {
	jobs, results := make(chan int), make(chan int, 4)
	var group sync.WaitGroup
	for range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			for job := range jobs {
				results <- job * job
			}
		}()
	}
	go func() {
		for i := range 500 {
			jobs <- i
		}
		close(jobs)
		group.Wait()
		close(results)
	}()
	total := 0
	for result := range results {
		total += result
	}
	return total
}

// Each prime is a goroutine that filters.
func primes(count int) (found []int) {
	source := make(chan int)
	done := make(chan struct{})
	defer close(done)
	send := func(to chan<- int, value int) bool {
		select {
		case to <- value:
			return true
		case <-done:
			return false
		}
	}
	go func(to chan<- int) {
		for i := 2; send(to, i); i++ {
		}
	}(source)
	for range count {
		prime := <-source
		found = append(found, prime)
		next := make(chan int)
		go func(from <-chan int, to chan<- int) {
			for {
				select {
				case i := <-from:
					if i%prime != 0 && !send(to, i) {
						return
					}
				case <-done:
					return
				}
			}
		}(source, next)
		source = next
	}
	return
}

var errOdd = errors.New("odd")

func guarded(i int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered: %v", r)
		}
	}()
	var values []int
	var nothing *tree[int, int]
	switch i {
	case 0:
		return fmt.Errorf("wrapped: %w", errOdd)
	case 1:
		_ = values[i]
	case 2:
		_ = nothing.key
	case 3:
		_ = 1 / (i - 3)
	case 4:
		panic("by hand")
	}
	return nil
}

func main() {
	workers, err := strconv.Atoi(os.Args[1])
	if err != nil {
		os.Exit(9)
	}
	fmt.Println("pipeline", pipeline(workers), os.Args[2:])
	fmt.Println("primes", primes(40))

	var mutex sync.Mutex
	var group sync.WaitGroup
	var count atomic.Int64
	words := map[string]int{}
	for i := range 50 {
		group.Add(1)
		go func() {
			defer group.Done()
			for j := range 20 {
				mutex.Lock()
				words["w"+strconv.Itoa(i*j%17)]++
				mutex.Unlock()
				count.Add(1)
				if j%7 == 0 {
					runtime.Gosched()
				}
			}
		}()
	}
	group.Wait()
	fmt.Println("words", words, count.Load())

	for i := range 5 {
		err := guarded(i)
		fmt.Println(i, err, errors.Is(err, errOdd))
	}

	var root *tree[string, int]
	for i := range 2000 {
		root = root.put(fmt.Sprintf("%04d", i*7919%2003), i)
	}
	seen := 0
	root.all(func(key string, value int) bool {
		if seen%400 == 0 {
			fmt.Print(key, "=", value, " ")
		}
		seen++
		return true
	})
	fmt.Println(seen, sum(1, 2, 3), sum(0.5, 0.25))

	var kept [][]byte // garbage: 40 MB pass through
	for i := range 4000 {
		block := make([]byte, 10000)
		block[i%10000] = byte(i)
		if i%100 == 0 {
			kept = append(kept, block)
		}
	}
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	fmt.Println("kept", len(kept), memory.NumGC > 0)

	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	start := time.Now()
	select {
	case <-ctx.Done():
		fmt.Println(ctx.Err(), time.Since(start) >= 20*time.Millisecond)
	case <-time.After(time.Minute):
		fmt.Println("too late")
	}
	values := []int{5, 2, 8, 1}
	slices.SortFunc(values, func(a, b int) int { return b - a })
	fmt.Println(values, slices.Max(values))
	defer fmt.Println("never printed: os.Exit runs nothing")
	os.Exit(len(os.Args) - 1)
}
