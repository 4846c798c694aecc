package main

var (
	crashSuite = suite{packages: "internal/checkpoint", tests: "Crash|Failure|Dies|Durable"}
)

var storageMutants = []mutant{
	{
		name:  "checkpoint: files are not synced",
		file:  "internal/checkpoint/save.go",
		old:   `err = out.Sync()`,
		new:   `err = nil`,
		suite: crashSuite,
	},
	{
		name:  "checkpoint: its directory is not synced",
		file:  "internal/checkpoint/save.go",
		old:   `return s.fs.SyncDir(tmp)`,
		new:   `return nil`,
		suite: crashSuite,
	},
	{
		name: "checkpoint: renamed before it is filled",
		file: "internal/checkpoint/save.go",
		old: `if err := s.fill(tmp, step, labels, files); err != nil {
		return err
	}`,
		new: `if err := s.fs.Rename(tmp, s.Path(step)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.fill(s.Path(step), step, labels, files); err != nil {
		return err
	}
	if !damaged {
		return s.fs.SyncDir(s.dir)
	}`,
		suite: crashSuite,
	},
	{
		name:  "checkpoint: the store is not synced",
		file:  "internal/checkpoint/save.go",
		old:   `if err := s.fs.SyncDir(s.dir); err != nil {`,
		new:   `if err := error(nil); err != nil {`,
		suite: crashSuite,
	},
	{
		name:  "checkpoint: hashes are not compared",
		file:  "internal/checkpoint/verify.go",
		old:   `got != e.SHA256 {`,
		new:   `len(got) != len(e.SHA256) {`,
		suite: suite{packages: "internal/checkpoint", tests: "Verify"},
	},
	{
		name:  "checkpoint: the manifest's own hash is not compared",
		file:  "internal/checkpoint/manifest.go",
		old:   `if !bytes.Equal(seal(body), data) {`,
		new:   `if len(seal(body)) != len(data) {`,
		suite: suite{packages: "internal/checkpoint", tests: "Verify|Manifest"},
	},
	{
		name:  "checkpoint: a newer format is damage",
		file:  "internal/checkpoint/manifest.go",
		old:   `errors.Is(err, versioned.ErrNewer)`,
		new:   `false`,
		suite: suite{packages: "internal/checkpoint", tests: "NewerFormat"},
	},
	{
		name:  "format: a newer version is read",
		file:  "internal/versioned/versioned.go",
		old:   `case version > newest:`,
		new:   `case version > newest+1:`,
		suite: suite{packages: "internal/versioned"},
	},
	{
		name:  "format: unknown keys are ignored",
		file:  "internal/versioned/versioned.go",
		old:   `return decode(data, v, true)`,
		new:   `return decode(data, v, false)`,
		suite: suite{packages: "internal/versioned"},
	},
	{
		name:  "log: not cut back on resume",
		file:  "run/log.go",
		old:   `if damage != nil || at > step {`,
		new:   `if damage != nil {`,
		suite: suite{packages: "run", tests: "Log"},
	},
	{
		name:  "log: evaluations are not cut back on resume",
		file:  "run/log.go",
		old:   `r.evaluationsEnd(all[:evaluated])`,
		new:   `r.evaluationsEnd(all)`,
		suite: suite{packages: "run", tests: "Log"},
	},
	{
		name: "log: a line that was cut off is an error",
		file: "run/follow.go",
		old: `line, rest, whole := bytes.Cut(data, []byte("\n"))
`,
		new: `line, rest, whole := bytes.Cut(data, []byte("\n"))
		whole = whole || len(data) > 0
`,
		suite: suite{packages: "run", tests: "Log"},
	},
	{
		name:  "log: what a full disk did not take is lost",
		file:  "run/append.go",
		old:   `a.waiting = a.waiting[:copy(a.waiting, a.waiting[n:])]`,
		new:   `a.waiting = a.waiting[:n*0]`,
		suite: suite{packages: "run", tests: "Appender"},
	},
	{
		name:  "lock: a file that was removed meanwhile is a lock",
		file:  "internal/vfs/lock_unix.go",
		old:   `return sameFile(file, path)`,
		new:   `return true, nil`,
		suite: suite{packages: "internal/vfs"},
	},
	{
		name:  "lock: not taken when a run is opened",
		file:  "train/loop.go",
		old:   `if err := r.Lock(); err != nil {`,
		new:   `if err := error(nil); err != nil {`,
		suite: suite{packages: "internal/cli", tests: "InUse"},
	},
	{
		name:  "safetensors: big-endian",
		file:  "safetensors/write.go",
		old:   `binary.LittleEndian.PutUint32(buffer`,
		new:   `binary.BigEndian.PutUint32(buffer`,
		suite: suite{packages: "safetensors", tests: "RoundTrip|WriteBytes"},
	},
	{
		name:  "exit code: an interrupted run fails",
		file:  "internal/cli/exit.go",
		old:   `return ExitInterrupted`,
		new:   `return ExitFailure`,
		suite: suite{packages: "internal/cli", tests: "ExitCode"},
	},
	{
		name:  "prune: a checkpoint with an added file is removed",
		file:  "internal/checkpoint/store.go",
		old:   `return !strings.HasPrefix(name, ".") })`,
		new:   `return strings.HasPrefix(name, "/") })`,
		suite: suite{packages: "internal/checkpoint", tests: "Added"},
	},
	{
		name:  "prune: branch points are removed",
		file:  "internal/checkpoint/store.go",
		old:   `m.Labels[KeepLabel] != "" || `,
		new:   `m.Labels == nil || `,
		suite: suite{packages: "internal/checkpoint", tests: "PruneKeeps"},
	},
	{
		name:  "branch: it gets its name before its files are durable",
		file:  "train/branch.go",
		old:   `if err := fsys.SyncDir(filepath.Dir(path)); err != nil {`,
		new:   `if err := error(nil); err != nil {`,
		suite: suite{packages: "train", tests: "BranchCrashes"},
	},
	{
		name:  "resume: the log of a run without checkpoints is emptied",
		file:  "train/save.go",
		old:   `case !unsaved:`,
		new:   `case !unsaved && last < 0:`,
		suite: suite{packages: "train", tests: "NoCheckpointLeft"},
	},
	{
		name:  "data: a set of another hash is taken",
		file:  "internal/cli/data.go",
		old:   `if has == want || want == "" {`,
		new:   `if has != want || want == "" {`,
		suite: suite{packages: "internal/cli", tests: "Knows"},
	},
	{
		name:  "signals: a second SIGHUP cuts the save short",
		file:  "internal/cli/app.go",
		old:   `case syscall.SIGHUP:`,
		new:   `case nil:`,
		suite: suite{packages: "internal/cli", tests: "Signals"},
	},
	{
		name:  "out: a directory of another kind is written to",
		file:  "internal/cli/out.go",
		old:   `k != nothing && !slices.Contains(own, k)`,
		new:   `k == modelFolder && !slices.Contains(own, k)`,
		suite: suite{packages: "internal/cli", tests: "OutKeeps"},
	},
	{
		name:  "compare: the summary loses runs",
		file:  "compare/known.go",
		old:   `return r.Status == summary.Unfinished || asked[r.ConfigHash]`,
		new:   `return r.Seed > 0 || asked[r.ConfigHash]`,
		suite: suite{packages: "internal/cli", tests: "NeverLoses"},
	},
	{
		name:  "eval: bits per token instead of per unit",
		file:  "internal/cli/eval.go",
		old:   `mean / math.Ln2 / unitsPerToken(set, split)`,
		new:   `mean / math.Ln2`,
		suite: suite{packages: "internal/cli", tests: "EvalPerUnit"},
	},
	{
		name:  "open: a model is not compared with its manifest",
		file:  "run/model.go",
		old:   `checkpoint.Check(fsys, gpt.ConfigFile, gpt.WeightsFile, CodecFile)`,
		new:   `checkpoint.Check(fsys, gpt.ConfigFile, CodecFile)`,
		suite: suite{packages: "run", tests: "Model|Open|Folder"},
	},
	{
		name:  "stream: a piece may end inside a character",
		file:  "generate.go",
		old:   `next(wholeCharacters(pending.Bytes()))`,
		new:   `next(pending.Len())`,
		suite: suite{packages: ".", tests: "Stream"},
	},
	{
		name:  "generate: the seed does not matter",
		file:  "gpt/generate.go",
		old:   `rng.New(seed, rng.Sampling, uint32(i))`,
		new:   `rng.New(1, rng.Sampling, uint32(i))`,
		suite: suite{packages: "gpt", tests: "Generate"},
	},
}
