#!/usr/bin/env python3
"""Writes the committed cases of vision towers and text encoders: models/{vit,vit_labels,clip,bert,roberta,distilbert}.

    make_encoders.py [FOLDER]        # Tests/Oracles/models by default

Needs torch, transformers, safetensors, numpy and Pillow. Random weights from fixed seeds; the results are those of `transformers`
in F32. Each case holds config.json, model.safetensors, inputs.safetensors, expected.safetensors and case.json.
"""
import hashlib
import json
import pathlib
import shutil
import sys

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch.nn import functional

torch.set_num_threads(1)
torch.set_grad_enabled(False)

VIT = dict(hidden_size=18, intermediate_size=26, num_hidden_layers=2, num_attention_heads=3, image_size=[12, 8], patch_size=4)
CLIP = dict(hidden_size=18, intermediate_size=26, num_hidden_layers=3, num_attention_heads=3, image_size=12, patch_size=4,
            projection_dim=10)
BERT = dict(vocab_size=40, hidden_size=18, intermediate_size=26, num_hidden_layers=2, num_attention_heads=3,
            max_position_embeddings=16)
CASES = [
    dict(name="vit", model="ViTModel", config=("ViTConfig", VIT), seed=11, about="ViT with a pooler; input 12 high and 8 wide"),
    dict(name="vit_labels", model="ViTForImageClassification", seed=12, about="ViT with a classifier of 4 labels",
         config=("ViTConfig", VIT | dict(image_size=8, id2label={i: f"class {i}" for i in range(4)}))),
    dict(name="clip", model="CLIPVisionModelWithProjection", config=("CLIPVisionConfig", CLIP), seed=13,
         about="CLIP's picture side with its projection, a picture and what the processor makes of it"),
    dict(name="bert", model="BertModel", config=("BertConfig", BERT), seed=14, about="BERT; texts of 11, 4 and 1 tokens"),
    dict(name="roberta", model="RobertaModel", config=("RobertaConfig", BERT | dict(type_vocab_size=1)), seed=15,
         about="RoBERTa, whose positions begin after the one of padding"),
    dict(name="distilbert", model="DistilBertModel", seed=16, about="DistilBERT, which tells no sentences apart",
         config=("DistilBertConfig", dict(vocab_size=40, dim=18, hidden_dim=26, n_layers=2, n_heads=3, max_position_embeddings=16))),
]
LENGTHS = [11, 4, 1]


def rng(seed, *tags):
    """A generator for each seed and tags: a new tensor does not shift the others."""
    digest = hashlib.sha256("|".join([str(seed), *tags]).encode()).digest()
    return np.random.default_rng(list(digest[:16]))


def randomize(model, seed):
    """Norms around 1, biases not zero, matrices that keep the scale of what they multiply, tables and tokens of 0.4."""
    for name, parameter in model.named_parameters():
        shape, g = tuple(parameter.shape), rng(seed, name)
        if "norm" in name.lower() and name.endswith("weight"):
            values = g.uniform(0.5, 1.5, shape)
        elif len(shape) == 1:
            values = g.standard_normal(shape) * 0.15
        elif "embedding" in name and "patch" not in name:
            values = g.standard_normal(shape) * 0.4
        else:
            values = g.standard_normal(shape) * 1.3 / np.sqrt(np.prod(shape[1:]))
        parameter.copy_(torch.from_numpy(values.astype(np.float32)))


def taps(model, results):
    """Notes the embeddings and each block's result."""
    def note(key):
        def hook(_module, _input, output):
            results[key] = (output[0] if isinstance(output, tuple) else output).detach().clone()
        return hook
    for name, module in model.named_modules():
        parts = name.split(".")
        if parts[-1] == "embeddings":
            module.register_forward_hook(note("embed"))
        if len(parts) > 1 and parts[-1].isdigit() and parts[-2] in ("layer", "layers"):
            module.register_forward_hook(note(f"layer.{parts[-1]}"))


def look(model, inputs):
    """Everything that a tower computes."""
    results = {}
    taps(model, results)
    output = model(inputs["pixel_values"], output_hidden_states=True)
    for key in ("last_hidden_state", "pooler_output", "image_embeds", "logits"):
        if getattr(output, key, None) is not None:
            results[key] = getattr(output, key)
    if "image_embeds" in results:
        results["features.-2"] = output.hidden_states[-2]
        # The class token of transformers' output is normed; the features are not.
        results["last_hidden_state"] = output.hidden_states[-1]
        results["pooler_output"] = model.vision_model.post_layernorm(output.hidden_states[-1][:, 0])
    return results


def read(model, inputs):
    """Everything that an encoder computes; rows of padding are zeros."""
    results = {}
    taps(model, results)
    extra = {key: inputs[key] for key in ("token_type_ids",) if key in inputs}
    mask = inputs["attention_mask"]
    rows = model(input_ids=inputs["input_ids"], attention_mask=mask, **extra).last_hidden_state
    results["last_hidden_state"] = rows
    kept = mask.unsqueeze(-1).to(rows.dtype)
    results = {key: value * kept for key, value in results.items()}
    results["mean_pooled"] = (rows * kept).sum(1) / kept.sum(1)
    results["mean_pooled_l2"] = functional.normalize(results["mean_pooled"], dim=-1)
    results["max_pooled"] = rows.masked_fill(kept == 0, -torch.inf).amax(1)
    results["cls"] = rows[:, 0]
    return results


def texts(case, vocabulary):
    longest, g = max(LENGTHS), rng(case["seed"], "inputs")
    mask = np.array([[1] * n + [0] * (longest - n) for n in LENGTHS])
    # RoBERTa takes the id 1 for padding wherever it stands.
    padding = 1 if case["name"] == "roberta" else 0
    ids = np.where(mask == 1, g.integers(5, vocabulary, mask.shape), padding)
    inputs = {"input_ids": ids, "attention_mask": mask}
    if case["name"] == "bert":
        inputs["token_type_ids"] = np.array([[0] * (n // 2) + [1] * (longest - n // 2) for n in LENGTHS]) * mask
    return {key: torch.from_numpy(value.astype(np.int64)) for key, value in inputs.items()}


def picture(folder, case):
    """A picture, what CLIP's processor makes of it, and the processor's settings."""
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
    processor = CLIPImageProcessorPil(size={"shortest_edge": 14}, crop_size={"height": 12, "width": 12})
    processor.save_pretrained(folder)
    pixels = rng(case["seed"], "picture").integers(0, 256, (19, 33, 3)).astype(np.uint8)
    made = processor(pixels, return_tensors="np", input_data_format="channels_last")["pixel_values"][0]
    return torch.from_numpy(pixels), torch.from_numpy(np.ascontiguousarray(made)).float()


def write(path, tensors):
    save_file({key: tensors[key].detach().clone().contiguous() for key in sorted(tensors)}, path)


def make(root, case):
    folder = root / case["name"]
    shutil.rmtree(folder, ignore_errors=True)
    kind, values = case["config"]
    config = getattr(transformers, kind)(**values)
    config._attn_implementation = "eager"
    options = {"add_pooling_layer": False} if case["model"] in ("BertModel", "RobertaModel") else {}
    model = getattr(transformers, case["model"])(config, **options).eval()
    randomize(model, case["seed"])
    model.save_pretrained(folder)
    expected = {}
    if "vocab_size" in values:
        inputs = texts(case, values["vocab_size"])
        expected |= read(model, inputs)
    else:
        size = values["image_size"]
        height, width = size if isinstance(size, list) else (size, size)
        pixels = rng(case["seed"], "inputs").uniform(-1, 1, (2, 3, height, width)).astype(np.float32)
        inputs = {"pixel_values": torch.from_numpy(pixels)}
        expected |= look(model, inputs)
        if case["name"] == "clip":
            inputs["picture"], expected["picture"] = picture(folder, case)
    write(folder / "inputs.safetensors", inputs)
    write(folder / "expected.safetensors", expected)
    facts = {"kind": "encoder", "name": case["name"], "class": case["model"], "about": case["about"], "seed": case["seed"]}
    (folder / "case.json").write_text(json.dumps(facts, indent=1) + "\n")
    print(case["name"], sum(file.stat().st_size for file in folder.iterdir()), "bytes")


if __name__ == "__main__":
    here = pathlib.Path(__file__).resolve().parent.parent / "models"
    for item in CASES:
        make(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here, item)
