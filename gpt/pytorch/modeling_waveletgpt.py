"""WaveletGPT: GPT-2, nanochat or Llama with a multi-scale operator, for Hugging Face's transformers.

    model = AutoModelForCausalLM.from_pretrained(folder, trust_remote_code=True)

waveletgpt (github.com/waveletgpt/waveletgpt) writes this file into the folder of each model
that transformers does not know: one with an operator, or a GPT-2 with rotary or sinusoidal
positions, or with LayerNorm behind attention and MLP. What is not said here is as in
GPT2LMHeadModel, NanoChatForCausalLM and LlamaForCausalLM. So are the names of the parameters:
a folder goes both ways.

The operator is in wavelet_operator.py. Here are the configurations, the places where an
operator stands (Mixer), what the layers of one pass share (Pass), the layers of the
families, the pass through a model (Decoder), and the two models.
"""

import math

import torch
from torch import nn
import torch.nn.functional as F
from transformers import GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.activations import NewGELUActivation
from transformers.cache_utils import DynamicCache, DynamicLayer
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_outputs import CausalLMOutputWithPast
from transformers.pytorch_utils import Conv1D

from .wavelet_operator import WaveletOperator, parse

# The name of the cache in outputs.
CACHE = "cache" if "cache" in CausalLMOutputWithPast.__dataclass_fields__ else "past_key_values"


class WaveletGPTConfig(PretrainedConfig):
    """config.json: GPT-2's keys, and position, norm and mixer, the spec of the operator."""

    model_type = "waveletgpt"
    keys_to_ignore_at_inference = ["past_key_values"]
    attribute_map = {"hidden_size": "n_embd", "max_position_embeddings": "n_positions",
                     "num_attention_heads": "n_head", "num_hidden_layers": "n_layer"}

    def __init__(self, vocab_size=256, n_positions=512, n_embd=128, n_layer=10, n_head=8, n_inner=None,
                 position="learned", norm="pre", mixer="haar", activation_function="gelu_new",
                 layer_norm_epsilon=1e-5, initializer_range=0.02, embd_pdrop=0.0, resid_pdrop=0.0, attn_pdrop=0.0,
                 use_cache=True, tie_word_embeddings=False, bos_token_id=None, eos_token_id=None, format_version=1, **kwargs):
        self.vocab_size, self.n_positions = vocab_size, n_positions
        self.n_embd, self.n_layer, self.n_head = n_embd, n_layer, n_head
        self.n_inner = 4 * n_embd if n_inner is None else n_inner
        self.position, self.norm, self.mixer = position, norm, mixer
        self.activation_function, self.layer_norm_epsilon = activation_function, layer_norm_epsilon
        self.initializer_range = initializer_range
        self.embd_pdrop, self.resid_pdrop, self.attn_pdrop = embd_pdrop, resid_pdrop, attn_pdrop
        self.use_cache, self.format_version = use_cache, format_version
        super().__init__(tie_word_embeddings=tie_word_embeddings, bos_token_id=bos_token_id, eos_token_id=eos_token_id, **kwargs)
        check(self, activation_function=["gelu_new"], norm=["pre", "post"], position=["learned", "sinusoidal", "rope"])


class WaveletRotaryConfig(PretrainedConfig):
    """config.json of the families nanochat and llama: their own keys, family, and mixer, the spec of the operator."""

    model_type = "waveletgpt"
    keys_to_ignore_at_inference = ["past_key_values"]

    def __init__(self, family="nanochat", vocab_size=256, max_position_embeddings=512, hidden_size=128, num_hidden_layers=10,
                 num_attention_heads=8, num_key_value_heads=None, intermediate_size=512, mixer="haar",
                 hidden_act=None, rms_norm_eps=1e-6, rope_parameters=None, final_logit_softcapping=15.0,
                 attention_bias=False, mlp_bias=False, initializer_range=0.02, attention_dropout=0.0, resid_pdrop=0.0,
                 use_cache=True, tie_word_embeddings=False, bos_token_id=None, eos_token_id=None, format_version=1, **kwargs):
        self.family, self.mixer = family, mixer
        self.vocab_size, self.max_position_embeddings = vocab_size, max_position_embeddings
        self.hidden_size, self.num_hidden_layers, self.num_attention_heads = hidden_size, num_hidden_layers, num_attention_heads
        self.num_key_value_heads = num_attention_heads if num_key_value_heads is None else num_key_value_heads
        self.intermediate_size = intermediate_size
        activation = "silu" if family == "llama" else "relu2"
        self.hidden_act, self.rms_norm_eps, self.attention_bias = hidden_act or activation, rms_norm_eps, attention_bias
        if family == "llama":
            self.mlp_bias = mlp_bias
        else:
            self.final_logit_softcapping = final_logit_softcapping
        self.rope_parameters = rope_parameters or {"rope_type": "default", "rope_theta": 10000.0}
        self.initializer_range = initializer_range
        self.attention_dropout, self.resid_pdrop = attention_dropout, resid_pdrop
        self.use_cache, self.format_version = use_cache, format_version
        super().__init__(tie_word_embeddings=tie_word_embeddings, bos_token_id=bos_token_id, eos_token_id=eos_token_id, **kwargs)
        biases = {"attention_bias": [False]} | ({"mlp_bias": [False]} if family == "llama" else {})
        check(self, family=["nanochat", "llama"], hidden_act=[activation],
              rope_parameters=[{"rope_type": "default", "rope_theta": 10000.0}], **biases)


def check(config, **supported):
    """Refuses what would silently be another model."""
    for key, choices in (supported | {"format_version": [1], "tie_word_embeddings": [False]}).items():
        if getattr(config, key) not in choices:
            raise ValueError(f"{key} is {getattr(config, key)!r}, which is not supported; {' or '.join(map(repr, choices))} is")
    parse(config.mixer)


class Pass:
    """What the layers of one forward pass over tokens `past` to `past + n - 1` share.

    cache has a layer for the keys and values of each block, as in every model, and one for the
    inputs of each operator that looks back. real [batch, past + n] is false where there is
    padding, and None where there is none. positions [batch or 1, n] are those of the tokens.
    rotation are the cosines and sines of rotary positions, or None.
    """

    def __init__(self, cache, past, n, real, positions, rotation, output_attentions):
        self.cache, self.n, self.real, self.positions, self.rotation = cache, n, real, positions, rotation
        self.attentions = [] if output_attentions else None
        self.causal = past == 0 and real is None  # the mask that attention kernels know
        # Who sees whom. Padding sees itself: attention to nothing is not a number.
        mask = torch.ones(n, past + n, dtype=torch.bool, device=positions.device).tril(past)
        if real is not None:
            mask = mask & real[:, None, None, :] | torch.eye(n, past + n, dtype=torch.bool, device=mask.device).roll(past, -1)
        self.mask = mask

    def keep(self, slot, keys, values):
        """Puts keys and values into a layer of the cache and returns all that are there."""
        if self.cache is None:
            return keys, values
        while len(self.cache.layers) <= slot:
            self.cache.layers.append(DynamicLayer())
        return self.cache.update(keys, values, slot)

    def attend(self, q, k, v, dropout):
        """Causal attention of q [batch, heads, n, size] to k and v [batch, heads, past + n, size]."""
        if self.attentions is None:
            return F.scaled_dot_product_attention(q, k, v, None if self.causal else self.mask, dropout, self.causal)
        weights = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).masked_fill(~self.mask, -math.inf).softmax(-1)
        self.attentions.append(weights)
        return F.dropout(weights, dropout) @ v

    def rotate(self, x):
        """Rotary positions: channel i of a head forms a pair with channel i + size/2."""
        if self.rotation is None:
            return x
        cos, sin = self.rotation
        a, b = x.chunk(2, dim=-1)
        return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


class Mixer(WaveletOperator):
    """The operator at one place of the model, on x [batch, positions, width].

    Of queries, keys and values, whole heads are rewritten, the last ones. A single head is cut
    in its rotary pairs instead: channels i and i + size/2 are rewritten together.
    """

    def __init__(self, spec, place, width, heads, context, slot):
        channels, acting = width, spec.acting(width)
        if place in ("query", "key", "value") and acting:
            if heads == 1:
                channels = width // 2
            units = heads if heads > 1 else channels
            acting = channels // units * max(1, math.floor(acting / width * units + 0.5))
        super().__init__(spec, channels, context, acting)
        self.slot = slot  # of the cache

    def forward(self, x, run):
        x = x.unflatten(-1, (-1, self.channels)).transpose(1, 2)  # [batch, 1 or 2, positions, channels]
        history = None
        if run.real is not None:  # before the first token there is nothing
            x = x.masked_fill(~run.real[:, None, -run.n :, None], 0)
        if run.cache is not None and self.reach > 0:
            inputs = x[..., self.channels - self.acting :]
            history = run.keep(self.slot, inputs, inputs[..., :0])[0][..., : -run.n, :]
        y = super().forward(x, history, run.positions[:, None] + 1)
        return y.transpose(1, 2).flatten(-2)


def mixers(config):
    """The operators of all blocks, and behind the embedding, under the names of the files:
    mixer.0.weight behind block 0, mixer.0.key.weight at its keys, mixer.embedding.weight."""
    spec, layers = parse(config.mixer), config.num_hidden_layers
    size = config.hidden_size // config.num_attention_heads
    slots = iter(range(layers, 1 << 30))

    def at(place, layer=0):
        if spec.stands(place, layer, layers):
            heads = config.num_attention_heads
            if place in ("key", "value"):  # which may be shared by several heads
                heads = getattr(config, "num_key_value_heads", heads)
            return Mixer(spec, place, heads * size, heads, config.max_position_embeddings, next(slots))

    every = nn.ModuleDict()
    if spec.stands("embedding", 0, layers):
        every["embedding"] = at("embedding")
    for layer in range(layers):
        every[str(layer)] = at("block", layer) or nn.Module()
        for place in ("attention", "query", "key", "value", "mlp"):
            every[str(layer)].add_module(place, at(place, layer))
    return every


def mixed(mixer, place, x, run):
    """x, as the operator at a place of a block rewrites it, if it stands there."""
    operator = mixer if place == "block" else getattr(mixer, place)
    return operator(x, run) if isinstance(operator, Mixer) else x


def in_heads(mixer, run, **rows):
    """Rows of queries, keys and values, as operators rewrite them, in heads [batch, heads, n, size]."""
    return [mixed(mixer, place, x, run).unflatten(-1, (heads, -1)).transpose(1, 2) for place, (x, heads) in rows.items()]


class Attention(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        self.layer, self.heads, self.dropout = layer, config.n_head, config.attn_pdrop
        self.c_attn = Conv1D(3 * config.n_embd, config.n_embd)
        self.c_proj = Conv1D(config.n_embd, config.n_embd)

    def forward(self, x, mixer, run):
        q, k, v = self.c_attn(x).chunk(3, dim=-1)
        q, k, v = in_heads(mixer, run, query=(q, self.heads), key=(k, self.heads), value=(v, self.heads))
        q, k = run.rotate(q), run.rotate(k)
        k, v = run.keep(self.layer, k, v)
        y = run.attend(q, k, v, self.dropout if self.training else 0.0)
        return self.c_proj(y.transpose(1, 2).flatten(-2))


class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.c_fc = Conv1D(config.n_inner, config.n_embd)
        self.c_proj = Conv1D(config.n_embd, config.n_inner)
        self.act = NewGELUActivation()

    def forward(self, x):
        return self.c_proj(self.act(self.c_fc(x)))


class Block(GradientCheckpointingLayer):
    """With norm = pre, as in GPT-2, the LayerNorms are before attention and MLP; with norm =
    post, as in the first GPT, behind the sums."""

    def __init__(self, config, layer):
        super().__init__()
        self.pre, self.dropout = config.norm == "pre", config.resid_pdrop
        self.ln_1 = nn.LayerNorm(config.n_embd, eps=config.layer_norm_epsilon)
        self.attn = Attention(config, layer)
        self.ln_2 = nn.LayerNorm(config.n_embd, eps=config.layer_norm_epsilon)
        self.mlp = MLP(config)

    def forward(self, x, mixer, run):
        def attention(x):
            return F.dropout(self.attn(mixed(mixer, "attention", x, run), mixer, run), self.dropout, self.training)

        def mlp(x):
            return F.dropout(self.mlp(mixed(mixer, "mlp", x, run)), self.dropout, self.training)

        if self.pre:
            x = x + attention(self.ln_1(x))
            x = x + mlp(self.ln_2(x))
        else:
            x = self.ln_1(x + attention(x))
            x = self.ln_2(x + mlp(x))
        return mixed(mixer, "block", x, run)


class RMSNorm(nn.Module):
    """x over its root mean square, in float32 or better. Llama's has a gain."""

    def __init__(self, size, config, gain=False):
        super().__init__()
        self.eps = config.rms_norm_eps
        self.weight = nn.Parameter(torch.ones(size)) if gain else None

    def forward(self, x):
        y = x.to(torch.promote_types(x.dtype, torch.float32))
        y = (y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + self.eps)).to(x.dtype)
        return y if self.weight is None else self.weight * y


class RotaryAttention(nn.Module):
    """Keys and values may have fewer heads, each for a group of those of the queries. In nanochat a
    norm follows the rotation of queries and keys."""

    def __init__(self, config, layer):
        super().__init__()
        width, self.heads, self.kv_heads = config.hidden_size, config.num_attention_heads, config.num_key_value_heads
        size, self.layer, self.dropout = width // self.heads, layer, config.attention_dropout
        self.q_proj = nn.Linear(width, width, bias=False)
        self.k_proj = nn.Linear(width, size * self.kv_heads, bias=False)
        self.v_proj = nn.Linear(width, size * self.kv_heads, bias=False)
        self.o_proj = nn.Linear(width, width, bias=False)
        self.norm = RMSNorm(size, config) if config.family == "nanochat" else nn.Identity()

    def forward(self, x, mixer, run):
        q, k, v = self.q_proj(x), self.k_proj(x), self.v_proj(x)
        q, k, v = in_heads(mixer, run, query=(q, self.heads), key=(k, self.kv_heads), value=(v, self.kv_heads))
        q, k = self.norm(run.rotate(q)), self.norm(run.rotate(k))
        k, v = (x.repeat_interleave(self.heads // self.kv_heads, dim=1) for x in run.keep(self.layer, k, v))
        y = run.attend(q, k, v, self.dropout if self.training else 0.0)
        return self.o_proj(y.transpose(1, 2).flatten(-2))


class NanoChatMLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.fc1 = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.fc2 = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)).square())


class LlamaMLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.gate_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.up_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class RotaryBlock(GradientCheckpointingLayer):
    def __init__(self, config, layer):
        super().__init__()
        llama, self.dropout = config.family == "llama", config.resid_pdrop
        self.input_layernorm = RMSNorm(config.hidden_size, config, gain=llama)
        self.self_attn = RotaryAttention(config, layer)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, config, gain=llama)
        self.mlp = LlamaMLP(config) if llama else NanoChatMLP(config)

    def forward(self, x, mixer, run):
        y = self.self_attn(mixed(mixer, "attention", self.input_layernorm(x), run), mixer, run)
        x = x + F.dropout(y, self.dropout, self.training)
        y = self.mlp(mixed(mixer, "mlp", self.post_attention_layernorm(x), run))
        x = x + F.dropout(y, self.dropout, self.training)
        return mixed(mixer, "block", x, run)


class Decoder(PreTrainedModel, GenerationMixin):
    """The pass through a model. A family has its parts: embed, blocks, finish and head."""

    supports_gradient_checkpointing = True
    accepts_loss_kwargs = True  # num_items_in_batch
    _supports_sdpa = True

    def __init__(self, config):
        super().__init__(config)
        self.tables = {}  # of positions that are not learned

    def get_output_embeddings(self):
        return self.lm_head

    def set_output_embeddings(self, head):
        self.lm_head = head

    def sines(self, size, like):
        """Sines and cosines of all positions, [context, size/2] each, as type and device of `like`.
        Channels 2i and 2i+1 of `size` turn by the angle t / 10000^(2i/size) (Vaswani et al. 2017, 3.5)."""
        key = (like.device, like.dtype)
        if key not in self.tables:
            frequencies = 10000.0 ** -(torch.arange(0, size, 2, dtype=torch.float64, device="cpu") / size)
            angles = torch.arange(self.config.max_position_embeddings, dtype=torch.float64, device="cpu")[:, None] * frequencies
            self.tables[key] = angles.sin().to(like), angles.cos().to(like)
        return self.tables[key]

    def prepare_inputs_for_generation(self, input_ids, inputs_embeds=None, **kwargs):
        inputs = super().prepare_inputs_for_generation(input_ids, inputs_embeds=inputs_embeds, **kwargs)
        inputs.pop("cache_position", None)  # of older versions, which the length of the cache says too
        return inputs

    def forward(self, input_ids=None, attention_mask=None, position_ids=None, past_key_values=None, inputs_embeds=None,
                labels=None, use_cache=None, output_attentions=None, output_hidden_states=None, return_dict=None,
                logits_to_keep=0, num_items_in_batch=None, cache=None):
        """As in GPT2LMHeadModel: labels are shifted here, and where they are -100 they do not count.
        past_key_values and cache are two names of one thing: transformers 5.24 has renamed it."""
        c = self.config
        cache = past_key_values if cache is None else cache
        if (input_ids is None) == (inputs_embeds is None):
            raise ValueError("give either input_ids or inputs_embeds")
        x = self.get_input_embeddings()(input_ids) if inputs_embeds is None else inputs_embeds
        if use_cache is None:
            use_cache = c.use_cache and not self.training
        use_cache = use_cache and not (self.training and self.is_gradient_checkpointing)
        if cache is None and use_cache:
            cache = DynamicCache(config=c)
        if cache is not None and not isinstance(cache, DynamicCache):
            raise ValueError(f"a cache of type {type(cache).__name__} is not supported; DynamicCache, the default, is")
        past, n = 0 if cache is None else cache.get_seq_length(), x.shape[1]
        context = c.max_position_embeddings
        if past + n > context:
            raise ValueError(f"{past + n} tokens are more than the model's context of {context}; give it the last ones only")

        real = None
        if attention_mask is not None:
            if attention_mask.shape != (x.shape[0], past + n):
                raise ValueError(f"attention_mask has shape {tuple(attention_mask.shape)}, not [batch, tokens so far] = {(x.shape[0], past + n)}")
            if torch.compiler.is_compiling() or not attention_mask.all():
                real = attention_mask.bool()
        if position_ids is None and real is not None:
            position_ids = (real.long().cumsum(-1) - 1).clamp(min=0)[:, -n:]
        elif position_ids is None:
            position_ids = torch.arange(past, past + n, device=x.device)[None]

        output_attentions = c.output_attentions if output_attentions is None else output_attentions
        x, rotation = self.embed(x, position_ids)
        run = Pass(cache, past, n, real, position_ids, rotation, output_attentions)
        if "embedding" in self.mixer:
            x = self.mixer["embedding"](x, run)
        states = [x]
        for layer, block in enumerate(self.blocks()):
            x = block(x, self.mixer[str(layer)], run)
            states.append(x)
        x = states[-1] = self.finish(x)
        kept = slice(-logits_to_keep, None) if isinstance(logits_to_keep, int) else logits_to_keep
        logits = self.head(x[:, kept])

        loss = None
        if labels is not None:
            targets = labels[:, 1:].flatten().to(logits.device)
            reduction = "mean" if num_items_in_batch is None else "sum"
            loss = F.cross_entropy(logits[:, :-1].flatten(0, 1).float(), targets, ignore_index=-100, reduction=reduction)
            if num_items_in_batch is not None:
                loss = loss / num_items_in_batch
        output_hidden_states = c.output_hidden_states if output_hidden_states is None else output_hidden_states
        output = CausalLMOutputWithPast(
            loss=loss, logits=logits, **{CACHE: cache if use_cache else None},
            hidden_states=tuple(states) if output_hidden_states else None,
            attentions=tuple(run.attentions) if output_attentions else None)
        return output.to_tuple() if return_dict is False else output


class WaveletGPTLMHeadModel(Decoder):
    """GPT2LMHeadModel with the operator."""

    config_class = WaveletGPTConfig

    def __init__(self, config):
        super().__init__(config)
        parts = {"wte": nn.Embedding(config.vocab_size, config.n_embd)}
        if config.position == "learned":
            parts["wpe"] = nn.Embedding(config.n_positions, config.n_embd)
        parts["h"] = nn.ModuleList(Block(config, layer) for layer in range(config.n_layer))
        if config.norm == "pre":
            parts["ln_f"] = nn.LayerNorm(config.n_embd, eps=config.layer_norm_epsilon)
        self.transformer = nn.ModuleDict(parts)
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.mixer = mixers(config)
        self.post_init()

    def _init_weights(self, module):
        """Initial values as in GPT-2: normal, smaller where a matrix projects into the residual stream."""
        std = self.config.initializer_range
        if isinstance(module, (nn.Embedding, nn.Linear, Conv1D)):
            nn.init.normal_(module.weight, std=std)
        if isinstance(module, nn.LayerNorm):
            nn.init.ones_(module.weight)
        if isinstance(module, (nn.LayerNorm, Conv1D)):
            nn.init.zeros_(module.bias)
        if isinstance(module, (Attention, MLP)):
            nn.init.normal_(module.c_proj.weight, std=std / math.sqrt(2 * self.config.n_layer))
        if isinstance(module, Mixer) and hasattr(module, "weight") and not getattr(module.weight, "_is_hf_initialized", False):
            module.reset_parameters()

    def get_input_embeddings(self):
        return self.transformer["wte"]

    def set_input_embeddings(self, embedding):
        self.transformer["wte"] = embedding

    def embed(self, x, positions):
        """Adds positions to the embeddings x, or returns the rotation of queries and keys."""
        c, rotation = self.config, None
        if c.position == "learned":
            x = x + self.transformer["wpe"](positions)
        elif c.position == "rope":
            sin, cos = (table[positions][:, None] for table in self.sines(c.n_embd // c.n_head, x))
            rotation = cos, sin
        else:
            sines = torch.stack([table[positions] for table in self.sines(c.n_embd, x)], dim=-1)
            x = x + sines.flatten(-2)[..., : c.n_embd]
        return F.dropout(x, c.embd_pdrop, self.training), rotation

    def blocks(self):
        return self.transformer["h"]

    def finish(self, x):
        return self.transformer["ln_f"](x) if self.config.norm == "pre" else x

    def head(self, x):
        return self.lm_head(x)


class WaveletRotaryForCausalLM(Decoder):
    """NanoChatForCausalLM or LlamaForCausalLM with the operator."""

    config_class = WaveletRotaryConfig

    def __init__(self, config):
        super().__init__(config)
        self.model = nn.ModuleDict({
            "embed_tokens": nn.Embedding(config.vocab_size, config.hidden_size),
            "layers": nn.ModuleList(RotaryBlock(config, layer) for layer in range(config.num_hidden_layers)),
            "norm": RMSNorm(config.hidden_size, config, gain=config.family == "llama"),
        })
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.mixer = mixers(config)
        self.post_init()

    def _init_weights(self, module):
        std = self.config.initializer_range
        if isinstance(module, (nn.Embedding, nn.Linear)):
            nn.init.normal_(module.weight, std=std)
        if isinstance(module, RMSNorm) and module.weight is not None:
            nn.init.ones_(module.weight)
        if isinstance(module, RotaryAttention) and self.config.family == "nanochat":
            nn.init.normal_(module.o_proj.weight, std=std / math.sqrt(2 * self.config.num_hidden_layers))
        if isinstance(module, Mixer) and hasattr(module, "weight") and not getattr(module.weight, "_is_hf_initialized", False):
            module.reset_parameters()

    def get_input_embeddings(self):
        return self.model["embed_tokens"]

    def set_input_embeddings(self, embedding):
        self.model["embed_tokens"] = embedding

    def embed(self, x, positions):
        """The rotation, which is the other way round in nanochat, where a norm follows the embedding."""
        c = self.config
        sin, cos = (table[positions][:, None] for table in self.sines(c.hidden_size // c.num_attention_heads, x))
        if c.family == "nanochat":
            x, sin = self.model["norm"](x), -sin
        return F.dropout(x, c.resid_pdrop, self.training), (cos, sin)

    def blocks(self):
        return self.model["layers"]

    def finish(self, x):
        return self.model["norm"](x)

    def head(self, x):
        """Logits, in nanochat under a soft cap."""
        limit = getattr(self.config, "final_logit_softcapping", None)
        return torch.tanh(self.lm_head(x) / limit) * limit if limit else self.lm_head(x)


# So that save_pretrained writes these files into every folder.
WaveletGPTConfig.register_for_auto_class()
WaveletGPTLMHeadModel.register_for_auto_class("AutoModelForCausalLM")
WaveletRotaryConfig.register_for_auto_class()
WaveletRotaryForCausalLM.register_for_auto_class("AutoModelForCausalLM")
