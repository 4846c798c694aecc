package main

var (
	kernelSuite = suite{packages: "internal/kernel"}
	oracleSuite = suite{packages: "gpt", tests: "Oracle"}
	gptSuite    = suite{packages: "gpt"}
)

var modelMutants = []mutant{
	{
		name:  "attention: causal mask off by one",
		file:  "internal/kernel/attention.go",
		old:   `scratch, t+1, 3*E)`,
		new:   `scratch, min(t+2, T), 3*E)`,
		suite: suite{packages: "gpt", tests: "Causal"},
	},
	{
		name: "attention: scores are not scaled",
		file: "internal/kernel/attention.go",
		old: `s := scratch[:n]
	factor := float32(1 / math.Sqrt(float64(size)))`,
		new: `s := scratch[:n]
	factor := float32(1)`,
		suite: suite{packages: "internal/kernel gpt", tests: "Attention|Oracle"},
	},
	{
		name:  "attention: gradient of the scores is not scaled",
		file:  "internal/kernel/attention.go",
		old:   `ds[j] = p[j] * (ds[j] - mean) * factor`,
		new:   `ds[j] = p[j] * (ds[j] - mean)`,
		suite: suite{packages: "internal/kernel gpt", tests: "Attention|Oracle"},
	},
	{
		name:  "layer norm: epsilon 1e-6",
		file:  "internal/kernel/norm.go",
		old:   `const normEpsilon = 1e-5`,
		new:   `const normEpsilon = 1e-6`,
		suite: oracleSuite,
	},
	{
		name:  "layer norm: gradient without the mean of its own",
		file:  "internal/kernel/norm.go",
		old:   `(float32(d*gain[i]) - sum - float32(h*dot))`,
		new:   `(float32(d*gain[i]) - float32(h*dot))`,
		suite: kernelSuite,
	},
	{
		name:  "gelu: by the error function",
		file:  "internal/kernel/gelu.go",
		old:   `y[i] = v * geluGate(v)`,
		new:   `y[i] = float32(float64(v) * math.Erfc(-float64(v)/math.Sqrt2) / 2)`,
		suite: oracleSuite,
	},
	{
		name:  "gelu: cubic constant",
		file:  "internal/kernel/gelu.go",
		old:   `geluCubic = 0.044715`,
		new:   `geluCubic = 0.0447`,
		suite: suite{packages: "internal/kernel gpt", tests: "GELU|Oracle"},
	},
	{
		name:  "loss: in bits instead of nats",
		file:  "internal/kernel/loss.go",
		old:   `loss[r] = float32(math.Log(float64(sum))) + top - wanted`,
		new:   `loss[r] = (float32(math.Log(float64(sum))) + top - wanted) / math.Ln2`,
		suite: suite{packages: "internal/kernel gpt", tests: "CrossEntropy|Oracle"},
	},
	{
		name:  "init: projections into the stream are not scaled",
		file:  "gpt/model.go",
		old:   `std /= math.Sqrt(2 * float64(m.Config.Layers))`,
		new:   `std /= math.Sqrt(1)`,
		suite: gptSuite,
	},
	{
		name:  "init: all tensors from the same numbers",
		file:  "gpt/model.go",
		old:   `rng.New(seed, rng.Init, name.Sum32())`,
		new:   `rng.New(seed, rng.Init, 0)`,
		suite: suite{packages: "gpt", tests: "Init|Start"},
	},
	{
		name:  "init: depends on the variant",
		file:  "gpt/model.go",
		old:   `name.Write([]byte(t.Name))`,
		new:   `name.Write([]byte(t.Name + m.Config.Mixer))`,
		suite: gptSuite,
	},
	{
		name:  "decay: on biases",
		file:  "gpt/layout.go",
		old:   `t.Decay = len(shape) == 2 && (`,
		new:   `t.Decay = len(shape) >= 1 && (`,
		suite: suite{packages: "train", tests: "Oracle"},
	},
	{
		name:  "decay: on embeddings",
		file:  "gpt/layout.go",
		old:   `strings.HasPrefix(name, "transformer.h.")`,
		new:   `strings.HasPrefix(name, "transformer.")`,
		suite: suite{packages: "train", tests: "Oracle"},
	},
	{
		name:  "decay: on learned kernels",
		file:  "gpt/layout.go",
		old:   `name == "lm_head.weight")`,
		new:   `name == "lm_head.weight" || strings.HasPrefix(name, "mixer."))`,
		suite: gptSuite,
	},
	{
		name:  "dropout: the rest is not scaled",
		file:  "gpt/dropout.go",
		old:   `keep := float32(1 / (1 - c.Dropout))`,
		new:   `keep := float32(1)`,
		suite: suite{packages: "gpt", tests: "Dropout"},
	},
	{
		name:  "dropout: sequences share a mask",
		file:  "gpt/dropout.go",
		old:   `uint64(w.noise.Sequence*(2*c.Layers+1)+site)`,
		new:   `uint64(site)`,
		suite: gptSuite,
	},
	{
		name:  "flops: the operator is not counted",
		file:  "gpt/config.go",
		old:   `flops += 2 * m.operator.FLOPs(T)`,
		new:   `flops += 0 * m.operator.FLOPs(T)`,
		suite: gptSuite,
	},
	{
		name:  "sampling: top-p keeps one too few",
		file:  "gpt/sample.go",
		old:   `candidates, sum = candidates[:i+1], kept`,
		new:   `candidates, sum = candidates[:max(i, 1)], kept`,
		suite: suite{packages: "gpt", tests: "Sampling"},
	},
	{
		name:  "sampling: temperature multiplies",
		file:  "gpt/sample.go",
		old:   `(candidates[i].p - top) / s.Temperature`,
		new:   `(candidates[i].p - top) * s.Temperature`,
		suite: suite{packages: "gpt", tests: "Sampling"},
	},
	{
		name:  "decoding: a full context keeps its first half",
		file:  "gpt/decode.go",
		old:   `half := s.tokens[context-context/2:]`,
		new:   `half := s.tokens[:context/2]`,
		suite: suite{packages: "gpt", tests: "Sliding"},
	},
	{
		name:  "folder: tensors may be left over",
		file:  "gpt/folder_weights.go",
		old:   `if !known[name] && !buffers.MatchString(name) {`,
		new:   `if known[name] && buffers.MatchString(name) {`,
		suite: gptSuite,
	},
	{
		name:  "folder: a tied head may differ from the embedding",
		file:  "gpt/folder_weights.go",
		old:   `if _, ok := f.Info(headName); !ok || !tied {`,
		new:   `if _, ok := f.Info(headName); ok || !tied {`,
		suite: gptSuite,
	},
	{
		name:  "folder: tables of positions without bound",
		file:  "gpt/folder.go",
		old:   `n > max(maxTable, m.length)`,
		new:   `n > max(1<<30, m.length)`,
		suite: gptSuite,
	},
	{
		name:  "rope: the second half turns the other way",
		file:  "gpt/rotary.go",
		old:   `b[i] = float32(v*c) + float32(u*s)`,
		new:   `b[i] = float32(v*c) - float32(u*s)`,
		suite: oracleSuite,
	},
	{
		name:  "post-norm: the MLP reads the stream before its norm",
		file:  "gpt/block.go",
		old:   `kernel.Sum(sum, w.n, w.branch)`,
		new:   `kernel.Sum(sum, mid, w.branch)`,
		suite: oracleSuite,
	},
	{
		name:  "folder: a variant calls itself gpt2",
		file:  "gpt/folder_config.go",
		old:   `if c.Mixer != "none" || c.Norm`,
		new:   `if c.Norm`,
		suite: gptSuite,
	},
}
