"""The same work as `waveletgpt bench`, done by PyTorch on the CPU.

Each command measures one thing in a separate process, so that its peak memory is
measured too, and prints one JSON document:

    pytorch.py train --size paper --precision float32 --compile
    pytorch.py decode --size paper
    pytorch.py start --data prepared/    # prints a line after the first step
    pytorch.py matmul

The model is GPT-2 with an untied head, written as PyTorch recommends:
scaled_dot_product_attention, fused AdamW and clipping of all tensors at once.
"""

import argparse
import contextlib
import json
import resource
import statistics
import sys
import time

SIZES = {
    "tiny": dict(layers=2, width=32, heads=2, hidden=128, context=32, batch=4),
    "paper": dict(layers=10, width=128, heads=8, hidden=512, context=512, batch=8),
    "large": dict(layers=8, width=512, heads=8, hidden=2048, context=1024, batch=4),
}
VOCABULARY = 27  # for training; decoding uses 256, as waveletgpt bench does


def build(size, vocabulary):
    """Builds the model. Imports are here to keep --help fast."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            width = size["width"]
            self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.attn, self.attn_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.fc, self.mlp_proj = nn.Linear(width, size["hidden"]), nn.Linear(size["hidden"], width)

        def forward(self, x):
            batch, length, width = x.shape
            heads = [
                part.view(batch, length, size["heads"], -1).transpose(1, 2)
                for part in self.attn(self.ln_1(x)).split(width, dim=2)
            ]
            y = F.scaled_dot_product_attention(*heads, is_causal=True)
            x = x + self.attn_proj(y.transpose(1, 2).reshape(batch, length, width))
            return x + self.mlp_proj(F.gelu(self.fc(self.ln_2(x)), approximate="tanh"))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            width = size["width"]
            self.wte, self.wpe = nn.Embedding(vocabulary, width), nn.Embedding(size["context"], width)
            self.blocks = nn.ModuleList(Block() for _ in range(size["layers"]))
            self.ln_f, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)
            for name, p in self.named_parameters():
                if p.dim() == 2:
                    nn.init.normal_(p, std=0.02)
                elif name.endswith("bias"):
                    nn.init.zeros_(p)

        def forward(self, tokens, targets):
            x = self.wte(tokens) + self.wpe.weight[: tokens.shape[1]]
            for block in self.blocks:
                x = block(x)
            logits = self.head(self.ln_f(x))
            return F.cross_entropy(logits.view(-1, vocabulary).float(), targets.reshape(-1))

    torch.manual_seed(1)
    return GPT()


def optimizer(model):
    import torch

    blocks = set(model.blocks.parameters()) | {model.head.weight}
    decay = [p for p in model.parameters() if p.dim() == 2 and p in blocks]
    rest = [p for p in model.parameters() if not (p.dim() == 2 and p in blocks)]
    groups = [dict(params=decay, weight_decay=0.1), dict(params=rest, weight_decay=0.0)]
    return torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.95), eps=1e-8, fused=True)


def stepper(model, precision):
    """Returns a function that takes one training step."""
    import torch

    update = optimizer(model)
    parameters = list(model.parameters())
    cast = torch.autocast("cpu", torch.bfloat16) if precision == "bfloat16" else contextlib.nullcontext()

    def step(forward, window):
        with cast:
            loss = forward(window[:, :-1], window[:, 1:])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0, foreach=True)
        update.step()
        update.zero_grad(set_to_none=True)
        return loss.item()

    return step


def memory():
    """Peak memory of this process in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def train(args):
    import torch

    size = SIZES[args.size]
    model = build(size, VOCABULARY)
    forward = torch.compile(model) if args.compile else model
    step = stepper(model, args.precision)
    window = torch.randint(VOCABULARY, (size["batch"], size["context"] + 1))
    for _ in range(args.warm_up):
        step(forward, window)
    seconds = []
    for _ in range(args.steps):
        start = time.perf_counter()
        loss = step(forward, window)
        seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds)
    return dict(
        size=args.size, precision=args.precision, compile=args.compile, threads=torch.get_num_threads(),
        parameters=sum(p.numel() for p in model.parameters()), loss=loss, seconds=seconds,
        tokens_per_second=size["batch"] * size["context"] / median, rss_bytes=memory(),
    )


def decode(args):
    """Greedy decoding with transformers' GPT-2 and its key/value cache."""
    import torch
    import transformers

    size = SIZES[args.size]
    config = transformers.GPT2Config(
        vocab_size=256, n_positions=size["context"], n_embd=size["width"], n_layer=size["layers"], n_head=size["heads"],
        n_inner=size["hidden"], tie_word_embeddings=False, bos_token_id=None, eos_token_id=None,
        attn_implementation="sdpa",
    )
    torch.manual_seed(1)
    model = transformers.GPT2LMHeadModel(config).eval()
    quarter = size["context"] // 4
    prompt_length, tokens = min(64, quarter), min(args.tokens, quarter)

    def loop(streams):
        """Seconds of a bare decoding loop after the prompt."""
        prompt = torch.arange(prompt_length).repeat(streams, 1) * 31 % 256
        out = model(prompt, use_cache=True)
        last, cache = out.logits[:, -1:].argmax(-1), out.past_key_values
        start = time.perf_counter()
        for _ in range(tokens):
            out = model(last, past_key_values=cache, use_cache=True)
            last, cache = out.logits[:, -1:].argmax(-1), out.past_key_values
        return time.perf_counter() - start

    def generate(streams):
        """Seconds of generate() without the prompt and the first token."""
        prompt = torch.arange(prompt_length).repeat(streams, 1) * 31 % 256
        took = []
        for new in (1, tokens + 1):
            start = time.perf_counter()
            model.generate(
                prompt, attention_mask=torch.ones_like(prompt), min_new_tokens=new, max_new_tokens=new,
                do_sample=False, use_cache=True, pad_token_id=0,
            )
            took.append(time.perf_counter() - start)
        return took[1] - took[0]

    results = []
    with torch.inference_mode():
        for streams in args.streams:
            for name, call in (("loop", loop), ("generate", generate)):
                call(streams)
                median = statistics.median(call(streams) for _ in range(args.repeats))
                results.append(dict(streams=streams, how=name, tokens_per_second=streams * tokens / median))
    return dict(decode=results, prompt=prompt_length, tokens=tokens, rss_bytes=memory())


def start(args):
    """Takes one step on prepared data; peers.py waits for the printed line."""
    import numpy as np
    import torch

    size = SIZES[args.size]
    tokens = np.memmap(f"{args.data}/tokens.bin", dtype="<u2", mode="r")
    places = np.random.default_rng(1).integers(0, len(tokens) - size["context"], size["batch"])
    window = torch.from_numpy(np.stack([tokens[p : p + size["context"] + 1] for p in places]).astype("int64"))
    model = build(size, VOCABULARY)
    loss = stepper(model, "float32")(model, window)
    print("first step", flush=True)
    return dict(loss=loss)


def matmul(args):
    """The rate of a large matrix product in PyTorch on this processor."""
    import torch

    n = 2048
    a, b = torch.randn(n, n), torch.randn(n, n)
    c = a @ b
    seconds = []
    for _ in range(args.steps):
        begin = time.perf_counter()
        torch.mm(a, b, out=c)
        seconds.append(time.perf_counter() - begin)
    return dict(gflops=2 * n**3 / statistics.median(seconds) / 1e9, torch=torch.__version__)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("command", choices=["train", "decode", "start", "matmul"])
    p.add_argument("--size", choices=SIZES, default="paper")
    p.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    p.add_argument("--compile", action="store_true")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--steps", type=int, default=10)
    p.add_argument("--warm-up", type=int, default=3)
    p.add_argument("--tokens", type=int, default=64, help="decode: tokens per stream")
    p.add_argument("--streams", type=int, nargs="+", default=[1, 8, 32, 128])
    p.add_argument("--repeats", type=int, default=5, help="decode: samples of each measurement")
    p.add_argument("--data", help="start: directory of a prepared set")
    args = p.parse_args()
    import torch

    torch.set_num_threads(args.threads)
    result = dict(train=train, decode=decode, start=start, matmul=matmul)[args.command](args)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
