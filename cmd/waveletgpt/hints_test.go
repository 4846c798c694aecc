package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every command that the program prints works as it is printed, pasted into a
// shell, where paths have spaces, quotes, colons and braces.
func TestHintsWork(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("needs a shell")
	}
	dir := filepath.Join(t.TempDir(), "it's a {place}: $HOME")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "waveletgpt")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a book.txt", strings.Repeat("the river carried a stone slowly under light\n", 200))
	write("-dash.txt", strings.Repeat("a stone in the river\n", 300))
	// start runs the program and returns its messages.
	start := func(args ...string) string {
		cmd := exec.Command(program, args...)
		cmd.Dir = dir
		var messages strings.Builder
		cmd.Stderr = &messages
		_ = cmd.Run() // many of them are errors
		return messages.String()
	}
	hint := regexp.MustCompile("`([^`]*waveletgpt'? [^`]*)`|(?m:^  (\\S.*waveletgpt'? .*)$)")
	tested := 0
	check := func(what, messages string) {
		t.Helper()
		found := hint.FindAllStringSubmatch(messages, -1)
		if len(found) == 0 {
			t.Errorf("%s: no command in %q", what, messages)
		}
		for _, h := range found {
			tested++
			line := h[1] + h[2]
			if strings.Contains(line, " train ") { // what it starts takes long
				line += " --stop-after 1ms"
			}
			cmd := exec.Command("sh", "-c", line)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if err != nil && !strings.Contains(string(out), "stopped by --stop-after") {
				t.Errorf("%s: %s: %v\n%s", what, line, err, out)
			}
		}
	}
	settings := tiny("train.steps=8")
	run := "runs/with space: {x}"
	check("train", start(slices.Concat([]string{"train", "a book.txt", "--out", run}, settings)...))
	check("train again", start(slices.Concat([]string{"train", "a book.txt", "--out", run}, settings)...))
	check("train stops", start(slices.Concat([]string{"train", "a book.txt", "--out", "-stopped", "--stop-after", "3s"}, tiny("train.steps=1000000"))...))
	music := slices.Concat([]string{"train", midi(t), "--out", "-music box"}, settings)
	check("train on music", start(music...))
	start(slices.Concat([]string{"compare", "./-dash.txt", "--variants", "none,shift{train.lr=2e-3}", "--out", "a comparison"}, settings)...)
	for _, args := range [][]string{
		{"generate", "a book.txt"}, {"generate", "--run", "-dash.txt"}, {"generate", "a comparison"}, {"eval", "a comparison"},
		{"train", run}, {"train", "--resume", run + "/checkpoints"}, {"generate", run + "/data"}, {"train", "a comparison"},
		{"train", run + "/checkpoints/step-00000008"}, {"data", "info", run},
	} {
		check(strings.Join(args, " "), start(args...))
	}
	if tested < 15 {
		t.Errorf("only %d commands were tested", tested)
	}
}

// midi is a folder of MIDI files.
func midi(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	// A header of format 0 with 96 ticks a quarter, and notes of 24 ticks.
	for _, name := range []string{"a.mid", "b.mid"} {
		var track []byte
		for i := range 400 {
			note := byte(48 + i*7%24)
			track = append(track, 0, 0x90, note, 80, 24, 0x80, note, 0)
		}
		track = append(track, 0, 0xff, 0x2f, 0)
		n := len(track)
		file := slices.Concat([]byte("MThd\x00\x00\x00\x06\x00\x00\x00\x01\x00\x60MTrk"), []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, track)
		if err := os.WriteFile(filepath.Join(dir, name), file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
