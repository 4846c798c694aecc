package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// An App is the world that commands see.
type App struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Terminal       bool             // whether Stderr is one: progress bars, or plain lines
	Signals        <-chan os.Signal // the first ends the work at hand and saves it
	Exit           func(code int)   // called at the second, which waits for nothing

	json bool
	args []string
	goOn string // what to do after an interruption
}

// Main runs the command that args name and returns its exit code.
func (a *App) Main(args []string) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan struct{})
	defer close(done)
	go a.watch(cancel, done)
	return a.execute(ctx, args)
}

// execute runs a command until ctx ends.
func (a *App) execute(ctx context.Context, args []string) int {
	a.args, a.goOn = args, ""
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	started := false
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	err := root.ExecuteContext(ctx)
	if err != nil && !started {
		err = usage(err) // of flags and arguments, found before the command ran
	}
	code := exitCode(err)
	switch {
	case code == ExitInterrupted:
		a.logf("interrupted%s", a.goOn)
	case code == ExitStopped:
		a.logf("stopped by --stop-after%s", a.goOn)
	case err != nil:
		a.logf("waveletgpt: %s", oneLine(err))
	}
	return code
}

// watch ends the context at the first signal and the process at the second.
func (a *App) watch(cancel context.CancelFunc, done <-chan struct{}) {
	for count := 1; ; count++ {
		select {
		case <-done:
			return
		case <-a.Signals:
			if count > 1 {
				a.Exit(ExitInterrupted)
				return
			}
			cancel()
		}
	}
}

// oneLine joins the lines of an error that was joined of several.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

func (a *App) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "waveletgpt",
		Short:         "Pre-train small GPTs with and without multi-scale embeddings, and compare them",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w; %s --help lists the flags", err, c.CommandPath())
	})
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print one JSON document on standard output")
	data := &cobra.Command{Use: "data", Short: "Prepare data and look at it"}
	data.AddCommand(a.prepareCommand(), a.infoCommand())
	checkpoints := &cobra.Command{Use: "checkpoint", Short: "Look at the checkpoints of a run"}
	checkpoints.AddCommand(a.checkpointVerifyCommand(), a.checkpointShowCommand(), a.checkpointDiffCommand())
	model := &cobra.Command{Use: "model", Short: "Look at a model"}
	model.AddCommand(a.showCommand())
	root.AddCommand(a.compareCommand(), a.reportCommand(), a.trainCommand(), a.evalCommand(), a.generateCommand(), a.benchCommand(), data, model, checkpoints)
	// A command that only groups others says what it groups.
	for _, group := range []*cobra.Command{root, data, model, checkpoints} {
		group.Args = noArguments
		group.RunE = func(c *cobra.Command, _ []string) error {
			return errors.Join(c.Help(), usage(errors.New("name a command")))
		}
	}
	return root
}

// noArguments refuses arguments, for a command that only groups others by what
// they may have been meant for.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	path := c.CommandPath()
	if !c.HasSubCommands() {
		return fmt.Errorf("%s takes flags only, not %q; %s --help lists them", path, args[0], path)
	}
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return fmt.Errorf("%s has no command %q; do you mean %s?", path, args[0], strings.Join(near, " or "))
	}
	return fmt.Errorf("%s has no command %q; %s --help lists them", path, args[0], path)
}

// exactly refuses any other number of arguments than n.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return fmt.Errorf("%s takes %s, not %d arguments", c.CommandPath(), what, len(args))
		}
		return nil
	}
}

// logf prints a line for people.
func (a *App) logf(format string, args ...any) {
	fmt.Fprintf(a.Stderr, format+"\n", args...)
}

// printJSON prints the one document of --json.
func (a *App) printJSON(v any) error {
	e := json.NewEncoder(a.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
