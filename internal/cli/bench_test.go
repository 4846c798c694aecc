package cli

import (
	"strings"
	"testing"
)

// least returns flags for a measurement that takes a moment.
func least(more ...string) []string {
	flags := []string{"bench", "--quick", "--preset", "tiny"}
	for _, s := range []string{"model.layers=1", "model.width=16", "model.hidden=32", "model.context=16", "train.batch=2", "train.threads=2"} {
		flags = append(flags, "--set", s)
	}
	return append(flags, more...)
}

func TestBench(t *testing.T) {
	out := succeed(t, least("--json")...)
	var result struct {
		CPU        string
		Tier       string
		Threads    int
		PeakGFLOPS float64 `json:"peak_gflops"`
		Train      []struct {
			Mixer, Precision string
			Batch, Threads   int
			TokensPerSecond  float64 `json:"tokens_per_second"`
			GFLOPS           float64
			ShareOfPeak      float64 `json:"share_of_peak"`
		}
		Decode []struct {
			Streams         int
			TokensPerSecond float64 `json:"tokens_per_second"`
		}
		RSSBytes int64 `json:"rss_bytes"`
	}
	keys := decode(t, out.stdout, &result)
	if want := "audio cpu decode kernels load model peak_gflops peaks rounds rss_bytes step threads tier train"; strings.Join(keys, " ") != want {
		t.Errorf("keys %v, want %s", keys, want)
	}
	if result.CPU == "" || result.Tier == "" || result.Threads != 2 || !(result.PeakGFLOPS > 0) || len(result.Train) != 6 || len(result.Decode) != 4 {
		t.Fatalf("%+v", result)
	}
	for _, s := range result.Train {
		if !(s.TokensPerSecond > 0) || !(s.GFLOPS > 0) || !(s.ShareOfPeak > 0) || s.ShareOfPeak > 1.1 || s.Precision != "float32" || s.Batch != 2 {
			t.Errorf("%+v", s)
		}
	}
	for i, d := range result.Decode {
		if !(d.TokensPerSecond > 0) || d.Streams != []int{1, 8, 32, 128}[i] {
			t.Errorf("%+v", d)
		}
	}
	if result.RSSBytes < 0 {
		t.Errorf("%d bytes", result.RSSBytes)
	}
}

// --large overrides the preset and is overridden by --set.
func TestBenchConfigurations(t *testing.T) {
	out := succeed(t, least("--large", "--set", "model.heads=4")...)
	for _, want := range []string{"1 layer, width 16, 4 heads, hidden 32, context 16", "haar backward", "128  ", "measured"} {
		if !strings.Contains(out.stdout, want) {
			t.Errorf("no %q in\n%s", want, out.stdout)
		}
	}
	for _, test := range []struct{ flags, want string }{
		{"--set model.mixer=haar", "remove model.mixer"},
		{"--set model.heads=3", "heads"},
		{"--preset nosuch", "nosuch"},
		{"fast", "takes flags only"},
	} {
		out := invoke(t, append([]string{"bench"}, strings.Fields(test.flags)...)...)
		if out.code != ExitUsage || !strings.Contains(out.stderr, test.want) || strings.Count(out.stderr, "\n") != 1 {
			t.Errorf("bench %s: code %d, %q", test.flags, out.code, out.stderr)
		}
	}
}
