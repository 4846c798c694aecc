package machine

import (
	"runtime/debug"
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

// What each way to build records.
func TestBuildInfo(t *testing.T) {
	const revision = "b2d13c66a436e5cf0f9a1c9a2f2f5d2b1d0c9a11"
	vcs := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs.revision", Value: revision}, {Key: "vcs.modified", Value: modified}}
	}
	for _, test := range []struct {
		way, version string
		settings     []debug.BuildSetting
		wantedCommit string
	}{
		{"go build in a clone, at a tag", "v0.1.0", vcs("false"), revision},
		{"go build in a clone", "v0.1.1-0.20261129101841-b2d13c66a436", vcs("false"), revision},
		{"go build in a clone with changes", "v0.1.1-0.20261129101841-b2d13c66a436+dirty", vcs("true"), revision + "+changes"},
		{"go install ...@v0.1.0", "v0.1.0", nil, ""},
		{"go install ...@main", "v0.1.1-0.20261129101841-b2d13c66a436", nil, "b2d13c66a436"},
		{"go install ...@main, before the first tag", "v0.0.0-20261129101841-b2d13c66a436", nil, "b2d13c66a436"},
		{"go install ...@v0.1.0-rc.1", "v0.1.0-rc.1", nil, ""},
		{"go run, or without version control", "(devel)", nil, ""},
	} {
		version, commit := build(&debug.BuildInfo{Main: debug.Module{Version: test.version}, Settings: test.settings})
		if version != test.version || commit != test.wantedCommit {
			t.Errorf("%s: version %q, commit %q, want %q, %q", test.way, version, commit, test.version, test.wantedCommit)
		}
	}
}
