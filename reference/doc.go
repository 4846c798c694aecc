// Package reference has reference lines: the losses of simple models that need no
// network, on the windows that the networks are measured on. A network that does not
// beat them has learned nothing that needs one.
//
// [Measure] fits the model that suits the codec of a data set. Both kinds see what a
// network sees: before each token those of the same window, and nothing before its
// first. Where windows keep to documents, so does what is seen. All losses are in nats
// per predicted token.
//
// # Text and music
//
// The model is an interpolated n-gram with absolute discounting (Ney, Essen and Kneser
// 1994, "On structuring probabilistic dependences in stochastic language modelling"), in
// the form that Chen and Goodman 1998, "An empirical study of smoothing techniques for
// language modeling", compare. With c(h, w) the number of times that token w follows
// the n-1 tokens h in the training split, c(h) its sum over w, and N(h) how many
// different tokens follow h:
//
//	p(w | h) = (max(c(h, w) - D, 0) + D N(h) p(w | h'))/c(h)
//
// h' is h without its first token; the probability without any is the same for all
// tokens of the vocabulary. Where nothing follows h, p(w | h) = p(w | h'). Near the
// beginning of a window h is all that there is. D = n1/(n1 + 2 n2), where n1 and n2 are
// how many n-grams of the order occur once and twice; 1/2 where there is none of either.
// Counts do not cross from one document into another.
//
// The order, 1 to 7, is the one with the lowest loss on about 65,536 tokens of
// validation windows.
//
// # Sound
//
// Where a token is an interval of amplitudes, the model is a linear predictor of the
// amplitude with an adaptive scale, as in lossless compression (Robinson 1994,
// "SHORTEN: Simple lossless and near-lossless waveform compression"). The coefficients
// have the least squared error on the training split by the autocorrelation method,
// with silence around each document (Makhoul 1975, "Linear prediction: a tutorial
// review"). At sample t of a window, counted from 0, the predictor has the order
// min(t, order): the best that there is for the samples that were seen.
//
// The probability of a token is the mass of a distribution around the prediction
// between the token's edges; the outermost tokens have the tails. The distribution is
// Laplace's, the logistic one or Student's with four degrees of freedom. Its scale is a
// factor, times the deviation of the errors of a predictor of that order on the
// training split, times the mean size of the errors so far in units of that deviation;
// at least a tenth of the narrowest token. The mean is an exponential one, of weight
// 1/memory; while it has fewer errors it is that of all, and of one more at the start,
// which is their mean in training windows. 0.0001 of every probability is the same for
// all tokens.
//
// Factor and memory have the lowest loss on about 65,536 tokens of training windows;
// the order, of 1 to 64, and the distribution on as many of validation windows.
//
// # Limits
//
// A model is fitted to at most 20 million tokens; [Line.Capped] says so where there are
// more. They lie in runs that are evenly spread over the training split, as the windows
// of a network are, because its first tokens may all be from one source. Order and
// distribution are chosen on validation windows, as a network's settings are, so the
// loss on the test split is the one that nothing was chosen by.
package reference
