"""The encoder of ledger: hashed features and flags in, tags and kinds of figures out (docs/models/ledger.md)."""
import torch
import torch.nn.functional as F
from torch import nn


def rotate(x, theta):
    """x [batch, heads, tokens, d], half rotation."""
    half = x.shape[-1] // 2
    angle = torch.arange(x.shape[-2], dtype=torch.float32)[:, None] * theta ** (-torch.arange(half, dtype=torch.float32) / half)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, i = c["hidden_size"], c["intermediate_size"]
        self.heads, self.theta = c["num_attention_heads"], c["rope_theta"]
        self.norm1, self.norm2 = nn.LayerNorm(d, c["layer_norm_eps"]), nn.LayerNorm(d, c["layer_norm_eps"])
        self.attention = nn.ModuleDict({n: nn.Linear(d, d) for n in "qkvo"})
        self.mlp = nn.ModuleDict({"up": nn.Linear(d, i), "down": nn.Linear(i, d)})

    def forward(self, x, mask, drop):
        n = self.norm1(x)
        b, t, d = x.shape
        q, k, v = (self.attention[r](n).view(b, t, self.heads, -1).transpose(1, 2) for r in "qkv")
        # written out: its backward pass is faster on a CPU than that of scaled_dot_product_attention
        e = rotate(q, self.theta) @ rotate(k, self.theta).transpose(-1, -2) * q.shape[-1] ** -0.5
        y = (e if mask is None else e.masked_fill(~mask, -1e4)).softmax(-1).to(v.dtype) @ v
        x = x + F.dropout(self.attention["o"](y.transpose(1, 2).reshape(b, t, d)), drop, self.training)
        return x + F.dropout(self.mlp["down"](F.gelu(self.mlp["up"](self.norm2(x)), approximate="tanh")), drop, self.training)


class Ledger(nn.Module):
    def __init__(self, c):
        super().__init__()
        d = c["hidden_size"]
        self.embed = nn.Embedding(c["hash_buckets"], d)
        self.flags = nn.Linear(len(c["flags"]), d)
        nn.init.normal_(self.embed.weight, std=0.5)
        nn.init.normal_(self.flags.weight, std=0.5)
        self.embed_norm = nn.LayerNorm(d, c["layer_norm_eps"])
        self.layers = nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))
        self.norm = nn.LayerNorm(d, c["layer_norm_eps"])
        self.tags, self.kinds = nn.Linear(d, len(c["tags"])), nn.Linear(d, len(c["kinds"]))

    def forward(self, buckets, flags, mask=None, drop=0.0):
        """buckets [b, t, 4], flags [b, t, f], mask [b, t] true where a token is; logits of tags and of kinds."""
        x = self.embed_norm(self.embed(buckets).sum(-2) + self.flags(flags))
        x = F.dropout(x, drop, self.training)
        mask = None if mask is None else mask[:, None, None, :]
        for layer in self.layers:
            x = layer(x, mask, drop)
        x = self.norm(x)
        return self.tags(x), self.kinds(x)
