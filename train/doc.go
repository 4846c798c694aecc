// Package train trains a model: steps, evaluations, metrics and checkpoints.
//
// [Start] creates a run directory or finds the one to resume, [Open] returns its
// [Loop], and [Loop.Advance] trains. [Evaluate] and [TokenLosses] measure a
// trained model. [Measure] and [Memory] estimate what training takes before it
// starts.
//
// Results do not depend on the number of threads. A step computes each sequence
// separately, several at a time. Sequence i of the step adds its gradient to lane
// i mod train.lanes, each lane is added to by one goroutine, and the lanes are then added in
// a fixed tree. Windows and dropout are a function of (seed, step, sequence), so
// no random state has to be saved and a resumed run computes the same bits.
package train
