"""Write the reference cases of vision-language models: tiny random checkpoints with the results of their reference classes.

    python make_vlm.py ../models            needs torch and transformers; the same seeds give the same files

`llava` and `idefics3` are transformers' own classes. GLM-Edge-V has none: it is put together from SiglipVisionModel, the adapter
below and GlmForCausalLM. Weights are rounded to BF16 before anything is computed, and kept so in the files.
"""
import hashlib
import json
import os
import shutil
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)
torch.set_grad_enabled(False)

SPECIAL = ["<|endoftext|>", "<|user|>", "<|assistant|>", "<|begin_of_image|>", "<|end_of_image|>", "<image>", "<s>",
           "<fake_token_around_image>", "<global-img>", "<row_1_col_1>", "<row_1_col_2>", "<row_2_col_1>", "<row_2_col_2>",
           "<end_of_utterance>", "<pad>"]
CHARACTERS = ["\n"] + [chr(c) for c in range(32, 127)]
VOCABULARY = len(CHARACTERS) + len(SPECIAL) + 1
STEPS = 16


def token(name):
    return len(CHARACTERS) + SPECIAL.index(name)


def rng(seed, *tags):
    digest = hashlib.sha256(("%d|" % seed + "|".join(tags)).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))


def randomize(model, seed):
    """Norms around one, biases not zero, matrices that keep the scale; all rounded to BF16."""
    for name, p in model.named_parameters():
        g, shape = rng(seed, name), tuple(p.shape)
        if "norm" in name and name.endswith("weight"):
            value = g.uniform(0.5, 1.5, shape)
        elif p.ndim == 1:
            value = g.standard_normal(shape) * 0.15
        elif "embed" in name and "patch" not in name or name.endswith(("boi", "eoi")):
            value = g.standard_normal(shape) * 0.5
        else:
            gain = 1.3 if "q_proj" in name or "k_proj" in name else 1.0
            value = g.standard_normal(shape) * gain / np.sqrt(np.prod(shape[1:]))
        p.copy_(torch.from_numpy(value.astype(np.float32)).to(torch.bfloat16).float())


def spell(character):
    """As the byte-level alphabet writes a byte."""
    return {"\n": "\u010a", " ": "\u0120"}.get(character, character)


def write_tokenizer(folder, template):
    vocabulary = {spell(c): i for i, c in enumerate(CHARACTERS)}
    added = [{"id": token(s), "content": s, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
              "special": True} for s in SPECIAL]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    write_json(folder + "/tokenizer.json", {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
        "pre_tokenizer": byte_level, "post_processor": None, "decoder": byte_level,
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": vocabulary, "merges": []}})
    write_json(folder + "/tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|endoftext|>", "chat_template": template})


def write_json(path, value):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(value, f, ensure_ascii=False, separators=(",", ":"))
        f.write("\n")


class Tap:
    """The outputs of modules, by name."""

    def __init__(self, modules):
        self.values, self.handles = {}, []
        for name, module in modules.items():
            self.handles.append(module.register_forward_hook(self.hook(name)))

    def hook(self, name):
        def keep(module, inputs, output):
            self.values[name] = (output[0] if isinstance(output, tuple) else output).clone()
        return keep

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for handle in self.handles:
            handle.remove()


def greedy(step, prompt):
    ids, top, margin, sequence = [], [], [], list(prompt)
    for _ in range(STEPS):
        best = step(sequence).topk(2)
        ids.append(int(best.indices[0]))
        top.append(round(float(best.values[0]), 6))
        margin.append(round(float(best.values[0] - best.values[1]), 6))
        sequence.append(ids[-1])
    return {"prompt": list(prompt), "ids": ids, "top_logit": top, "margin": margin}


def finish(folder, name, kind, about, cls, weights, config, inputs, expected, steps):
    save_file({k: v.to(torch.bfloat16).contiguous() for k, v in sorted(weights.items())}, folder + "/model.safetensors",
              {"format": "pt"})
    write_json(folder + "/config.json", config)
    save_file({k: v.contiguous() for k, v in sorted(inputs.items())}, folder + "/inputs.safetensors")
    save_file({k: v.detach().float().clone().contiguous() for k, v in sorted(expected.items())},
              folder + "/expected.safetensors")
    write_json(folder + "/greedy.json", steps)
    write_json(folder + "/case.json", {
        "kind": kind, "name": name, "class": cls, "about": about, "weights": "bfloat16",
        "greedy_min_margin": min(steps["margin"])})


def prompts(seed, image_ids, before=4, after=6):
    g = rng(seed, "prompt")
    draw = lambda n: g.integers(1, len(CHARACTERS), n).tolist()
    ids = draw(before) + image_ids + draw(after)
    return {"input_ids": torch.tensor([ids]), "text_only.input_ids": torch.tensor([draw(7)])}


def pixels(seed, *shape):
    return torch.from_numpy(rng(seed, "pixels").uniform(-1, 1, shape).astype(np.float32))


def text_config(cls, **more):
    return cls(vocab_size=VOCABULARY, hidden_size=24, intermediate_size=32, num_hidden_layers=1, num_attention_heads=3,
               num_key_value_heads=1, head_dim=8, max_position_embeddings=256, rms_norm_eps=1e-5, pad_token_id=0,
               eos_token_id=token("<|endoftext|>"), bos_token_id=None, **more)


VISION = dict(hidden_size=24, intermediate_size=28, num_attention_heads=3, hidden_act="gelu_pytorch_tanh",
              layer_norm_eps=1e-6)


# ------------------------------------------------------------------------------------------------- GLM-Edge-V
class Adapter(nn.Module):
    def __init__(self, features, hidden, inner):
        super().__init__()
        self.conv = nn.Conv2d(features, hidden, 2, stride=2)
        self.linear = nn.Module()
        self.linear.linear_proj = nn.Linear(hidden, hidden, bias=False)
        self.linear.norm1 = nn.LayerNorm(hidden, eps=1e-6)
        self.linear.dense_h_to_4h = nn.Linear(hidden, inner, bias=False)
        self.linear.gate_proj = nn.Linear(hidden, inner, bias=False)
        self.linear.dense_4h_to_h = nn.Linear(inner, hidden, bias=False)
        self.boi = nn.Parameter(torch.zeros(1, 1, hidden))
        self.eoi = nn.Parameter(torch.zeros(1, 1, hidden))

    def forward(self, x):
        side = int(round(x.shape[1] ** 0.5))
        x = self.conv(x.transpose(1, 2).reshape(x.shape[0], -1, side, side)).flatten(2).transpose(1, 2)
        x = F.gelu(self.linear.norm1(self.linear.linear_proj(x)), approximate="tanh")
        x = self.linear.dense_4h_to_h(F.silu(self.linear.gate_proj(x)) * self.linear.dense_h_to_4h(x))
        return torch.cat([self.boi, x, self.eoi], 1)


class GLMEdgeV(nn.Module):
    def __init__(self, text, vision):
        super().__init__()
        self.text = transformers.GlmForCausalLM(text)
        self.vision = transformers.SiglipVisionModel(vision)
        self.adapter = Adapter(vision.hidden_size, text.hidden_size, 28)

    def names(self):
        parts = (("", self.text), ("model.vision.vit.model.vision_model.", self.vision), ("model.vision.adapter.", self.adapter))
        return {prefix + k.removeprefix("vision_model."): v for prefix, m in parts for k, v in m.state_dict().items()}

    def embed(self, ids, rows):
        """The first marks are the picture's; a greedy continuation may write more."""
        x, rows = self.text.model.embed_tokens(ids).clone(), rows.reshape(-1, rows.shape[-1])
        places = (ids[0] == token("<|begin_of_image|>")).nonzero()[:len(rows), 0]
        x[0, places] = rows
        return x


def glm_edge_v(root):
    seed, name = 11, "glm_edge_v"
    folder = new_folder(root, name)
    text = text_config(transformers.GlmConfig, attention_bias=False, partial_rotary_factor=1.0, tie_word_embeddings=False)
    vision = transformers.SiglipVisionConfig(**VISION, num_hidden_layers=2, image_size=16, patch_size=4, vision_use_head=False)
    text._attn_implementation = vision._attn_implementation = "eager"
    model = GLMEdgeV(text, vision).eval()
    randomize(model, seed)
    image = [token("<|begin_of_image|>")] * 6
    inputs = {"pixel_values": pixels(seed, 1, 3, 16, 16), **prompts(seed, image)}
    tower, decoder = model.vision, model.text.model
    vit = getattr(tower, "vision_model", tower)
    taps = {"vision.embed": vit.embeddings, **{f"vision.layer.{i}": l for i, l in enumerate(vit.encoder.layers)}}
    with Tap(taps) as tap:
        features = tower(inputs["pixel_values"]).last_hidden_state
    expected = {**tap.values, "vision.last_hidden_state": features, "features": model.adapter(features)}
    expected["inputs_embeds"] = model.embed(inputs["input_ids"], expected["features"])
    with Tap({**{f"layer.{i}": l for i, l in enumerate(decoder.layers)}, "norm": decoder.norm}) as tap:
        expected["logits"] = model.text(inputs_embeds=expected["inputs_embeds"], use_cache=False).logits
    expected.update(tap.values)
    expected["text_only.logits"] = model.text(inputs["text_only.input_ids"], use_cache=False).logits
    steps = greedy(lambda ids: model.text(
        inputs_embeds=model.embed(torch.tensor([ids]), expected["features"]), use_cache=False).logits[0, -1],
        inputs["input_ids"][0].tolist())
    config = {"architectures": ["GlmForCausalLM"], "model_type": "glm", "vocab_size": VOCABULARY, "hidden_size": 24,
              "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 3, "num_key_value_heads": 1,
              "head_dim": 8, "max_position_embeddings": 256, "partial_rotary_factor": 1.0, "rope_theta": 10000.0,
              "attention_bias": False, "tie_word_embeddings": False, "rms_norm_eps": 1e-5,
              "eos_token_id": [token("<|endoftext|>"), token("<|user|>")], "pad_token_id": token("<|endoftext|>"),
              "boi_token_id": token("<|begin_of_image|>"), "eoi_token_id": token("<|end_of_image|>"),
              "vision_config": {"model_type": "siglip_vision_model", **VISION, "num_hidden_layers": 2, "image_size": 16,
                                "patch_size": 4}}
    template = ("{%- for item in messages -%}\n{{- '<|' + item.role + '|>\\n' -}}\n{%- for part in item.content -%}\n"
                "{%- if part.type == 'image' -%}\n{%- for _ in range(6) -%}<|begin_of_image|>{%- endfor -%}\n"
                "{%- elif part.type == 'text' -%}\n{{- part.text -}}\n{%- endif -%}\n{%- endfor -%}\n{%- endfor -%}\n"
                "{%- if add_generation_prompt -%}\n{{- '<|assistant|>' -}}\n{%- endif -%}\n")
    write_tokenizer(folder, template)
    write_json(folder + "/preprocessor_config.json", {
        "image_processor_type": "MllamaImageProcessor", "do_resize": True, "do_pad": True, "resample": 3, "max_image_tiles": 1,
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "size": {"height": 16, "width": 16}})
    finish(folder, name, "glm_edge_v", "4x4 patches become 4 rows between two vectors", "composed", model.names(), config,
           inputs, expected, steps)


# ------------------------------------------------------------------------------------------------- transformers' own
def own(root, name, seed, model, image_token, rows, picture, features, config_changes, about, template, preprocessor):
    folder = new_folder(root, name)
    randomize(model, seed)
    model.tie_weights()
    inputs = {"pixel_values": picture, **prompts(seed, [image_token] * rows)}
    decoder = model.model.language_model if hasattr(model.model, "language_model") else model.model.text_model
    taps = {f"layer.{i}": l for i, l in enumerate(decoder.layers)}
    with Tap({**taps, "norm": decoder.norm}) as tap:
        logits = model(input_ids=inputs["input_ids"], pixel_values=picture, use_cache=False).logits
    expected = {**tap.values, "logits": logits, "features": features(model, picture)}
    expected["text_only.logits"] = model(input_ids=inputs["text_only.input_ids"], use_cache=False).logits
    steps = greedy(lambda ids: model(input_ids=torch.tensor([ids]), pixel_values=picture, use_cache=False).logits[0, -1],
                   inputs["input_ids"][0].tolist())
    model.save_pretrained(folder)
    weights = load_file(folder + "/model.safetensors")
    config = json.load(open(folder + "/config.json"))
    for leftover in ("generation_config.json",):
        if os.path.exists(f"{folder}/{leftover}"):
            os.remove(f"{folder}/{leftover}")
    config_changes(config)
    write_tokenizer(folder, template)
    write_json(folder + "/preprocessor_config.json", preprocessor)
    finish(folder, name, "vlm", about, type(model).__name__, weights, config, inputs, expected, steps)


def llava(root):
    vision = transformers.SiglipVisionConfig(**VISION, num_hidden_layers=3, image_size=16, patch_size=4, vision_use_head=False)
    config = transformers.LlavaConfig(
        vision_config=vision, text_config=text_config(transformers.LlamaConfig, tie_word_embeddings=False),
        image_token_index=token("<image>"), vision_feature_layer=-2, vision_feature_select_strategy="full",
        projector_hidden_act="gelu", tie_word_embeddings=False)
    config._attn_implementation = "eager"
    model = transformers.LlavaForConditionalGeneration(config).eval()
    own(root, "llava", 12, model, token("<image>"), 16, pixels(12, 1, 3, 16, 16),
        lambda m, p: torch.cat(list(m.model.get_image_features(
            p, vision_feature_layer=-2, vision_feature_select_strategy="full").pooler_output)),
        lambda c: None, "SigLIP features before the last block, two linear layers",
        "{%- for m in messages -%}\n{{- m.role.upper() + ': ' -}}\n{%- for c in m.content -%}\n{%- if c.type == 'image' -%}"
        "{{- '<image>\\n' -}}{%- else -%}{{- c.text -}}{%- endif -%}\n{%- endfor -%}\n{%- endfor -%}\n"
        "{%- if add_generation_prompt -%}{{- ' ASSISTANT:' -}}{%- endif -%}\n",
        {"image_processor_type": "SiglipImageProcessor", "do_resize": True, "resample": 3, "image_mean": [0.5, 0.5, 0.5],
         "image_std": [0.5, 0.5, 0.5], "size": {"height": 16, "width": 16}})


def idefics3(root):
    vision = transformers.models.idefics3.configuration_idefics3.Idefics3VisionConfig(
        **VISION, num_hidden_layers=2, image_size=16, patch_size=4)
    config = transformers.Idefics3Config(
        vision_config=vision, text_config=text_config(transformers.LlamaConfig, tie_word_embeddings=False),
        image_token_id=token("<image>"), scale_factor=2, tie_word_embeddings=False, pad_token_id=0)
    config._attn_implementation = "eager"
    model = transformers.Idefics3ForConditionalGeneration(config).eval()
    own(root, "idefics3", 13, model, token("<image>"), 12, pixels(13, 1, 3, 3, 16, 16),
        lambda m, p: torch.cat(list(m.model.get_image_features(p).pooler_output)), lambda c: None,
        "three tiles of 4x4 patches, shuffled 2x2 into 4 rows each",
        "<s>{%- for m in messages -%}\n{{- m.role.capitalize() -}}\n{%- if m.content[0].type == 'image' -%}{{- ':' -}}"
        "{%- else -%}{{- ': ' -}}{%- endif -%}\n{%- for c in m.content -%}\n{%- if c.type == 'image' -%}{{- '<image>' -}}"
        "{%- else -%}{{- c.text -}}{%- endif -%}\n{%- endfor -%}\n{{- '<end_of_utterance>\\n' -}}\n{%- endfor -%}\n"
        "{%- if add_generation_prompt -%}{{- 'Assistant:' -}}{%- endif -%}\n",
        {"image_processor_type": "Idefics3ImageProcessor", "do_resize": True, "do_image_splitting": True, "resample": 1,
         "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "size": {"longest_edge": 32},
         "max_image_size": {"longest_edge": 16}})


def new_folder(root, name):
    folder = os.path.join(root, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


if __name__ == "__main__":
    for case in (glm_edge_v, llava, idefics3):
        case(sys.argv[1])
