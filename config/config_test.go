package config

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/wavelet"
)

// preset returns a preset that must exist.
func preset(t testing.TB, name string) Config {
	t.Helper()
	c, err := Preset(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPresetsAreValid(t *testing.T) {
	for _, name := range Presets() {
		if err := preset(t, name).Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Preset("smal"); err == nil || !strings.Contains(err.Error(), "choose tiny, small or paper, alone or with -nanochat, -wsd or -nanochat-wsd") {
		t.Errorf("unknown preset: %v", err)
	}
}

// The paper's text model has to stay what every result calls "paper".
func TestPaper(t *testing.T) {
	const want = `format_version = 1

[model]
family = 'gpt2'
layers = 10
width = 128
heads = 8
kv_heads = 0
hidden = 512
context = 512
position = ''
norm = 'pre'
mixer = 'none'
dropout = 0.0
init = ''

[data]
path = ''
codec = ''
medium = ''
min_count = 5
rate = 16000
level = 'as-is'
on_error = ''
windows = ''
hash = ''

[train]
steps = 1500
batch = 8
accumulate = 1
lr = 0.001
min_lr = 0.0001
warmup = 100
schedule = 'cosine'
cooldown = 0.2
beta1 = 0.9
beta2 = 0.95
eps = 0.00000001
weight_decay = 0.1
clip = 1.0
seed = 1
precision = 'float32'
threads = 0
lanes = 8
save_every = 250
keep = 2
eval_every = 50
optimizer = 'adamw'
muon_lr = 0.02
muon_momentum = 0.95
engine = 'native'
compile = 'off'
device = ''
python = ''
transpose = 0
on_nonfinite = 'stop'
on_full_disk = 'stop'

[eval]
windows = 128
final_windows = 0
`
	if diff := cmp.Diff(want, string(preset(t, "paper").TOML())); diff != "" {
		t.Error(diff)
	}
}

// change gives a field another value and says which.
func change(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "'\"\\\n\té#=]")
	case reflect.Float64:
		v.SetFloat(v.Float()/3 + 0.1)
	default:
		v.SetInt(v.Int() + 7)
	}
	return fmt.Sprint(v)
}

func TestTOMLRoundTrips(t *testing.T) {
	for _, name := range Presets() {
		want := preset(t, name)
		var got Config
		if err := got.Merge("test", want.TOML()); err != nil || got != want {
			t.Errorf("%s: %v\n%s", name, err, cmp.Diff(want, got))
		}
	}
	want := preset(t, "paper")
	for _, f := range want.fields() {
		change(f.value)
	}
	var got Config
	if err := got.Merge("test", want.TOML()); err != nil || got != want {
		t.Errorf("every key changed: %v\n%s", err, cmp.Diff(want, got))
	}
}

func TestSetReachesEveryKey(t *testing.T) {
	c := preset(t, "tiny")
	for _, f := range c.fields() {
		changed := preset(t, "tiny")
		want := changed
		place := want.find(f.key)
		value := change(place)
		if place.Kind() == reflect.String {
			value = "a b=[c]"
			place.SetString(value)
		}
		if err := changed.Set(f.key + "=" + value); err != nil || changed != want {
			t.Errorf("%s: %v\n%s", f.key, err, cmp.Diff(want, changed))
		}
	}
}

func TestSet(t *testing.T) {
	tests := []struct {
		assignment string
		get        func(Config) any
		want       any
	}{
		{"train.lr=3e-3", func(c Config) any { return c.Train.LR }, 3e-3},
		{"train.lr=1", func(c Config) any { return c.Train.LR }, 1.0},
		{" train.steps = 1_000 ", func(c Config) any { return c.Train.Steps }, 1000},
		{"train.seed=7", func(c Config) any { return c.Train.Seed }, int64(7)},
		{"model.mixer=haar:min=2", func(c Config) any { return c.Model.Mixer }, "haar:min=2"},
		{`model.mixer="haar:min=2"`, func(c Config) any { return c.Model.Mixer }, "haar:min=2"},
		{"model.mixer=past:min=1", func(c Config) any { return c.Model.Mixer }, "haar:delay=1:share=halving"},
		{"model.mixer='haar:min=1'", func(c Config) any { return c.Model.Mixer }, "haar"},
		{`data.path='C:\new'`, func(c Config) any { return c.Data.Path }, `C:\new`},
		{`data.path=C:\new`, func(c Config) any { return c.Data.Path }, `C:\new`},
		{"data.path=5", func(c Config) any { return c.Data.Path }, "5"},
		{"data.path=", func(c Config) any { return c.Data.Path }, ""},
	}
	for _, test := range tests {
		c := preset(t, "paper")
		if err := c.Set(test.assignment); err != nil {
			t.Error(err)
		} else if got := test.get(c); got != test.want {
			t.Errorf("set %q gives %v, want %v", test.assignment, got, test.want)
		}
	}
}

func TestErrorsNamePlaceAndRemedy(t *testing.T) {
	merge := func(c *Config, text string) error { return c.Merge("config.toml", []byte(text)) }
	set := (*Config).Set
	tests := []struct {
		apply func(*Config, string) error
		text  string
		want  string // part of the message
	}{
		{merge, "\n[train]\nlearning_rate = 1", "config.toml:3: unknown key train.learning_rate; did you mean train.lr?"},
		{merge, "[train]\nbatch_size = 1", "config.toml:2: unknown key train.batch_size; did you mean train.batch?"},
		{merge, "[train]\nlr = 1\nLR = 2", "config.toml:3: unknown key train.LR; did you mean train.lr?"},
		{merge, "lr = 1", "config.toml:1: unknown key lr; did you mean train.lr?"},
		{merge, "[model]\nlr = 1", "did you mean train.lr?"},
		{merge, "[modle]\nlayers = 1", "config.toml:1: unknown key modle; choose a key of model, data, train or eval"},
		{merge, "[data]\nsource = 1", "config.toml:2: unknown key data.source; choose data.path, data.codec, data.medium, data.min_count, data.rate, data.level, data.on_error, data.windows or data.hash"},
		{merge, "train = {\n  lr = 1,\n  foo = 2 }", "config.toml:3: unknown key train.foo"},
		{merge, "\n\"train.lr\" = 1", "config.toml:2: unknown key"},
		{merge, "[train]\n\"l\\nr\" = 1", `config.toml:2: unknown key "train.l\nr"; did you mean train.lr?`},
		{merge, "train.lr = 'x'", "config.toml:1: train.lr wants a number, not a TOML string"},
		{merge, "[train]\n\nsteps = 1.5", "config.toml:3: train.steps wants a whole number, not a TOML float"},
		{merge, "[train]\nschedule = 1", "config.toml:2: train.schedule wants a string, not a TOML integer"},
		{merge, "[train.lr]\nx = 1", "config.toml:1: train.lr wants a number, not a TOML table"},
		{merge, "train = 5", "config.toml:1: train is a table; write its keys under a line [train]"},
		{merge, "[[train]]\nlr = 1", "config.toml:1: train is a table"},
		{merge, "[train]\nlr = ", "config.toml:2: "},
		{merge, "[train]\nlr = 1\nlr = 2", "config.toml:3: key lr is already defined"},
		{merge, "[train]\nseed = 9223372036854775808", "config.toml:2: "},
		{merge, "\xff", "config.toml:1: "},
		{merge, "format_version = 2\nfuture = 1", "config.toml: format_version is 2, newer than this build reads (up to 1)"},
		{merge, "format_version = 0", "config.toml: format_version is 0; the first is 1"},
		{merge, "format_version = '1'", "config.toml: format_version = 1 is not a version"},
		{set, "train.learning_rate=1", "unknown key train.learning_rate; did you mean train.lr?"},
		{set, "train.lr", "no value; write key=value"},
		{merge, "[train]\nlr = 1e999", "config.toml:2: train.lr has a number that is too large"},
		{merge, "[train]\nsteps = 99999999999999999999", "config.toml:2: train.steps has a number that is too large"},
		{merge, "format_version = 1e999", "config.toml:1: format_version has a number that is too large"},
		{set, "train.lr=1e999", `set "train.lr=1e999": the number is too large`},
		{set, "train.lr=fast", `set "train.lr=fast": train.lr wants a number`},
		{set, "train.lr=", "train.lr wants a number"},
		{set, "train.steps=5.0", "train.steps wants a whole number"},
		{set, "train.lr=1\nother=2", "train.lr wants a number"},
		{set, "train.lr={a=1}", "train.lr wants a number"},
		{set, "data.path='x", "data.path wants a string"},
	}
	for _, test := range tests {
		c := preset(t, "paper")
		err := test.apply(&c, test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want %q", test.text, err, test.want)
		}
		if c != preset(t, "paper") {
			t.Errorf("%q changed the configuration", test.text)
		}
	}
}

// Editors put a byte order mark in front, or save in UTF-16.
func TestMergeOfOtherEncodings(t *testing.T) {
	c, err := Preset("tiny")
	if err != nil {
		t.Fatal(err)
	}
	want := c
	want.Train.Steps = 7
	if err := c.Merge("a.toml", []byte("\ufeff[train]\nsteps = 7\n")); err != nil || c != want {
		t.Errorf("with a byte order mark: %v", err)
	}
	err = c.Merge("a.toml", []byte("\xff\xfe[\x00t\x00]\x00"))
	if want := "a.toml: the document is UTF-16; save it as UTF-8"; err == nil || err.Error() != want {
		t.Errorf("UTF-16: %v, want %s", err, want)
	}
}

func TestMergeKeepsOtherKeys(t *testing.T) {
	c, want := preset(t, "small"), preset(t, "small")
	want.Train.LR, want.Model.Mixer = 1, "haar"
	err := c.Merge("test", []byte("# partial\ntrain = { lr = 1 }\nmodel.mixer = \"haar\"\n"))
	if err != nil || c != want {
		t.Errorf("%v\n%s", err, cmp.Diff(want, c))
	}
}

func TestValidate(t *testing.T) {
	tests := []struct{ assignments, want string }{ // one a line
		{"model.layers=0", "model.layers = 0 is out of range; set it between 1 and 1024"},
		{"model.width=-1", "model.width = -1"},
		{"model.width=9223372036854775807", "model.width = 9223372036854775807"},
		{"model.width=100", "model.width = 100 is not a multiple of model.heads = 8; change one of them"},
		{"model.heads=0", "model.heads = 0"},
		{"model.hidden=0", "model.hidden = 0"},
		{"model.context=0", "model.context = 0"},
		{"model.position=absolute", `model.position = "absolute" is not known; set it to learned, sinusoidal or rope`},
		{"model.position=rope\nmodel.heads=128", "model.position = rope rotates pairs of channels, but a head has model.width / model.heads = 1; make it even"},
		{"model.position=rope\nmodel.heads=0", "model.heads = 0"},
		{"model.family=mistral", `model.family = "mistral" is not known; set it to gpt2, nanochat or llama`},
		{"model.family=", `model.family = "" is not known`},
		{"model.family=nanochat\nmodel.position=learned", `model.position = learned, but model.family = nanochat has rotary positions; set it to rope, or "" for the family's own`},
		{"model.position=sinusoidal\nmodel.family=nanochat", "model.position = sinusoidal, but model.family = nanochat has rotary positions"},
		{"model.family=nanochat\nmodel.norm=post", "model.norm = post, but model.family = nanochat has norms before attention and MLP; set it to pre"},
		{"model.family=nanochat\nmodel.heads=128", "model.position = rope rotates pairs of channels"},
		{"model.family=nanochat\nmodel.kv_heads=3", "model.heads = 8 is not a multiple of model.kv_heads = 3; change one of them"},
		{"model.family=nanochat\nmodel.kv_heads=16", "model.heads = 8 is not a multiple of model.kv_heads = 16"},
		{"model.family=llama\nmodel.position=learned", "model.position = learned, but model.family = llama has rotary positions"},
		{"model.kv_heads=-1", "model.kv_heads = -1 is out of range"},
		{"model.kv_heads=2", "model.kv_heads = 2, but model.family = gpt2 has keys and values of every head; set it to 0"},
		{"model.norm=", `model.norm = "" is not known; set it to pre or post`},
		{"model.mixer=", `model.mixer = "" names no operator; set it to "none"`},
		{"model.mixer=\xff", `model.mixer: operator "\xff": no operator`},
		{"model.mixer=haar:depth=2", `model.mixer: operator "haar:depth=2": haar has no option "depth"`},
		{"model.dropout=1", "model.dropout = 1 is out of range; set it to at least 0 and less than 1"},
		{"model.dropout=nan", "model.dropout = NaN"},
		{"data.path=\xff", "is not UTF-8"},
		{"data.codec=\xff", "is not UTF-8"},
		{"data.min_count=0", "data.min_count = 0"},
		{"data.rate=-1", "data.rate = -1"},
		{"data.level=loud", "as-is or peak"},
		{"data.hash=abc", "is not a SHA-256 hash"},
		{"data.on_error=ignore", "stop or skip"},
		{"data.windows=each", "document or any"},
		{"train.steps=0", "train.steps = 0"},
		{"train.steps=100000000", "train.steps = 100000000"},
		{"train.batch=0", "train.batch = 0"},
		{"train.accumulate=0", "train.accumulate = 0"},
		{"train.lr=0", "train.lr = 0"},
		{"train.lr=nan", "train.lr = NaN"},
		{"train.lr=inf", "train.lr = +Inf"},
		{"train.min_lr=1", "train.min_lr = 1 is out of range; set it to at least 0 and at most train.lr = 0.001"},
		{"train.min_lr=nan", "train.min_lr = NaN"},
		{"train.warmup=1501", "train.warmup = 1501 is out of range; set it between 0 and train.steps (1500)"},
		{"train.warmup=-1", "train.warmup = -1"},
		{"train.seed=-1", "train.seed = -1 is out of range; set it to at least 0"},
		{"train.schedule=cos", `train.schedule = "cos" is not known; set it to cosine, constant, linear or wsd`},
		{"train.cooldown=0", "train.cooldown = 0 is out of range; set it to more than 0 and at most 1"},
		{"train.cooldown=1.1", "train.cooldown = 1.1"},
		{"train.beta1=1", "train.beta1 = 1"},
		{"train.beta2=-0.1", "train.beta2 = -0.1"},
		{"train.eps=0", "train.eps = 0"},
		{"train.weight_decay=-1", "train.weight_decay = -1"},
		{"train.clip=-1", "train.clip = -1"},
		{"train.clip=inf", "train.clip = +Inf"},
		{"train.precision=float16", `train.precision = "float16" is not known; set it to float32, tf32 or bfloat16`},
		{"train.precision=bfloat16", `train.precision = "bfloat16" is for PyTorch; set train.engine = torch too, or train.precision = "float32"`},
		{"train.engine=xla", `train.engine = "xla" is not known; set it to native or torch`},
		{"train.compile=default", `train.compile = "default" is for PyTorch; set train.engine = torch too`},
		{"train.device=cuda:1", `train.device = "cuda:1" is for PyTorch`},
		{"train.python=/usr/bin/python3", "is for PyTorch"},
		{"train.engine=torch\ntrain.compile=on", "default, reduce-overhead or max-autotune"},
		{"train.threads=-1", "train.threads = -1"},
		{"train.lanes=0", "train.lanes = 0"},
		{"train.lanes=12", "train.lanes = 12"},
		{"train.lanes=128", "train.lanes = 128"},
		{"train.save_every=0", "train.save_every = 0"},
		{"train.keep=0", "train.keep = 0"},
		{"train.eval_every=0", "train.eval_every = 0"},
		{"model.init=xavier", `model.init = "xavier" is not known; set it to`},
		{"train.optimizer=sgd", `train.optimizer = "sgd" is not known; set it to adamw or muon`},
		{"train.optimizer=", "adamw or muon"},
		{"train.muon_lr=0", "train.muon_lr = 0 is out of range; set it to more than 0 and at most 1000"},
		{"train.muon_momentum=1", "train.muon_momentum = 1"},
		{"train.muon_momentum=-0.1", "train.muon_momentum = -0.1"},
		{"train.transpose=12", "train.transpose = 12"},
		{"train.on_nonfinite=ignore", "stop or skip"},
		{"train.on_full_disk=", "stop or continue"},
		{"eval.windows=0", "eval.windows = 0"},
		{"eval.final_windows=-1", "eval.final_windows = -1 is out of range; set it between 0 and 1048576"},
	}
	for _, test := range tests {
		c := preset(t, "paper")
		for assignment := range strings.SplitSeq(test.assignments, "\n") {
			if err := c.Set(assignment); err != nil {
				t.Error(err)
			}
		}
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want %q", test.assignments, err, test.want)
		}
	}
	for _, assignment := range []string{"train.seed=9223372036854775807", "train.warmup=0", "train.warmup=1500",
		"train.min_lr=0", "train.clip=0", "model.dropout=0.5", "train.schedule=wsd", "train.cooldown=1", "train.cooldown=1e-9", "model.heads=128",
		"model.position=rope", "model.position=sinusoidal", "model.norm=post", "model.position=", "model.kv_heads=8", "model.family=nanochat", "model.family=llama",
		"model.init=", "model.init=gpt2", "model.init=width", "model.init=zero", "train.optimizer=muon", "train.muon_momentum=0"} {
		c := preset(t, "paper")
		if err := c.Set(assignment); err != nil {
			t.Error(err)
		}
		if err := c.Validate(); err != nil {
			t.Errorf("%q: %v", assignment, err)
		}
	}
}

// A float that no rule reads would let a NaN through to the optimizer.
func TestValidateRefusesEveryNaN(t *testing.T) {
	for _, value := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		c := preset(t, "paper")
		for _, f := range c.fields() {
			if f.value.Kind() != reflect.Float64 {
				continue
			}
			broken := c
			broken.find(f.key).SetFloat(value)
			if broken.Validate() == nil {
				t.Errorf("%s = %v passes", f.key, value)
			}
		}
	}
}

// Every run and summary ever written carries this value: a change of it needs a
// new format_version.
func TestHashIsStable(t *testing.T) {
	const want = "a014952adf256a385f9d569b5700c2f100389f188fcf560c0ec16dc8de736ba0"
	if got := preset(t, "paper").Hash("x"); got != want {
		t.Errorf("hash of paper is %s, want %s", got, want)
	}
}

func TestHashCoversWhatChangesResults(t *testing.T) {
	c := preset(t, "paper")
	seen := map[string]string{c.Hash("x"): "the preset", c.Hash("y"): "the data"}
	if len(seen) != 2 {
		t.Error("the data hash does not count")
	}
	without := []string{"data.path", "data.codec", "data.medium", "data.min_count", "data.rate", "data.level", "data.on_error", "data.windows", "data.hash", "train.threads", "train.save_every", "train.keep", "train.device", "train.python", "train.on_full_disk"}
	for _, f := range c.fields() {
		changed := c
		change(changed.find(f.key))
		hash := changed.Hash("x")
		if slices.Contains(without, f.key) {
			if hash != c.Hash("x") {
				t.Errorf("%s changes the hash", f.key)
			}
			continue
		}
		if other, taken := seen[hash]; taken {
			t.Errorf("%s has the hash of %s", f.key, other)
		}
		seen[hash] = f.key
	}
}

// Every key that is changed is named, and no other.
func TestDiff(t *testing.T) {
	c := preset(t, "paper")
	if d := c.Diff(c); len(d) > 0 {
		t.Errorf("to itself: %v", d)
	}
	for _, f := range c.fields() {
		changed := c
		change(changed.find(f.key))
		d := c.Diff(changed)
		if f.key == "model.family" { // of which positions are a part
			d = slices.DeleteFunc(d, func(d Difference) bool { return d.Key == "model.position" })
		}
		if len(d) != 1 || d[0].Key != f.key || d[0].A == d[0].B {
			t.Errorf("%s was changed: %v", f.key, d)
		}
	}
}

// What is left to a family is what it has, in hashes and differences; other values than
// those of GPT-2 count.
func TestFamilies(t *testing.T) {
	hash := func(assignments ...string) string {
		c := preset(t, "paper")
		for _, a := range assignments {
			if err := c.Set(a); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Validate(); err != nil {
			t.Error(err)
		}
		if resolved := (Config{c.Model.Resolved(), c.Data, c.Train, c.Eval}); resolved.Hash("x") != c.Hash("x") || len(c.Diff(resolved)) > 0 {
			t.Errorf("%v: resolved, it is another configuration", assignments)
		}
		return c.Hash("x")
	}
	for _, same := range [][2]string{
		{hash(), hash("model.position=learned")},
		{hash(), hash("model.kv_heads=8")},
		{hash("model.family=nanochat"), hash("model.family=nanochat", "model.position=rope", "model.kv_heads=8")},
		{hash("model.family=llama"), hash("model.family=llama", "model.position=rope", "model.kv_heads=8")},
	} {
		if same[0] != same[1] {
			t.Error("two spellings have two hashes")
		}
	}
	seen := map[string]bool{hash(): true, hash("model.position=rope"): true, hash("model.family=nanochat"): true, hash("model.family=nanochat", "model.kv_heads=2"): true}
	if len(seen) != 4 {
		t.Error("two models have one hash")
	}
	// A document from before there were families.
	c := Earlier()
	if err := c.Merge("old", []byte("[model]\nposition = 'learned'\n")); err != nil || c.Model.Family != "gpt2" {
		t.Errorf("an old document: family %q, %v", c.Model.Family, err)
	}
}

// Keys and values have the channels of their heads.
func TestRow(t *testing.T) {
	m := preset(t, "paper").Model
	m.Family, m.KVHeads = "nanochat", 2
	for at, want := range map[wavelet.Place][2]int{
		wavelet.AtBlock: {128, 8}, wavelet.AtQuery: {128, 8}, wavelet.AtKey: {32, 2}, wavelet.AtValue: {32, 2},
		wavelet.AtKey | wavelet.AtValue: {32, 2}, wavelet.AtBlock | wavelet.AtKey: {128, 8},
	} {
		if width, heads := m.Row(at); [2]int{width, heads} != want {
			t.Errorf("at %v: %d channels in %d heads, want %v", at, width, heads, want)
		}
	}
}

// Two spellings of one operator are one configuration, however they were set.
func TestMixerSpelling(t *testing.T) {
	plain, spelled, merged := preset(t, "paper"), preset(t, "paper"), preset(t, "paper")
	plain.Model.Mixer, spelled.Model.Mixer = "haar", "haar:last=on:min=1"
	if err := merged.Merge("test", []byte("model.mixer = 'haar:min=1'")); err != nil || merged != plain {
		t.Errorf("merged: mixer %q, error %v", merged.Model.Mixer, err)
	}
	if spelled.Hash("x") != plain.Hash("x") {
		t.Error("the spelling changes the hash")
	}
	if d := plain.Diff(spelled); len(d) > 0 {
		t.Errorf("the spelling is a difference: %v", d)
	}
	if string(spelled.TOML()) != string(plain.TOML()) {
		t.Error("the spelling is in the document")
	}
}
