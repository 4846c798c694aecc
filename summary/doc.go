// Package summary is the result of a comparison of pre-training runs as a
// document: summary.json. It says, with evidence, how much sooner one variant of a
// model is as good as another one. It cannot train; package compare does.
//
// A [Summary] holds the runs of several variants of one model with their curves
// and, for every variant, a [Comparison] with the baseline and a verdict in words.
// For one seed all variants share initial weights, batches and validation windows,
// so everything is compared in pairs. [Summary.Rows] has the numbers of every
// table, [WriteTable] and [WriteMarkdown] print them, package report draws them.
// [Merge] joins summaries of one measurement; [Import] reads curves from elsewhere.
//
// # Units and signs
//
// Every loss is a cross-entropy in nats per token. People read bits per unit
// (character, byte, sample, event): nats / ln 2 / units per token, see [Data.Bits].
// In tables, pictures and words a difference is variant minus baseline: negative is
// better. The fields called gain in the document have the opposite sign. Something
// saved is a fraction of what the baseline needed: 0.3 is 30 % saved; a negative
// number means that more was needed. A number that was not reached or is not
// defined is null.
//
// # Grades
//
// A horizon is a length of training, with a separate, whole schedule of the learning
// rate. A comparison at one horizon has the grade [Quick]: it compares final losses.
// With several the grade is [Full]: it says how many steps a variant needs to end as
// low as the baseline.
//
// # The ratio of horizons
//
// L_b(H) and L_v(h) are the mean final losses of baseline and variant after H and h
// steps, over the seeds that have all runs. The ratio is h/H with L_v(h) = L_b(H).
// Between measured horizons L_v is linear in the logarithm of the steps. Where it
// reaches L_b(H) several times, the last counts. Beyond the horizons the ratio is a
// bound. [Comparison.Horizons] has it for every H, [Comparison.HorizonRatio] for the
// longest, with the same ratio in tokens, FLOPs and seconds: that of the steps times
// that of what a step costs.
//
// Its interval has the errors of seeds and of windows, see Statistics. An end of it
// that lies beyond the horizons is the outermost horizon, and is marked as open.
//
// # Final losses
//
// The final loss of a run is that of its last evaluation, the one that ends its
// curve; with eval.final_windows that of the final weights on so many windows, which
// then are not those of the curve; in a hold-out comparison that on the hold-out. The
// difference of final losses is the mean over the seeds that both sides finished.
//
// # Crossings
//
// L* is the baseline's best validation loss. A curve crosses L* where the line
// between two evaluations first falls to it. The crossing counts only if the next
// evaluation is not above L* again; a crossing at the last evaluation counts. If
// the baseline itself rises by r after its best evaluation, a variant may rise as
// far: the next evaluation must not be above L* + r. So one rule holds for both
// sides, and a run against itself saves 0.
//
// With s_b and s_v the steps at which baseline and variant cross L*, the saved
// fraction is 1 - s_v/s_b. Seconds and FLOPs are read off the same curves on those
// axes. Each is given per seed, with the L* of that seed's baseline, and on the mean
// curve over the paired seeds, with the L* of the mean baseline.
//
// A crossing compares a variant in mid-schedule with a baseline whose learning rate
// has fallen. It is biased, mostly against the variant, and no verdict about speed
// comes from it. [SpeedUp] has s_b/s_v at a grid of losses.
//
// A comparison of several lengths has the grade [Full], and its verdict begins with that
// share of the steps. With one length the grade is [Quick]: the verdict begins with the
// difference of final losses, and the crossing is told as a crossing.
//
// # Gain by position
//
// The gain at a position of the window is the baseline's mean loss there minus the
// variant's ([GainByPosition]), on the windows of the final losses. Its slope over
// ln(position) says whether a variant gains more where the model sees more.
//
// # Reference lines
//
// A [Reference] is the loss of a simple model that needs no network, on the same
// windows; package reference defines it.
//
// # The plateau
//
// A small model with learned positions stays at the bigram entropy of its data for
// hundreds of steps. A run leaves the plateau at p, where it crosses
// [PlateauMargin] under that entropy. Steps saved after the plateau are
// 1 - (s_v - p_v)/(s_b - p_b): each side counts from its own p. They are null if
// either side never left.
//
// # Statistics
//
// Differences of final losses are compared by Student's two-sided t test. Seeds and
// windows are both random: the squared standard error is v_s + v_w - v_r, from the
// means over seeds, over windows, and what is left without both, with Satterthwaite's
// degrees of freedom. With one seed only windows are random; one seed says nothing
// about other seeds, and the verdict says so. Where windows keep to documents, those
// of one document, such as a performance, count together. More than 50 others are 50
// stretches of neighbours, for these are of one passage. Of two equal variants one
// in twenty is called different, half of those faster; with three seeds that differ
// much more than windows, about one in eleven. Two seeds have one degree of freedom:
// a difference has to be 13 times its standard error to be significant.
//
// Holm's method corrects p for the number of primary tests of a whole plan, all
// media together, see [Correct]. A plan names its primary comparisons before the first
// run; by default they are each variant against the baseline, and against the one-token
// shift. Other tests are exploratory, and are corrected for the number of all tests.
// Intervals are not corrected: where one excludes 0 and the corrected test does not
// pass, the outcome is [Ahead] or [Behind], and the verdict proposes a study with fresh
// seeds that can settle it.
//
// The ratio of horizons and the steps saved have 95 % intervals by the bootstrap of
// the logarithm of the ratio, with Student's quantile: the ratio over seeds and over
// windows, with their squared errors combined as above and at least three seeds; the
// steps saved over seeds if there are at least three, over windows if there is one
// ([Interval]). [SpeedUp] has Student's interval of its logarithm over seeds.
//
// # Evidence
//
// Evidence is [HeldOut] if seeds and data were kept away until all choices were made,
// else [Exploratory]. Seeds and variants that were added when results were known are
// in [Summary.Additions].
//
// A curve from elsewhere without a seed is compared with the baseline's run of the
// lowest seed. What its import assumed is in [Run.Notes] and in the verdict.
//
// Runs that diverged or did not finish stay in the summary, marked, and out of
// every mean, curve and test.
//
// # Further questions
//
// A [Sweep] chose settings for every variant, on seeds that are not compared. A
// [Confirmation] trained a variant again with its whole schedule fitted to the steps
// that it took to L*. A [Match] trained larger baselines until one reached a variant's
// final loss. A [Probe] bypassed levels of the operator of a trained model one by one.
package summary
