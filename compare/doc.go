// Package compare plans and trains the runs that answer whether a variant of a
// model learns faster than a baseline. The answer is a [summary.Summary]; its
// package comment defines every number.
//
// A [Document] is a plan as a person writes it. A [Study] is what is done: a
// [Plan], variants × seeds, and further questions. [Study.Run] trains what is
// missing and returns the summary; [Study.Estimate] says what that would cost.
//
// For one seed all variants share initial weights, batches, schedule and validation
// windows, and train in turns, so that a machine that slows down slows all of them.
// Every run is a run directory, found again by the hash of its configuration: the
// same call resumes what was interrupted and reuses what is finished. [SoFar] reads
// the curves of runs that are still training.
//
// A [Sweep] tries the same settings for every variant, with two seeds that are not
// compared. A confirmation trains a variant again with a schedule of the steps that
// it took to the baseline's best loss. A match trains larger baselines. A probe
// bypasses levels of a trained operator.
package compare
