// Package oracle provides reference values for tests, computed by PyTorch and
// transformers instead of this project.
//
// oracle.py computes them in float32 on the CPU; requirements.txt pins its
// packages. The model is a tiny GPT-2, nanochat or Llama of awkward sizes. The baseline, "none", is
// transformers.GPT2LMHeadModel, NanoChatForCausalLM or LlamaForCausalLM itself. Every other variant adds the operator as a
// hook after each block: a causal convolution with one kernel per channel, derived
// from the operator's defining sum. A variant, VARIANT below, is named by its
// canonical spec and the settings it changes, as in "haar model.norm=post"; a
// weight by its name in Hugging Face's state_dict. Sizes: B sequences of L tokens,
// vocabulary V, E channels, T positions. Losses are in nats per token.
//
// model.norm=post is transformers.OpenAIGPTLMHeadModel with the same weights (its
// embeddings have GPT-2's names here, and it has no ln_f). model.position=rope is
// Llama's rotary embedding after c_attn, model.position=sinusoidal XLM's table
// instead of wpe.
//
// gpt2, with a [Config]: one batch, forward and backward. Inputs are tokens 0..L-1
// of a row, targets tokens 1..L.
//
//	tokens            I64 [B, L+1]
//	weights/NAME      the weights, the same for every variant
//	VARIANT/weights/mixer.N.weight
//	                  random kernels, for learned and conv
//	VARIANT/logits    [B, L, V]
//	VARIANT/loss      [] mean cross-entropy of the B*L predictions
//	VARIANT/grad/NAME gradient of that loss; all tensors for none, haar and
//	                  none model.norm=post, some for the others
//
// nanochat, with a [Config]: the same of the other family, and ten steps as in muon.
// In the variant model.kv_heads=2 and in these steps three heads share keys and values,
// those of the first heads: their weights are the first rows.
//
//	tokens, weights/NAME, VARIANT/...
//	                   as above; all gradients for none and none model.kv_heads=2
//	muon/loss, muon/norm [10]; the batches are those of muon
//	muon/weights/NAME  after the last step, of the embedding and block 1
//
// llama, with a [Config]: the same of the third family, for none model.kv_heads=2 alone.
//
// adamw, with a [Config]: ten steps of AdamW from the weights of gpt2, each on a
// different batch, at a constant learning rate. Weight decay applies to the
// matrices of the blocks and to lm_head. Clipping scales the gradient by
// clip/(norm+1e-6) if that is below 1: in steps 1, 2, 4, 5 and 7, counted from 1.
//
//	tokens            I64 [10, B, L+1]
//	SPEC/loss         [10] before each step; none and haar
//	SPEC/norm         [10] global norm of the gradient before clipping
//	SPEC/weights/NAME the weights after the last step
//
// muon, with a [Config]: the same for none with Muon, in float32, for the weight
// matrices of the blocks, queries, keys and values apart, and AdamW for the rest; and
// with torch.optim.Muon itself, which computes in bfloat16. Clipping acts in steps 1 to
// 5 and 7.
//
//	tokens                  I64 [10, B, L+1]
//	loss, torch/loss        [10] before each step
//	norm, torch/norm        [10]
//	weights/NAME            the weights after the last step
//	torch/weights/NAME      F16; the matrices of the blocks
//
// The first is the second to the bit where its iteration is in bfloat16 too: the script
// asserts it.
//
// operator: the operator alone; CASE is E=channels,L=context,T=length. See
// [Operators].
//
//	CASE/x, CASE/dy   [T, E] input and gradient of the output
//	CASE/SPEC/y       [T, E]
//	CASE/SPEC/dx      [T, E]
//	CASE/SPEC/weight, CASE/SPEC/dweight
//	                  random kernels and their gradient, for learned and conv
//	CASE/SPEC/windows I32 [E] positions that each channel's mean or kernel
//	                  covers; not for shift and ema
//
// The averaged channels are the last fraction*E, rounded half up.
//
// The largest error against the same computation in float64, relative to the
// largest value of each tensor, is: logits 4e-7, loss 2e-7, gradients 6e-7, norms
// 4e-7, trained weights 4e-6, operator 2e-7. The matrices of torch.optim.Muon are up to
// 0.027 from those of the same iteration in float32, of the largest value of each. Deliberate mistakes (LayerNorm's
// epsilon 1e-6, GELU by the error function, weight decay 0.11 instead of 0.1,
// beta2 0.951 instead of 0.95) move some tensor by at least 1e-4. Choose
// tolerances between the two.
//
// One part is noise: the middle third of every attn.c_attn.bias, the bias of the
// keys. Softmax ignores it, so its gradient is only rounding error, which Adam
// divides by itself. Do not compare its trained values; nothing depends on them.
package oracle
