// Package wavelet is the multi-scale operator of WaveletGPT (Verma, arXiv
// 2409.12924), and the controls that it is compared with.
//
// An operator stands after a decoder block, or elsewhere in it. It maps x [T, E] (T
// positions, E channels) to y of the same shape. The first channels pass
// unchanged. The last n = fraction*E channels become causal averages over time. For
// the paper's operator, haar, and a training context L,
//
//	y[t,i] = (1/f(i)) * sum_{j=0}^{f(i)-1} x[t-j,i]        x = 0 before position 0
//	f(i)   = 2^F(i),  F(i) = floor(levels * (i-(E-n)) / n),  levels = floor(log2 L) + 1
//
// This is the approximation branch a_k of an undecimated Haar transform, with one level
// k for every few channels; detail=on gives the other branch, a_(k-1) - a_k. It has no
// parameters; only learned, conv, scale and gates have.
//
// A spec string names an operator everywhere, see [Parse]:
//
//	none         the plain GPT
//	haar         the paper's operator; options min=1|2, prefix=zero|count, delay=D, share=even|halving, detail=off|on
//	past         short for haar:delay=1:share=halving; not in the paper
//	dyadic       means of the lags 1, 2-3, 4-7, ..., which do not overlap; prefix, share (default halving)
//	window:W     one window of W positions for all averaged channels; prefix, delay
//	windows:G    any windows: groups SHARExWIDTH@DELAY joined by +; prefix
//	shift        each channel delayed by one position, no average
//	taps         channels delayed by 1, 2, 4, ... positions, up to half the context; share
//	ema:linear   exponential averages y[t] = a y[t-1] + (1-a) x[t], a_i = i/n
//	ema:matched  the same with the mean lag of haar's windows, a = (w-1)/(w+1); min
//	learned      a learned kernel for each channel and layer, over haar's window; min
//	conv:K       a learned kernel of K positions, initially the identity
//	scale        y = (1 + a) x with a learned a for each level of haar and layer; min, share
//
// A group of windows:G, such as 2x4@1, has channels in proportion to its SHARE of
// the sum of shares (by largest remainders), in the order given. They become means of
// WIDTH positions that end DELAY before the present one. A WIDTH of ctx is the context;
// @0 can be left out.
//
// The options are
//
//	min       the smallest window: 1 (default) or 2
//	prefix    the divisor before a window is full: zero divides by the window
//	          (default), count by the positions so far
//	delay     how many positions before the present one the windows end: 0 in the
//	          paper; with 1 they hold only the past, and the smallest is the shift
//	share     how many channels each level has: even gives all levels the same number,
//	          as in the paper; halving gives the first level half of the channels
//	          and each following level half of the rest, until one channel is left
//	detail    on: the mean over the newer half of a window minus the mean over all of
//	          it; a window of 1 stays as it is. Not with prefix=count
//
// All except none have the options
//
//	fraction  the share of the channels that the operator acts on; 0.5
//	last      on (default) or off: whether it also stands in the last block
//	at        the places where it stands, see [Place]: block (default), attention,
//	          mlp or input for both, q, k, v, kv or qkv, embedding; joined by +
//	layers    the blocks, from 0: all (default), firstN, lastN, even, odd, A-B or A
//
// and all but none and scale
//
//	mix       replace (default), y = op(x); add, y = x + op(x); or gate,
//	          y = x + g (op(x) - x) with a learned g for each level and layer
//	gate      the gates' initial value, above 0 and at most 1; 0.5
//
// The channels that pass do so with every mix. Levels are neighbouring channels with
// the same window; an exponential average is one level. Gates follow the operator's own
// parameters. conv with mix=add starts at kernels of zero, and so at the identity.
//
// An [Operator] computes one sequence, forward and backward, and allocates nothing
// in a call. A [State] computes the same token by token, equal to the bit; it grows
// until it holds the positions that the operator looks back on. All are causal and
// in float32.
package wavelet
