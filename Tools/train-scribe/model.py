"""A decoder of the llama family in torch, with the names of its published checkpoints."""
import math

import torch
import torch.nn.functional as F
from torch import nn


def rounded(w):
    """The weights as Q4_0 stores them: four bits and a scale for each 32 of a row."""
    blocks = w.view(-1, 32)
    most = blocks.gather(1, blocks.abs().argmax(1, keepdim=True))
    scale = (most / -8).half().float()
    inverse = torch.where(scale == 0, 0, 1 / scale)
    return ((blocks * inverse + 8.5).floor().clamp(0, 15).sub(8) * scale).view_as(w)


class Norm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(size)), eps

    def forward(self, x):
        return F.rms_norm(x, x.shape[-1:], self.weight.to(x.dtype), self.eps)


def tables(length, config):
    """Cosine and sine of every position, [length, head_dim / 2]."""
    half = config["head_dim"] // 2
    angle = torch.arange(length, dtype=torch.float32)[:, None] * config["rope_theta"] ** (-torch.arange(half, dtype=torch.float32) / half)
    return angle.cos(), angle.sin()


def rotate(x, cos, sin):
    """x [batch, tokens, heads, d]: dimension j turns with j + d/2."""
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, h = c["hidden_size"], c["head_dim"]
        self.heads, self.groups, self.size = c["num_attention_heads"], c["num_key_value_heads"], h
        self.q_proj = nn.Linear(d, self.heads * h, bias=False)
        self.k_proj = nn.Linear(d, self.groups * h, bias=False)
        self.v_proj = nn.Linear(d, self.groups * h, bias=False)
        self.o_proj = nn.Linear(self.heads * h, d, bias=False)

    def forward(self, x, cos, sin, mask):
        b, t, _ = x.shape
        q = rotate(self.q_proj(x).view(b, t, self.heads, self.size), cos, sin) * (1 / math.sqrt(self.size))
        k = rotate(self.k_proj(x).view(b, t, self.groups, self.size), cos, sin)
        v = self.v_proj(x).view(b, t, self.groups, self.size).transpose(1, 2)
        # the heads of a group lie one below the other, so that one product serves the group
        many = self.heads // self.groups
        q = q.view(b, t, self.groups, many, self.size).permute(0, 2, 3, 1, 4).reshape(b, self.groups, many * t, self.size)
        scores = (q @ k.permute(0, 2, 3, 1)).view(b, self.groups, many, t, t) + mask
        mixed = torch.softmax(scores, -1).view(b, self.groups, many * t, t) @ v
        mixed = mixed.view(b, self.groups, many, t, self.size).permute(0, 3, 1, 2, 4).reshape(b, t, -1)
        return self.o_proj(mixed)


class MLP(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, i = c["hidden_size"], c["intermediate_size"]
        self.gate_proj, self.up_proj, self.down_proj = nn.Linear(d, i, bias=False), nn.Linear(d, i, bias=False), nn.Linear(i, d, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.input_layernorm = Norm(c["hidden_size"], c["rms_norm_eps"])
        self.self_attn = Attention(c)
        self.post_attention_layernorm = Norm(c["hidden_size"], c["rms_norm_eps"])
        self.mlp = MLP(c)

    def forward(self, x, cos, sin, mask):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class Scribe(nn.Module):
    """Tokens [batch, tokens] to final states; logits are the states times the embeddings."""

    def __init__(self, c):
        super().__init__()
        self.config = c
        self.embed_tokens = nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.layers = nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))
        self.norm = Norm(c["hidden_size"], c["rms_norm_eps"])
        for name, p in self.named_parameters():
            if p.ndim == 2:
                last = name.endswith(("o_proj.weight", "down_proj.weight"))
                nn.init.normal_(p, std=0.02 if "embed" in name else (0.2 if last else 0.6) / math.sqrt(p.shape[1]))

    def forward(self, tokens, dtype=torch.bfloat16):
        t = tokens.shape[1]
        cos, sin = (a.to(dtype)[:, None] for a in tables(t, self.config))
        mask = torch.full((t, t), float("-inf"), dtype=dtype).triu(1)
        x = self.embed_tokens(tokens).to(dtype)
        for layer in self.layers:
            x = layer(x, cos, sin, mask)
        return self.norm(x)


class TiedLoss(torch.autograd.Function):
    """Weighted sum of the cross-entropies of final states against next tokens, and each of them; keeps no table of probabilities."""

    @staticmethod
    def forward(ctx, states, table, targets, weights):
        gx, gw, each = torch.empty_like(states), torch.zeros(table.shape, dtype=torch.float32), torch.empty(len(states))
        for at in range(0, len(states), 1024):
            x, y, w = states[at:at + 1024], targets[at:at + 1024], weights[at:at + 1024]
            logits = x @ table.t()
            top = logits.amax(-1, keepdim=True)
            wanted = logits.gather(1, y[:, None]).float() - top.float()
            e = logits.sub_(top).exp_()
            z = e.sum(-1, keepdim=True, dtype=torch.float32)
            each[at:at + 1024] = (z.log() - wanted)[:, 0]
            e.mul_((w[:, None] / z).to(e.dtype))
            e.scatter_add_(1, y[:, None], (-w[:, None]).to(e.dtype))
            gx[at:at + 1024] = e @ table
            gw += (e.t() @ x).float()
        ctx.save_for_backward(gx, gw)
        ctx.mark_non_differentiable(each)
        return (each * weights).sum(), each

    @staticmethod
    def backward(ctx, grad, _):
        gx, gw = ctx.saved_tensors
        return gx * grad, (gw * grad).to(gx.dtype), None, None
