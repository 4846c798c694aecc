// Package checkpoint keeps durable directories of named files. It knows nothing
// of models: a checkpoint is a step, some labels and some files.
//
// A [Store] is a directory of checkpoints:
//
//	step-00000250/          a checkpoint: complete, or damaged afterwards
//	    manifest.json       size and SHA-256 of every file and of itself
//	    model.safetensors   ... the files, named by the caller
//	.tmp-step-00000500/     left by a process that was killed while it saved
//	step-00000100.broken/   a damaged one that was set aside
//
// [Store.Save] writes a temporary directory, syncs every file, writes the
// manifest last, syncs the directory, renames it and syncs the store: after a
// crash at any moment a checkpoint is whole or not there. Whatever reads a
// checkpoint verifies it first.
//
// A file that differs from the manifest, or lacks, or is not in it, is damage
// ([ErrDamaged]); files whose names begin with a dot are the operating system's
// and not looked at. An I/O error, a missing permission or a manifest of a newer
// format is not damage: the checkpoint may be good, and is left alone.
package checkpoint
