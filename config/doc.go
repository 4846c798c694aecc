// Package config is the configuration of a run: one strict TOML document.
//
// A configuration is built in layers. [Preset] returns a complete [Config],
// [Config.Merge] overrides it with a document, and [Config.Set] with a single
// assignment such as train.lr=3e-3. An unknown key is an error that suggests the
// nearest known key. [Config.TOML] is the complete document, which a run directory
// keeps. [Config.Hash] identifies everything that decides the results of a run.
//
// [Keys] describes every key: its meaning, unit, range and value in each preset.
// The values in the comments of the fields are those of the preset "paper"
// unless said otherwise.
package config
