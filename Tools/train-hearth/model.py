"""hearth as a torch module for training. Parameter names are those of docs/models/hearth.md, apart from what is folded
or left out on export: the batch normalisation of the stem (`vision.batch_norm.*`) and the helper heads (`helper.*`)."""
import torch
from torch import nn
from torch.nn import functional as F

from persons import ACTIVITIES


def gelu(x):
    return F.gelu(x, approximate="tanh")


def heads(x, n):
    return x.unflatten(-1, (n, -1)).transpose(1, 2)


def attend(q, k, v, allowed=None):
    """softmax(q kᵀ / √h) v over the last two axes, written out: the backward pass of torch's fused attention is several times
    slower on a CPU at these sizes. `allowed`: bool, broadcast to the scores."""
    scores = (q @ k.transpose(-1, -2)) * q.shape[-1] ** -0.5
    if allowed is not None:
        scores = scores.masked_fill(~allowed, float("-inf"))
    return scores.softmax(-1).to(v.dtype) @ v


class SelfAttention(nn.Module):
    def __init__(self, d, n):
        super().__init__()
        self.n = n
        self.q, self.k, self.v, self.o = (nn.Linear(d, d) for _ in range(4))

    def forward(self, x):
        q, k, v = (heads(f(x), self.n) for f in (self.q, self.k, self.v))
        return self.o(attend(q, k, v).transpose(1, 2).flatten(2))


class Module(nn.Module):
    """A named group of submodules."""

    def __init__(self, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)


class VisionBlock(nn.Module):
    def __init__(self, d, n, inner):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attention = SelfAttention(d, n)
        self.mlp = Module(up=nn.Linear(d, inner), down=nn.Linear(inner, d))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp.down(gelu(self.mlp.up(self.norm2(x))))


class Vision(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, widths = c["vision_hidden_size"], [3, *c["stem_channels"], c["vision_hidden_size"]]
        self.stem = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1, bias=False) for a, b in zip(widths, widths[1:]))
        self.batch_norm = nn.ModuleList(nn.BatchNorm2d(b) for b in widths[1:])
        self.position = nn.Parameter(0.02 * torch.randn((c["image_size"] // 16) ** 2, d))
        self.layers = nn.ModuleList(VisionBlock(d, c["vision_heads"], c["vision_intermediate_size"]) for _ in range(c["vision_layers"]))
        self.norm = nn.LayerNorm(d)

    def forward(self, picture):
        """picture U8 [B, S, S, 3] → tokens [B, C, dv]."""
        x = (picture.float() / 127.5 - 1).permute(0, 3, 1, 2)
        for convolution, norm in zip(self.stem, self.batch_norm):
            x = gelu(norm(convolution(x)))
        x = x.flatten(2).transpose(1, 2) + self.position
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)


class Attention(nn.Module):
    """Grouped-query attention without biases."""

    def __init__(self, c):
        super().__init__()
        d, h = c["hidden_size"], c["head_dim"]
        self.n, self.m = c["num_attention_heads"], c["num_key_value_heads"]
        self.q, self.o = nn.Linear(d, self.n * h, bias=False), nn.Linear(self.n * h, d, bias=False)
        self.k, self.v = nn.Linear(d, self.m * h, bias=False), nn.Linear(d, self.m * h, bias=False)

    def forward(self, queries, keys, rope=None, allowed=None):
        q, k, v = heads(self.q(queries), self.n), heads(self.k(keys), self.m), heads(self.v(keys), self.m)
        if rope is not None:
            q, k = rotate(q, rope), rotate(k, rope)
        k, v = (x.repeat_interleave(self.n // self.m, 1) for x in (k, v))
        return self.o(attend(q, k.to(q.dtype), v, allowed).transpose(1, 2).flatten(2))


def rotate(x, rope):
    cos, sin = rope
    a, b = x.float().chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1).to(x.dtype)


class Block(nn.Module):
    def __init__(self, c, cross, refine):
        super().__init__()
        d, norm = c["hidden_size"], lambda: nn.RMSNorm(c["hidden_size"], eps=c["rms_norm_eps"])
        self.norm1, self.norm2, self.attention = norm(), norm(), Attention(c)
        line = lambda a, b: nn.Linear(a, b, bias=False)
        self.mlp = Module(gate=line(d, c["intermediate_size"]), up=line(d, c["intermediate_size"]), down=line(c["intermediate_size"], d))
        self.cross = self.refine = None
        if cross:
            self.cross = Attention(c)
            self.cross.norm, self.cross.memory_norm, self.cross.gate = norm(), norm(), nn.Parameter(torch.zeros(1))
        if refine:
            self.refine = Attention(c)
            self.refine.norm, self.refine.text_norm, self.refine.gate = nn.LayerNorm(d), norm(), nn.Parameter(torch.zeros(1))

    def forward(self, x, memory, is_prompt, rope, causal):
        if self.refine is not None:
            r = self.refine
            memory = memory + torch.tanh(r.gate) * r(r.norm(memory), r.text_norm(x), allowed=is_prompt[:, None, None])
        if self.cross is not None:
            c = self.cross
            x = x + torch.tanh(c.gate) * c(c.norm(x), c.memory_norm(memory))
        n = self.norm1(x)
        x = x + self.attention(n, n, rope, causal)
        n = self.norm2(x)
        return x + self.mlp.down(F.silu(self.mlp.gate(n)) * self.mlp.up(n)), memory


class Hearth(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.config = c
        dv, d, di, s = c["vision_hidden_size"], c["hidden_size"], c["item_hidden_size"], len(c["states"])
        self.vision = Vision(c)
        self.cell = Module(item=nn.Linear(dv, di), objectness=nn.Linear(dv, 1), box=nn.Linear(dv, 4), state=nn.Linear(dv, s),
                           scale=nn.Parameter(torch.tensor([10.0])))
        self.item_embed = nn.Embedding(len(c["item_names"]), di)
        self.helper = Module(activity=nn.Linear(dv, len(ACTIVITIES)), scene=nn.Linear(dv, 7))
        self.memory = Module(cell=nn.Linear(dv, d), item=nn.Linear(di, d, bias=False), geometry=nn.Linear(5 + s, d, bias=False),
                             rank=nn.Parameter(0.02 * torch.randn(c["memory_objects"], d)), grid=nn.Linear(dv, d))
        self.token_embed = nn.Embedding(c["item_token_start"], d)
        nn.init.normal_(self.token_embed.weight, std=0.05)
        self.item_input, self.item_output = nn.Linear(di, d, bias=False), nn.Linear(d, di, bias=False)
        self.item_scale, self.item_bias = nn.Parameter(torch.ones(1)), nn.Parameter(torch.zeros(1))
        self.layers = nn.ModuleList(Block(c, i in c["cross_attention_layers"], i in c["refine_layers"]) for i in range(c["num_hidden_layers"]))
        self.norm = nn.RMSNorm(d, eps=c["rms_norm_eps"])
        nn.init.constant_(self.cell.objectness.bias, -3.0)

    def items(self):
        return F.normalize(self.item_embed.weight, dim=-1)

    def see(self, picture):
        """picture U8 [B, S, S, 3] → cell outputs, all float32."""
        t = self.vision(picture)
        with torch.autocast("cpu", enabled=False):
            t = t.float()
            a = self.cell.item(t)
            item = a * torch.rsqrt((a * a).sum(-1, keepdim=True) + 1e-6)
            g = self.config["image_size"] // 16
            cells = torch.arange(g * g)
            corner = torch.stack([cells % g, cells // g], -1)
            raw = self.cell.box(t).sigmoid()
            box = torch.cat([(corner + raw[..., :2]) / g, raw[..., 2:]], -1)
            return {"token": t, "item": item, "classes": self.cell.scale * item @ self.items().T,
                    "objectness": self.cell.objectness(t)[..., 0], "box": box, "state": self.cell.state(t)}

    def remember(self, seen):
        """Memory [B, K + C, D] and the slots' cells [B, K]."""
        slots = choose_slots(seen["objectness"], seen["box"], self.config["memory_objects"], self.config["suppression_iou"])
        facts = torch.cat([seen["objectness"].sigmoid()[..., None], seen["box"], seen["state"].softmax(-1)], -1)
        rows = self.memory.cell(seen["token"]) + self.memory.item(seen["item"]) + self.memory.geometry(facts)
        chosen = rows.gather(1, slots[..., None].expand(-1, -1, rows.shape[-1])) + self.memory.rank
        return torch.cat([chosen, self.memory.grid(seen["token"])], 1), slots

    def read(self, memory, ids, is_prompt):
        """ids [B, T], is_prompt bool [B, T] → hidden states [B, T, D] after the last norm."""
        table = torch.cat([self.token_embed.weight, self.item_input(self.items()).float()])
        x = F.embedding(ids, table)
        half = self.config["head_dim"] // 2
        angle = torch.arange(ids.shape[1])[:, None] * self.config["rope_theta"] ** (-torch.arange(half) / half)
        causal = torch.ones(ids.shape[1], ids.shape[1], dtype=torch.bool).tril()
        for layer in self.layers:
            x, memory = layer(x, memory, is_prompt, (angle.cos(), angle.sin()), causal)
        return self.norm(x)

    def logits(self, h):
        items = self.item_output(h) @ self.items().T * self.item_scale + self.item_bias
        return torch.cat([h @ self.token_embed.weight.T, items.to(h.dtype)], -1).float()


def pairwise_iou(box):
    """Boxes [B, C, 4] as cx, cy, w, h → [B, C, C]."""
    low, high = box[..., :2] - box[..., 2:] / 2, box[..., :2] + box[..., 2:] / 2
    side = (torch.minimum(high[:, :, None], high[:, None]) - torch.maximum(low[:, :, None], low[:, None])).clamp_min(0)
    shared, area = side.prod(-1), box[..., 2:].prod(-1)
    return shared / (area[:, :, None] + area[:, None] - shared)


@torch.no_grad()
def choose_slots(objectness, box, count, limit):
    order = torch.argsort(-objectness, dim=1, stable=True)
    iou = pairwise_iou(box.gather(1, order[..., None].expand(-1, -1, 4))) >= limit
    kept = torch.ones(order.shape, dtype=torch.bool)
    for i in range(order.shape[1]):
        kept[:, i + 1:] &= ~(iou[:, i, i + 1:] & kept[:, i:i + 1])
        if i % 8 == 0 and (kept[:, :i + 1].sum(1) >= count).all():
            break
    # Stable: kept cells in their order first, then the passed ones in theirs.
    first = torch.argsort((~kept).int(), dim=1, stable=True)[:, :count]
    return order.gather(1, first)
