// Package waveletgpt trains, compares and runs small GPTs in plain Go, with and
// without the multi-scale operator of WaveletGPT (Verma, arXiv 2409.12924).
//
// Train a model on a text and continue a prompt:
//
//	set, err := waveletgpt.PrepareText(ctx, "runs/book/data", "book.txt")
//	c, err := config.Preset("small")
//	err = c.Set("model.mixer=haar")
//	m, err := waveletgpt.Train(ctx, "runs/book", c, set, waveletgpt.Watch{})
//	text, err := m.Generate(ctx, "It was", waveletgpt.Options{Tokens: 400, Temperature: 0.8})
//
// Ship a trained model inside a program:
//
//	//go:embed model
//	var files embed.FS // config.json, model.safetensors and codec.json of a checkpoint
//
//	folder, err := fs.Sub(files, "model")
//	m, err := waveletgpt.OpenFS(folder)
//	for text, err := range m.Stream(ctx, "It was", waveletgpt.Options{Tokens: 400}) { ... }
//
// Compare the operator with a plain model:
//
//	summary, err := waveletgpt.Compare(ctx, "runs/compare", c, set, waveletgpt.CompareOptions{})
//
// Models are not limited to text: [PrepareTokens] takes any sequence of small
// integers, and the packages below read audio and MIDI. A run directory written
// here can be used with the command waveletgpt, and the other way round.
//
// This package is a short form of the packages below it: media (files to tokens
// and back), dataset (token files), config (all settings), wavelet (the operator
// and its controls), gpt (the model), train (the training loop), run (run
// directories), compare and report (comparisons and their page).
package waveletgpt
