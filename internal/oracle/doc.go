// Package oracle gives tests numbers that this project did not compute.
//
// The script oracle.py beside this file writes them with PyTorch, in float32 on
// the CPU; requirements.txt pins its packages. The model is a tiny GPT-2 of
// awkward sizes. The baseline, "none", is transformers.GPT2LMHeadModel itself;
// every other variant is that model with the operator as a hook behind each
// block, written from its defining sum as a causal convolution with one kernel
// per channel. A variant, VARIANT below, is named by its canonical spec and the
// settings that it changes, as in "haar model.norm=post", a weight by its name
// in Hugging Face's state_dict. Sizes: B sequences of L tokens, vocabulary V, E
// channels, T positions. Losses are in nats per token.
//
// model.norm=post is transformers.OpenAIGPTLMHeadModel with the same weights
// (its embeddings are named here as GPT-2's, and it has no ln_f), position=rope
// Llama's rotary embedding behind c_attn, position=sinusoidal XLM's table in
// place of wpe.
//
// gpt2, with a [Config]: one batch forward and backward. Inputs are tokens
// 0..L-1 of a row, targets tokens 1..L.
//
//	tokens            I64 [B, L+1]
//	weights/NAME      the weights, the same for every variant
//	VARIANT/weights/mixer.N.weight
//	                  random kernels of learned and conv
//	VARIANT/logits    [B, L, V]
//	VARIANT/loss      [] mean cross-entropy of the B*L predictions
//	VARIANT/grad/NAME gradient of that loss; all tensors for none, haar and
//	                  none model.norm=post, some for others
//
// adamw, with a [Config]: ten steps of AdamW from the weights of gpt2, each on
// its own batch, at a constant rate. Weight decay acts on the matrices of the
// blocks and on lm_head. Clipping scales the gradient by clip/(norm+1e-6) where
// that is below 1: in steps 1, 2, 4, 5 and 7 of ten, counted from 1.
//
//	tokens            I64 [10, B, L+1]
//	SPEC/loss         [10] before each step; none and haar
//	SPEC/norm         [10] global norm of the gradient before clipping
//	SPEC/weights/NAME the weights after the last step
//
// operator: the operator alone, CASE being E=channels,L=context,T=length. See
// [Operators].
//
//	CASE/x, CASE/dy   [T, E] input and gradient of the output
//	CASE/SPEC/y       [T, E]
//	CASE/SPEC/dx      [T, E]
//	CASE/SPEC/weight, CASE/SPEC/dweight
//	                  random kernels and their gradient; of learned and conv
//	CASE/SPEC/windows I32 [E] positions in each channel's mean or kernel; not
//	                  for shift and ema
//
// The number of averaged channels is fraction*E rounded half up; they are the
// last ones.
//
// Against the same computation in float64 the files are off by at most, relative
// to the largest value of each tensor: logits 4e-7, loss 2e-7, gradients 6e-7,
// norms 4e-7, trained weights 4e-6, operator 2e-7. Deliberate errors (LayerNorm's
// epsilon 1e-6, GELU by the error function, decay 0.11 for 0.1, beta2 0.951 for
// 0.95) move some tensor by at least 1e-4. Tolerances belong between.
//
// One part is noise: the middle third of every attn.c_attn.bias, the bias of
// the keys, has a gradient of zero but for rounding (softmax ignores it), and
// Adam divides rounding by rounding. Its trained values must not be compared;
// they change nothing else.
package oracle
