package compare

import (
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/machine"
	"github.com/waveletgpt/waveletgpt/summary"
)

// Seconds of a run in an earlier summary count where the same machine, kernels and number
// of processes would train it now. PyTorch's do not depend on the kernels.
func TestKnownSeconds(t *testing.T) {
	hash := "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for name, test := range map[string]struct {
		cpu, tier, engine, machine string
		trained, now               int
		kept                       bool
	}{
		"here":                 {machine.CPU(), kernel.Tier(), "", "", 0, 1, true},
		"another processor":    {"Z80", kernel.Tier(), "", "", 0, 1, false},
		"other kernels":        {machine.CPU(), "none", "", "", 0, 1, false},
		"PyTorch":              {machine.CPU(), "torch 2.15", "torch 2.15", "", 0, 1, true},
		"another machine":      {machine.CPU(), kernel.Tier(), "", "elsewhere 00000000", 0, 1, false},
		"four ranks, then one": {machine.CPU(), kernel.Tier(), "", "", 4, 1, false},
		"one, then four ranks": {machine.CPU(), kernel.Tier(), "", "", 0, 4, false},
		"four ranks":           {machine.CPU(), kernel.Tier(), "", "", 4, 4, true},
	} {
		seconds := 1.0
		s := &summary.Summary{CPU: test.cpu, Tier: test.tier, Runs: []summary.Run{{
			ConfigHash: hash, Status: summary.Finished, StepSeconds: &seconds, Engine: test.engine, Machine: test.machine, Ranks: test.trained}}}
		if got := knownRuns(test.now, s)[hash]; (got.StepSeconds != nil) != test.kept || got.Status != summary.Finished {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Parts of one study join where machines have other data paths, threads, devices and
// interpreters.
func TestPartsOfUnlikeMachines(t *testing.T) {
	s := wholeStudy(t)
	id, plan, err := s.partIdentity("data")
	if err != nil {
		t.Fatal(err)
	}
	s.Config.Data.Path, s.Config.Train.Threads, s.Config.Train.Device, s.Config.Train.Python = "/elsewhere", 7, "cuda:3", "/opt/python"
	if other, again, err := s.partIdentity("data"); err != nil || other != id || again != plan {
		t.Errorf("%s is not %s, error %v", other, id, err)
	}
	s.Config.Train.Precision = "bfloat16"
	if other, _, _ := s.partIdentity("data"); other == id {
		t.Error("another precision is the same study")
	}
}
