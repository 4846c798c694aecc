package summary

import (
	"math"
	"time"
)

// FormatVersion is the version of summary.json that this package writes, and the
// newest that it reads. Version 2 has Models; those of a document of version 1
// are derived from its configuration.
const FormatVersion = 2

// A Summary is the result of a comparison: the document summary.json.
type Summary struct {
	FormatVersion int     `json:"format_version"`
	Program       Program `json:"program"`
	// Command repeats the comparison.
	Command string `json:"command"`
	// CPU is the processor's name, Tier the set of kernels that ran on it, or the engines of
	// Runs. Of a study whose
	// parts were trained on several, they list all of them, and Threads is 0 where parts differ.
	CPU     string `json:"cpu"`
	Tier    string `json:"tier"`
	Threads int    `json:"threads"`
	Data    Data   `json:"data"`
	// Windows are the validation windows, the same ones in every run.
	Windows Windows `json:"windows"`
	// Configuration is the resolved TOML document of the baseline. The other
	// variants change model.mixer and the keys of their overrides.
	Configuration string `json:"configuration"`
	// Models describe the variants' models, in the order of Runs.
	Models []Model `json:"models"`
	// Baseline is the label of the variant that the others are compared with.
	Baseline string `json:"baseline"`
	// Runs are those of the longest horizon, Shorter those of the others, each with
	// a separate, whole schedule.
	Runs        []Run        `json:"runs"`
	Shorter     []Run        `json:"shorter,omitempty"`
	Comparisons []Comparison `json:"comparisons"`
	Samples     []Sample     `json:"samples"`

	// WindowDocuments numbers the document of each window of the final evaluations,
	// where windows keep to documents.
	WindowDocuments []int `json:"window_documents,omitempty"`
	// Primary names the primary comparisons of the plan, see [Correct]; empty for
	// the default. Tests is their number in the whole plan.
	Primary []string `json:"primary,omitempty"`
	Tests   int      `json:"tests"`
	// Additions are seeds and variants that were added after a look at results.
	Additions []Addition `json:"additions,omitempty"`
	// References are the losses of a simple model on the windows of the final losses
	// and of the test losses; empty if they were not measured.
	References []Reference `json:"references,omitempty"`
	// HoldOut says on what a hold-out comparison measured its final losses; nil
	// for any other.
	HoldOut *HoldOut `json:"hold_out,omitempty"`

	// Results of a sweep, of confirmations, matches and probes: nil and empty
	// unless the study asked for them.
	Sweep         *Sweep         `json:"sweep"`
	Confirmations []Confirmation `json:"confirmations"`
	Matches       []Match        `json:"matches"`
	Probes        []Probe        `json:"probes"`

	// Part marks one of several parts of a study, nil for a whole one.
	Part *Part `json:"part,omitempty"`

	// Dirs are the directories from which the document was read. Its runs lie in them,
	// if they are still there.
	Dirs []string `json:"-"`
}

// Program is the build that trained.
type Program struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
}

// Data describes the tokens that all runs were trained on.
type Data struct {
	// Name is what the user called the data: a path, or a word for the default.
	Name string `json:"name"`
	Hash string `json:"hash"`
	// Codec turned the data into tokens; Unit is what people count losses per.
	Codec      string `json:"codec"`
	Unit       string `json:"unit"`
	Vocabulary int    `json:"vocabulary"`
	Tokens     Tokens `json:"tokens"`
	// Entropy is that of the training split.
	Entropy Entropy `json:"entropy"`
	// UnitsPerToken is measured on the validation split.
	UnitsPerToken float64 `json:"units_per_token"`
}

// Tokens counts the tokens of each split.
type Tokens struct {
	Train      int64 `json:"train"`
	Validation int64 `json:"validation"`
	Test       int64 `json:"test"`
}

// Entropy is the loss of a model that sees nothing (unigram) or one token
// (bigram), in nats per token; nil if it was not counted.
type Entropy struct {
	Unigram *float64 `json:"unigram"`
	Bigram  *float64 `json:"bigram"`
}

// Windows says what a validation loss is a mean over: Number windows that do
// not overlap, with Length predictions each. Final is the number of the windows of
// final losses, 0 if it is Number.
type Windows struct {
	Number int `json:"number"`
	Length int `json:"length"`
	Final  int `json:"final,omitempty"`
}

// Status is how a run ended.
type Status string

const (
	Finished   Status = "finished"
	Diverged   Status = "diverged"   // a loss that is not finite
	Unfinished Status = "unfinished" // stopped before its last step
)

// A Run is one training run of a variant with a seed.
type Run struct {
	// Name is the variant's name in the plan, empty if it has none. Variant is
	// its canonical mixer spec, Set the other configuration keys that the plan
	// changed for it, Tuned those that a sweep chose.
	Name       string         `json:"name"`
	Variant    string         `json:"variant"`
	Set        map[string]any `json:"set"`
	Tuned      map[string]any `json:"tuned"`
	Seed       uint64         `json:"seed"`
	ConfigHash string         `json:"config_hash"`
	// Source is the file that it was imported from, empty for a run of this program.
	// Notes say what the import assumed. With SeedAssumed the file has no seed, and
	// Seed is that of the baseline's run with which the curve is compared.
	Source      string   `json:"source"`
	Notes       []string `json:"notes,omitempty"`
	SeedAssumed bool     `json:"seed_assumed,omitempty"`
	Status      Status   `json:"status"`
	Parameters  int64    `json:"parameters"`
	// Horizon is the length of training that the plan asks for, 0 in older documents
	// and for imported curves. Steps is how many steps were trained.
	Horizon int   `json:"horizon,omitempty"`
	Steps   int   `json:"steps"`
	Tokens  int64 `json:"tokens"`
	// StepSeconds is the median time of a step, over blocks interleaved with
	// the other runs.
	StepSeconds *float64 `json:"step_seconds"`
	// Turns are the times at which the run and others began to train in turns;
	// empty if unknown.
	Turns []time.Time `json:"turns,omitempty"`
	// Memory is the bytes of all arrays that training holds: parameters,
	// gradients, moments, activations of every thread; 0 if unknown.
	Memory int64 `json:"memory"`
	// Machine and Tier say where a run was trained and with which kernels; empty where one
	// machine trained all. Engine is what trained a run that PyTorch trained, with versions
	// and device; empty for this program's own.
	Machine string `json:"machine,omitempty"`
	Engine  string `json:"engine,omitempty"`
	Tier    string `json:"tier,omitempty"`
	// Ranks is the number of processes of MPI that trained the run together, if several.
	Ranks int `json:"ranks,omitempty"`
	// PlateauStep is the step at which the run left the plateau (see the package
	// comment).
	PlateauStep *float64 `json:"plateau_step"`
	// BestLoss and FinalLoss are validation losses; TestLoss is measured once,
	// on the final weights. With FinalWindows, FinalLoss is that of a separate
	// evaluation on so many windows, else the last of the curve. In a hold-out
	// comparison it is measured on the hold-out.
	BestLoss     *float64 `json:"best_loss"`
	FinalLoss    *float64 `json:"final_loss"`
	FinalWindows int      `json:"final_windows,omitempty"`
	TestLoss     *float64 `json:"test_loss"`
	Curve        []Point  `json:"curve"`
	// WindowLosses are the losses of the windows of FinalLoss, in the order that
	// all runs share. With FinalWindows they are rounded to 0.0001, and each is the mean of
	// its document where windows keep to documents, or of a stretch of neighbouring windows if
	// there are more than 50 others. Empty if unknown, and for the trials of a sweep.
	WindowLosses []float64 `json:"window_losses"`
	// PositionLosses are the mean losses at each position of these windows; empty if
	// unknown, and for shorter horizons.
	PositionLosses []float64 `json:"position_losses,omitempty"`
}

// A Point is one evaluation on the validation windows. Tokens, FLOPs and
// seconds are those of training up to Step; Seconds is steps times the median
// step time.
type Point struct {
	Step    int     `json:"step"`
	Tokens  int64   `json:"tokens"`
	FLOPs   float64 `json:"flops"`
	Seconds float64 `json:"seconds"`
	Loss    float64 `json:"loss"`
}

// A Sample is what a finished run generated after a prompt: text, or a file of
// sound or notes.
type Sample struct {
	Name    string         `json:"name"`
	Variant string         `json:"variant"`
	Set     map[string]any `json:"set"`
	Seed    uint64         `json:"seed"`
	Prompt  string         `json:"prompt"`
	Text    string         `json:"text"`
	// File holds the prompt and the continuation, PromptFile the prompt alone,
	// RealFile the prompt and what follows it in the data. They are slash paths
	// below Dir, the directory of the summary, and empty for text.
	File       string `json:"file,omitempty"`
	PromptFile string `json:"prompt_file,omitempty"`
	RealFile   string `json:"real_file,omitempty"`
	Dir        string `json:"-"`
}

// A Comparison sets a variant against the baseline. The package comment
// defines every number.
type Comparison struct {
	Name    string         `json:"name"`
	Variant string         `json:"variant"`
	Set     map[string]any `json:"set"`
	// Seeds are those with a finished run on both sides, ascending.
	Seeds []uint64 `json:"seeds"`

	// BaselineLoss is L*, BaselineSteps is s_b, both on the mean curve.
	BaselineLoss        *float64            `json:"baseline_loss"`
	BaselineSteps       *float64            `json:"baseline_steps"`
	BaselinePlateauStep *float64            `json:"baseline_plateau_step"`
	PlateauStep         *float64            `json:"plateau_step"`
	StepsToBaselineLoss StepsToBaselineLoss `json:"steps_to_baseline_loss"`

	StepsSaved             *float64   `json:"steps_saved"`
	StepsSavedPerSeed      []*float64 `json:"steps_saved_per_seed"` // by Seeds
	StepsSavedInterval     *Interval  `json:"steps_saved_interval"`
	StepsSavedAfterPlateau *float64   `json:"steps_saved_after_plateau"`
	TokensSaved            *float64   `json:"tokens_saved"`
	SecondsSaved           *float64   `json:"seconds_saved"`
	FLOPsSaved             *float64   `json:"flops_saved"`
	// Apart are the seeds whose two runs never took turns: their seconds were
	// measured at different times.
	Apart []uint64 `json:"apart,omitempty"`
	// SpeedUps are at losses from high to low.
	SpeedUps []SpeedUp `json:"speed_ups"`

	// The baseline's final loss minus the variant's.
	Difference
	// PValueHolm is the p-value as [Correct] corrects it. Primary tells whether the
	// plan named the comparison before the first run.
	PValueHolm *float64 `json:"p_value_holm"`
	Primary    bool     `json:"primary"`
	// Controls compares this variant with the cheap controls of the plan.
	Controls []Control `json:"controls"`

	// HorizonRatio is that to the baseline's longest horizon, Horizons has a line
	// for each; nil and empty for one horizon.
	HorizonRatio *Ratio    `json:"horizon_ratio"`
	Horizons     []Horizon `json:"horizons"`

	GainByPosition *GainByPosition `json:"gain_by_position"`

	Grade    Grade    `json:"grade"`
	Evidence Evidence `json:"evidence"`
	Outcome  Outcome  `json:"outcome"`
	Verdict  string   `json:"verdict"`
}

// A Grade says what a verdict rests on.
type Grade string

const (
	Quick Grade = "quick" // final losses of one length of training
	Full  Grade = "full"  // the ratio of the lengths to equal final loss
)

// Evidence says whether the seeds and the data of a verdict had been looked at.
type Evidence string

const (
	Exploratory Evidence = "exploratory"
	HeldOut     Evidence = "held out" // seeds and data that nobody had looked at
)

// A HoldOut is the data and the seeds that were kept away from a study until its
// choices were made.
type HoldOut struct {
	// Split is "holdout", or "test" for windows of it that the study had not
	// evaluated. Where there are none, it is empty and Windows is 0.
	Split   string    `json:"split"`
	Windows int       `json:"windows"`
	Opened  time.Time `json:"opened"`
	// Before counts other studies that had opened the hold-out of this data.
	Before int `json:"before"`
}

// An Addition is what was added to a comparison, or named as primary in place of
// something else, when results were known.
type Addition struct {
	When time.Time `json:"when"`
	// AfterSeeds is the number of seeds, AfterVariants that of the variants with
	// the baseline, whose results were known.
	AfterSeeds    int      `json:"after_seeds"`
	AfterVariants int      `json:"after_variants"`
	Seeds         []uint64 `json:"seeds,omitempty"`
	Variants      []string `json:"variants,omitempty"`
	Horizons      []int    `json:"horizons,omitempty"`
	Primary       []string `json:"primary,omitempty"`
}

// StepsToBaselineLoss is where the variant crosses L*.
type StepsToBaselineLoss struct {
	Mean    *float64   `json:"mean"`     // on the mean curve
	PerSeed []*float64 `json:"per_seed"` // each seed's curve and L*, by Seeds
	Reached int        `json:"reached"`  // how many seeds crossed
}

// A Control is the paired difference between a cheap control's final loss and
// the variant's, positive where the variant is better than the control.
type Control struct {
	Variant string `json:"variant"`
	Difference
	PValueHolm     *float64        `json:"p_value_holm"`
	Primary        bool            `json:"primary"`
	GainByPosition *GainByPosition `json:"gain_by_position"`
}

// Bits turns a loss in nats per token into bits per unit. Without a measured
// UnitsPerToken a token counts as one unit.
func (d *Data) Bits(nats float64) float64 {
	if d.UnitsPerToken > 0 {
		nats /= d.UnitsPerToken
	}
	return nats / math.Ln2
}
