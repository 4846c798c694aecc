package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/summary"
)

// partsPlan is a plan of two variants, two seeds and two horizons.
func partsPlan(t *testing.T, more string) string {
	t.Helper()
	return writePlan(t, fmt.Sprintf("data = [%q]\npresets = [\"tiny\"]\nseeds = 2\nset = %s\nvariants = [\"none\", \"haar\"]\n%s", book(t), tinySet(), more))
}

// Parts of a plan, one of them interrupted and run again, end in the document of one
// machine, whose page and tables follow. The status says at each time what is missing.
func TestCompareInParts(t *testing.T) {
	plan := partsPlan(t, "horizons = [4, 8]\n")
	whole, dir := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "parts")
	succeed(t, "compare", plan, "--out", whole)
	if out := succeed(t, "compare", plan, "--out", whole, "--status").stdout; out != whole+"\ntrained whole, not in parts: 8 of 8 runs finished\n" {
		t.Errorf("the status of a whole comparison:\n%s", out)
	}
	args := []string{"compare", plan, "--out", dir, "--part"}
	status := func(want ...string) {
		t.Helper()
		out := succeed(t, "compare", plan, "--out", dir, "--status")
		for _, text := range want {
			if !strings.Contains(out.stdout, text) {
				t.Errorf("the status does not say %q:\n%s", text, out.stdout)
			}
		}
	}
	status("no part has a summary yet", "missing: `waveletgpt compare "+plan+" --out "+dir+" --phase comparison --part 1/2`")
	interruptAt(t, "seed 2  step 6", append(args, "2/2")...)
	status("2/2", "runs begun", "no part has a summary yet")
	out := succeed(t, append(args, "2/2")...)
	for _, text := range []string{"training part 2/2 of phase comparison, 4 of 8 runs", "part 2/2 of phase comparison is finished", dir + "/part-* --out " + dir} {
		if !strings.Contains(out.stderr, text) {
			t.Errorf("it does not say %q:\n%s", text, out.stderr)
		}
	}
	status("comparison  2/2   4     4", "not begun", "missing: `waveletgpt compare "+plan+" --out "+dir+" --phase comparison --part 1/2`")
	two := filepath.Join(dir, "part-2-of-2")
	report := invoke(t, "report", two, "--out", dir)
	if report.code != ExitInput || !strings.Contains(report.stderr, "part 1/2 of phase comparison is missing: none, seed 1, and 3 more runs; train it with --phase comparison --part 1/2") {
		t.Errorf("a part is missing: code %d\n%s", report.code, report.stderr)
	}
	interruptAt(t, "seed 1  step 6", append(args, "1/2")...)
	status("not finished")
	succeed(t, append(args, "1/2")...)
	status("complete: `waveletgpt report " + dir + "/part-* --out " + dir + "`")
	var document []struct {
		Complete bool
		Parts    []compare.PartStatus
	}
	if err := json.Unmarshal([]byte(succeed(t, "compare", plan, "--out", dir, "--status", "--json").stdout), &document); err != nil || len(document) != 1 || !document[0].Complete || len(document[0].Parts) != 2 {
		t.Errorf("%+v, %v", document, err)
	}

	// The curves of all parts are on one page while there is no summary of the whole.
	var said bytes.Buffer
	w := watching(dir, &said)
	defer w.close()
	if err := w.look(); err != nil || !strings.Contains(said.String(), "shows the curves so far") {
		t.Errorf("%v, %s", err, said.String())
	}
	if page := readFile(t, dir, "report.html"); !strings.Contains(page, "part-1-of-2") || !strings.Contains(page, "part-2-of-2") {
		t.Error("the page lacks a part")
	}

	one := filepath.Join(dir, "part-1-of-2")
	succeed(t, "report", two, one, two, "--out", dir)
	want, got := withoutSeconds(t, readFile(t, whole, summary.FileName)), withoutSeconds(t, readFile(t, dir, summary.FileName))
	for key := range want {
		if !reflect.DeepEqual(got[key], want[key]) {
			t.Errorf("%s is %v,\non one machine %v", key, got[key], want[key])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d keys, on one machine %d", len(got), len(want))
	}
	for _, name := range []string{"losses.csv", "horizons.csv"} {
		if readFile(t, dir, name) != readFile(t, whole, name) {
			t.Errorf("%s differs from that of one machine", name)
		}
	}
	// The whole comparison is now known to a single machine too.
	if out := succeed(t, "compare", plan, "--out", dir); strings.Contains(out.stderr, "step 8  validation") {
		t.Errorf("one machine trains again\n%s", out.stderr)
	}
}

// Phases by the command line, and a hold-out of parts whose sweep lies in parts too.
func TestPhasesInParts(t *testing.T) {
	data := filepath.Join(t.TempDir(), "set")
	succeed(t, "data", "prepare", "text", book(t), "--holdout", "0.2", "--out", data)
	plan := writePlan(t, "variants = [\"none\", \"haar\"]\nseeds.explore = 2\nseeds.holdout = [7, 8]\nsweep = \"min_lr=1e-4\"\n")
	dir := filepath.Join(t.TempDir(), "cmp")
	args := slices.Concat([]string{"compare", plan}, compareArgs(data, dir)[1:])
	if out := invoke(t, append(args, "--part", "1/2")...); out.code != ExitUsage || !strings.Contains(out.stderr, "give --phase with one of them: sweep-1, comparison") {
		t.Errorf("code %d\n%s", out.code, out.stderr)
	}
	if out := invoke(t, append(args, "--part", "1/2", "--phase", "comparison")...); out.code != ExitFailure || !strings.Contains(out.stderr, "phase comparison waits: parts 1/2 and 2/2 of phase sweep-1 are missing") {
		t.Errorf("code %d\n%s", out.code, out.stderr)
	}
	for _, phase := range []string{"sweep-1", "comparison", "holdout"} {
		for _, part := range []string{"1/2", "2/2"} {
			succeed(t, append(args, "--phase", phase, "--part", part)...)
		}
		if phase == "sweep-1" {
			if out := succeed(t, append(args, "--status")...); !strings.Contains(out.stdout, "comparison") || strings.Contains(out.stdout, "waits") {
				t.Errorf("status\n%s", out.stdout)
			}
		}
	}
	held := filepath.Join(dir, "holdout")
	succeed(t, "report", filepath.Join(held, "part-1-of-2"), filepath.Join(held, "part-2-of-2"), "--out", held)
	s, err := summary.Read(held)
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Comparisons[0]; c.Evidence != summary.HeldOut || !slices.Equal(c.Seeds, []uint64{7, 8}) || s.Runs[0].Tuned["train.min_lr"] != 1e-4 {
		t.Errorf("evidence %s, seeds %v, tuned %v", c.Evidence, c.Seeds, s.Runs[0].Tuned)
	}
}

// What cannot be a part is refused in one line, before anything is trained.
func TestPartRefuses(t *testing.T) {
	plan, dir := partsPlan(t, ""), filepath.Join(t.TempDir(), "cmp")
	for _, name := range []string{partVariable, partsVariable, slurmIndex, jobIndex} {
		t.Setenv(name, "")
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--part", "5/4"}, "--part: there is no part 5 of 4"},
		{[]string{"--part", "two"}, `--part: "two" is no part; write 2/4`},
		{[]string{"--part", "1/5"}, "--part: 5 parts: the runs of this plan can be divided into 4 at most"},
		{[]string{"--part", "auto"}, "auto: the environment has no SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX or WAVELETGPT_PART"},
		{[]string{"--part", "1/2", "--phase", "sweep-1"}, "--phase sweep-1: this plan has the phases comparison"},
		{[]string{"--phase", "comparison"}, "--phase is for --part"},
		{[]string{"--part", "1/2", "--dry-run"}, "--part cannot be used with --dry-run"},
		{[]string{"--part", "1/2", "--status"}, "--part cannot be used with --status"},
		{[]string{"--parts", "3"}, "--parts is for --script"},
		{[]string{"--script", "slurm", "--json"}, "--script prints a script and no JSON"},
		{[]string{"--script", "slurm", "--parts", "0"}, "--parts 0: must be at least 1"},
		{[]string{"--script", "slurm", "--parts", "5"}, "--script: 5 parts: the runs of this plan can be divided into 4 at most"},
		{[]string{"--script", "slurm", "--stop-after", "1h"}, "leave --stop-after out"},
		{[]string{"--out", filepath.Join(dir, "part-1-of-2")}, "is the directory of a part; train that with --out " + dir + " --part 1/2"},
		{[]string{"--script", "cron"}, "--script cron is not known; give slurm or kubernetes"},
	} {
		args := append([]string{"compare", plan}, test.args...)
		if !slices.Contains(args, "--out") {
			args = append(args, "--out", dir)
		}
		out := invoke(t, args...)
		if out.code != ExitUsage || !strings.Contains(out.stderr, test.want) || strings.Contains(out.stderr, "step ") {
			t.Errorf("%v: code %d\n%s", test.args, out.code, out.stderr)
		}
	}
	if runs := runsBelow(dir, 3); len(runs) > 0 {
		t.Errorf("there are runs %v", runs)
	}
	succeed(t, "compare", plan, "--out", dir, "--part", "1/2")
	if out := invoke(t, "compare", plan, "--out", dir, "--part", "1/3"); out.code != ExitUsage || !strings.Contains(out.stderr, "part-1-of-2 is one of 2 parts") {
		t.Errorf("another division: code %d\n%s", out.code, out.stderr)
	}
	if out := invoke(t, "compare", plan, "--out", dir, "--part", "1/2", "--seeds", "3"); out.code != ExitUsage || !strings.Contains(out.stderr, "is a part of another plan") {
		t.Errorf("another plan: code %d\n%s", out.code, out.stderr)
	}
}

// The environment of schedulers. Without auto it is not looked at.
func TestShareFrom(t *testing.T) {
	array := func(id, first, last, count string) map[string]string {
		return map[string]string{"SLURM_ARRAY_TASK_ID": id, "SLURM_ARRAY_TASK_MIN": first, "SLURM_ARRAY_TASK_MAX": last, "SLURM_ARRAY_TASK_COUNT": count}
	}
	with := func(set map[string]string, name, value string) map[string]string {
		set[name] = value
		return set
	}
	for _, test := range []struct {
		environment map[string]string
		want        string // a part, or what the error says
	}{
		{array("3", "1", "4", "4"), "3/4"},
		{with(array("3", "3", "3", "1"), "WAVELETGPT_PARTS", "4"), "3/4"},
		{map[string]string{"JOB_COMPLETION_INDEX": "0", "WAVELETGPT_PARTS": "4"}, "1/4"},
		{map[string]string{"JOB_COMPLETION_INDEX": "3", "WAVELETGPT_PARTS": "4"}, "4/4"},
		{map[string]string{"WAVELETGPT_PART": "2", "WAVELETGPT_PARTS": "4"}, "2/4"},
		{with(with(array("3", "1", "4", "4"), "WAVELETGPT_PART", "2"), "WAVELETGPT_PARTS", "9"), "2/9"},

		{array("3", "3", "3", "1"), "the array has the tasks 3 to 3, 1 of them, so the number of parts is not known"},
		{array("1", "1", "1", "1"), "so the number of parts is not known"},
		{array("0", "0", "3", "4"), "begin at 1 as in --array=1-4"},
		{array("3", "1", "7", "4"), "the array has the tasks 1 to 7, 4 of them"},
		{map[string]string{"JOB_COMPLETION_INDEX": "0"}, "the number of parts is not known; set WAVELETGPT_PARTS"},
		{map[string]string{"WAVELETGPT_PART": "1"}, "set WAVELETGPT_PARTS"},
		{with(array("3", "1", "4", "4"), "WAVELETGPT_PART", "2"), "set WAVELETGPT_PARTS"},
		{map[string]string{"JOB_COMPLETION_INDEX": "4", "WAVELETGPT_PARTS": "4"}, "there is no part 5 of 4"},
		{map[string]string{"JOB_COMPLETION_INDEX": "one", "WAVELETGPT_PARTS": "4"}, `JOB_COMPLETION_INDEX="one" is not a whole number`},
		{with(array("3", "1", "4", "4"), "JOB_COMPLETION_INDEX", "2"), "both SLURM_ARRAY_TASK_ID and JOB_COMPLETION_INDEX are set"},
		{nil, "the environment has no SLURM_ARRAY_TASK_ID"},
	} {
		share, err := shareFrom(func(name string) string { return test.environment[name] })
		if got := share.String(); err == nil && got != test.want || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v is %s, %v; want %s", test.environment, got, err, test.want)
		}
	}
}

// An Indexed Job's environment counts with auto, and only then.
func TestPartOfIndexedJob(t *testing.T) {
	plan, dir := partsPlan(t, ""), t.TempDir()
	t.Setenv("JOB_COMPLETION_INDEX", "1")
	t.Setenv("WAVELETGPT_PARTS", "2")
	succeed(t, "compare", plan, "--out", filepath.Join(dir, "job"), "--part", "auto")
	if s, err := summary.Read(filepath.Join(dir, "job", "part-2-of-2")); err != nil || len(s.Runs) != 2 || s.Runs[0].Seed != 2 {
		t.Errorf("%v", err)
	}
	succeed(t, "compare", plan, "--out", filepath.Join(dir, "alone"))
	if s, err := summary.Read(filepath.Join(dir, "alone")); err != nil || len(s.Runs) != 4 {
		t.Errorf("without auto: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "alone", "part-2-of-2")); err == nil {
		t.Error("the environment counts without auto")
	}
}

// A plan of several comparisons is corrected for the tests of all of them, in parts too.
func TestPlanInPartsIsCorrectedTogether(t *testing.T) {
	second := filepath.Join(t.TempDir(), "second.txt")
	if err := os.WriteFile(second, []byte(strings.Repeat("a river and a stone, ", 300)), 0o644); err != nil {
		t.Fatal(err)
	}
	plan := partsPlan(t, "")
	args := []string{"compare", plan, "--data", second, "--data", book(t), "--out"}
	whole, dir := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "parts")
	succeed(t, append(args, whole)...)
	report := []string{"report"}
	for _, part := range []string{"1/2", "2/2"} {
		out := succeed(t, append(args, dir, "--part", part)...)
		if !strings.Contains(out.stderr, dir+"/*/part-* --out "+dir) {
			t.Errorf("it says\n%s", out.stderr)
		}
		report = append(report, glob(dir, "*/part-"+strings.Replace(part, "/", "-of-", 1))...)
	}
	succeed(t, append(report, "--out", dir)...)
	for _, name := range []string{"second-tiny-8", "book-tiny-8"} {
		want, got := withoutSeconds(t, readFile(t, whole, name, summary.FileName)), withoutSeconds(t, readFile(t, dir, name, summary.FileName))
		if !reflect.DeepEqual(want, got) || got["tests"] != 2.0 {
			t.Errorf("%s: %v tests, on one machine %v, or another difference", name, got["tests"], want["tests"])
		}
	}
	if !has(dir, "report.html") {
		t.Error("there is no page of both")
	}
	// What one machine trained there with a seed more is not replaced.
	third := partsPlan(t, "")
	text := strings.Replace(readFile(t, third), "seeds = 2", "seeds = 3", 1)
	if err := os.WriteFile(third, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	succeed(t, "compare", third, "--data", second, "--data", book(t), "--out", dir)
	if out := invoke(t, append(report, "--out", dir)...); out.code != ExitUsage || !strings.Contains(out.stderr, "-tiny-8 holds a comparison with none, seed 3") {
		t.Errorf("code %d\n%s", out.code, out.stderr)
	}
}
