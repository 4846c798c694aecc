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
	quarter := flag.Int("quarter", 0, "only a quarter of all mutants, 1 to 4: every fourth one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := check(ctx, os.Stdout, *pattern, *quarter)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// check tests all mutants of a quarter that match, and reports on w.
func check(ctx context.Context, w io.Writer, pattern string, quarter int) error {
	chosen, err := choose(mutants(), pattern, quarter)
	if err != nil {
		return err
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	broken := withoutMutants(ctx, root, chosen)
	fmt.Fprintf(w, "tests without mutants: %.0f s\n", time.Since(began).Seconds())
	missed := testAll(ctx, w, root, chosen, broken)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	fmt.Fprintf(w, "%d mutants, %d caught, %.0f s\n", len(chosen), len(chosen)-len(missed), time.Since(began).Seconds())
	if len(missed) > 0 {
		return fmt.Errorf("not caught: %s", strings.Join(missed, "; "))
	}
	return nil
}

// choose returns the mutants whose names match a pattern: of a quarter, 1 to 4, every
// fourth one of all; 0 is all four.
func choose(all []mutant, pattern string, quarter int) (chosen []mutant, err error) {
	match, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("-run: %w", err)
	}
	if quarter < 0 || quarter > 4 {
		return nil, fmt.Errorf("-quarter %d: it is 1, 2, 3 or 4", quarter)
	}
	for i, m := range all {
		if (quarter == 0 || i%4 == quarter-1) && match.MatchString(m.name) {
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("-run %q: no mutant matches", pattern)
	}
	return chosen, nil
}

// moduleRoot is the root of the module that the working directory is in.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}

// withoutMutants runs the tests of all suites with the tree as it is and returns
// the suites that prove nothing, because a test fails anyway or none matches.
// Suites share tests, so each package is tested once, with all its suites.
func withoutMutants(ctx context.Context, root string, all []mutant) map[suite]error {
	var suites []suite
	var packages []string
	patterns := map[string][]string{}
	for _, m := range all {
		if slices.Contains(suites, m.suite) {
			continue
		}
		suites = append(suites, m.suite)
		for _, p := range strings.Fields(m.suite.packages) {
			if !slices.Contains(packages, p) {
				packages = append(packages, p)
			}
			patterns[p] = append(patterns[p], m.suite.tests)
		}
	}
	results := make([]outcome, len(packages))
	errs := make([]error, len(packages))
	parallel(len(packages), func(i int) {
		whole := suite{packages[i], strings.Join(patterns[packages[i]], "|")}
		results[i], errs[i] = twice(passes, func() (outcome, error) { return whole.run(ctx, root, "-timeout=10m", "-count=1") })
	})
	broken := map[suite]error{}
	for _, s := range suites {
		match, err := regexp.Compile(s.tests)
		passed := 0
		for i, p := range packages {
			if err != nil || !slices.Contains(strings.Fields(s.packages), p) {
				continue
			}
			err = errs[i]
			for _, r := range results[i].tests {
				switch {
				case !match.MatchString(r.test):
				case r.failed && err == nil:
					err = fmt.Errorf("%s fails without a mutant", shortName(r.pkg, r.test))
				case !r.failed:
					passed++
				}
			}
		}
		if err == nil && passed == 0 {
			err = fmt.Errorf("no test of %s matches %q", s.packages, s.tests)
		}
		if err != nil {
			broken[s] = err
		}
	}
	return broken
}

// testAll prints a line for each mutant and returns the names of
// those that were not caught.
func testAll(ctx context.Context, w io.Writer, root string, all []mutant, broken map[suite]error) (missed []string) {
	var mu sync.Mutex
	parallel(len(all), func(i int) {
		var o outcome
		err := broken[all[i].suite]
		if err == nil {
			o, err = twice(fails, func() (outcome, error) { return all[i].test(ctx, root) })
		}
		line := "caught by " + o.failed
		switch {
		case err != nil:
			line = "ERROR: " + err.Error()
		case o.failed == "":
			line = "SURVIVES the tests of " + all[i].suite.packages
		}
		mu.Lock()
		defer mu.Unlock()
		if err != nil || o.failed == "" {
			missed = append(missed, all[i].name)
		}
		fmt.Fprintf(w, "%-56s %4.1fs  %s\n", all[i].name, o.cpu.Seconds(), line)
	})
	return missed
}

// test runs the suite of the mutant with the mutant in the program.
func (m mutant) test(ctx context.Context, root string) (outcome, error) {
	dir, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return outcome{}, err
	}
	defer os.RemoveAll(dir)
	path, err := m.overlay(root, dir)
	if err != nil {
		return outcome{}, err
	}
	return m.suite.run(ctx, root, "-overlay="+path, "-count=1", "-failfast")
}

// twice runs a suite, and once more if it did not end as expected: a busy machine
// can make a test late, and what speaks against the tests has to happen again.
func twice(expected func(outcome) bool, run func() (outcome, error)) (outcome, error) {
	o, err := run()
	if err != nil || !expected(o) {
		o, err = run()
	}
	return o, err
}

func passes(o outcome) bool { return o.failed == "" }
func fails(o outcome) bool  { return o.failed != "" }

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
