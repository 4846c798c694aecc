package main

var (
	optimSuite = suite{packages: "internal/optim"}
	stepSuite  = suite{packages: "train", tests: "Oracle|Lane|Golden"}
)

var trainingMutants = []mutant{
	{
		name:  "PyTorch: half an update is saved",
		file:  "train/save.go",
		old:   `l.diverged || l.broken {`,
		new:   `l.diverged {`,
		suite: suite{packages: "train", tests: "HalfAnUpdate"},
	},
	{
		name:  "lanes: added in another order",
		file:  "train/lanes.go",
		old:   `for apart := 1; apart < l.count; apart *= 2 {`,
		new:   `for apart := 4; apart > 0; apart /= 2 {`,
		suite: stepSuite,
	},
	{
		name:  "lanes: an array keeps what it held before",
		file:  "train/lanes.go",
		old:   `clear(values)`,
		new:   `_ = values`,
		suite: stepSuite,
	},
	{
		name:  "lanes: four instead of eight",
		file:  "train/engine.go",
		old:   `min(c.Lanes, c.Batch*c.Accumulate)`,
		new:   `min(c.Lanes/2, c.Batch*c.Accumulate)`,
		suite: suite{packages: "train", tests: "Golden"},
	},
	{
		name:  "ranks: not neighbours are added first",
		file:  "train/group.go",
		old:   `for apart := 1; apart < s.subtrees; apart *= 2 {`,
		new:   `for apart := 1; apart < s.subtrees; apart += s.subtrees {`,
		suite: suite{packages: "train", tests: "Ranks"},
	},
	{
		name: "ranks: lanes are not whole subtrees",
		file: "train/group.go",
		old: `for lanes*size < lanesOf(c) {
		lanes *= 2`,
		new: `for lanes*size < lanesOf(c) {
		lanes++`,
		suite: suite{packages: "train", tests: "Ranks"},
	},
	{
		name:  "ranks: other kernels may join",
		file:  "train/ranks.go",
		old:   `case m.Tier != first.Tier:`,
		new:   `case m.Tier == "":`,
		suite: suite{packages: "train", tests: "Join"},
	},
	{
		name:  "ranks: the state is sent without moments",
		file:  "train/ranks.go",
		old:   `arrays = append(arrays, s.values)`,
		new:   `arrays = append(arrays, s.values[:0])`,
		suite: suite{packages: "train", tests: "Ranks"},
	},
	{
		name:  "step: targets are the inputs",
		file:  "train/engine.go",
		old:   `windows[i][:len(windows[i])-1], windows[i][1:]`,
		new:   `windows[i][:len(windows[i])-1], windows[i][:len(windows[i])-1]`,
		suite: stepSuite,
	},
	{
		name:  "step: gradient of the sum, not of the mean",
		file:  "train/engine.go",
		old:   `1/float32(tokens), part`,
		new:   `1/float32(len(targets)), part`,
		suite: stepSuite,
	},
	{
		name:  "step: the gradient is not clipped",
		file:  "train/engine.go",
		old:   `e.clip.Scale(r.norm)`,
		new:   `1.0`,
		suite: stepSuite,
	},
	{
		name: "step: products keep the old weights",
		file: "train/engine.go",
		old: `		e.model.PackIn(e.tasks)
	}`,
		new:   `	}`,
		suite: stepSuite,
	},
	{
		name:  "torch: Muon's rate is its highest in all steps",
		file:  "train/torch.go",
		old:   `optim.MuonRate(e.c, r.rate)`,
		new:   `e.c.MuonLR`,
		suite: suite{packages: "train", tests: "WorkerLeaves"},
	},
	{
		name:  "torch: a resumed worker has no moments",
		file:  "train/torch.go",
		old:   `append([]state{{"", m.Tensors(), m.Params}}, states...)`,
		new:   `[]state{{"", m.Tensors(), m.Params}}`,
		suite: suite{packages: "train", tests: "WorkerLeaves"},
	},
	{
		name: "torch: a worker that hangs is waited for",
		file: "internal/torch/worker.go",
		old: `		late.Store(true)
		_ = w.process.Process.Kill() // it may have ended`,
		new: `		late.Store(false)
		_ = w.process.Process.Kill() // it may have ended`,
		suite: suite{packages: "internal/torch", tests: "WorkerFails"},
	},
	{
		name:  "start: a run of PyTorch resumes natively",
		file:  "train/start.go",
		old:   `has != c.Train.Engine {`,
		new:   `has == "" {`,
		suite: suite{packages: "train", tests: "KeepsItsEngine"},
	},
	{
		name:  "step: a gradient that is not finite is applied",
		file:  "train/engine.go",
		old:   `	case !finite(r.norm):`,
		new:   `case r.norm < 0:`,
		suite: suite{packages: "train", tests: "NonFinite"},
	},
	{
		name:  "evaluation: targets are the inputs",
		file:  "train/evaluate.go",
		old:   `space.Loss(window[1:])`,
		new:   `space.Loss(window[:len(window)-1])`,
		suite: suite{packages: "train", tests: "Evaluate"},
	},
	{
		name:  "evaluation: windows depend on the weights",
		file:  "train/evaluate.go",
		old:   `set.Window(buffers[worker], split, starts[i])`,
		new:   `set.Window(buffers[worker], split, max(0, starts[i]-int64(1e6*e.model.Params[0])&7))`,
		suite: suite{packages: "train", tests: "Evaluate"},
	},
	{
		name:  "evaluation: order of the windows depends on the weights",
		file:  "train/evaluate.go",
		old:   `set.Window(buffers[worker], split, starts[i])`,
		new:   `set.Window(buffers[worker], split, starts[(i+int(1e6*e.model.Params[0])&7)%len(starts)])`,
		suite: suite{packages: "train", tests: "Evaluate"},
	},
	{
		name:  "evaluation: the test loss is of the validation split",
		file:  "train/evaluate.go",
		old:   `l.means(ctx, dataset.Test, windows)`,
		new:   `l.means(ctx, dataset.Validation, windows)`,
		suite: suite{packages: "internal/cli", tests: "Eval$"},
	},
	{
		name:  "adam: bias correction of the first moment missing",
		file:  "internal/optim/adamw.go",
		old:   `float32(lr / (1 - math.Pow(o.c.Beta1, float64(t))))`,
		new:   `float32(lr)`,
		suite: optimSuite,
	},
	{
		name:  "adam: bias correction of the second moment missing",
		file:  "internal/optim/adamw.go",
		old:   `float32(1 / math.Sqrt(1-math.Pow(o.c.Beta2, float64(t))))`,
		new:   `1`,
		suite: optimSuite,
	},
	{
		name: "adam: decay after the update",
		file: "internal/kernel/adamw.go",
		old:  `p[i] = w - float32(s.Rate*m[i])/(float32(root*s.Root)+s.Epsilon)`,
		new: `_ = w
		p[i] = (p[i] - float32(s.Rate*m[i])/(float32(root*s.Root)+s.Epsilon)) * (1 - s.Decay)`,
		suite: suite{packages: "internal/optim", tests: "Update"},
	},
	{
		name:  "adam: decay through the gradient",
		file:  "internal/kernel/adamw.go",
		old:   `g *= s.Scale`,
		new:   `g = g*s.Scale + s.Decay*p[i]`,
		suite: optimSuite,
	},
	{
		name:  "clip: never scales",
		file:  "internal/optim/clip.go",
		old:   `return min(1, c.limit/(norm+1e-6))`,
		new:   `return 1`,
		suite: optimSuite,
	},
	{
		name:  "muon: inputs and outputs are confused in the rate",
		file:  "internal/optim/muon.go",
		old:   `float64(out)/float64(in)`,
		new:   `float64(in)/float64(out)`,
		suite: suite{packages: "train", tests: "MuonOracle"},
	},
	{
		name:  "muon: queries, keys and values are one matrix",
		file:  "gpt/family.go",
		old:   `l.Width, l.Width, l.Width, l.Width)`,
		new:   `l.Width, 3*l.Width)`,
		suite: suite{packages: "train", tests: "MuonOracle"},
	},
	{
		name:  "muon: four steps of Newton-Schulz",
		file:  "internal/kernel/orthogonal.go",
		old:   `newtonSchulzSteps = 5`,
		new:   `newtonSchulzSteps = 4`,
		suite: suite{packages: "train", tests: "MuonOracle"},
	},
	{
		name:  "muon: the rate does not follow the schedule",
		file:  "internal/optim/schedule.go",
		old:   `return rate * (c.MuonLR / c.LR)`,
		new:   `return c.MuonLR`,
		suite: suite{packages: "internal/optim", tests: "MuonRate"},
	},
	{
		name:  "schedule: warm-up off by one",
		file:  "internal/optim/schedule.go",
		old:   `return c.LR * float64(t) / float64(c.Warmup)`,
		new:   `return c.LR * float64(t-1) / float64(c.Warmup)`,
		suite: optimSuite,
	},
	{
		name:  "schedule: ends one step early",
		file:  "internal/optim/schedule.go",
		old:   `done := (float64(t) - start) / (float64(c.Steps) - start)`,
		new:   `done := (float64(t) - start) / max(1, float64(c.Steps-1)-start)`,
		suite: optimSuite,
	},
	{
		name:  "schedule: every cooldown is a fifth",
		file:  "internal/optim/schedule.go",
		old:   `float64(c.Steps)*(1-c.Cooldown)`,
		new:   `float64(c.Steps)*(1-0.2)`,
		suite: optimSuite,
	},
	{
		name:  "schedule: branches begin in the fall",
		file:  "internal/optim/schedule.go",
		old:   `step := int(fallStart(c))`,
		new:   `step := int(fallStart(c)) + 1`,
		suite: optimSuite,
	},
	{
		name:  "branch: off a trunk whose rate has begun to fall",
		file:  "train/branch.go",
		old:   `last := min(BranchPoint(r.Config.Train), BranchPoint(c.Train))`,
		new:   `last := BranchPoint(c.Train)`,
		suite: suite{packages: "train", tests: "BranchRefuses"},
	},
	{
		name:  "branch: labels of the trunk's checkpoint do not count",
		file:  "train/branch.go",
		old:   `return found.Labels[label] != want[label] }`,
		new:   `return found.Labels == nil }`,
		suite: suite{packages: "train", tests: "BranchRefuses"},
	},
	{
		name:  "final evaluation: windows have the documents of the training split",
		file:  "train/evaluate.go",
		old:   `l.set.Document(dataset.Validation, start)`,
		new:   `l.set.Document(dataset.Train, start%16)`,
		suite: suite{packages: "train", tests: "FinalEvaluation"},
	},
	{
		name:  "final evaluation: on no more windows than the curves",
		file:  "train/evaluate.go",
		old:   `windows := c.Eval.Final()`,
		new:   `windows := c.Eval.Windows`,
		suite: suite{packages: "train", tests: "FinalEvaluation"},
	},
	{
		name:  "config hash: final windows do not count",
		file:  "config/hash.go",
		old:   `added[f.key] == value`,
		new:   `added[f.key] == value || f.key == "eval.final_windows"`,
		suite: suite{packages: "config", tests: "Hash"},
	},
	{
		name:  "config hash: the cooldown does not count",
		file:  "config/hash.go",
		old:   `added[f.key] == value`,
		new:   `added[f.key] == value || f.key == "train.cooldown"`,
		suite: suite{packages: "config", tests: "Hash"},
	},
	{
		name: "resume: the second moment starts anew",
		file: "train/save.go",
		old: `for _, s := range l.engine.states() {
		if err`,
		new: `for _, s := range l.engine.states()[:1] {
		if err`,
		suite: suite{packages: "train", tests: "Resume$"},
	},
	{
		name: "resume: Muon's momentum starts anew",
		file: "train/save.go",
		old: `for _, s := range l.engine.states() {
		if err`,
		new: `for _, s := range l.engine.states()[:2] {
		if err`,
		suite: suite{packages: "train", tests: "ResumeMuon"},
	},
	{
		name:  "resume: an evaluation is done twice",
		file:  "train/evaluate.go",
		old:   `!due(l.step, c.Train) || l.evaluated >= l.step`,
		new:   `!due(l.step, c.Train)`,
		suite: suite{packages: "train", tests: "Advance"},
	},
	{
		name:  "resume: other data is accepted",
		file:  "train/save.go",
		old:   `[]string{labelCodec, labelData, labelConfig}`,
		new:   `[]string{labelCodec, labelConfig}`,
		suite: suite{packages: "train", tests: "Refuses"},
	},
	{
		name:  "resume: seconds start anew",
		file:  "train/loop.go",
		old:   `l.seconds = timings[len(timings)-1].Seconds`,
		new:   `l.seconds = 0`,
		suite: suite{packages: "train", tests: "Resume$"},
	},
	{
		name:  "save: weights that are not finite are saved",
		file:  "train/save.go",
		old:   `if !l.allFinite() {`,
		new:   `if l.step < 0 && !l.allFinite() {`,
		suite: suite{packages: "train", tests: "NonFinite"},
	},
	{
		name:  "skip: has no end",
		file:  "train/nonfinite.go",
		old:   `|| l.inRow == maxSkipped`,
		new:   `|| l.inRow < 0`,
		suite: suite{packages: "train", tests: "Skip"},
	},
	{
		name:  "spikes: a value that is not finite is taken in",
		file:  "train/spikes.go",
		old:   `if !finite(x) {`,
		new:   `if math.IsInf(x, -1) {`,
		suite: suite{packages: "train", tests: "Trailing|Spike"},
	},
	{
		name:  "spikes: the window starts anew on resume",
		file:  "train/loop.go",
		old:   `l.lossTrail.score(*m.Loss)`,
		new:   `l.lossTrail = nil`,
		suite: suite{packages: "train", tests: "Trailing|Spike"},
	},
	{
		name: "loop: the test loss is logged before the last save",
		file: "train/loop.go",
		old: `		if err == nil {
			err = l.saveDue(report)
		}
		if err == nil {
			err = l.test(ctx, report)
		}`,
		new: `		if err == nil {
			err = l.test(ctx, report)
		}
		if err == nil {
			err = l.saveDue(report)
		}`,
		suite: suite{packages: "train", tests: "NonFinite"},
	},
	{
		name:  "start: a run of another configuration is resumed",
		file:  "train/start.go",
		old:   `has != want {`,
		new:   `has == "" && want == "" {`,
		suite: suite{packages: "train", tests: "Start"},
	},
	{
		name:  "memory: gradients are not counted",
		file:  "train/lanes.go",
		old:   `4*n*int64(m.Length())`,
		new:   `4*int64(m.Length())`,
		suite: suite{packages: "train", tests: "Memory"},
	},
	{
		name:  "keep: the best checkpoint is removed",
		file:  "train/save.go",
		old:   `append(l.branchPoints, best)...)`,
		new:   `append(l.branchPoints, min(best, -1))...)`,
		suite: suite{packages: "train", tests: "Keeps"},
	},
}
