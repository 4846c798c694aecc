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

// Code for PyTorch that somebody changed in a model folder is reported, and nothing else
// changes.
func TestOtherCodeIsReported(t *testing.T) {
	dir, _ := trained(t)
	folder := filepath.Join(t.TempDir(), "model")
	if err := os.CopyFS(folder, os.DirFS(filepath.Join(dir, run.CheckpointsDir, "step-00000008"))); err != nil {
		t.Fatal(err)
	}
	generate := []string{"generate", "--run", folder, "--prompt", "a", "--tokens", "5"}
	show := []string{"model", "show", folder}
	same := map[string]string{}
	for _, args := range [][]string{generate, show} {
		out := succeed(t, args...)
		if strings.Contains(out.stderr, "warning") {
			t.Errorf("%s: %q", args[0], out.stderr)
		}
		same[args[0]] = out.stdout
	}
	path := filepath.Join(folder, "modeling_waveletgpt.py")
	if err := os.WriteFile(path, []byte("import os\nos.remove('model.safetensors')\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{generate, show} {
		out := succeed(t, args...)
		if !strings.Contains(out.stderr, "warning: "+folder+": modeling_waveletgpt.py is not what this version of waveletgpt writes") {
			t.Errorf("%s does not report it: %q", args[0], out.stderr)
		}
		if out.stdout != same[args[0]] {
			t.Errorf("%s prints something else", args[0])
		}
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
