package main

var (
	verdictSuite = suite{packages: "compare", tests: "Planted|Pairs|Itself|Never|Plateau|Holm|Crossing|Student|Verdict|Diverged|Table"}
	engineSuite  = suite{packages: "compare"}
)

var comparisonMutants = []mutant{
	{
		name:  "crossing: counts without the next evaluation",
		file:  "compare/crossing.go",
		old:   `if i+1 < len(curve) && !(curve[i+1].Loss <= level+slack) {`,
		new:   `if i+1 < 0 && !(curve[i+1].Loss <= level+slack) {`,
		suite: verdictSuite,
	},
	{
		name:  "crossing: at the evaluation, not between two",
		file:  "compare/crossing.go",
		old:   `(before-level)/(before-p.Loss)`,
		new:   `max(1, (before-level)/(before-p.Loss))`,
		suite: verdictSuite,
	},
	{
		name:  "plateau: margin on the wrong side",
		file:  "compare/crossing.go",
		old:   `*bigram-PlateauMargin`,
		new:   `*bigram+PlateauMargin`,
		suite: verdictSuite,
	},
	{
		name:  "saved: of the variant's own steps",
		file:  "compare/crossing.go",
		old:   `fraction := 1 - *variant / *baseline`,
		new:   `fraction := *baseline / *variant - 1`,
		suite: verdictSuite,
	},
	{
		name:  "saved after the plateau: from the start",
		file:  "compare/compute.go",
		old:   `saved(since(sv, c.PlateauStep), since(sb, c.BaselinePlateauStep))`,
		new:   `saved(sv, sb)`,
		suite: suite{packages: "compare", tests: "Plateau|Planted"},
	},
	{
		name:  "difference: sign, over seeds",
		file:  "compare/compute.go",
		old:   `pairedDifference(subtract(b, v), PairsOfSeeds)`,
		new:   `pairedDifference(subtract(v, b), PairsOfSeeds)`,
		suite: verdictSuite,
	},
	{
		name:  "difference: sign, over windows",
		file:  "compare/compute.go",
		old:   `pairedDifference(subtract(b, v), PairsOfWindows)`,
		new:   `pairedDifference(subtract(v, b), PairsOfWindows)`,
		suite: verdictSuite,
	},
	{
		name:  "difference: one-sided test",
		file:  "compare/statistics.go",
		old:   `min(1, 2*t.Survival(math.Abs(mean)/se))`,
		new:   `min(1, t.Survival(math.Abs(mean)/se))`,
		suite: verdictSuite,
	},
	{
		name:  "difference: normal instead of Student's interval",
		file:  "compare/statistics.go",
		old:   `t.Quantile(0.975) * se`,
		new:   `1.96 * se`,
		suite: verdictSuite,
	},
	{
		name:  "holm: not monotone",
		file:  "compare/statistics.go",
		old:   `running = max(running, min(1,`,
		new:   `running = max(0, min(1,`,
		suite: verdictSuite,
	},
	{
		name:  "holm: all p-values multiplied alike",
		file:  "compare/statistics.go",
		old:   `float64(len(order)-rank)`,
		new:   `float64(len(order)-0*rank)`,
		suite: verdictSuite,
	},
	{
		name:  "verdict: a significant loss is called faster",
		file:  "compare/verdict.go",
		old:   `case *c.Gain > 0 && sooner:`,
		new:   `case *c.Gain > -1 && sooner:`,
		suite: verdictSuite,
	},
	{
		name:  "verdict: a diverged run counts as finished",
		file:  "compare/compute.go",
		old:   `if r.Status == Finished {`,
		new:   `if r.Status != Unfinished {`,
		suite: verdictSuite,
	},
	{
		name:  "bits: per token instead of per unit",
		file:  "compare/summary.go",
		old:   `nats /= d.UnitsPerToken`,
		new:   `nats /= 1`,
		suite: suite{packages: "compare", tests: "Bits|Unit"},
	},
	{
		name:  "seconds: mean instead of median step",
		file:  "compare/result.go",
		old:   `stat.Quantile(0.5, stat.Empirical, steps, nil)`,
		new:   `stat.Mean(steps, nil)`,
		suite: engineSuite,
	},
	{
		name:  "plan: the seed is that of the configuration",
		file:  "compare/plan.go",
		old:   `c.Model.Mixer, c.Train.Seed = v.Spec, int64(seed)`,
		new:   `c.Model.Mixer = v.Spec`,
		suite: engineSuite,
	},
	{
		name:  "execution: a diverged run is trained again",
		file:  "compare/engine.go",
		old:   `if status(metrics) != Unfinished {`,
		new:   `if status(metrics) == Finished {`,
		suite: engineSuite,
	},
	{
		name:  "summary: a newer format is read",
		file:  "compare/summary_file.go",
		old:   `case *v > FormatVersion:`,
		new:   `case *v > FormatVersion+1:`,
		suite: suite{packages: "compare", tests: "Decode"},
	},
}
