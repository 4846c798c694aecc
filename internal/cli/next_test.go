package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/summary"
)

// Every command that a summary proposes is one that compare takes: it continues the
// comparison, or begins another one beside it.
func TestNextCommandsRun(t *testing.T) {
	path := book(t)
	t.Chdir(filepath.Dir(path)) // the command of a summary has no absolute paths
	path = filepath.Base(path)
	settings := nextCommandsRun(t, compareArgs(path, "runs/cmp"), "runs/cmp")
	preset := nextCommandsRun(t, []string{"compare", "--data", path, "--out", "runs/tiny", "--preset", "tiny"}, "runs/tiny")
	if settings["tiny-wsd"] || !preset["tiny-wsd"] {
		t.Errorf("a preset with branches was proposed first: %v and %v", settings, preset)
	}
}

// nextCommandsRun runs a comparison in dir, and what is proposed first until nothing is.
// It returns the flags that were proposed first, and the presets.
func nextCommandsRun(t *testing.T, args []string, dir string) map[string]bool {
	done := map[string]bool{}
	succeed(t, args...)
	for range 6 {
		s, err := summary.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		steps := s.Next()
		if len(steps) == 0 {
			t.Fatal("nothing to run next")
		}
		for _, step := range steps {
			if strings.Contains(step.Command, "plan.toml") {
				continue // which the reader has to write
			}
			succeed(t, append(strings.Fields(strings.TrimPrefix(step.Command, "waveletgpt ")), "--dry-run")...)
		}
		first := steps[0]
		if strings.Contains(first.Command, "plan.toml") {
			break
		}
		flag, _, _ := strings.Cut(first.Command[strings.LastIndex(first.Command, "--"):], " ") // the new one
		if done[flag] && flag != "--horizons" {
			t.Fatalf("%s is proposed again after it was run: %s", flag, first.Command)
		}
		done[flag] = true
		words := strings.Fields(strings.TrimPrefix(first.Command, "waveletgpt "))
		succeed(t, words...)
		for i, w := range words {
			switch w {
			case "--out":
				dir = words[i+1]
			case "--preset":
				done[words[i+1]] = true
			}
		}
	}
	for _, flag := range []string{"--seeds", "--sweep", "--horizons"} {
		if !done[flag] {
			t.Errorf("%s was never proposed first; proposed were %v", flag, done)
		}
	}
	return done
}
