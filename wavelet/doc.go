// Package wavelet is the multi-scale operator of WaveletGPT (Verma, arXiv
// 2409.12924) and the controls it is compared with.
//
// An operator stands after a decoder block and rewrites its output x [T, E]
// (T positions, E channels) into y of the same shape. The first channels pass
// unchanged; the last n of them, n = fraction*E, become causal averages over
// time. For the paper's operator, haar, at training context L,
//
//	y[t,i] = (1/f(i)) * sum_{j=0}^{f(i)-1} x[t-j,i]        x = 0 before position 0
//	f(i)   = 2^F(i),  F(i) = floor(levels * (i-(E-n)) / n),  levels = floor(log2 L) + 1
//
// which is the approximation branch of an undecimated Haar transform with a
// level of its own for every few channels. It has no parameters; only learned and
// conv have.
//
// A variant is named everywhere by a spec string, see [Parse]:
//
//	none         the plain GPT
//	haar         the paper's operator; options min=1|2, prefix=zero|count, delay=D, share=even|halving
//	past         short for haar:delay=1:share=halving, this project's own
//	window:W     one window of W positions for all averaged channels; prefix, delay
//	shift        the channels of one position earlier, no average
//	taps         channels of 1, 2, 4, ... positions earlier, up to half of the context; share
//	ema:linear   exponential averages y[t] = a y[t-1] + (1-a) x[t], a_i = i/n
//	ema:matched  the same with the mean lag of haar's windows, a = (w-1)/(w+1); min
//	learned      a learned kernel of every channel and layer over haar's window; min
//	conv:K       a learned kernel of K positions, started at the identity
//
// All but none take fraction=F (default 0.5) and last=on|off (whether the
// operator stands after the last block too; default on). min is the smallest
// window, 1 or 2; prefix says what positions before a full window are divided
// by. delay is how many positions before the present one the windows end: 0 in
// the paper; with 1 they hold the past alone, and the smallest is the shift.
// share is how many of the channels each level has: all the same number in the
// paper; halving gives the first level half of them and every other one half of
// the rest, until one channel is left or the levels end.
//
// [Operator] works on one sequence, forward and backward, and allocates nothing
// per call; [State] does the same token by token, equal to the bit, and grows
// with its tokens until it holds as many as it looks back. Both are float32 and
// causal.
package wavelet
