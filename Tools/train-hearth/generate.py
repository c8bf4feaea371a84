"""Greedy answers in batches, with cached keys and values."""
import torch
from torch.nn import functional as F

from model import heads, rotate


def attend(a, q, k, v, **how):
    k, v = (x.repeat_interleave(a.n // a.m, 1) for x in (k, v))
    return a.o(F.scaled_dot_product_attention(q, k, v, **how).transpose(1, 2).flatten(2))


@torch.no_grad()
def answers(model, memory, prompt, limit=220):
    """memory [B, K + C, D], one prompt for all → B lists of ids, `<|end|>` left out."""
    c, batch = model.config, memory.shape[0]
    half = c["head_dim"] // 2
    angle = torch.arange(len(prompt) + limit)[:, None] * c["rope_theta"] ** (-torch.arange(half) / half)
    table = torch.cat([model.token_embed.weight, model.item_input(model.items())])
    ids, position, caches, out = torch.tensor(prompt).expand(batch, -1), 0, [{} for _ in model.layers], []
    done = torch.zeros(batch, dtype=torch.bool)
    for _ in range(limit):
        x = table[ids]
        rope = tuple(f(angle[position:position + ids.shape[1]]) for f in (torch.cos, torch.sin))
        for layer, cache in zip(model.layers, caches):
            if layer.refine is not None and not cache:
                r = layer.refine
                memory = memory + torch.tanh(r.gate) * r(r.norm(memory), r.text_norm(x))
            if layer.cross is not None:
                cross = layer.cross
                if not cache:
                    m = cross.memory_norm(memory)
                    cache["cross"] = heads(cross.k(m), cross.m), heads(cross.v(m), cross.m)
                x = x + torch.tanh(cross.gate) * attend(cross, heads(cross.q(cross.norm(x)), cross.n), *cache["cross"])
            a, n = layer.attention, layer.norm1(x)
            k, v = rotate(heads(a.k(n), a.m), rope), heads(a.v(n), a.m)
            if "self" in cache:
                k, v = (torch.cat(pair, 2) for pair in zip(cache["self"], (k, v)))
            cache["self"] = k, v
            x = x + attend(a, rotate(heads(a.q(n), a.n), rope), k, v, is_causal=position == 0)
            n = layer.norm2(x)
            x = x + layer.mlp.down(F.silu(layer.mlp.gate(n)) * layer.mlp.up(n))
        position += ids.shape[1]
        ids = model.logits(model.norm(x[:, -1:])).argmax(-1)
        done |= ids[:, 0] == c["eos_token_id"]
        if done.all():
            break
        out.append(ids[:, 0])
    rows = torch.stack(out, 1).tolist() if out else [[] for _ in range(batch)]
    end = c["eos_token_id"]
    return [row[:row.index(end)] if end in row else row for row in rows]
