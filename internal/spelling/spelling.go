// Package spelling finds the known name that a mistyped one was meant to be.
package spelling

import "strings"

// Distance is the Levenshtein distance in bytes, ignoring case.
func Distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitute := diagonal
			if a[i] != b[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitute, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Nearest returns the known name that a word was probably meant to be: the first
// of those with the smallest distance, if that is at most half of the word's
// length, or one that the word begins. It returns "" if there is none.
func Nearest(word string, known []string) string {
	nearest, smallest := "", len(word)/2+1
	for _, name := range known {
		d := Distance(word, name)
		if word != "" && strings.HasPrefix(name, word) {
			d = min(d, 1)
		}
		if d < smallest {
			nearest, smallest = name, d
		}
	}
	return nearest
}
