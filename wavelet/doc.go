// Package wavelet is the multi-scale operator of WaveletGPT (Verma, arXiv
// 2409.12924), and the controls that it is compared with.
//
// An operator follows a decoder block. It maps the block's output x [T, E] (T
// positions, E channels) to y of the same shape. The first channels pass
// unchanged. The last n = fraction*E channels become causal averages over time. For
// the paper's operator, haar, and a training context L,
//
//	y[t,i] = (1/f(i)) * sum_{j=0}^{f(i)-1} x[t-j,i]        x = 0 before position 0
//	f(i)   = 2^F(i),  F(i) = floor(levels * (i-(E-n)) / n),  levels = floor(log2 L) + 1
//
// This is the approximation branch of an undecimated Haar transform, with one level
// for every few channels. It has no parameters; only learned and conv have.
//
// A spec string names an operator everywhere, see [Parse]:
//
//	none         the plain GPT
//	haar         the paper's operator; options min=1|2, prefix=zero|count, delay=D, share=even|halving
//	past         short for haar:delay=1:share=halving; not in the paper
//	window:W     one window of W positions for all averaged channels; prefix, delay
//	shift        each channel delayed by one position, no average
//	taps         channels delayed by 1, 2, 4, ... positions, up to half the context; share
//	ema:linear   exponential averages y[t] = a y[t-1] + (1-a) x[t], a_i = i/n
//	ema:matched  the same with the mean lag of haar's windows, a = (w-1)/(w+1); min
//	learned      a learned kernel for each channel and layer, over haar's window; min
//	conv:K       a learned kernel of K positions, initially the identity
//
// All except none have two more options: fraction=F (default 0.5), and last=on|off
// (default on), which is whether the operator also follows the last block. The
// other options are
//
//	min     the smallest window: 1 (default) or 2
//	prefix  the divisor before a window is full: zero divides by the window
//	        (default), count by the positions so far
//	delay   how many positions before the present one the windows end: 0 in the
//	        paper; with 1 they hold only the past, and the smallest is the shift
//	share   how many channels each level has: even gives all levels the same number,
//	        as in the paper; halving gives the first level half of the channels
//	        and each following level half of the rest, until one channel is left
//
// An [Operator] computes one sequence, forward and backward, and allocates nothing
// in a call. A [State] computes the same token by token, equal to the bit; it grows
// until it holds the positions that the operator looks back on. All are causal and
// in float32.
package wavelet
