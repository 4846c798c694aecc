package main

var audioSuite = suite{packages: "media/audio"}

var audioMutants = []mutant{
	{
		name:  "generate: all streams have the same draws",
		file:  "gpt/generate.go",
		old:   `rng.New(seed, rng.Sampling, uint32(i))`,
		new:   `rng.New(seed, rng.Sampling, uint32(i-i))`,
		suite: suite{packages: "internal/cli", tests: "TrainAudio"},
	},
	{
		name:  "codec mulaw: truncates where it rounds",
		file:  "media/audio/quantize.go",
		old:   `return uint16((compress(x)+1)/2*mu + 0.5)`,
		new:   `return uint16((compress(x) + 1) / 2 * mu)`,
		suite: audioSuite,
	},
	{
		name:  "codec mulaw:sashimi: windows are not scaled",
		file:  "media/audio/codec.go",
		old:   `w.q.gain = 2 / (high - low + 1e-6)`,
		new:   `w.q.gain, low = 1, -1+0*high`,
		suite: audioSuite,
	},
	{
		name:  "resampler: half a filter",
		file:  "media/audio/resample.go",
		old:   `f.half = int(math.Ceil((attenuation - 7.95) / (2.285 * width) / 2))`,
		new:   `f.half = int(math.Ceil((attenuation - 7.95) / (2.285 * width) / 4))`,
		suite: suite{packages: "media/audio", tests: "Resampler"},
	},
	{
		name:  "resampler: the phase does not move",
		file:  "media/audio/resample.go",
		old:   `dot(r.taps[r.phase], r.in[from:])`,
		new:   `dot(r.taps[0], r.in[from:])`,
		suite: suite{packages: "media/audio", tests: "Resampler"},
	},
	{
		name:  "WAV: a file that is cut off ends quietly",
		file:  "media/audio/wav.go",
		old:   `f.remark(remarkShort)`,
		new:   `_ = remarkShort`,
		suite: audioSuite,
	},
	{
		name:  "WAV: odd chunks are not padded",
		file:  "media/audio/wav.go",
		old:   `_, _ = f.in.Discard(1)`,
		new:   `_, _ = f.in.Discard(0)`,
		suite: audioSuite,
	},
	{
		name:  "decoders: a panic is the end of the file",
		file:  "media/audio/isolate.go",
		old:   `send(step{err: fmt.Errorf("the decoder failed on the file: %v", p)})`,
		new:   `_ = fmt.Errorf("%v", p)`,
		suite: audioSuite,
	},
	{
		name:  "Vorbis: codebooks of any size",
		file:  "media/audio/codebooks.go",
		old:   `entries > maxEntries || dimensions*entries > maxValues`,
		new:   `entries > 1<<24`,
		suite: audioSuite,
	},
	{
		name:  "Vorbis: packets without an end",
		file:  "media/audio/ogg.go",
		old:   `if len(r.part) > maxPacket {`,
		new:   `if false {`,
		suite: audioSuite,
	},
	{
		name:  "prepare: documents are skipped for a full disk",
		file:  "dataset/encode.go",
		old:   `!skip || vfs.IsFull(e.err)`,
		new:   `!skip || vfs.IsFull(nil)`,
		suite: suite{packages: "dataset", tests: "Skip"},
	},
	{
		name:  "prepare: what was written of a skipped document counts",
		file:  "dataset/tokens.go",
		old:   `w.sum, w.count = m.sum, m.count`,
		new:   `w.count = m.count`,
		suite: suite{packages: "dataset", tests: "Skip"},
	},
	{
		name:  "split: sound has the shares of text",
		file:  "dataset/split.go",
		old:   `return n/50*44 + n%50*44/50,`,
		new:   `return n/50*45 + n%50*45/50,`,
		suite: suite{packages: "dataset", tests: "SortedSplits"},
	},
}
