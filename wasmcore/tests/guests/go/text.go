// SPDX-License-Identifier: Apache-2.0

// fmt, sort, strings, encoding/json, regular expressions, big numbers, hashes.
// guest-args: "a b" c
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"math/big"
	"math/bits"
	"os"
	"regexp"
	"sort"
	"strings"
	"text/tabwriter"
	"unicode"
)

type address struct {
	Street string  `json:"street"`
	Number int     `json:"number,omitempty"`
	Where  *[2]any `json:"where,omitempty"`
}

type person struct {
	Name      string            `json:"name"`
	Age       uint8             `json:"age"`
	Height    float64           `json:"height"`
	Tags      []string          `json:"tags"`
	Addresses map[string]address `json:"addresses"`
	secret    string
}

type byAge []person

func (p byAge) Len() int           { return len(p) }
func (p byAge) Less(i, j int) bool { return p[i].Age < p[j].Age }
func (p byAge) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }

func (p person) String() string { return fmt.Sprintf("<%s, %d>", p.Name, p.Age) }

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprintf(out, "%q %d\n", os.Args[1:], len(os.Args))

	people := []person{
		{"Ada", 36, 1.65, []string{"math", "<&>"}, map[string]address{"home": {"St James's Square", 12, &[2]any{51.5, "N"}}}, "x"},
		{"Grace", 85, 1.7, nil, nil, ""},
		{"Alan", 41, 1.78, []string{}, map[string]address{"work": {Street: "Bletchley"}, "": {}}, "y"},
	}
	sort.Sort(byAge(people))
	encoded, err := json.Marshal(people)
	fmt.Fprintln(out, string(encoded), err)
	var back []person
	err = json.Unmarshal(encoded, &back)
	fmt.Fprintf(out, "%v %+v %v\n", back, back[1].Addresses, err)
	var anything any
	for _, text := range []string{`{"b":[1,2.5e3,null,true,"\u00fc"],"a":{"c":{}}}`, `{"a":`, `[1,]`, `"\ud83e\udd80"`, `1e999`} {
		err := json.Unmarshal([]byte(text), &anything)
		fmt.Fprintf(out, "%v %v\n", anything, err)
	}
	var indented bytes.Buffer
	_ = json.Indent(&indented, encoded[1:len(encoded)/2], "", " ")
	fmt.Fprintln(out, indented.Len())

	fmt.Fprintf(out, "%5d|%-5d|%05d|%x|%X|%o|%b|%c|%U|%t|%8.3f|%e|%g|%s|%q|%v|%T|%p\n", 42, 42, 42, 255, 255, 8, 5, 'ü', 'ü', true,
		math.Pi, 1234.5678, 1e21, "s", "q\n", []any{1, "a", nil, 2.5}, map[string][]int{}, nil)
	fmt.Fprintf(out, "%v %v %v %v %v %d\n", math.Inf(1), math.NaN(), -0.0, math.MaxUint64/3.0, math.Sqrt(2), math.MinInt64)
	fmt.Fprintln(out, bits.LeadingZeros64(12345), bits.Reverse32(12345), bits.RotateLeft64(1, 63), math.Float32bits(0.1))
	fmt.Fprintf(out, "%.10f %.10f %.10f %v\n", math.Sin(1), math.Pow(2, 0.5), math.Log(10), math.Floor(-1.5))

	text := "The quick brown fox jumps over the lazy dog. Ünïcödé wörds — 世界!"
	fmt.Fprintln(out, strings.ToUpper(text), strings.Count(text, "o"), strings.Fields(text)[3], strings.Repeat("ab", 3))
	fmt.Fprintln(out, strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r + 1
		}
		return -1
	}, text), strings.EqualFold("STRASSE", "strasse"), strings.NewReplacer("a", "1", "b", "2").Replace("abc"))
	pattern := regexp.MustCompile(`(\w+)\s(over|brown)\s(?P<last>\w+)`)
	fmt.Fprintln(out, pattern.FindAllStringSubmatch(text, -1), pattern.ReplaceAllString(text, "$last-$1"))

	factorial := big.NewInt(1)
	for i := int64(2); i <= 60; i++ {
		factorial.Mul(factorial, big.NewInt(i))
	}
	quotient, rest := new(big.Int).DivMod(factorial, big.NewInt(1_000_000_007_000_001), new(big.Int))
	fmt.Fprintln(out, factorial, quotient, rest, new(big.Int).Exp(big.NewInt(3), big.NewInt(200), big.NewInt(1_000_003)))

	data := bytes.Repeat([]byte(text), 500)
	fmt.Fprintf(out, "%x %08x %s\n", sha256.Sum256(data), crc32.ChecksumIEEE(data), base64.StdEncoding.EncodeToString(data[:20]))

	counts := map[rune]int{}
	for _, r := range text {
		counts[unicode.ToLower(r)]++
	}
	keys := make([]rune, 0, len(counts))
	for r := range counts {
		keys = append(keys, r)
	}
	sort.Slice(keys, func(i, j int) bool {
		return counts[keys[i]] > counts[keys[j]] || counts[keys[i]] == counts[keys[j]] && keys[i] < keys[j]
	})
	table := tabwriter.NewWriter(out, 0, 8, 1, '.', tabwriter.AlignRight)
	for _, r := range keys[:6] {
		fmt.Fprintf(table, "%q\t%d\t\n", r, counts[r])
	}
	table.Flush()
	fmt.Fprintf(os.Stderr, "this is stderr\n")
}
