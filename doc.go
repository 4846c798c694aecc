// Package waveletgpt trains small GPTs, with and without the multi-scale
// operator of WaveletGPT (Verma, arXiv 2409.12924), and lets them generate.
//
// It is a short way into the packages below it:
//
//	set, err := waveletgpt.PrepareText(ctx, "runs/book/data", "book.txt")
//	c, err := config.Preset("small")
//	err = c.Set("model.mixer=haar")
//	m, err := waveletgpt.Train(ctx, "runs/book", c, set, waveletgpt.Watch{})
//	text, err := m.Generate(ctx, "It was", waveletgpt.Options{Tokens: 400, Temperature: 0.8})
//
// [Train] writes a run directory, which the command waveletgpt and [Open] read:
// a run can be trained here and examined there, or the other way round.
// [PrepareTokens] takes tokens that were made elsewhere.
//
// The packages, in the order of the data: media (bytes to tokens and back),
// dataset (token files), config (one document of settings), wavelet (the
// operator and its controls), gpt (the decoder), train (the loop), run (what it
// leaves), compare and report (what variants save).
package waveletgpt
