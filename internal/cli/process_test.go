package cli

import "testing"

// The name in hints is the one that started the program.
func TestProgram(t *testing.T) {
	for path, want := range map[string]string{
		"waveletgpt": "waveletgpt", "./bin/waveletgpt": "./bin/waveletgpt",
		"/tmp/go-build1/b001/exe/waveletgpt": "go run ./cmd/waveletgpt",
	} {
		if got := program(path, "waveletgpt"); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
