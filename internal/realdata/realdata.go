// Package realdata finds the real data sets that some tests use.
//
// They are not part of the repository (their licences differ from its own). A
// test that needs one asks for the folder with [Dir]; where the folder is
// absent the test is skipped with the reason, except in CI, where absence
// fails.
package realdata

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Variable is the environment variable that names the folder of real data.
const Variable = "WAVELETGPT_DATA"

// Dir returns the folder of real data: the value of WAVELETGPT_DATA, or
// ../shared/data beside the repository.
func Dir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(Variable)
	if dir == "" {
		_, file, _, _ := runtime.Caller(0)
		dir = filepath.Join(filepath.Dir(file), "..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	const reason = "the real data is not at %s; set " + Variable + " to its folder"
	if os.Getenv("CI") == "true" {
		t.Fatalf(reason, dir)
	}
	t.Skipf(reason, dir)
	return ""
}

// Cases returns the folder of inputs that were once read wrongly, beside that of
// real data. Tests make inputs of the same kinds themselves, so one is skipped
// where the folder is absent.
func Cases(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(Dir(t), "..", "cases")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the inputs are not at %s", dir)
	}
	return dir
}
