package machine

import (
	"strings"
	"testing"
)

// The name goes into tables and file headers: one line, never empty.
func TestCPU(t *testing.T) {
	if name := CPU(); name == "" || name != strings.TrimSpace(name) || strings.ContainsAny(name, "\r\n") {
		t.Errorf("the processor is called %q", name)
	}
}

// Where the build does not name a commit there is none, not even changes to it.
func TestBuild(t *testing.T) {
	if version, commit := Build(); commit == "+changes" || strings.ContainsAny(version+commit, " \r\n") {
		t.Errorf("version %q, commit %q", version, commit)
	}
}
