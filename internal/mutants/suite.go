package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// limit ends a suite that a mutant lets run for ever. That is not evidence: a
// suite is as late on a machine that is slow or busy.
const limit = "120s"

// outcome is the result of a suite.
type outcome struct {
	tests  []result      // of the tests that ran to their end and were not skipped
	failed string        // the first test that failed, with its package
	cpu    time.Duration // of go test, the build and the tests
}

// result is that of one test, without its subtests.
type result struct {
	pkg, test string
	failed    bool
}

// event is a line of go test -json: of cmd/test2json, or of the build.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// run runs the suite in the module at root with more flags of go test. It is an
// error if the tests cannot be built, and if a package fails without a test.
func (s suite) run(ctx context.Context, root string, flags ...string) (outcome, error) {
	args := append([]string{"test", "-json", "-short", "-vet=off", "-p=1", "-timeout=" + limit, "-run=" + s.tests}, flags...)
	for _, p := range strings.Fields(s.packages) {
		args = append(args, "./"+p)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	// Mutants of kernels are of the portable ones, which every machine can run.
	cmd.Env = append(os.Environ(), "WAVELETGPT_KERNEL=portable")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	failed := cmd.Run()
	if ctx.Err() != nil {
		return outcome{}, ctx.Err()
	}
	var exit *exec.ExitError
	if failed != nil && !errors.As(failed, &exit) {
		return outcome{}, failed
	}
	o, err := judge(&stdout)
	o.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if err == nil && failed != nil && o.failed == "" {
		err = fmt.Errorf("go test failed, but no test did: %s", firstLine(stderr.String()))
	}
	return o, err
}

// judge reads the events of a suite.
func judge(events io.Reader) (outcome, error) {
	var o outcome
	var build, last string // output of the build, and of the tests
	decoder := json.NewDecoder(bufio.NewReader(events))
	for {
		var e event
		switch err := decoder.Decode(&e); {
		case err == io.EOF:
			return o, nil
		case err != nil:
			return o, fmt.Errorf("read the output of go test: %w", err)
		}
		switch {
		case e.Action == "build-output" && !strings.HasPrefix(e.Output, "#"):
			build += e.Output
		case e.Action == "build-fail":
			return o, fmt.Errorf("it does not compile: %s", firstLine(build))
		case e.Action == "output" && strings.HasPrefix(e.Output, "panic: test timed out") && o.failed == "":
			return o, fmt.Errorf("%s does not end in time, which proves nothing: name faster tests", shortName(e.Package, e.Test))
		case e.Action == "output":
			last = e.Output
		case e.Test != "" && (e.Action == "pass" || e.Action == "fail"):
			if e.Action == "fail" && o.failed == "" {
				o.failed = shortName(e.Package, e.Test)
			}
			if !strings.Contains(e.Test, "/") {
				o.tests = append(o.tests, result{e.Package, e.Test, e.Action == "fail"})
			}
		case e.Action == "fail" && e.Test == "" && o.failed == "":
			return o, fmt.Errorf("package %s fails without a failing test: %s", e.Package, firstLine(last))
		}
	}
}

// shortName is a package without its module, and a test without its subtests.
func shortName(path, test string) string {
	test, _, _ = strings.Cut(test, "/")
	return strings.TrimPrefix(path, module+"/") + " " + test
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
