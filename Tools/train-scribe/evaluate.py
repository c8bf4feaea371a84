"""Figures of scribe in torch, on the F16 master or a checkpoint, before `millrace eval scribe` makes those of the card.

    python evaluate.py MODEL_DIR [CHECKPOINT.pt]
"""
import json
import math
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tokenizers import Tokenizer

from adapters import adapt, load
from config import MODEL, ROUNDED
from model import Scribe, rounded

WINDOW = 1024


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@torch.no_grad()
def perplexity(model, tokenizer, path):
    """`<|bos|>` and the text, cut every 1024 tokens: each window sees nothing before it; every token of the text is predicted once."""
    nats, count = 0.0, 0
    for line in lines(path):
        ids = [0] + tokenizer.encode(line["text"], add_special_tokens=False).ids
        for at in range(0, len(ids) - 1, WINDOW):
            piece = torch.tensor(ids[at:at + WINDOW + 1])
            logits = model(piece[None, :-1], torch.float32)[0] @ model.embed_tokens.weight.t()
            nats += float(F.cross_entropy(logits, piece[1:], reduction="sum"))
            count += len(piece) - 1
    return math.exp(nats / count)


@torch.no_grad()
def answers(model, tokenizer, path, longest=160):
    """(perplexity of the answers, share of exactly right greedy answers)."""
    nats, count, right, data = 0.0, 0, 0, lines(path)
    for line in data:
        prompt, answer = (tokenizer.encode(line[k], add_special_tokens=False).ids for k in ("prompt", "answer"))
        answer.append(1)
        piece = torch.tensor(prompt + answer)
        logits = (model(piece[None, :-1], torch.float32)[0] @ model.embed_tokens.weight.t())[len(prompt) - 1:]
        nats += float(F.cross_entropy(logits, piece[len(prompt):], reduction="sum"))
        count += len(answer)
        # greedy decoding gives the answer exactly if every token of it is the likeliest after those before it
        right += bool((logits.argmax(-1) == piece[len(prompt):]).all())
    return math.exp(nats / count), right / len(data)


def main(folder, checkpoint=None):
    folder = Path(folder)
    torch.set_num_threads(2)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    if checkpoint:
        kept = torch.load(checkpoint)
        model = Scribe(MODEL | {"num_hidden_layers": kept["depth"]})
        model.load_state_dict(kept["model"])
    else:
        model = load(folder)
    baseline = json.loads((folder / "test" / "baseline.json").read_text()) if (folder / "test" / "baseline.json").exists() else {}
    coarse = Scribe(model.config | {"num_hidden_layers": len(model.layers)})
    coarse.load_state_dict({n: rounded(p) if n.endswith(ROUNDED) else p for n, p in model.state_dict().items()})
    logs = [0.0, 0.0, 0]
    for path in sorted((folder / "test").glob("perplexity-*.jsonl")):
        domain = path.stem.removeprefix("perplexity-")
        p, q, five = perplexity(model, tokenizer, path), perplexity(coarse, tokenizer, path), baseline.get(domain, {}).get("five_gram_perplexity", math.nan)
        n = baseline.get(domain, {}).get("tokens", 1)
        logs = [logs[0] + n * math.log(p), logs[1] + n * math.log(five), logs[2] + n]
        print(f"{domain:12} {p:8.2f}  5-gram {five:8.2f}  {100 * (p / five - 1):+.1f} %  four-bit layers {100 * (q / p - 1):+.2f} %", flush=True)
    p, five = math.exp(logs[0] / logs[2]), math.exp(logs[1] / logs[2])
    print(f"{'all':12} {p:8.2f}  5-gram {five:8.2f}  {100 * (p / five - 1):+.1f} %", flush=True)
    for name in ("chat", "code", "tools"):
        before = answers(model, tokenizer, folder / "test" / f"{name}.jsonl")
        print(f"{name:12} base: perplexity of answers {before[0]:.3f}, exact {before[1]:.3f}", flush=True)
        trained = folder / "adapters" / name / "adapter_model.safetensors"
        if not checkpoint and trained.exists():
            adapted = load(folder)
            named = adapt(adapted)
            for key, value in load_file(trained).items():
                named[key].data.copy_(value)
            after = answers(adapted, tokenizer, folder / "test" / f"{name}.jsonl")
            print(f"{name:12} adapter: perplexity of answers {after[0]:.3f}, exact {after[1]:.3f}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
