// Package compare says, with evidence, how much sooner one pre-training run
// reaches another run's loss.
//
// A comparison is a set of runs of several variants of one model. For one seed
// all of them share initial weights, batches and validation windows, so that
// everything is compared in pairs. What they came to is a [Summary], the
// document summary.json: the runs with their curves, and for every variant a
// [Comparison] with the baseline and a verdict in words.
//
// # Units
//
// Every loss is a cross-entropy in nats per token. People read bits per unit
// (character, byte, sample, event): nats / ln 2 / units per token, see
// [Data.Bits]. A gain is positive where the variant is better. Something saved
// is a fraction of what the baseline needed: 0.3 is 30 % saved, a negative
// number is a loss. A number that was not reached or is not defined is null.
//
// # Steps to equal loss
//
// L* is the baseline's best validation loss. A curve crosses L* where the line
// between two evaluations first comes down to it, and the crossing counts only
// if the next evaluation is not above L* again; a crossing at the last
// evaluation counts. Where the baseline itself rises again after its best
// evaluation, by r, a variant may rise as far: the next evaluation must not be
// above L* + r. So both sides obey one rule, and a run against itself saves 0.
//
// With s_b and s_v the steps at which baseline and variant cross L*, the saved
// fraction is 1 - s_v/s_b; seconds and FLOPs likewise, read off the same curves
// on those axes. Each is given per seed (L* of that seed's baseline) and, as the
// headline, on the mean curve over the paired seeds (L* of the mean baseline).
//
// # The plateau
//
// A small model with learned positions stays on the bigram entropy of its data
// for hundreds of steps. A run has left the plateau at p, where it crosses
// [PlateauMargin] under that entropy. Steps saved after the plateau are
// 1 - (s_v - p_v)/(s_b - p_b): each side counts from its own p. They are null
// if either side never left.
//
// # Statistics
//
// Losses of the final evaluation are compared in pairs, with Student's t, on both
// sides: of two equal variants one in twenty pairs of comparisons is called
// different, half of them faster. With one seed a pair is a validation window;
// with several it is a seed. The first says nothing about other seeds, and the
// verdict says so. p-values of several variants are corrected by Holm's method.
//
// The steps saved have a 95 % interval by the bootstrap: over seeds where there
// are three at least, over validation windows with one ([Interval]). [SpeedUp]
// gives s_b/s_v at a grid of losses, with Student's interval of its logarithm
// over seeds.
//
// Runs that diverged or did not finish stay in the summary, marked, and out of
// every mean, curve and test.
//
// # Beyond a comparison
//
// A [Study] is a plan ([Document] as a person writes it) and what is asked beyond
// it. A [Sweep] chooses the best value of a key for every variant alike, on a seed
// that is not compared. A [Confirmation] trains a variant again with its whole
// schedule fitted to the steps that it took to L*. A [Match] trains larger
// baselines until one ends where a variant ends. A [Probe] switches levels of the
// operator of a trained model to the identity, one by one. [Merge] puts summaries
// of one measurement together, [Import] reads curves from elsewhere.
package compare
