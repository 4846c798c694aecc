#!/usr/bin/env python3
"""Random gpt2, nanochat or llama folders with what transformers makes of them.

    python configs.py DIR [--family FAMILY] [--cases N] [--seed S] [--zip FILE]

Each folder has a config.json that save_pretrained could have written, changed in
zero to three places: aliases, nulls, wrong types and spellings, missing, doubled and
unknown keys. Its weights are in a random form: names, types, files.

DIR/cases.json lists the folders:

    name      of the folder
    keys      the keys of config.json that were changed
    refused   the error of transformers, or "" if it computes logits
    random    tensors that transformers filled with random numbers, or ignored
    tokens    [T]
    logits    [T, V] after each token, in float32

--zip packs the folders and cases.json into one file.
"""

import argparse
import json
import pathlib
import random
import sys
import zipfile

import torch
import transformers
from safetensors.torch import save_file
from transformers import (AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, NanoChatConfig,
                          NanoChatForCausalLM)
from transformers.utils import logging

ALIASES = {"n_embd": "hidden_size", "n_positions": "max_position_embeddings",
           "n_head": "num_attention_heads", "n_layer": "num_hidden_layers"}
SIZES = ["vocab_size", "n_positions", "n_embd", "n_layer", "n_head", "n_inner"]

# Values of any type, for any key.
ANY = [None, True, False, 0, 1, 2, 3, 4, -1, 4.0, 0.5, 1e-5, 1e-6, "4", "x", "", [], [1], ["a"], {}, {"a": 1}, {"0": "a"}]

# Keys with values that are likely for them.
LIKELY = {
    "activation_function": ["gelu_new", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_accurate", "gelu_fast", "gelu",
                            "gelu_python", "gelu_10", "quick_gelu", "relu", "silu", "tanh", "GELU_NEW", "swish", None],
    "layer_norm_epsilon": [1e-5, 1e-6, 1e-12, 1, 0, "1e-5", None],
    "scale_attn_weights": [True, False, None, 1],
    "scale_attn_by_inverse_layer_idx": [True, False, None],
    "reorder_and_upcast_attn": [True, False, None],
    "tie_word_embeddings": [True, False, None, "true"],
    "add_cross_attention": [True, False, None],
    "attn_implementation": ["eager", "sdpa", "flash_attention_2", "nonsense", None],
    "_attn_implementation": ["eager", "sdpa", "nonsense", None],
    "dtype": ["float32", "float16", "bfloat16", None],
    "torch_dtype": ["float32", "float16", "bfloat16", None],
    "resid_pdrop": [0, 0.1, 0.0, 1, 1.0, 1.5, -0.1, None, "0.1"],
    "embd_pdrop": [0, 0.1, 1, 2, None],
    "attn_pdrop": [0, 0.1, 1, 2, None],
    "initializer_range": [0.02, 1, None],
    "n_inner": [None, 0, 16, 16.0, "16"],
    "bos_token_id": [0, None, -1, "a"],
    "eos_token_id": [0, None, [1, 2], ["a"]],
    "pad_token_id": [0, None, [1]],
    "use_cache": [True, False, None],
    "model_type": ["gpt2", "GPT2", "gpt3", None, ""],
    "architectures": [["GPT2LMHeadModel"], ["GPT2Model"], None],
    "id2label": [{"0": "a"}, {"a": "b"}, None],
    "num_labels": [2, 3, None, "2"],
    "return_dict": [True, False, None],
    "output_hidden_states": [True, False],
    "output_attentions": [True, False],
    "quantization_config": [None, {}, {"quant_method": "bitsandbytes", "load_in_8bit": True}],
    "per_layer_config": [None, {"0": {"n_head": 2}}, {"0": {"skip": ["mlp"]}}],
    "text_config": [None, {}, {"tie_word_embeddings": True}],
    "layer_types": [None, ["full_attention"], ["full_attention", "full_attention"]],
    "auto_map": [{"AutoConfig": "x.Y"}, None],
    "transformers_weights": [None, "other.safetensors"],
    "configuration_files": [["config.4.0.0.json"], []],
    "attribute_map": [{}, {"hidden_size": "n_layer"}],
    "sliding_window": [None, 4],
    "rope_scaling": [None, {"type": "linear", "factor": 2.0}],
    "is_encoder_decoder": [False, True],
    "summary_type": ["last", None],
    "summary_first_dropout": [0, 0.2, None],
}

# The same for the other families, which have no aliases.
SIZES_CHAT = ["vocab_size", "max_position_embeddings", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
              "intermediate_size"]
LIKELY_CHAT = {
    "hidden_act": ["relu2", "relu", "silu", "gelu", "RELU2", None],
    "rms_norm_eps": [1e-6, 1e-5, 1e-12, 1, 0, "1e-6", None],
    "final_logit_softcapping": [15.0, 15, 30.0, 0.5, None, "15.0"],
    "attention_bias": [True, False, None, 0],
    "attention_dropout": [0, 0.1, 1, 2.5, None, "0.1"],
    "rope_parameters": [None, {}, {"rope_type": "default"}, {"rope_theta": 10000.0}, {"rope_theta": 10000}, {"type": "default"},
                        {"rope_type": "default", "rope_theta": 500000.0}, {"rope_type": "linear", "factor": 2.0},
                        {"rope_type": "default", "rope_theta": "10000"}, {"rope_type": "default", "partial_rotary_factor": 0.5},
                        {"full_attention": {"rope_type": "default"}}, [], "default"],
    "rope_theta": [10000.0, 10000, 500000.0, None, "10000"],
    "rope_scaling": [None, {"type": "linear", "factor": 2.0}, {"rope_type": "default", "rope_theta": 10000.0}],
    "partial_rotary_factor": [None, 0.5, 1.0],
    "head_dim": [None, 4, 6, 2, "4", 4.0],
    "num_key_value_heads": [None, 0, 1, 2, 3, -1, 2.0],
    "resid_pdrop": [0, 0.1, 1.5],
    "n_embd": [4, 12, None],
    "n_head": [1, 3],
    "model_type": ["nanochat", "NanoChat", "mistral", None, ""],
    "architectures": [["NanoChatForCausalLM"], ["NanoChatModel"], None],
} | {key: LIKELY[key] for key in [
    "tie_word_embeddings", "attn_implementation", "_attn_implementation", "dtype", "torch_dtype", "initializer_range", "bos_token_id",
    "eos_token_id", "pad_token_id", "use_cache", "id2label", "num_labels", "return_dict", "output_hidden_states", "output_attentions",
    "quantization_config", "layer_types", "auto_map", "transformers_weights", "configuration_files", "sliding_window",
    "is_encoder_decoder"]}

LIKELY_LLAMA = {key: value for key, value in LIKELY_CHAT.items() if key != "final_logit_softcapping"} | {
    "hidden_act": ["silu", "swish", "relu2", "gelu", "SILU", None],
    "mlp_bias": [True, False, None, 0],
    "pretraining_tp": [1, 2, None, "1"],
    "model_type": ["llama", "LLaMA", "mistral", None, ""],
    "architectures": [["LlamaForCausalLM"], ["LlamaModel"], None],
}

# Keys without a meaning for GPT-2, whatever their value.
UNKNOWN = ["n_ctx", "intermediate_size", "hidden_act", "layer_norm_eps", "head_dim", "num_key_value_heads", "gradient_checkpointing",
           "task_specific_params", "_name_or_path", "transformers_version", "hidden_dropout_prob", "max_length", "pruned_heads",
           "rms_norm_eps", "vocabulary_size", "n_heads", "rope_theta", "label2id", "my_note", "torchscript", "use_bfloat16"]


def build_gpt2(rng):
    """A configuration and the values of config.json."""
    heads = rng.choice([2, 3, 4])
    config = GPT2Config(vocab_size=rng.randrange(11, 18), n_positions=8, n_embd=4 * heads, n_layer=rng.choice([1, 2]), n_head=heads,
                        n_inner=rng.choice([None, 10]), tie_word_embeddings=rng.random() < 0.6,
                        bos_token_id=None, eos_token_id=None)
    return config, {"model_type": "gpt2"} | {key: getattr(config, key) for key in SIZES} | {
        "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5, "tie_word_embeddings": config.tie_word_embeddings,
        "attn_pdrop": 0.1, "embd_pdrop": 0.1, "resid_pdrop": 0.1, "bos_token_id": None, "eos_token_id": None,
        "initializer_range": 0.02, "scale_attn_weights": True, "use_cache": True, "dtype": "float32"}


def build_other(rng, family):
    """The same of another family."""
    kv, group = rng.choice([1, 2]), rng.choice([1, 1, 2, 3])
    kind = {"nanochat": NanoChatConfig, "llama": LlamaConfig}[family]
    config = kind(vocab_size=rng.randrange(11, 18), max_position_embeddings=8, hidden_size=4 * kv * group,
                  num_hidden_layers=rng.choice([1, 2]), num_attention_heads=kv * group, num_key_value_heads=kv,
                  intermediate_size=10, tie_word_embeddings=rng.random() < 0.4)
    own = {"nanochat": {"hidden_act": "relu2", "final_logit_softcapping": 15.0}, "llama": {"hidden_act": "silu", "mlp_bias": False}}
    return config, {"model_type": family} | {key: getattr(config, key) for key in SIZES_CHAT} | own[family] | {
        "rms_norm_eps": 1e-6, "tie_word_embeddings": config.tie_word_embeddings,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
        "attention_bias": False, "attention_dropout": 0.0, "bos_token_id": None, "eos_token_id": None, "pad_token_id": None,
        "initializer_range": 0.02, "use_cache": True, "dtype": "float32"}


def change(rng, pairs):
    """Changes pairs, a list of keys and values, in one way. Returns the keys."""
    names = [key for key, _ in pairs]
    value = dict(pairs)

    def put(key, to):
        if key in names:
            pairs[names.index(key)] = (key, to)
        else:
            pairs.insert(rng.randrange(len(pairs) + 1), (key, to))

    heads = "n_head" if ALIASES else "num_attention_heads"
    sized = rng.choice([key for key in ALIASES or SIZES if key in names] or [heads])
    size = value.get(sized)
    size = size if type(size) is int else 4
    alias = ALIASES.get(sized)
    ways = ["alias", "alias", "both", "both", "alias null"] if ALIASES else []
    match rng.choice(ways + ["wrong case", "type", "null", "drop", "double", "heads", "likely", "likely", "likely", "likely", "any", "unknown"]):
        case "alias":
            if sized in names:
                pairs[names.index(sized)] = (alias, size)
        case "both":
            put(alias, size)
            put(sized, rng.choice([size, size + 1, 2, 2 * size, None, 12]))
        case "alias null":
            put(alias, rng.choice([None, size, float(size), str(size), True, 2, 0]))
        case "wrong case":
            key = rng.choice(names)
            other = rng.choice([key.upper(), key.title(), key.replace("_", "-"), key + " "])
            if rng.random() < 0.5:
                pairs.append((other, rng.choice([2, value[key]])))
            else:
                pairs[names.index(key)] = (other, value[key])
            return [key, other]
        case "type":
            key = rng.choice([key for key in SIZES if key in names] or [sized])
            v = value.get(key, 4) or 16
            put(key, rng.choice([float(v), str(v), True, [v], {"a": v}]))
            return [key]
        case "null":
            key = rng.choice(names)
            put(key, None)
            return [key]
        case "drop":
            key = rng.choice(names)
            pairs.pop(names.index(key))
            return [key]
        case "double":
            key, v = rng.choice(pairs)
            pairs.append((key, rng.choice([v, v, None, 2])))
            return [key]
        case "heads":
            put(heads, rng.choice([1, 2, 4, 8, 3]))
            return [heads]
        case "likely":
            key = rng.choice(list(LIKELY))
            put(key, rng.choice(LIKELY[key]))
            return [key]
        case "any":
            key = rng.choice(names + list(LIKELY))
            put(key, rng.choice(ANY))
            return [key]
        case "unknown":
            key = rng.choice(UNKNOWN)
            put(key, rng.choice(ANY))
            return [key]
    return [sized, alias]


def weights(rng, config):
    """Tensors of a random form. Multiples of 1/64 are exact in every type."""
    tensors = {}
    if config.model_type != "gpt2":
        kind = {"nanochat": NanoChatForCausalLM, "llama": LlamaForCausalLM}[config.model_type]
        model, prefix, embedding = kind(config), "model.", "model.embed_tokens.weight"
    else:
        model, prefix, embedding = GPT2LMHeadModel(config), "transformer.", "transformer.wte.weight"
    for name, p in model.named_parameters():
        centre = 1 if p.ndim == 1 and name.endswith("weight") else 0
        generator = torch.Generator().manual_seed(rng.randrange(1 << 30))
        tensors[name] = centre + torch.randint(-32, 33, p.shape, generator=generator) / 64
    head = "lm_head.weight"
    if config.tie_word_embeddings:
        match rng.choice(["wte", "wte", "wte", "head", "head", "both", "both", "differ"]):
            case "head":
                tensors[head] = tensors.pop(embedding)
            case "both":
                tensors[head] = tensors[embedding].clone()
            case "differ":
                tensors[head] = tensors[embedding] + 1 / 64
    if rng.random() < 0.3:
        tensors = {name.removeprefix(prefix): t for name, t in tensors.items()}
    tensors = {name: t.to(rng.choice([torch.float32, torch.float32, torch.bfloat16, torch.float16])) for name, t in tensors.items()}
    if rng.random() < 0.3 and config.model_type == "gpt2":
        prefix = "transformer." if "transformer.ln_f.bias" in tensors else ""
        for i in range(config.n_layer):
            ones = torch.ones(config.n_positions, config.n_positions, dtype=torch.uint8)
            tensors[f"{prefix}h.{i}.attn.bias"] = ones.tril()[None, None]
            tensors[f"{prefix}h.{i}.attn.masked_bias"] = torch.tensor(-1e4)
    return tensors


def save(rng, tensors, folder):
    tensors = {name: t.contiguous() for name, t in tensors.items()}
    if rng.random() < 0.7:
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})
        return
    n = rng.randrange(1, 4)
    where = {name: f"model-{rng.randrange(n) + 1:05d}-of-{n:05d}.safetensors" for name in tensors}
    for file in set(where.values()):
        save_file({name: t for name, t in tensors.items() if where[name] == file}, folder / file, {"format": "pt"})
    index = {"metadata": {"total_size": sum(t.nbytes for t in tensors.values())}, "weight_map": where}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def build(rng, folder, family):
    """Writes a folder. Returns the keys that were changed."""
    config, document = build_gpt2(rng) if family == "gpt2" else build_other(rng, family)
    folder.mkdir()
    save(rng, weights(rng, config), folder)
    pairs, keys = list(document.items()), []
    for _ in range(rng.choice([0, 1, 1, 1, 2, 2, 3])):
        keys += change(rng, pairs)
    # By hand, because a dict would lose a doubled key.
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in pairs]
    (folder / "config.json").write_text("{" + ",\n ".join(lines) + "}\n")
    return keys


def ask(folder, tokens):
    """Asks transformers for the logits: refused, random, logits."""
    try:
        model, info = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
        with torch.no_grad():
            logits = model.eval()(torch.tensor([tokens])).logits[0]
    except Exception as e:  # of any kind: a refusal
        return f"{type(e).__name__}: {e}".replace(str(folder), folder.name).replace("\n", " ")[:200], [], []
    doubtful = sorted(info["missing_keys"]) + sorted(info["unexpected_keys"])
    doubtful = [name for name in doubtful if not name.endswith(".attn.masked_bias")]  # a constant of old files
    return "", doubtful, [[float(f"{x:.7g}") for x in row] for row in logits.tolist()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--family", choices=["gpt2", "nanochat", "llama"], default="gpt2")
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--zip", type=pathlib.Path)
    args = parser.parse_args()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    args.dir.mkdir(exist_ok=True)
    if args.family != "gpt2":  # no aliases, other sizes and values
        ALIASES.clear()
        LIKELY.clear()
        LIKELY.update(LIKELY_LLAMA if args.family == "llama" else LIKELY_CHAT)
        SIZES[:] = SIZES_CHAT
    rng, cases = random.Random(args.seed), []
    for i in range(args.cases):
        name = f"{i:03d}"
        keys = build(rng, args.dir / name, args.family)
        tokens = [rng.randrange(11) for _ in range(6)]
        refused, doubtful, logits = ask(args.dir / name, tokens)
        cases.append(dict(name=name, keys=keys, refused=refused, random=doubtful, tokens=tokens, logits=logits))
    (args.dir / "cases.json").write_text("[" + ",\n".join(json.dumps(case) for case in cases) + "]\n")
    if args.zip:
        with zipfile.ZipFile(args.zip, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
            for path in sorted(args.dir.rglob("*")):
                if path.is_file():
                    z.writestr(zipfile.ZipInfo(str(path.relative_to(args.dir))), path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    opened = sum(not case["refused"] for case in cases)
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, Python {sys.version.split()[0]}: "
          f"{len(cases)} folders, {opened} opened, {len(cases) - opened} refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
