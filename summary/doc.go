// Package summary is the result of a comparison of pre-training runs as a
// document: summary.json. It says, with evidence, how much sooner one variant of a
// model reaches another one's loss. It cannot train; package compare does.
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
// # Steps to equal loss
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
// axes. Each is given per seed, with the L* of that seed's baseline, and as the
// headline on the mean curve over the paired seeds, with the L* of the mean
// baseline.
//
// # Equal final loss with whole schedules
//
// The crossing above compares a variant in mid-schedule with a baseline whose
// learning rate has fallen. Where there are runs of several lengths, each with its
// own whole schedule, the [HorizonRatio] is the fair number: h/H with
// L_v(h) = L_b(H), where L is the mean final loss over the seeds that have all runs
// and H the longest length. Between lengths L is linear in the logarithm of the
// steps; beyond them the ratio is a bound. Its interval has the errors of seeds and
// of windows.
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
// Final losses are compared in pairs by Student's two-sided t test: of two equal
// variants one in twenty pairs of comparisons is called different, half of those
// faster. With one seed a pair is a validation window; with several it is a seed.
// One seed says nothing about other seeds, and the verdict says so. p-values of
// several variants are corrected by Holm's method. The intervals are not: where one
// excludes 0 and the corrected test does not pass, the outcome is [Ahead] or
// [Behind], and the verdict proposes a study with fresh seeds that can settle it.
//
// The steps saved have a 95 % interval by the bootstrap: over seeds if there are at
// least three, over validation windows if there is one ([Interval]). [SpeedUp] has
// s_b/s_v at a grid of losses, with Student's interval of its logarithm over seeds.
//
// A curve from elsewhere without a seed is compared with the baseline's run of the
// lowest seed. What its import assumed is in [Run.Notes] and in the verdict.
//
// Runs that diverged or did not finish stay in the summary, marked, and out of
// every mean, curve and test.
//
// # Further questions
//
// A [Sweep] chose the best value of a key for every variant, on a seed that is not
// compared. A [Confirmation] trained a variant again with its whole schedule fitted
// to the steps that it took to L*. A [Match] trained larger baselines until one
// reached a variant's final loss. A [Probe] bypassed levels of the operator of a
// trained model one by one.
package summary
