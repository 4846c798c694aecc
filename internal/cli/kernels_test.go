package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
)

// Kernels that are not those of the environment are said in one line on standard
// error, and standard output stays one JSON document. The kernels are chosen when a
// process starts.
func TestOtherKernelsAreSaid(t *testing.T) {
	if os.Getenv("TELL_KERNELS") != "" {
		os.Exit((&App{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}).Main([]string{"version", "--json"}))
	}
	best := kernel.Tiers()[0]
	for name, want := range map[string]string{
		"":     "",
		best:   "",
		"sse9": "warning: " + kernel.Variable + "=sse9 names no kernels that this processor can run, which are " + strings.Join(kernel.Tiers(), ", ") + "; the " + best + " kernels are used\n",
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestOtherKernelsAreSaid$")
		cmd.Env = append(os.Environ(), "TELL_KERNELS=1", kernel.Variable+"="+name)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			t.Fatalf("%q: %v\n%s", name, err, &stderr)
		}
		var v struct{ Kernels string }
		if err := json.Unmarshal(stdout.Bytes(), &v); err != nil || v.Kernels != best {
			t.Errorf("%q: kernels %q, want %s, error %v", name, v.Kernels, best, err)
		}
		if stderr.String() != want {
			t.Errorf("%q: standard error %q, want %q", name, &stderr, want)
		}
	}
}
