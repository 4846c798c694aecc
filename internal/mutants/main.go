package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const module = "github.com/waveletgpt/waveletgpt"

// together is how many mutants are tested at the same time.
const together = 2

func main() {
	pattern := flag.String("run", "", "only mutants whose names match this regular expression")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := check(ctx, os.Stdout, *pattern)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// check tests all mutants that match and reports on w.
func check(ctx context.Context, w io.Writer, pattern string) error {
	match, err := regexp.Compile(pattern)
	if err != nil {
		return fmt.Errorf("-run: %w", err)
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	var chosen []mutant
	for _, m := range mutants() {
		if match.MatchString(m.name) {
			chosen = append(chosen, m)
		}
	}
	began := time.Now()
	broken := withoutMutants(ctx, root, chosen)
	fmt.Fprintf(w, "tests without mutants: %.0f s\n", time.Since(began).Seconds())
	bad := testAll(ctx, w, root, chosen, broken)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	fmt.Fprintf(w, "%d mutants, %d caught, %.0f s\n", len(chosen), len(chosen)-bad, time.Since(began).Seconds())
	if bad > 0 {
		return fmt.Errorf("%d of %d were not caught", bad, len(chosen))
	}
	return nil
}

// moduleRoot is the root of the module that the working directory is in.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}

// withoutMutants runs the suites with the tree as it is and says which of them
// are no evidence: nothing follows from a test that fails anyway.
func withoutMutants(ctx context.Context, root string, all []mutant) map[suite]error {
	var suites []suite
	for _, m := range all {
		if !slices.Contains(suites, m.suite) {
			suites = append(suites, m.suite)
		}
	}
	var mu sync.Mutex
	broken := map[suite]error{}
	parallel(len(suites), func(i int) {
		o, err := suites[i].run(ctx, root)
		switch {
		case err != nil:
		case o.failed != "":
			err = fmt.Errorf("%s fails without a mutant", o.failed)
		case o.passed == 0:
			err = fmt.Errorf("no test of %s matches %q", suites[i].packages, suites[i].tests)
		}
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			broken[suites[i]] = err
		}
	})
	return broken
}

// testAll prints a line for each mutant and returns how many were not caught.
func testAll(ctx context.Context, w io.Writer, root string, all []mutant, broken map[suite]error) (bad int) {
	var mu sync.Mutex
	parallel(len(all), func(i int) {
		began := time.Now()
		by, err := "", broken[all[i].suite]
		if err == nil {
			by, err = all[i].test(ctx, root)
		}
		line := "caught by " + by
		switch {
		case err != nil:
			line = "ERROR: " + err.Error()
		case by == "":
			line = "SURVIVES the tests of " + all[i].suite.packages
		}
		mu.Lock()
		defer mu.Unlock()
		if err != nil || by == "" {
			bad++
		}
		fmt.Fprintf(w, "%-56s %4.1fs  %s\n", all[i].name, time.Since(began).Seconds(), line)
	})
	return bad
}

// test returns the test that fails with the mutant, or "".
func (m mutant) test(ctx context.Context, root string) (by string, err error) {
	dir, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	path, err := m.overlay(root, dir)
	if err != nil {
		return "", err
	}
	o, err := m.suite.run(ctx, root, "-overlay="+path, "-count=1")
	return o.failed, err
}

// parallel calls do(0) to do(n-1), `together` at a time.
func parallel(n int, do func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range together {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wait.Wait()
}
