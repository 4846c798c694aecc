package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/run"
)

func TestModelShow(t *testing.T) {
	dir, _ := trained(t)
	out := succeed(t, "model", "show", dir)
	text := regexp.MustCompile(` +`).ReplaceAllString(out.stdout, " ")
	for _, want := range []string{
		"folder " + filepath.Join(dir, run.CheckpointsDir, "step-00000008") + "\n",
		"model 1 layer, width 16, 2 heads, hidden 32, context 16, vocabulary 23\n",
		"operator haar, after every block\n",
		", of which 0 in the operator\n",
		"\nwindow channels number\n1 0-9 10\n2 10-11 2\n4 12 1\n8 13-14 2\n16 15 1\n\n",
		"\ntransformer.h.0.attn.c_attn.weight 16 48 768\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}

	var d description
	out = succeed(t, "model", "show", "--json", dir)
	if keys := decode(t, out.stdout, &d); !slices.Contains(keys, "windows") || !slices.Contains(keys, "operator_parameters") {
		t.Errorf("keys %v", keys)
	}
	sum := 0
	for _, tensor := range d.Tensors {
		sum += tensor.Size
	}
	if sum != d.Parameters || d.Operator != "haar" || !slices.Equal(d.After, []int{0}) || d.Windows[15] != 16 || d.StepFLOPs <= 0 {
		t.Errorf("%+v", d)
	}
}

// Showing a model needs no codec.
func TestModelShowFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	succeed(t, slices.Concat([]string{"train", "--data", book(t), "--out", dir}, quick("--set", "model.mixer=learned:last=off", "--set", "model.layers=2"))...)
	folder := filepath.Join(dir, run.CheckpointsDir, "step-00000008")
	if err := os.Remove(filepath.Join(folder, run.CodecFile)); err != nil {
		t.Fatal(err)
	}
	text := succeed(t, "model", "show", folder).stdout
	for _, want := range []string{"learned:last=off, after every block but the last", "of which 42 in the operator", "mixer.0.weight"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if out := invoke(t, "generate", "--run", folder); out.code != ExitInput || !strings.Contains(out.stderr, "folders of other programs") {
		t.Errorf("code %d, %q", out.code, out.stderr)
	}
	for _, args := range [][]string{{"model", "show"}, {"model"}, {"model", "shwo"}} {
		if out := invoke(t, args...); out.code != ExitUsage {
			t.Errorf("%v: code %d", args, out.code)
		}
	}
	if out := invoke(t, "model", "show", t.TempDir()); out.code != ExitInput || strings.Count(out.stderr, "\n") != 1 {
		t.Errorf("of an empty folder: code %d, %q", out.code, out.stderr)
	}
}
