// Package gpt is the decoder. It is GPT-2 exactly as in Hugging Face's
// GPT2LMHeadModel: LayerNorm before attention and MLP, learned positions, one fused
// projection for queries, keys and values, and GELU in its tanh form. After every
// block it applies an operator of package wavelet. Other positions and LayerNorm
// after attention and MLP are options of [config.Model]. So are other families, nanochat
// and llama, exactly as in NanoChatForCausalLM and LlamaForCausalLM. What differs between
// families is in family.go.
//
// [New] returns a [Model] for training, [Load] opens a trained one, and
// [Model.Generate] continues a prompt. A [Workspace] computes one sequence:
// Forward, then Loss, then Backward. Each gradient is written by hand next to its
// forward function. Any number of workspaces can share a model, each in its own
// goroutine. A [Decoder] computes token by token, for one stream or many.
//
// All parameters are in one []float32. A [Tensor] is a named view of it, with the
// names, order and shapes of the family. GPT-2's weights of projections are [in, out],
// those of the others [out, in], the embeddings and heads [vocabulary or context, width]. Gradients and AdamW's
// moments are other []float32 with the same layout, so clipping, AdamW, reduction and
// saving are one loop each.
//
// A model folder holds config.json and model.safetensors, as Hugging Face names
// them. [Model.WriteConfig] and [Model.WriteWeights] write it. [Load] reads it, and
// also reads what transformers wrote of these types.
package gpt
