package cli

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/torch"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/train"
)

const pythonUsage = "interpreter `path`"

func (a *App) torchSetupCommand() *cobra.Command {
	var python string
	c := &cobra.Command{
		Use:   "setup",
		Short: "Make a Python environment with PyTorch",
		Long: `Make a virtual environment with pinned versions of PyTorch and transformers in
the user's cache directory, where training finds it. It says first how much it
fetches. Ctrl-C stops it, and the same command continues. Without it, name a
Python that has the packages: --set train.python=PATH, or the variable
` + torch.PythonVariable + `.`,
		Example: `  waveletgpt torch setup
  waveletgpt torch setup --python python3.12`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			home, err := torch.Home()
			if err != nil {
				return err
			}
			if _, err := exec.LookPath(python); err != nil {
				return usage(fmt.Errorf("there is no %s (%w); install Python 3.10 or newer, or name it with --python", python, err))
			}
			dir := torch.Environment(home)
			a.logf("installing in %s, %s:\n%s", dir, torch.Size(), torch.Requirements)
			if err := torch.Setup(c.Context(), python, dir, a.Stderr); err != nil {
				return err
			}
			a.logf("done; see what it finds with %s", a.hint("torch", "check"))
			return nil
		},
	}
	c.Flags().StringVar(&python, "python", "python3", pythonUsage+" to make the environment with, 3.10 or newer")
	return c
}

func (a *App) torchCheckCommand() *cobra.Command {
	var flags configFlags
	var python string
	c := &cobra.Command{
		Use:   "check",
		Short: "Print device, versions and the speed of a step",
		Long: `Print which Python trains, its versions, the device, and the speed of a training
step by PyTorch on random tokens of 256 kinds.`,
		Example: `  waveletgpt torch check
  waveletgpt torch check --preset paper --set train.precision=bfloat16`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := contradicted(flags.set, choice{"train.python", python, "--python " + python}, choice{"train.engine", "torch", "torch check"}); err != nil {
				return usage(err)
			}
			flags.set = append([]string{"train.engine=torch"}, flags.set...)
			if python != "" {
				flags.set = append(flags.set, "train.python="+python)
			}
			conf, err := flags.resolve()
			if err != nil {
				return err
			}
			return a.checkTorch(c, conf)
		},
	}
	c.Flags().StringVar(&flags.preset, "preset", config.DefaultPreset, presetUsage)
	c.Flags().StringArrayVar(&flags.set, "set", nil, setUsage)
	c.Flags().StringVar(&python, "python", "", pythonUsage+" to check; as train.python in --set")
	complete(c, "preset", completeWords(config.Presets()...))
	complete(c, "set", completeSetting)
	return c
}

// Steps of a check: the first ones, in which a device or a compiler prepares itself, and
// those that count.
const (
	preparingSteps = 3
	countedSteps   = 20
	longestCheck   = 30 * time.Second // of steps that count
)

func (a *App) checkTorch(c *cobra.Command, conf config.Config) error {
	path, err := torch.Interpreter(conf.Train.Python)
	if err != nil {
		return err
	}
	p := a.newProgress("measuring")
	var times []time.Duration
	spent := time.Duration(0)
	engine, err := train.StepsByTorch(c.Context(), conf, 256, func(step int, took time.Duration) bool {
		p.describe(int64(step), preparingSteps+countedSteps, "measuring")
		if step > preparingSteps {
			times, spent = append(times, took), spent+took
		}
		return len(times) < countedSteps && spent < longestCheck
	})
	p.finish()
	if err != nil {
		return err
	}
	slices.Sort(times)
	t := conf.Train
	result := struct {
		Python          string  `json:"python"`
		Engine          string  `json:"engine"`
		Precision       string  `json:"precision"`
		Compile         string  `json:"compile"`
		Tokens          int     `json:"tokens"`
		StepSeconds     float64 `json:"step_seconds"`
		TokensPerSecond float64 `json:"tokens_per_second"`
	}{path, engine, t.Precision, t.Compile, t.Batch * t.Accumulate * conf.Model.Context, times[len(times)/2].Seconds(), 0}
	result.TokensPerSecond = float64(result.Tokens) / result.StepSeconds
	if a.json {
		return a.printJSON(result)
	}
	_, err = fmt.Fprintf(a.Stdout, "%s\n%s\n%s, torch.compile %s: %.4g ms for a step of %s, %s tokens/s\n", path, engine,
		t.Precision, t.Compile, 1e3*result.StepSeconds, typeset.Counted(result.Tokens, "token"), typeset.Count(result.TokensPerSecond))
	return err
}

func (a *App) torchPackageCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "package DIR",
		Short: "Write the Python package",
		Long: `Write the Python package ` + torch.PackageName + ` into a directory: the windows
of prepared sets for other training loops, a callback for transformers' Trainer,
the models and the operator. The environment of waveletgpt torch setup has it
already.`,
		Example: `  waveletgpt torch package .`,
		Args:    numArgs(1, 1, "one directory"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o777); err != nil {
				return err
			}
			if err := torch.WritePackage(args[0]); err != nil {
				return usage(err)
			}
			a.logf("wrote the package %s to %s", torch.PackageName, args[0])
			return nil
		},
	}
}
