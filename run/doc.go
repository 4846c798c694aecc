// Package run is a run directory: what one training wrote, and what every
// later command opens.
//
//	config.toml       the resolved configuration; its format_version is the run's
//	codec.json        how tokens become bytes again
//	metrics.jsonl     a line per step, see [Metric]; deterministic
//	timing.jsonl      a line per step, see [Timing]; seconds live only here
//	evaluations.bin   the loss of every validation window at every evaluation
//	checkpoints/      directories of package checkpoint, each a model folder
//	samples/          what was generated
//
// A checkpoint holds the model (config.json, model.safetensors), the codec, the
// optimizer's moments and the state of the loop, so that it can be copied
// elsewhere and generate there, and be resumed here.
package run
