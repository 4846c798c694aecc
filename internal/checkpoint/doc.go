// Package checkpoint keeps directories of named files durable. It knows nothing
// of models: a checkpoint is a step, some labels and some files.
//
// A [Store] is a directory of checkpoints:
//
//	step-00000250/          a checkpoint: complete, or damaged later
//	    manifest.json       size and SHA-256 of every file, and of itself
//	    model.safetensors   ... the files, named by the caller
//	.tmp-step-00000500/     left by a process that was killed while saving
//	step-00000100.broken/   a damaged checkpoint that was set aside
//
// [Store.Save] writes a temporary directory, syncs every file, writes the
// manifest last, syncs the directory, renames it and syncs the store. So after
// a crash at any moment a checkpoint is complete or absent. Every reader
// verifies a checkpoint first.
//
// A file that differs from the manifest or is missing is damage, see [ErrDamaged].
// Files that the manifest does not list are ignored. An I/O error, a missing permission and a manifest of
// a newer format are not damage: the checkpoint may be good and is left alone.
package checkpoint
