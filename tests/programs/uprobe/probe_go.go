// What the tests of uprobes probe in Go.
package main

import "os"

//go:noinline
func probeMe(number int) int { return number * 2 }

func main() {
	if probeMe(len(os.Args)) == 1 {
		os.Exit(1)
	}
}
