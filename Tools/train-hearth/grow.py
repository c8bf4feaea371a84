"""Starts a leg from the shipped F16 master, whatever its sizes: what has the same name and meaning is kept.

Items, states and tokens are matched by their text, positions are interpolated between grids, blocks beyond those of the
master begin as the identity. What is new keeps its fresh start.
"""
import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch.nn import functional as F


def matched(fresh, old, names, old_names, axis=0, first=0):
    """`fresh` with the slices of `old` that have the same name; slices before `first` are the same in both."""
    number, out = {name: i for i, name in enumerate(old_names)}, fresh.clone()
    out.narrow(axis, 0, first).copy_(old.narrow(axis, 0, first))
    for i, name in enumerate(names):
        if name in number:
            out.select(axis, first + i).copy_(old.select(axis, first + number[name]))
    return out


def positions(old, side):
    before = round(len(old) ** 0.5)
    grid = old.T.reshape(1, -1, before, before)
    return F.interpolate(grid, (side, side), mode="bicubic", align_corners=True).flatten(2)[0].T


def plain_tokens(tokenizer, config):
    return [tokenizer.id_to_token(i) for i in range(config["item_token_start"])]


def revive(vision, biases, pictures):
    """Batch normalisation that changes nothing on `pictures`, U8 [B, S, S, 3]: the master has it folded into the stem."""
    x = (pictures.float() / 127.5 - 1).permute(0, 3, 1, 2)
    for convolution, norm, bias in zip(vision.stem, vision.batch_norm, biases):
        x = convolution(x)
        mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_(torch.sqrt(variance + norm.eps))
        norm.bias.copy_(mean + bias)
        x = F.gelu(norm.eval()(x), approximate="tanh")


@torch.no_grad()
def grow(model, tokenizer, master, pictures):
    """Fills `model` from the model folder `master`; `pictures` are examples."""
    c, master = model.config, Path(master)
    old, old_tokenizer = json.loads((master / "config.json").read_text()), Tokenizer.from_file(str(master / "tokenizer.json"))
    kept, state = {name: value.float() for name, value in load_file(master / "model.safetensors").items()}, model.state_dict()
    for name, fresh in state.items():
        if name == "vision.position":
            state[name] = positions(kept[name], c["image_size"] // 16)
        elif name == "item_embed.weight":
            state[name] = matched(F.normalize(fresh, dim=-1), kept[name], c["item_names"], old["item_names"])
        elif name == "token_embed.weight":
            state[name] = matched(fresh, kept[name], plain_tokens(tokenizer, c), plain_tokens(old_tokenizer, old))
        elif name in ("cell.state.weight", "cell.state.bias"):
            state[name] = matched(fresh, kept[name], c["states"], old["states"])
        elif name == "memory.geometry.weight":
            state[name] = matched(fresh, kept[name], c["states"], old["states"], axis=1, first=5)
        elif name == "memory.rank":
            rows = min(len(fresh), len(kept[name]))
            state[name] = torch.cat([kept[name][:rows], kept[name][-1:].expand(len(fresh) - rows, -1)])
        elif name in kept and kept[name].shape == fresh.shape:
            state[name] = kept[name]
        elif name.startswith("vision.layers.") and name.endswith((".o.weight", ".o.bias", ".down.weight", ".down.bias")):
            state[name] = torch.zeros_like(fresh)
    model.load_state_dict(state)
    revive(model.vision, [kept[f"vision.stem.{i}.bias"] for i in range(4)], pictures)
