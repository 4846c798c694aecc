package demo

import (
	"math/rand/v2"
	"regexp"
	"strings"
)

// A story is one sentence from each of these lists, in order. Words in brackets are
// drawn from those of their name, once for a story.
var plot = [][]string{
	{"[name] had a [colour] [thing].", "Once there was a child called [name], who had a [colour] [thing]."},
	{"One [time] [name] took the [thing] to the [place].", "On a [weather] [time] [name] went to the [place] with the [colour] [thing]."},
	{"A [size] [animal] sat there and waited.", "There [name] met a [size] [animal].", "Then a [size] [animal] came along."},
	{`"Is that your [thing]?" asked the [animal].`, `"May I see the [thing]?" asked the [animal].`},
	{`"Yes, it is mine," said [name].`, `"You may have it for a while," said [name].`, `"We can share it," said [name].`},
	{"So they played until it was dark.", "They sat by the [place] and looked at the [colour] [thing].", "The [animal] smiled, and [name] went home."},
}

var words = map[string][]string{
	"name":    {"Ada", "Ben", "Cora", "Dan", "Ella", "Finn", "Greta", "Hugo", "Ida", "Jon", "Kim", "Lena"},
	"colour":  {"red", "blue", "green", "yellow", "white", "black"},
	"thing":   {"boat", "kite", "drum", "lamp", "hat", "basket", "book", "ball"},
	"time":    {"morning", "evening", "day", "afternoon"},
	"weather": {"sunny", "windy", "rainy", "cold"},
	"place":   {"river", "forest", "market", "hill", "garden", "harbour"},
	"size":    {"small", "big", "young", "tired", "hungry"},
	"animal":  {"fox", "dog", "owl", "horse", "mouse", "bear", "duck", "goat"},
}

var slot = regexp.MustCompile(`\[(\w+)\]`)

// Stories returns n stories, each a line, with an empty line after it.
func Stories(n int, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 1))
	var text strings.Builder
	for range n {
		drawn := map[string]string{}
		for i, sentences := range plot {
			if i > 0 {
				text.WriteByte(' ')
			}
			text.WriteString(slot.ReplaceAllStringFunc(sentences[r.IntN(len(sentences))], func(name string) string {
				name = name[1 : len(name)-1]
				if drawn[name] == "" {
					drawn[name] = words[name][r.IntN(len(words[name]))]
				}
				return drawn[name]
			}))
		}
		text.WriteString("\n\n")
	}
	return text.String()
}

// sentence matches a sentence of any template with any words.
var sentence = func() *regexp.Regexp {
	var all []string
	for _, sentences := range plot {
		for _, s := range sentences {
			all = append(all, regexp.QuoteMeta(s))
		}
	}
	pattern := regexp.MustCompile(`\\\[(\w+)\\\]`).ReplaceAllStringFunc(strings.Join(all, "|"), func(name string) string {
		return "(?:" + strings.Join(words[name[2:len(name)-2]], "|") + ")"
	})
	return regexp.MustCompile("^(?:" + pattern + ")$")
}()

// ends cuts a line into sentences: a full stop ends each, and stands nowhere else.
var ends = regexp.MustCompile(`[^.]*\.`)

// Sentences counts the sentences of a text, and those among them that are made by the
// rules. What stands after the last full stop is not counted: it may be cut.
func Sentences(text string) (right, all int) {
	for line := range strings.Lines(text) {
		for _, s := range ends.FindAllString(line, -1) {
			all++
			if sentence.MatchString(strings.TrimSpace(s)) {
				right++
			}
		}
	}
	return right, all
}
