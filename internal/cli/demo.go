package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/internal/demo"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/media/audio"
	"github.com/waveletgpt/waveletgpt/media/music"
	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/summary"
)

// A demonstration is what demo shows of one medium.
type demonstration struct {
	medium, about string
	data          string // file or directory of the data
	files         func(data string) ([]demo.File, error)
	settings      []string // besides those of all
	result        string   // file of the continuation
	generate      []string // flags of generate
	show          func(a *App, file string) error
	limits        string // what it cannot learn; STEPS stands for their number
}

// demonstrations have models of one size, which reads its data several times over.
func demonstrations() []demonstration {
	return []demonstration{{
		medium: "text",
		about:  fmt.Sprintf("%s little stories, each sentence made from a template and lists of words", typeset.Count(demo.StoryCount)),
		data:   "stories.txt", files: demo.StoryFile,
		result: "generated.txt", generate: []string{"--prompt", "Once there was", "--tokens", "600"},
		show: (*App).showStories,
		limits: `What so small a model can learn in STEPS is spelling and the templates,
character by character. It does not follow a story: who had what is forgotten
after a sentence or two. Of a real book it learns spelling and phrases, and no
sense.`,
	}, {
		medium: "audio",
		about:  fmt.Sprintf("%d tunes of a struck string, made by formula, %d samples a second", demo.TuneCount, demo.TuneRate),
		data:   "tunes", files: demo.TuneFiles,
		settings: []string{fmt.Sprintf("data.rate=%d", demo.TuneRate)},
		result:   "generated.wav", generate: []string{"--prompt", "tunes/" + fmt.Sprintf("tune-%03d.wav", demo.TuneCount), "--prompt-seconds", "0.5", "--seconds", "3", "--temperature", "0.5"},
		show: (*App).showTune,
		limits: `The first half second is of a tune that it was not trained on; the rest is its
own. So small a model sees 16 thousandths of a second: enough to hold a pitch, with
noise, and not enough to know a melody. Speech takes far larger models and far
longer training.`,
	}, {
		medium: "music",
		about:  fmt.Sprintf("%d canons of two voices in five tones, made by rule", demo.CanonCount),
		data:   "canons", files: demo.CanonFiles,
		result: "generated.mid", generate: []string{"--seconds", "30", "--temperature", "0.9", "--longest-note", "4"},
		show: (*App).showCanon,
		limits: `What so small a model can learn in STEPS is the tones and the beat, and a part
of what a canon is: it sees the last four or five bars, and has to repeat the last
one. It has no plan for a whole piece.`,
	}}
}

// demoSettings are those of every demonstration: preset small-nanochat learns in 200
// steps what the plain recipe needs several times as many for. The warm-up is that of these
// steps: others have the preset's in proportion.
var demoSettings = []string{"train.steps=200", "train.warmup=20", "train.eval_every=50", "eval.windows=32"}

func (a *App) demoCommand() *cobra.Command {
	var out string
	var set []string
	var open bool
	var media []string
	for _, d := range demonstrations() {
		media = append(media, d.medium)
	}
	c := &cobra.Command{
		Use:   "demo text|audio|music",
		Short: "Train on data made on the spot; read, hear or see what it learns",
		Long: `Make small data by rule (stories, tunes or canons), train two small GPTs on it
(about a minute with AVX2), a plain one and one with the paper's averages, and
let the better one write: something to read, to hear, or to hear and see.

demo prints the commands that it runs, so that you can run them yourself.
Nothing is downloaded.`,
		Example: `  waveletgpt demo text
  waveletgpt demo music --open`,
		ValidArgs: media,
		Args:      oneWord(media, "medium"),
		RunE: func(c *cobra.Command, args []string) error {
			if a.json {
				return usage(errors.New("demo has no --json output; use it with the commands that demo prints"))
			}
			d := demonstrations()[slices.Index(media, args[0])]
			if out == "" {
				out = filepath.Join("runs", "demo-"+d.medium)
			}
			if err := checkOut(out, nothing); err != nil {
				return err
			}
			if err := d.checkResults(out); err != nil {
				return err
			}
			return a.demonstrate(c.Context(), d, out, set, open)
		},
	}
	c.Flags().StringVar(&out, "out", "", "output `directory` (default: runs/demo-MEDIUM)")
	c.Flags().StringArrayVar(&set, "set", nil, setUsage)
	c.Flags().BoolVar(&open, "open", false, openUsage)
	complete(c, "set", completeSetting)
	return c
}

// demoComparison is the directory of the comparison below that of a demonstration.
const demoComparison = "comparison"

// results are the files of the continuation.
func (d demonstration) results() []string {
	if d.medium != string(media.Music) {
		return []string{d.result}
	}
	return []string{d.result, report.Rendering(d.result)}
}

// checkResults refuses a directory in which a continuation would replace a file that is not
// of an earlier demonstration: that has its comparison beside it.
func (d demonstration) checkResults(out string) error {
	compared := filepath.Join(out, demoComparison)
	if heldBy(compared) == comparison {
		return nil
	}
	for _, name := range d.results() {
		path := filepath.Join(out, name)
		if _, err := os.Lstat(path); err == nil {
			return usage(fmt.Errorf("--out %s: the demonstration would replace %s, which is not one of its files; choose another directory", out, path))
		}
	}
	return errors.Join(checkOut(compared, comparison), checkWritten(compared))
}

func (a *App) demonstrate(ctx context.Context, d demonstration, out string, set []string, open bool) error {
	const preset = "small-nanochat"
	own := slices.Concat(demoSettings, d.settings)
	if slices.ContainsFunc(set, func(s string) bool { key, _ := keyAndValue(s); return key == "train.steps" }) {
		own = withoutKeysOf(own, []string{"train.warmup"})
	}
	set = slices.Concat(withoutKeysOf(own, set), set)
	conf, err := (&configFlags{preset: preset, set: set}).resolve()
	if err != nil {
		return err // before data is written
	}
	files, err := d.files(d.data)
	if err != nil {
		return err
	}
	switch path, err := demo.Foreign(out, files); {
	case err != nil:
		return err
	case path != "":
		return usage(fmt.Errorf("--out %s: %s is not of this demonstration, which would replace it or train on it; choose another directory", out, path))
	}
	a.logf("%s: %s.\n", d.medium, d.about)
	data, compared := filepath.Join(out, d.data), filepath.Join(out, demoComparison)
	if err := demo.Write(out, files); err != nil {
		return err
	}
	a.logf("wrote %s\n\nTwo models learn it: none is plain, haar has the paper's averages.\n", data)
	args := []string{"compare", data, "--preset", preset, "--variants", "none,haar"}
	for _, s := range set {
		args = append(args, "--set", s)
	}
	if err := a.do(ctx, append(args, "--out", compared)...); err != nil {
		return err
	}
	run, name, err := lowest(compared)
	if err != nil {
		return err
	}
	a.logf("\n%s ends lower, so it writes:\n", name)
	result := filepath.Join(out, d.result)
	for _, name := range d.results() { // of the last time
		if err := os.Remove(filepath.Join(out, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	args = []string{"generate", run, "--out", result}
	for i, word := range d.generate {
		if i > 0 && d.generate[i-1] == "--prompt" && strings.HasPrefix(word, d.data) {
			word = filepath.Join(out, filepath.FromSlash(word))
		}
		args = append(args, word)
	}
	if err := a.do(ctx, args...); err != nil {
		return err
	}
	if err := d.show(a, result); err != nil {
		return err
	}
	a.logf("%s\n", strings.Replace(d.limits, "STEPS", typeset.Counted(conf.Train.Steps, "step"), 1))
	page := filepath.Join(compared, report.PageName)
	if open {
		a.open(page)
	} else {
		a.logf("open %s in a browser: the curves, and both models side by side", page)
	}
	a.logf("\nTry next:")
	for _, line := range d.next(ctx, a, args, compared) {
		a.logf("  %s", line)
	}
	return nil
}

// next are commands to try after it, that on Go's source only where that is.
func (d demonstration) next(ctx context.Context, a *App, generate []string, compared string) []string {
	other := filepath.Join(filepath.Dir(compared), "more"+filepath.Ext(d.result))
	again := slices.Clone(generate)
	again[slices.Index(again, "--out")+1] = other
	again = append(again, "--seed", "2")
	yours := map[string]string{"text": "book.txt", "audio": "recordings/", "music": "midi/"}[d.medium]
	lines := []string{
		a.commandLine(again...),
		a.commandLine("demo", d.medium, "--set", "train.steps=1000", "--out", filepath.Dir(compared)+"-longer"),
		a.commandLine("compare", yours) + "    # your own " + d.medium,
	}
	if _, err := media.GoSource(ctx); err == nil {
		lines = append(lines, a.commandLine("compare")+"    # the same on Go's source code, with a control")
	}
	return lines
}

// do runs a command of this program and prints it first.
func (a *App) do(ctx context.Context, args ...string) error {
	a.logf("$ %s", a.commandLine(args...))
	before := a.args
	a.args = args // which the summary records
	defer func() { a.args = before }()
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	return root.ExecuteContext(ctx)
}

// lowest finds the run of a comparison with the lowest final loss.
func lowest(dir string) (run, name string, err error) {
	s, err := summary.Read(dir)
	if err != nil {
		return "", "", err
	}
	loss := math.Inf(1)
	for i := range s.Runs {
		r := &s.Runs[i]
		if r.FinalLoss == nil || *r.FinalLoss >= loss {
			continue
		}
		if found := glob(dir, r.Folder()); len(found) == 1 {
			loss, run, name = *r.FinalLoss, found[0], r.Label()
		}
	}
	if run == "" {
		return "", "", fmt.Errorf("%s has no finished run; remove it and run demo again", dir)
	}
	return run, name, nil
}

func (a *App) showStories(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		fmt.Fprintln(a.Stdout, wrap(strings.TrimSpace(line), 0, 0))
	}
	right, all := demo.Sentences(string(text))
	a.logf("\n%d of the %s follow the rules, as all those of the stories do.", right, typeset.Counted(all, "sentence"))
	return nil
}

func (a *App) showTune(file string) error {
	a.logf("\nplay %s", file)
	return nil
}

// showCanon also writes the piece as sound, which needs no SoundFont here.
func (a *App) showCanon(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	notes, _, err := music.Read(bytes.NewReader(content))
	if err != nil {
		return err
	}
	const rate = 22_050
	var wave bytes.Buffer
	if err := audio.WriteWAV(&wave, rate, demo.Play(notes, rate)); err != nil {
		return err
	}
	sound := report.Rendering(file)
	if err := vfs.ReplaceFile(sound, wave.Bytes()); err != nil {
		return err
	}
	answered, all := demo.Answered(notes)
	a.logf("\nwrote %s, the piece as sound: play it", sound)
	a.logf("%d of %s are of the five tones. The second voice answers %d of %d notes of the first.",
		demo.InScale(notes), typeset.Counted(len(notes), "note"), answered, all)
	return nil
}
