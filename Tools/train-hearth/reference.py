"""Forward pass of hearth in plain numpy (float64), exactly as docs/models/hearth.md says it.

    python reference.py MODEL_DIR PICTURE "Describe the scene."
"""
import json
import sys
from pathlib import Path

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
    x = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))[:, ::2, ::2]
    return np.einsum("chwij,ocij->ohw", windows, weight, optimize=True) + bias[:, None, None]


def attention(q, k, v, heads, kv_heads, bias=None):
    """q [Tq, heads*d], k and v [Tk, kv_heads*d]; returns [Tq, heads*d]."""
    split = lambda a, n: a.reshape(a.shape[0], n, -1).transpose(1, 0, 2)
    q, k, v = split(q, heads), split(k, kv_heads), split(v, kv_heads)
    k, v = (np.repeat(a, heads // kv_heads, axis=0) for a in (k, v))
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1])
    mixed = softmax(scores if bias is None else scores + bias) @ v
    return mixed.transpose(1, 0, 2).reshape(mixed.shape[1], -1)


def rotate(x, heads, theta):
    """Rotary positions, half rotation, on x [T, heads*d]."""
    x = x.reshape(x.shape[0], heads, -1)
    half = x.shape[-1] // 2
    angle = np.arange(x.shape[0])[:, None] * theta ** (-np.arange(half) / half)
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    a, b = x[..., :half], x[..., half:]
    return np.concatenate([a * cos - b * sin, b * cos + a * sin], -1).reshape(x.shape[0], -1)


def overlap(a, b):
    """IoU of two boxes [cx, cy, w, h]."""
    side = [min(a[i] + a[i + 2] / 2, b[i] + b[i + 2] / 2) - max(a[i] - a[i + 2] / 2, b[i] - b[i + 2] / 2) for i in (0, 1)]
    shared = max(side[0], 0) * max(side[1], 0)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def choose_slots(objectness, boxes, count, limit):
    kept, passed = [], []
    for cell in np.argsort(-objectness, kind="stable"):
        if any(overlap(boxes[cell], boxes[other]) >= limit for other in kept):
            passed.append(cell)
        else:
            kept.append(cell)
        if len(kept) == count:
            break
    return np.array((kept + passed)[:count])


class Hearth:
    def __init__(self, config, weights):
        self.config = config
        self.weights = {name: np.asarray(value, np.float64) for name, value in weights.items()}

    def linear(self, name, x):
        y = x @ self.weights[name + ".weight"].T
        return y + self.weights[name + ".bias"] if name + ".bias" in self.weights else y

    def layer_norm(self, name, x):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x**2).mean(-1, keepdims=True) + self.config["layer_norm_eps"])
        return x * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def rms_norm(self, name, x):
        scale = np.sqrt((x**2).mean(-1, keepdims=True) + self.config["rms_norm_eps"])
        return x / scale * self.weights[name + ".weight"]

    def see(self, picture):
        """picture U8 [S, S, 3]; returns every named step of the picture side."""
        c, w, steps = self.config, self.weights, {}
        x = picture.astype(np.float64).transpose(2, 0, 1) / 127.5 - 1
        for i in range(4):
            x = gelu(convolution(x, w[f"vision.stem.{i}.weight"], w[f"vision.stem.{i}.bias"]))
        t = steps["vision.stem"] = x.reshape(x.shape[0], -1).T
        t = steps["vision.embed"] = t + w["vision.position"]
        for i in range(c["vision_layers"]):
            p = f"vision.layers.{i}."
            n = self.layer_norm(p + "norm1", t)
            q, k, v = (self.linear(p + "attention." + role, n) for role in "qkv")
            t = t + self.linear(p + "attention.o", attention(q, k, v, c["vision_heads"], c["vision_heads"]))
            n = self.layer_norm(p + "norm2", t)
            t = t + self.linear(p + "mlp.down", gelu(self.linear(p + "mlp.up", n)))
            steps[f"vision.layer.{i}"] = t
        t = steps["vision.norm"] = self.layer_norm("vision.norm", t)
        item = self.linear("cell.item", t)
        item = steps["cell.item"] = item / np.sqrt((item**2).sum(-1, keepdims=True) + 1e-6)
        steps["cell.class_logits"] = w["cell.scale"] * (item @ w["item_embed.weight"].T)
        objectness = steps["cell.objectness"] = self.linear("cell.objectness", t)[:, 0]
        g = c["image_size"] // 16
        row, column = np.divmod(np.arange(g * g), g)
        box = sigmoid(self.linear("cell.box", t))
        box[:, 0] = (column + box[:, 0]) / g
        box[:, 1] = (row + box[:, 1]) / g
        steps["cell.box"] = box
        state = steps["cell.state"] = self.linear("cell.state", t)
        slots = steps["memory.slots"] = choose_slots(objectness, box, c["memory_objects"], c["suppression_iou"])
        facts = np.concatenate([sigmoid(objectness)[:, None], box, softmax(state)], -1)
        rows = self.linear("memory.cell", t) + self.linear("memory.item", item) + self.linear("memory.geometry", facts)
        steps["memory"] = np.concatenate([rows[slots] + w["memory.rank"], self.linear("memory.grid", t)])
        return steps

    def embed(self, ids):
        table = [self.weights["token_embed.weight"], self.linear("item_input", self.weights["item_embed.weight"])]
        return np.concatenate(table)[np.asarray(ids)]

    def attend(self, name, queries, keys, bias=None, rope=False):
        c = self.config
        heads, kv_heads = c["num_attention_heads"], c["num_key_value_heads"]
        q, k, v = self.linear(name + ".q", queries), self.linear(name + ".k", keys), self.linear(name + ".v", keys)
        if rope:
            q, k = rotate(q, heads, c["rope_theta"]), rotate(k, kv_heads, c["rope_theta"])
        return self.linear(name + ".o", attention(q, k, v, heads, kv_heads, bias))

    def read(self, memory, ids, prompt_length):
        """ids of prompt and answer so far; returns every named step of the text side."""
        c, w, steps = self.config, self.weights, {}
        x = steps["embed"] = self.embed(ids)
        causal = np.triu(np.full((len(ids), len(ids)), -np.inf), 1)
        for i in range(c["num_hidden_layers"]):
            p = f"layers.{i}."
            if i in c["refine_layers"]:
                keys = self.rms_norm(p + "refine.text_norm", x[:prompt_length])
                queries = self.layer_norm(p + "refine.norm", memory)
                memory = memory + np.tanh(w[p + "refine.gate"]) * self.attend(p + "refine", queries, keys)
                steps[f"memory.layer.{i}"] = memory
            if i in c["cross_attention_layers"]:
                keys, queries = self.rms_norm(p + "cross.memory_norm", memory), self.rms_norm(p + "cross.norm", x)
                x = x + np.tanh(w[p + "cross.gate"]) * self.attend(p + "cross", queries, keys)
            n = self.rms_norm(p + "norm1", x)
            x = x + self.attend(p + "attention", n, n, causal, rope=True)
            n = self.rms_norm(p + "norm2", x)
            gate = self.linear(p + "mlp.gate", n)
            x = x + self.linear(p + "mlp.down", gate * sigmoid(gate) * self.linear(p + "mlp.up", n))
            steps[f"layer.{i}"] = x
        h = steps["norm"] = self.rms_norm("norm", x)
        items = self.linear("item_output", h) @ w["item_embed.weight"].T * w["item_scale"] + w["item_bias"]
        steps["logits"] = np.concatenate([h @ w["token_embed.weight"].T, items], -1)
        return steps

    def generate(self, memory, prompt, limit):
        """Greedy continuation; yields (id, logits) until `<|end|>` or the limit."""
        ids = list(prompt)
        for _ in range(limit):
            logits = self.read(memory, ids, len(prompt))["logits"][-1]
            ids.append(int(logits.argmax()))
            yield ids[-1], logits
            if ids[-1] == self.config["eos_token_id"]:
                return


def main(folder, picture, instruction):
    from PIL import Image, ImageOps
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    config = json.loads(Path(folder, "config.json").read_text())
    model = Hearth(config, load_file(Path(folder, "model.safetensors")))
    tokenizer = Tokenizer.from_file(str(Path(folder, "tokenizer.json")))
    image = ImageOps.exif_transpose(Image.open(picture)).convert("RGB")
    image = image.resize((config["image_size"],) * 2, Image.Resampling.BICUBIC)
    prompt = tokenizer.encode(f"<|user|>{instruction}<|assistant|>").ids
    memory = model.see(np.asarray(image))["memory"]
    ids = [i for i, _ in model.generate(memory, prompt, 200)]
    print(tokenizer.decode([i for i in ids if i != config["eos_token_id"]], skip_special_tokens=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
