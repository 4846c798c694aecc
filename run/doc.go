// Package run is a run directory: what one training wrote, and what every
// later command opens.
//
//	config.toml       the resolved configuration; its format_version is the run's
//	codec.json        how tokens become bytes again
//	metrics.jsonl     a line per step, see [Metric]; deterministic
//	timing.jsonl      a line per step, see [Timing]; seconds live only here
//	evaluations.bin   the loss of every validation window at every evaluation
//	checkpoints/      directories of package checkpoint, each a model folder
//	nonfinite/        steps whose loss or gradient was not finite, see [NonFinite]
//	samples/          what the final model wrote, where a comparison asked it to
//
// A checkpoint holds the model (config.json, model.safetensors), the codec and
// the optimizer's moments; its step is in its name, and all else that a loop
// goes on from is in the log. So it can be copied elsewhere and generate there,
// and be resumed here.
package run
