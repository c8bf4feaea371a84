"""Forward pass of hearth in plain numpy (float64), exactly as docs/models/hearth.md says it; verify.py compares Millrace with it."""
import numpy as np


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def convolution(x, weight, bias):
    """x [C, H, W], 3x3, stride 2, padding 1."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (1, 1), (1, 1))), (3, 3), axis=(1, 2))[:, ::2, ::2]
    return np.einsum("chwij,ocij->ohw", windows, weight, optimize=True) + bias[:, None, None]


def attention(q, k, v, heads, kv_heads, bias=0.0):
    """q [Tq, heads*d], k and v [Tk, kv_heads*d]; returns [Tq, heads*d]."""
    q, k, v = (np.repeat(a.reshape(len(a), n, -1).transpose(1, 0, 2), heads // n, axis=0) for a, n in ((q, heads), (k, kv_heads), (v, kv_heads)))
    mixed = softmax(q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1]) + bias) @ v
    return mixed.transpose(1, 0, 2).reshape(mixed.shape[1], -1)


def rotate(x, heads, theta):
    """Rotary positions, half rotation, on x [T, heads*d]."""
    a, b = np.split(x.reshape(len(x), heads, -1), 2, axis=-1)
    angle = np.arange(len(x))[:, None, None] * theta ** (-np.arange(a.shape[-1]) / a.shape[-1])
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)], -1).reshape(x.shape)


def overlap(a, b):
    """IoU of two boxes [cx, cy, w, h]."""
    shared = np.prod([max(min(a[i] + a[i + 2] / 2, b[i] + b[i + 2] / 2) - max(a[i] - a[i + 2] / 2, b[i] - b[i + 2] / 2), 0) for i in (0, 1)])
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def choose_slots(objectness, boxes, count, limit):
    kept, passed = [], []
    for cell in np.argsort(-objectness, kind="stable"):
        (passed if any(overlap(boxes[cell], boxes[other]) >= limit for other in kept) else kept).append(cell)
    return np.array((kept + passed)[:count])


class Hearth:
    def __init__(self, config, weights):
        self.c, self.w = config, {name: np.asarray(value, np.float64) for name, value in weights.items()}

    def linear(self, name, x):
        return x @ self.w[name + ".weight"].T + self.w.get(name + ".bias", 0.0)

    def layer_norm(self, name, x):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x**2).mean(-1, keepdims=True) + self.c["layer_norm_eps"])
        return x * self.w[name + ".weight"] + self.w[name + ".bias"]

    def rms_norm(self, name, x):
        return x / np.sqrt((x**2).mean(-1, keepdims=True) + self.c["rms_norm_eps"]) * self.w[name + ".weight"]

    def see(self, picture):
        """picture U8 [S, S, 3]; returns every named step of the picture side."""
        c, w, steps, x = self.c, self.w, {}, picture.astype(np.float64).transpose(2, 0, 1) / 127.5 - 1
        for i in range(4):
            x = gelu(convolution(x, w[f"vision.stem.{i}.weight"], w[f"vision.stem.{i}.bias"]))
        t = steps["vision.stem"] = x.reshape(len(x), -1).T
        t = steps["vision.embed"] = t + w["vision.position"]
        for i in range(c["vision_layers"]):
            p, n = f"vision.layers.{i}.", self.layer_norm(f"vision.layers.{i}.norm1", t)
            q, k, v = (self.linear(p + "attention." + role, n) for role in "qkv")
            t = t + self.linear(p + "attention.o", attention(q, k, v, c["vision_heads"], c["vision_heads"]))
            t = t + self.linear(p + "mlp.down", gelu(self.linear(p + "mlp.up", self.layer_norm(p + "norm2", t))))
            steps[f"vision.layer.{i}"] = t
        t = steps["vision.norm"] = self.layer_norm("vision.norm", t)
        a = self.linear("cell.item", t)
        item = steps["cell.item"] = a / np.sqrt((a**2).sum(-1, keepdims=True) + 1e-6)
        steps["cell.class_logits"] = w["cell.scale"] * (item @ w["item_embed.weight"].T)
        objectness = steps["cell.objectness"] = self.linear("cell.objectness", t)[:, 0]
        g = c["image_size"] // 16
        row, column = np.divmod(np.arange(g * g), g)
        p = sigmoid(self.linear("cell.box", t))
        box = steps["cell.box"] = np.stack([(column + p[:, 0]) / g, (row + p[:, 1]) / g, p[:, 2], p[:, 3]], -1)
        state = steps["cell.state"] = self.linear("cell.state", t)
        slots = steps["memory.slots"] = choose_slots(objectness, box, c["memory_objects"], c["suppression_iou"])
        facts = np.concatenate([sigmoid(objectness)[:, None], box, softmax(state)], -1)
        rows = self.linear("memory.cell", t) + self.linear("memory.item", item) + self.linear("memory.geometry", facts)
        steps["memory"] = np.concatenate([rows[slots] + w["memory.rank"], self.linear("memory.grid", t)])
        return steps

    def attend(self, name, queries, keys, bias=0.0, rope=False):
        heads, kv_heads = self.c["num_attention_heads"], self.c["num_key_value_heads"]
        q, k, v = self.linear(name + ".q", queries), self.linear(name + ".k", keys), self.linear(name + ".v", keys)
        if rope:
            q, k = rotate(q, heads, self.c["rope_theta"]), rotate(k, kv_heads, self.c["rope_theta"])
        return self.linear(name + ".o", attention(q, k, v, heads, kv_heads, bias))

    def read(self, memory, ids, prompt_length):
        """ids of prompt and answer so far; returns every named step of the text side."""
        c, w, steps = self.c, self.w, {}
        table = np.concatenate([w["token_embed.weight"], self.linear("item_input", w["item_embed.weight"])])
        x = steps["embed"] = table[np.asarray(ids)]
        for i in range(c["num_hidden_layers"]):
            p = f"layers.{i}."
            if i in c["refine_layers"]:
                keys, queries = self.rms_norm(p + "refine.text_norm", x[:prompt_length]), self.layer_norm(p + "refine.norm", memory)
                memory = memory + np.tanh(w[p + "refine.gate"]) * self.attend(p + "refine", queries, keys)
                steps[f"memory.layer.{i}"] = memory
            if i in c["cross_attention_layers"]:
                keys, queries = self.rms_norm(p + "cross.memory_norm", memory), self.rms_norm(p + "cross.norm", x)
                x = x + np.tanh(w[p + "cross.gate"]) * self.attend(p + "cross", queries, keys)
            n = self.rms_norm(p + "norm1", x)
            x = x + self.attend(p + "attention", n, n, np.triu(np.full((len(ids), len(ids)), -np.inf), 1), rope=True)
            n = self.rms_norm(p + "norm2", x)
            gate = self.linear(p + "mlp.gate", n)
            x = steps[f"layer.{i}"] = x + self.linear(p + "mlp.down", gate * sigmoid(gate) * self.linear(p + "mlp.up", n))
        h = steps["norm"] = self.rms_norm("norm", x)
        items = self.linear("item_output", h) @ w["item_embed.weight"].T * w["item_scale"] + w["item_bias"]
        steps["logits"] = np.concatenate([h @ w["token_embed.weight"].T, items], -1)
        return steps
