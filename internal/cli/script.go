package cli

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/waveletgpt/waveletgpt/compare"
)

var scripts = []string{"slurm", "kubernetes"}

//go:embed slurm.sh.tmpl
var slurmScript string

//go:embed kubernetes.yaml.tmpl
var kubernetesScript string

// A script is what the templates of a scheduler print.
type script struct {
	Name    string // of the study, for jobs
	Parts   int
	Phases  []string
	Command []string // compare with its arguments, without phase and part
	Report  []string
}

// printScript prints a file that has a scheduler train all parts and phases of a plan.
func (a *App) printScript(parts []part, f *compareFlags) error {
	if !slices.Contains(scripts, f.script) {
		return usage(fmt.Errorf("--script %s is not known; give %s", f.script, strings.Join(scripts, " or ")))
	}
	if f.limit != 0 {
		return usage(errors.New("--script: a job that --stop-after ends leaves its phase unfinished, and the jobs behind it never start; leave --stop-after out, and give the time limit to the scheduler"))
	}
	s := script{Name: jobName(filepath.Base(f.out)), Parts: f.number, Phases: phasesOf(parts), Command: a.without("script", "parts")}
	if f.holdout {
		s.Name = jobName(filepath.Base(filepath.Dir(f.out)) + "-" + holdoutDir)
	}
	for _, p := range parts {
		if p.Config.Data.Path == stdinPath {
			return usage(errors.New("--script: the data is read from standard input, which jobs do not have; name a file"))
		}
		if s.Parts == 0 {
			s.Parts = len(p.Seeds)
		}
		if err := p.CheckParts(s.Parts); err != nil {
			return usage(fmt.Errorf("--script: %w", err))
		}
	}
	s.Report = []string{"report"}
	for _, p := range parts {
		for number := range s.Parts {
			s.Report = append(s.Report, argument(filepath.Join(p.out, compare.Share{Number: number + 1, Of: s.Parts}.Dir())))
		}
	}
	s.Report = append(s.Report, "--out", argument(f.out))
	text := slurmScript
	if f.script == "kubernetes" {
		text = kubernetesScript
	}
	t, err := template.New(f.script).Funcs(template.FuncMap{
		"shell": quoteAll, "escape": hereDocument.Replace, "quoted": quotedList,
	}).Parse(text)
	if err != nil {
		return err
	}
	return t.Execute(a.Stdout, s)
}

// hereDocument escapes what a shell would replace in a here-document.
var hereDocument = strings.NewReplacer(`\`, `\\`, `$`, `\$`, "`", "\\`")

// quotedList is a list of strings as YAML and JSON write it on one line.
func quotedList(words ...any) (string, error) {
	var all []string
	for _, w := range words {
		switch w := w.(type) {
		case []string:
			all = append(all, w...)
		case string:
			all = append(all, w)
		}
	}
	text, err := json.Marshal(all)
	return string(text), err
}

// jobName is a name as Kubernetes takes it for a job: lower-case letters, digits and
// hyphens (RFC 1123), short enough for the names of its phases and pods.
func jobName(text string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, text)
	name = strings.Trim(name[:min(len(name), 32)], "-")
	if name == "" {
		return "study"
	}
	return name
}
