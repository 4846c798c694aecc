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
// level of its own for every few channels. It has no parameters.
//
// A variant is named everywhere by a spec string, see [Parse]:
//
//	none        the plain GPT
//	haar        the paper's operator; options min=1|2 and prefix=zero|count
//	window:W    one window of W positions for all averaged channels
//	shift       the channels of one position earlier, no average
//
// All but none take fraction=F (default 0.5) and last=on|off (whether the
// operator stands after the last block too; default on).
//
// [Operator] works on one sequence, forward and backward; [State] does the same
// token by token, equal to the bit. Both are float32, causal, and allocate
// nothing per call.
package wavelet
