package main

var datasetSuite = suite{packages: "dataset", tests: "Draw|Windows|Entropy|Contiguous|ManyDocuments|Header"}

var dataMutants = []mutant{
	{
		name:  "codec text8: a letter has the token before it",
		file:  "media/text/text8.go",
		old:   `return uint16(c-'a') + 1, true`,
		new:   `return uint16(c - 'a'), true`,
		suite: suite{packages: "media/text", tests: "Text8|RoundTrips"},
	},
	{
		name:  "codec chars: continuation bytes are characters",
		file:  "media/text/chars.go",
		old:   `c.add(string([]byte{b}), utf8.RuneStart(b))`,
		new:   `c.add(string([]byte{b}), true)`,
		suite: suite{packages: "media/text", tests: "RoundTrips|Chars"},
	},
	{
		name:  "codec chars: a character too rare is a token",
		file:  "media/text/chars.go",
		old:   `case n >= int64(minCount):`,
		new:   `case n >= int64(minCount)-1 && n > 0:`,
		suite: suite{packages: "media/text", tests: "Chars"},
	},
	{
		name:  "codec file: a newer format is read",
		file:  "media/codecfile.go",
		old:   `Decode(data, codecVersion, `,
		new:   `Decode(data, codecVersion+1, `,
		suite: suite{packages: "media", tests: "Codec"},
	},
	{
		name:  "tokens: big-endian",
		file:  "dataset/tokens.go",
		old:   `binary.LittleEndian.AppendUint16`,
		new:   `binary.BigEndian.AppendUint16`,
		suite: datasetSuite,
	},
	{
		name:  "split: validation is as large as a tenth",
		file:  "dataset/split.go",
		old:   `return n/20*18 + n%20*18/20,`,
		new:   `return n/20*17 + n%20*17/20,`,
		suite: datasetSuite,
	},
	{
		name:  "windows: every step draws the same",
		file:  "dataset/windows.go",
		old:   `rng.New(seed, rng.Windows, uint32(step))`,
		new:   `rng.New(seed, rng.Windows, 0)`,
		suite: datasetSuite,
	},
	{
		name:  "windows: the last place is never drawn",
		file:  "dataset/windows.go",
		old:   `uint64(index), uint64(starts)))`,
		new:   `uint64(index), uint64(max(1, starts-1))))`,
		suite: datasetSuite,
	},
	{
		name:  "windows: validation windows bunch at the start",
		file:  "dataset/windows.go",
		old:   `places[i] = spread(int64(i), tokens-int64(length), count)`,
		new:   `places[i] = min(int64(i)*int64(length), tokens-int64(length))`,
		suite: datasetSuite,
	},
	{
		name:  "entropy: in bits",
		file:  "dataset/entropy.go",
		old:   `math.Log(float64(c)/n)`,
		new:   `math.Log2(float64(c)/n)`,
		suite: datasetSuite,
	},
	{
		name:  "data hash: documents do not count",
		file:  "dataset/header.go",
		old:   `range h.Documents {`,
		new:   `range h.Documents[:0] {`,
		suite: suite{packages: "dataset", tests: "EveryByte|OpenRefuses|Header"},
	},
	{
		name:  "config hash: a key does not count",
		file:  "config/hash.go",
		old:   `"train.save_every", "train.keep", "train.on_full_disk"}`,
		new:   `"train.save_every", "train.keep", "train.on_full_disk", "train.eps"}`,
		suite: suite{packages: "config", tests: "Hash"},
	},
	{
		name: "config hash: the spelling of the mixer counts",
		file: "config/hash.go",
		old: `c.Model.canonicalize()
	var text`,
		new:   `var text`,
		suite: suite{packages: "config", tests: "Mixer"},
	},
	{
		name:  "config hash: the mixer does not count",
		file:  "config/hash.go",
		old:   `strings.HasPrefix(f.key, "data.")`,
		new:   `strings.HasPrefix(f.key, "data.") || f.key == "model.mixer"`,
		suite: suite{packages: "config", tests: "Hash"},
	},
}
