"""Trains a LoRA adapter of the F16 master on one task: chat (instructions), code (holes in code) or tools (tool calls).

    python adapters.py TEXT_DIR MODEL_DIR NAME

Only answers count. Begins with MODEL_DIR/adapters/NAME if there is one, and writes it again in PEFT's format. The same steps give the same weights on one device and thread count.
"""
import json
import math
import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import nn

from config import ADAPTER_STEPS, MODEL
from instructions import instruction
from model import Scribe
from streams import FREE, documents, examples, middles, tested
from toolcalls import call
from words import learn_free_words

RANK, ALPHA, RATE, BATCH, PARTS = 16, 32, 3e-3, 2048, 4
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
EXAMPLES = {"chat": 24000, "code": 12000, "tools": 40000}


class Adapted(nn.Module):
    """A frozen matrix plus the product of two narrow ones."""

    def __init__(self, linear):
        super().__init__()
        self.linear = linear
        rows, columns = linear.weight.shape
        self.a = nn.Parameter(torch.randn(RANK, columns) / math.sqrt(columns))
        self.b = nn.Parameter(torch.zeros(rows, RANK))

    def forward(self, x):
        return self.linear(x) + F.linear(F.linear(x, self.a.to(x.dtype)), (self.b * (ALPHA / RANK)).to(x.dtype))


def load(folder, dtype=torch.float32):
    model = Scribe(MODEL)
    model.load_state_dict({n.removeprefix("model."): v.float() for n, v in load_file(Path(folder) / "model.safetensors").items()})
    return model.to(dtype)


def adapt(model):
    """Puts adapters into a model; their parameters by PEFT's names."""
    for p in model.parameters():
        p.requires_grad_(False)
    named = {}
    for i, layer in enumerate(model.layers):
        for part in ("self_attn", "mlp"):
            block = getattr(layer, part)
            for name in TARGETS:
                if hasattr(block, name):
                    adapted = Adapted(getattr(block, name))
                    setattr(block, name, adapted)
                    key = f"base_model.model.model.layers.{i}.{part}.{name}."
                    named[key + "lora_A.weight"], named[key + "lora_B.weight"] = adapted.a, adapted.b
    return named


def tasks(name, texts, model):
    r = random.Random("adapter " + name)
    if name == "code":
        return list(middles(r, [d["text"] for d in documents(texts, "train", "code")], EXAMPLES[name]))
    if name == "tools":
        learn_free_words({d: [e["text"] for e in documents(texts, "train", d)] for d in ("english", "chinese")})
    make = (lambda r, held: call(r, held, FREE)) if name == "tools" else instruction
    return list(examples(make, r, EXAMPLES[name], tested(model)))


def batches(tokenizer, data, seed):
    """Examples of about one length together, BATCH tokens or so: tokens [rows, longest], and where an answer's tokens are expected."""
    read = lambda key, end: [e.ids for e in tokenizer.encode_batch([d[key] + end for d in data], add_special_tokens=False)]
    rows = [(p + a, len(p)) for p, a in zip(read("prompt", ""), read("answer", "<|eos|>")) if len(p + a) <= 512]
    r = random.Random(seed)
    while True:
        r.shuffle(rows)
        groups, group, longest = [], [], 0
        for tokens, start in sorted(rows, key=lambda row: len(row[0]) + r.random() * 16):
            longest = max(longest, len(tokens))
            if longest * (len(group) + 1) > BATCH:
                groups.append(group)
                group, longest = [], len(tokens)
            group.append((tokens, start))
        r.shuffle(groups)
        for group in groups:
            size = max(len(t) for t, _ in group)
            x, wanted = np.zeros((len(group), size), np.int64), np.zeros((len(group), size), bool)
            for i, (tokens, start) in enumerate(group):
                x[i, :len(tokens)], wanted[i, start - 1:len(tokens) - 1] = tokens, True
            yield torch.from_numpy(x), torch.from_numpy(wanted)


def main(texts, folder, name):
    folder, steps = Path(folder), ADAPTER_STEPS[name]
    out = folder / "adapters" / name
    torch.set_num_threads(1)
    torch.manual_seed(23)
    model = load(folder, torch.bfloat16)
    named = adapt(model)
    if (out / "adapter_model.safetensors").exists() and "FROM_NOTHING" not in os.environ:
        for key, value in load_file(out / "adapter_model.safetensors").items():
            named[key].data.copy_(value)
    optimizer = torch.optim.AdamW(named.values(), betas=(0.9, 0.98), weight_decay=0.0)
    source = batches(Tokenizer.from_file(str(folder / "tokenizer.json")), tasks(name, texts, folder), "order " + name)
    pool = ThreadPoolExecutor(int(os.environ.get("THREADS", "4")), initializer=torch.set_num_threads, initargs=(1,))

    def gradients(batch):
        """(sum of the losses, how many), and the gradients of the sum."""
        x, wanted = batch
        states = model(x)[:, :-1][wanted[:, :-1]]
        loss = F.cross_entropy((states @ model.embed_tokens.weight.t()).float(), x[:, 1:][wanted[:, :-1]], reduction="sum")
        return (float(loss.detach()), len(states)), torch.autograd.grad(loss, list(named.values()))

    began, total = time.time(), 0.0
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / 20, (steps - step) / (0.8 * steps))
        parts = list(pool.map(gradients, [next(source) for _ in range(PARTS)]))
        for i, p in enumerate(named.values()):
            p.grad = sum(g[i] for _, g in parts) / sum(loss[1] for loss, _ in parts)
        torch.nn.utils.clip_grad_norm_(named.values(), 1.0)
        optimizer.step()
        total += sum(loss[0] for loss, _ in parts) / sum(loss[1] for loss, _ in parts)
        if (step + 1) % 20 == 0:
            print(json.dumps({"adapter": name, "step": step + 1, "loss": round(total / 20, 4), "seconds": round(time.time() - began)}), flush=True)
            total = 0.0
    out.mkdir(parents=True, exist_ok=True)
    save_file({n: p.detach().half().contiguous() for n, p in sorted(named.items())}, out / "adapter_model.safetensors", {"format": "pt"})
    (out / "adapter_model.safetensors").chmod(0o644)
    (out / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": "scribe", "r": RANK, "lora_alpha": ALPHA, "lora_dropout": 0.0, "bias": "none",
                                                         "fan_in_fan_out": False, "use_rslora": False, "use_dora": False, "inference_mode": True, "target_modules": TARGETS}, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
