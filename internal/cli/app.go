package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/terminal"
	"github.com/waveletgpt/waveletgpt/train"
)

// An App holds everything a command reads and writes besides files.
type App struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Signals        <-chan os.Signal        // the first one stops the command, which saves its work
	Exit           func(code int)          // called on the second of SIGINT and SIGTERM, without saving
	Browser        func(path string) error // opens a page; nil: the system's browser
	Ranks          *train.Ranks            // processes that train and compare use; nil: this one
	Program        string                  // how the user calls this program; empty: waveletgpt

	json       bool
	args       []string
	resumeHint string         // appended to the message about an interruption
	line       *terminal.Line // the progress bar; nil: Stderr is no terminal, so plain lines
	spooled    string         // file with the content of standard input, if it was read
	spoolDirs  []string       // directories made for it, the deepest first
	noted      bool           // whether the note about unread input was printed
}

// Main runs the command that args name and returns its exit code, one of the
// Exit constants.
func (a *App) Main(args []string) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	done := make(chan struct{})
	defer close(done)
	a.line = terminal.NewLine(a.Stderr)
	go a.watch(cancel, done)
	return a.execute(ctx, args)
}

// execute runs a command until ctx ends.
func (a *App) execute(ctx context.Context, args []string) int {
	a.args, a.resumeHint, a.noted = args, "", false
	defer a.removeSpool()
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	started := false
	root.PersistentPreRun = func(c *cobra.Command, _ []string) {
		started = true
		if a.Ranks.Size() > 1 && !usesRanks(c.Name()) && c.Name() != "demo" {
			a.logf("note: %s runs on rank 0 alone; train and compare use all ranks", c.Name())
		}
		for _, w := range kernel.Warnings() {
			a.logf("warning: %s", oneLine(w))
		}
	}
	c, err := root.ExecuteContextC(ctx)
	if err != nil && !started {
		err = usage(err) // a wrong flag or argument
	}
	if dir, cause := unwritable(err); dir != "" {
		err = unwritableError(c, dir, cause)
	}
	code := exitCode(err)
	if code == ExitInterrupted && errors.Is(context.Cause(ctx), syscall.EPIPE) {
		code = ExitClosed
	}
	switch {
	case code == ExitClosed && a.resumeHint != "":
		a.logf("stopped: nobody reads standard output or error any more%s", a.resumeHint)
	case code == ExitClosed: // as for other programs, no message
	case code == ExitInterrupted:
		a.logf("interrupted%s", a.resumeHint)
	case code == ExitStopped:
		a.logf("stopped by --stop-after%s", a.resumeHint)
	case err != nil:
		name := "waveletgpt:"
		if terminal.HasColor(a.Stderr) {
			name = terminal.Red.Paint(name)
		}
		a.logf("%s %s", name, oneLine(err))
		var h hinted
		if errors.As(err, &h) {
			for _, line := range h.lines {
				a.logf("%s", line)
			}
		}
	}
	return code
}

// usesRanks reports whether all ranks have work in a command.
func usesRanks(command string) bool { return command == "train" || command == "compare" }

// watch cancels the context on the first signal. On a second one it exits, unless
// nobody sent that on purpose: a terminal that closes sends SIGHUP twice, and every
// line to a closed pipe sends SIGPIPE.
//
// A closed pipe stops a run, as SIGHUP does and as pipes do elsewhere: who ends
// `train 2>&1 | head` expects it to end. What differs is that the work is saved.
func (a *App) watch(cancel context.CancelCauseFunc, done <-chan struct{}) {
	stopping := false
	for {
		select {
		case <-done:
			return
		case s := <-a.Signals:
			var cause error
			switch s {
			case syscall.SIGPIPE:
				cause = syscall.EPIPE
			case syscall.SIGHUP:
			default:
				if stopping {
					a.closeLine()
					a.Exit(ExitInterrupted)
					return
				}
			}
			stopping = true
			cancel(cause)
		}
	}
}

// closeLine removes the progress bar, unless the terminal has been stopped.
func (a *App) closeLine() {
	if a.line == nil {
		return
	}
	closed := make(chan struct{})
	go func() {
		a.line.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(100 * time.Millisecond):
	}
}

// oneLine returns the text of an error, such as a joined one, on a single line.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

// Root returns the command line, for manual pages.
func Root() *cobra.Command { return (&App{}).root() }

func (a *App) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "waveletgpt",
		Short: "Train small GPTs with and without a multi-scale operator and compare them",
		Long: `Train small GPTs on a CPU, with and without a multi-scale operator on the
embeddings (WaveletGPT, arXiv 2409.12924), and compare how fast they learn.

An operator rewrites the output of the decoder blocks. The paper's operator,
haar, replaces half of the channels with causal averages over the last 1, 2, 4,
... positions. The operator none is the plain GPT.`,
		Example: `  # Compare the plain GPT, a control and the paper's operator in a few minutes
  waveletgpt compare

  # The same on your own text
  waveletgpt compare book.txt

  # Train one model and sample from it
  waveletgpt train book.txt --out runs/book
  waveletgpt generate runs/book --prompt "It was"`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetUsageTemplate(strings.NewReplacer(
		".FlagUsages", fmt.Sprintf(".FlagUsagesWrapped %d", helpWidth),
		"for more information about a command", "for details",
		"[command]", "COMMAND",
		"{{if .HasAvailableLocalFlags}}", "{{if not .HasParent}}"+helpTopics+"{{end}}{{if .HasAvailableLocalFlags}}",
	).Replace(root.UsageTemplate()))
	root.SetFlagErrorFunc(flagError)
	version := root.Flags().Bool("version", false, "print the version")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print the result as one JSON document on standard output")
	data := &cobra.Command{
		Use: "data", Short: "Prepare and inspect data",
		Long: `Prepare and inspect data. A prepared set is a directory of tokens made from
text, audio or MIDI files, with the splits train, validation and test,
and perhaps a hold-out.`,
	}
	data.AddCommand(a.dataPrepareCommand(), a.dataInfoCommand())
	checkpoint := &cobra.Command{
		Use: "checkpoint", Short: "Verify, inspect and compare checkpoints",
		Long: `Verify, inspect and compare checkpoints. A checkpoint is a directory with the
model and the state of the optimizer after one step: RUN/checkpoints/step-N.`,
	}
	checkpoint.AddCommand(a.checkpointVerifyCommand(), a.checkpointShowCommand(), a.checkpointDiffCommand())
	model := &cobra.Command{
		Use: "model", Short: "Inspect a model",
		Long: `Inspect a model: a directory with config.json, model.safetensors and codec.json,
such as a checkpoint of a run.`,
	}
	model.AddCommand(a.modelShowCommand())
	torch := &cobra.Command{
		Use: "torch", Short: "Set up and check training by PyTorch",
		Long: `Set up and check training by PyTorch, on a GPU if there is one. A run is trained
so with --set train.engine=torch. Nothing else needs Python.`,
	}
	torch.AddCommand(a.torchSetupCommand(), a.torchCheckCommand(), a.torchPackageCommand())
	groups := []*cobra.Group{{ID: "compare", Title: "Compare:"}, {ID: "model", Title: "Train and use a model:"}, {ID: "other", Title: "Data and other commands:"}}
	root.AddGroup(groups...)
	for i, commands := range [][]*cobra.Command{
		{a.demoCommand(), a.compareCommand(), a.reportCommand()},
		{a.trainCommand(), a.evalCommand(), a.generateCommand(), model, checkpoint},
		{data, torch, a.benchCommand(), a.versionCommand(), a.completionCommand(root), a.helpCommand(root)},
	} {
		for _, c := range commands {
			c.GroupID = groups[i].ID
			if c.Name() == "help" {
				root.SetHelpCommand(c)
			}
			root.AddCommand(c)
		}
	}
	// A command that only groups others prints its help and fails.
	for _, group := range []*cobra.Command{root, data, model, checkpoint, torch} {
		group.Args = noArgs
		group.RunE = func(c *cobra.Command, _ []string) error {
			if *version {
				return a.printVersion()
			}
			return errors.Join(c.Help(), usage(errors.New("no command given; choose one from the list above")))
		}
	}
	strict(root)
	return root
}

// logf prints a line to standard error.
func (a *App) logf(format string, args ...any) {
	if a.line != nil {
		a.line.Print(fmt.Sprintf(format, args...))
		return
	}
	fmt.Fprintf(a.Stderr, format+"\n", args...)
}

// logText is logf for a sentence, which is wrapped on a terminal. A line with a command to
// paste must stay whole.
func (a *App) logText(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if a.line != nil {
		text = wrap(text, 0, 2)
	}
	a.logf("%s", text)
}

// printJSON prints the document of --json.
func (a *App) printJSON(v any) error {
	e := json.NewEncoder(a.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
