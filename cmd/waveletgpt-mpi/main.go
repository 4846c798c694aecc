// Command waveletgpt-mpi is waveletgpt for several processes that train each run
// together, with the bytes of one process. A launcher of MPI starts it:
//
//	mpirun -np 4 waveletgpt-mpi train book.txt --out runs/book
//
// Rank 0 is waveletgpt: it has the data, the run and the output. The others need nothing
// but this program. docs/scale.md says when this is the right way.
package main

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/waveletgpt/waveletgpt/internal/cli"
	"github.com/waveletgpt/waveletgpt/internal/mpi"
	"github.com/waveletgpt/waveletgpt/train"
)

const usage = `waveletgpt-mpi trains each run on several processes, which MPI connects. The
bytes of a run are those of waveletgpt.

Usage:
  mpirun -np N waveletgpt-mpi [--patience TIME] COMMAND ...

COMMAND and what follows are those of waveletgpt. train and compare use all
processes; N must divide train.lanes, which is 8 if nothing else is set. Only
process 0 needs data and a place to write.

Flags, before the command:
  --patience TIME   end if the others do not answer for this long (default 1m0s),
                    with exit code 7; the run can be resumed

The environment variable WAVELETGPT_MPI names the file of the MPI library, such
as /opt/mpich/lib/libmpi.so.12. Without it the one that fits the launcher is
loaded.
`

func main() {
	log.SetOutput(io.Discard) // the FLAC decoder prints that it has no tests at some rates
	patience, args, err := options(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		if mpi.Speaks() {
			fmt.Print(usage)
		}
		os.Exit(cli.ExitOK)
	}
	if err != nil {
		atOnce(err, cli.ExitUsage)
	}
	app := cli.Process("waveletgpt-mpi")
	if tells(args) { // which needs no MPI
		if !mpi.Speaks() {
			os.Exit(cli.ExitOK)
		}
		os.Exit(app.Main(args))
	}
	world, err := mpi.Start(patience, func(err error) {
		end(fmt.Errorf("%w; the newest checkpoint is good, and can be resumed with any number of ranks", err), cli.ExitRanks)
	})
	if err != nil {
		atOnce(err, cli.ExitFailure)
	}
	build, err := build()
	if err != nil {
		end(err, cli.ExitFailure)
	}
	// The signs of life of rank 0 must arrive well before the others give up.
	ranks, err := train.Join(world, build, patience/4)
	if err != nil {
		if world.Rank() == 0 {
			say(err)
		}
		world.Exit(cli.ExitUsage)
	}
	if world.Rank() > 0 {
		// The launcher sends signals to all. Rank 0 saves and then ends the others.
		signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
		if err := ranks.Follow(); err != nil {
			end(err, cli.ExitFailure)
		}
		world.Exit(cli.ExitOK)
	}
	if world.Size() > 1 {
		fmt.Fprintf(os.Stderr, "%d ranks of %s threads (%s)\n", world.Size(), strings.Trim(fmt.Sprint(ranks.Threads(0)), "[]"), world.Library())
		app.Ranks = ranks
	}
	code := app.Main(args)
	ranks.Close()
	world.Exit(code)
}

// options returns the flags before the command, and the rest.
func options(args []string) (patience time.Duration, rest []string, err error) {
	flags := flag.NewFlagSet("waveletgpt-mpi", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.DurationVar(&patience, "patience", mpi.Patience, "")
	version := flags.Bool("version", false, "")
	if err := flags.Parse(args); err != nil {
		return 0, nil, err
	}
	if *version {
		return patience, []string{"version"}, nil
	}
	if patience < time.Second {
		return 0, nil, fmt.Errorf("--patience %s: must be at least 1s", patience)
	}
	return patience, flags.Args(), nil
}

// tells reports whether a command only tells about the program.
func tells(args []string) bool {
	if len(args) > 0 && slices.Contains([]string{"version", "help"}, args[0]) {
		return true
	}
	return slices.Contains(args, "--help") || slices.Contains(args, "-h")
}

// build is the hash of this program's file.
func build() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the file of this program: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}

func say(err error) {
	fmt.Fprintln(os.Stderr, "waveletgpt-mpi:", strings.ReplaceAll(err.Error(), "\n", "; "))
}

// atOnce is end for what goes wrong on all processes before they have ranks.
func atOnce(err error, code int) {
	if mpi.Speaks() {
		say(err)
	} else {
		time.Sleep(2 * time.Second) // the launcher ends all at the first end, perhaps before the line is out
	}
	os.Exit(code)
}

// end ends this process alone; the launcher then ends the others.
func end(err error, code int) {
	say(err)
	os.Exit(code)
}
