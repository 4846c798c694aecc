package config

import "fmt"

// Unused lists the keys that have no effect beside the others, each with the setting
// that is the reason, as in "train.optimizer = adamw".
func (c Config) Unused() map[string]string {
	unused, t := map[string]string{}, c.Train
	if t.Optimizer != "muon" {
		reason := fmt.Sprintf("train.optimizer = %s", t.Optimizer)
		unused["train.muon_lr"], unused["train.muon_momentum"] = reason, reason
	}
	if t.Schedule != "wsd" {
		unused["train.cooldown"] = fmt.Sprintf("train.schedule = %s", t.Schedule)
	}
	if t.Schedule == "constant" {
		unused["train.min_lr"] = "train.schedule = constant"
	}
	if t.Engine == "torch" {
		unused["train.lanes"] = "train.engine = torch"
	}
	return unused
}
