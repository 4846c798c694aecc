// Package config is the configuration of a run: one strict TOML document.
//
// Layers are put over each other in the order preset, file, assignment:
// [Preset] gives a complete [Config], [Config.Merge] puts a document over it,
// [Config.Set] one assignment such as train.lr=3e-3. A key that does not exist
// is an error that names the nearest one. [Config.TOML] is the resolved
// document that a run keeps, [Config.Hash] names what decides its results.
//
// [Keys] describes every key: its meaning, unit, range and value in each preset.
// The values in the comments of the fields are those of the preset "paper"
// unless said otherwise.
package config
