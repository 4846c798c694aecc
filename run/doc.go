// Package run reads and writes run directories. A run directory holds everything
// that one training run wrote, and every later command opens it.
//
//	config.toml       the resolved configuration; its format_version is the run's
//	codec.json        maps bytes to tokens and back
//	metrics.jsonl     a line per step, see [Metric]; deterministic
//	timing.jsonl      a line per step, see [Timing]; seconds are only here
//	evaluations.bin   the loss of every validation window at every evaluation
//	final.bin         the loss of every window in the evaluation of the final weights
//	checkpoints/      one directory per checkpoint, each also a model folder
//	nonfinite/        steps whose loss or gradient was not finite, see [NonFinite]
//	samples/          text or sound that the final model generated for a comparison
//
// A checkpoint holds the model (config.json, model.safetensors), the codec
// (codec.json), the optimizer's state and a manifest with the hash of every
// file. Its name holds the step. A copy of it generates anywhere; to resume
// training, the log of the run is needed too.
package run
