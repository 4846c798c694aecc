package main

var referenceSuite = suite{packages: "reference", tests: "Measure|Sees|Training|Bigram|Definition|Discount|Sum|Entropy|Shapes|Levinson"}

var referenceMutants = []mutant{
	{
		name:  "reference: a cap keeps the first tokens",
		file:  "reference/measure.go",
		old:   `split.Start + i*runs/taken*run`,
		new:   `split.Start + i*runs/runs*run`,
		suite: referenceSuite,
	},
	{
		name:  "reference: all windows count alike",
		file:  "reference/measure.go",
		old:   `result.Mean = total / float64(result.Tokens)`,
		new:   `result.Mean = total / float64(len(result.Windows)*(length-1))`,
		suite: referenceSuite,
	},
	{
		name:  "n-gram: texts run into each other",
		file:  "reference/ngram.go",
		old:   `joined = append(joined, 0)`,
		new:   `joined = joined[:len(joined):cap(joined)]`,
		suite: referenceSuite,
	},
	{
		name: "n-gram: the history has a token of the window before",
		file: "reference/ngram.go",
		old: `h[k] = none
	}
	return h`,
		new: `h[k] = 0
	}
	return h`,
		suite: referenceSuite,
	},
	{
		name:  "n-gram: discounts forget the factor 2",
		file:  "reference/ngram.go",
		old:   `return n1 / (n1 + 2*n2)`,
		new:   `return n1 / (n1 + n2)`,
		suite: referenceSuite,
	},
	{
		name:  "linear predictor: reads the sample that it predicts",
		file:  "reference/linear.go",
		old:   `c * x[t-1-j]`,
		new:   `c * x[t-j]`,
		suite: referenceSuite,
	},
	{
		name: "linear predictor: the scale follows the error that it is for",
		file: "reference/linear.go",
		old: `means[t] = mean
`,
		new: `means[t] = mean + max(1/s.memory, 1/float64(t+2))*(p.size-mean)
`,
		suite: referenceSuite,
	},
	{
		name: "linear predictor: the tails have no mass",
		file: "reference/linear.go",
		old: `math.Inf(-1), math.Inf(1)
	return l`,
		new: `-1, 1
	return l`,
		suite: referenceSuite,
	},
	{
		name:  "codec: an edge is a step too high",
		file:  "media/audio/codec.go",
		old:   `case c.rule.quantize(middle) < id:`,
		new:   `case c.rule.quantize(middle) <= id:`,
		suite: suite{packages: "media/audio", tests: "Edges"},
	},
}
