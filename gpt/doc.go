// Package gpt is the decoder: GPT-2 to the letter of Hugging Face's
// GPT2LMHeadModel (LayerNorm before attention and MLP, learned positions, one
// fused projection for queries, keys and values, GELU in its tanh form), with
// the operator of package wavelet after every block.
//
// All parameters lie in one []float32. A [Tensor] is a named view of it, under
// GPT-2's names and in GPT-2's order and shapes: weights of projections are
// [in, out], the embeddings and the head [vocabulary or context, width]. A
// gradient or a moment is another []float32 of the same layout, so that
// clipping, AdamW, reduction and saving are one loop each.
//
// A [Workspace] computes one sequence: Forward, then Loss, then Backward, each
// with the gradient written by hand beside the function it belongs to. Any
// number of workspaces may share a [Model], each in a goroutine of its own. A
// [Decoder] computes token by token, for one stream or many.
//
// A model folder is config.json and model.safetensors in Hugging Face's names:
// [Model.WriteConfig] and [Model.WriteWeights] write it, [Load] opens it and
// what transformers writes of a gpt2.
package gpt
