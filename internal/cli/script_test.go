package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The script for Slurm, with an sbatch that only writes down what it is given: one array
// for each phase, each after the one before, and the report after the last.
func TestSlurmScript(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash: ", err)
	}
	plan, dir := partsPlan(t, "sweep = \"lr=1e-3..2e-3\"\nconfirm = true\n"), t.TempDir()
	out := filepath.Join(dir, "it's $HOME `x`")
	script := succeed(t, "compare", plan, "--script", "slurm", "--parts", "3", "--out", out).stdout
	file := filepath.Join(dir, "study.sh")
	fake := "#!/bin/sh\necho \"$@\" >>calls\ncat >>calls\necho \"$(($(grep -c parsable calls) + 40));cluster\"\n"
	for name, text := range map[string]string{file: script, filepath.Join(dir, "sbatch"): fake} {
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	submit := func(environment ...string) (calls string) {
		t.Helper()
		command := exec.Command(bash, file, "--time=9")
		command.Dir = dir
		command.Env = append(environment, "PATH="+dir+":"+os.Getenv("PATH"))
		if text, err := command.CombinedOutput(); err != nil || !strings.Contains(string(text), "sweep-1: job 41\n") {
			t.Fatalf("%v\n%s", err, text)
		}
		calls = readFile(t, dir, "calls")
		if err := os.Remove(filepath.Join(dir, "calls")); err != nil {
			t.Fatal(err)
		}
		return calls
	}
	var want strings.Builder
	name := "it-s--home--x"
	quoted := `'` + dir + `/it'\''s $HOME ` + "`x`" + `'`
	after := ""
	for i, phase := range []string{"sweep-1", "sweep-2", "sweep-3", "comparison", "confirm"} {
		want.WriteString("--parsable --kill-on-invalid-dep=yes --job-name=" + name + "-" + phase + after + " --array=1-3 --time=9\n" +
			"#!/bin/sh\nexec \"waveletgpt\" compare " + plan + " --out " + quoted + " --phase " + phase + " --part \"$SLURM_ARRAY_TASK_ID/3\"\n")
		after = " --dependency=afterok:4" + string(rune('1'+i))
	}
	want.WriteString("--parsable --kill-on-invalid-dep=yes --job-name=" + name + "-report" + after + " --time=9\n#!/bin/sh\nexec \"waveletgpt\" report")
	for _, part := range []string{"1", "2", "3"} {
		want.WriteString(" " + strings.TrimSuffix(quoted, "'") + "/part-" + part + "-of-3'")
	}
	want.WriteString(" --out " + quoted + "\n")
	if got := submit(); got != want.String() {
		t.Errorf("sbatch is called with\n%s\nwant\n%s", got, want.String())
	}
	if got := submit("PARTS=2", "WAVELETGPT=/opt/w"); strings.Count(got, " --array=2 ") != 5 || strings.Count(got, `"/opt/w" `) != 6 {
		t.Errorf("part 2 alone, and another program:\n%s", got)
	}
}

// A job as the YAML for Kubernetes has it.
type kubernetesJob struct {
	Kind     string
	Metadata struct {
		Name   string
		Labels map[string]string
	}
	Spec struct {
		Suspend        bool
		CompletionMode string `yaml:"completionMode"`
		Completions    int
		PerIndex       *int `yaml:"backoffLimitPerIndex"`
		MostFailed     *int `yaml:"maxFailedIndexes"`
		Template       struct {
			Spec struct {
				Restart        string                `yaml:"restartPolicy"`
				InitContainers []kubernetesContainer `yaml:"initContainers"`
				Containers     []kubernetesContainer
			}
		}
	}
}

type kubernetesContainer struct {
	Name, Image string
	Args        []string
	Env         []struct{ Name, Value string }
	Resources   map[string]map[string]string
}

// The file for Kubernetes is YAML: an Indexed Job for each phase, all but the first
// suspended, and a job that starts them in order.
func TestKubernetesScript(t *testing.T) {
	plan := partsPlan(t, "sweep = \"lr=1e-3..2e-3\"\n")
	text := succeed(t, "compare", plan, "--script=kubernetes", "--parts=3", "--out", "runs/My study").stdout
	jobs := map[string]kubernetesJob{}
	var names []string
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	for {
		var j kubernetesJob
		err := decoder.Decode(&j)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if j.Kind == "Job" {
			jobs[j.Metadata.Name], names = j, append(names, j.Metadata.Name)
		}
	}
	phases := []string{"sweep-1", "sweep-2", "sweep-3", "comparison"}
	if want := []string{"my-study-sweep-1", "my-study-sweep-2", "my-study-sweep-3", "my-study-comparison", "my-study-report", "my-study-order"}; !slices.Equal(names, want) {
		t.Fatalf("jobs %v", names)
	}
	for i, phase := range phases {
		s := jobs["my-study-"+phase].Spec
		c := s.Template.Spec.Containers[0]
		if s.Suspend != (i > 0) || s.CompletionMode != "Indexed" || s.Completions != 3 || len(c.Env) != 1 || c.Env[0].Name != partsVariable || c.Env[0].Value != "3" {
			t.Errorf("%s: %+v", phase, s)
		}
		// Failures are counted for each index, which Kubernetes allows with this policy only.
		if s.PerIndex == nil || s.MostFailed == nil || *s.MostFailed != 0 || s.Template.Spec.Restart != "Never" {
			t.Errorf("%s: failures %v, %v, %q", phase, s.PerIndex, s.MostFailed, s.Template.Spec.Restart)
		}
		if c.Resources["requests"]["cpu"] != "CPUS" || c.Resources["limits"]["cpu"] != "CPUS" {
			t.Errorf("%s: resources %v", phase, c.Resources)
		}
		if want := []string{"compare", plan, "--out", "runs/My study", "--phase", phase, "--part", "auto"}; !slices.Equal(c.Args, want) {
			t.Errorf("%s: args %q", phase, c.Args)
		}
	}
	for name, j := range jobs {
		if j.Metadata.Labels["study"] != "my-study" {
			t.Errorf("%s: labels %v", name, j.Metadata.Labels)
		}
	}
	report := jobs["my-study-report"].Spec
	if want := []string{"report", "runs/My study/part-1-of-3", "runs/My study/part-2-of-3", "runs/My study/part-3-of-3", "--out", "runs/My study"}; !report.Suspend || !slices.Equal(report.Template.Spec.Containers[0].Args, want) {
		t.Errorf("report %+v", report)
	}
	order := jobs["my-study-order"].Spec
	var steps []string
	for _, c := range append(order.Template.Spec.InitContainers, order.Template.Spec.Containers...) {
		steps = append(steps, c.Args[0]+" "+strings.TrimPrefix(c.Args[1], "job/my-study-"))
	}
	want := []string{
		"wait sweep-1", "patch sweep-2", "wait sweep-2", "patch sweep-3", "wait sweep-3", "patch comparison", "wait comparison", "patch report",
	}
	if order.Suspend || !slices.Equal(steps, want) {
		t.Errorf("order %q", steps)
	}
}
