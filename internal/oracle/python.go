package oracle

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Python runs a script with the Python that WAVELETGPT_PYTHON names, which has the
// packages of requirements.txt, and fails the test if the script fails. Without the
// variable the test is skipped.
func Python(t *testing.T, script string, args ...string) {
	t.Helper()
	python := os.Getenv("WAVELETGPT_PYTHON")
	if python == "" {
		t.Skip("set WAVELETGPT_PYTHON to a Python that has the packages of internal/oracle/requirements.txt")
	}
	out, err := exec.Command(python, append([]string{script}, args...)...).CombinedOutput()
	t.Logf("%s %s\n%s", filepath.Base(script), args[0], out)
	if err != nil {
		t.Fatal(err)
	}
}
