package train

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/oracle"
	"github.com/waveletgpt/waveletgpt/safetensors"
)

func withMuon(c *config.Train) { c.Optimizer = "muon" }

// Ten steps against the same iteration in float32 PyTorch, every tensor; and the
// matrices against torch.optim.Muon, which computes in bfloat16, with 8 bits. Its
// weights are then as far from PyTorch's own in float32 as from these.
func TestMuonOracle(t *testing.T) {
	f := oracle.Load(t, "muon")
	eachTier(t, func(t *testing.T, _ string) {
		m := tenOracleSteps(t, f, f, config.Model{Mixer: "none"}, "", withMuon)
		matrices := 0
		for _, tensor := range m.Tensors() {
			name := "torch/weights/" + tensor.Name
			if _, ok := f.Info(name); ok {
				matrices++
				oracle.Compare(t, name, tensor.Of(m.Params), oracle.Floats(t, f, name), 0.04)
			}
		}
		if want := 4 * m.Config.Layers; matrices != want {
			t.Errorf("%d weights of torch.optim.Muon, want %d", matrices, want)
		}
	})
}

// The same for weights that are [out, in], with keys and values that heads share.
func TestMuonOracleTransposed(t *testing.T) {
	eachTier(t, func(t *testing.T, _ string) {
		tenOracleSteps(t, oracle.Load(t, "nanochat"), oracle.Load(t, "muon"), config.Model{KVHeads: 2, Mixer: "none"}, "muon/", withMuon)
	})
}

// A checkpoint has the momentum of the matrices of the blocks and the moments of all
// other tensors, and no more. So has memory.
func TestMuonState(t *testing.T) {
	set, dir := corpus(t, 1, letters), t.TempDir()
	c := small(func(c *config.Config) { withMuon(&c.Train); c.Model.Mixer = "learned" })
	l := begin(t, dir, c, set)
	signal(5)(t, l)
	closeLoop(t, l)
	f, err := safetensors.Open(filepath.Join(l.store.Path(5), OptimizerFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var want []string
	state := 0
	for _, tensor := range l.Model().Tensors() {
		_, layer, ofBlock := strings.Cut(tensor.Name, "transformer.h.")
		if ofBlock && slices.ContainsFunc([]string{"c_attn.weight", "c_proj.weight", "c_fc.weight"}, func(end string) bool { return strings.HasSuffix(layer, end) }) {
			want = append(want, "momentum_buffer/"+tensor.Name)
			state += tensor.Size()
			continue
		}
		want = append(want, "exp_avg/"+tensor.Name, "exp_avg_sq/"+tensor.Name)
		state += 2 * tensor.Size()
	}
	slices.Sort(want)
	if got := slices.Sorted(slices.Values(f.Names())); !slices.Equal(got, want) {
		t.Errorf("the state has %v, want %v", got, want)
	}
	if got := len(nativeOf(l).adamw.M) + len(nativeOf(l).adamw.V) + len(nativeOf(l).muon.M); got != state {
		t.Errorf("the state takes %d numbers, its tensors %d", got, state)
	}
}
