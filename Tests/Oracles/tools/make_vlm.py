"""Write the reference cases of vision-language models: tiny random checkpoints with the results of their reference classes.

    python make_vlm.py ../models [NAME…]    needs torch and transformers; the same seeds give the same files

`llava`, `llava_clip`, `idefics3`, `mllama` and `qwen2_5_vl` are transformers' own classes. GLM-Edge-V has none: it is put together from SiglipVisionModel, the adapter
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
from PIL import Image
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
        if p.ndim == 1 and len(p) == 1:                           # gates
            value = g.uniform(0.4, 1.2, shape)
        elif ("norm" in name or "ln_q" in name) and name.endswith("weight"):
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


def write_tokenizer(folder, template, more=()):
    vocabulary = {spell(c): i for i, c in enumerate(CHARACTERS)}
    added = [{"id": token(s), "content": s, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
              "special": True} for s in SPECIAL]
    added += [{**added[0], "id": VOCABULARY + i, "content": s} for i, s in enumerate(more)]
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


def picture(seed, height, width):
    return torch.from_numpy(rng(seed, "picture").integers(0, 256, (height, width, 3)).astype(np.uint8))


CLIP_COLOURS = {"image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}


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


def llava_clip(root):
    vision = transformers.CLIPVisionConfig(**{**VISION, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5},
                                           num_hidden_layers=3, image_size=16, patch_size=4, projection_dim=16)
    config = transformers.LlavaConfig(
        vision_config=vision, text_config=text_config(transformers.LlamaConfig, tie_word_embeddings=False),
        image_token_index=token("<image>"), vision_feature_layer=-2, vision_feature_select_strategy="default",
        projector_hidden_act="gelu", tie_word_embeddings=False)
    config._attn_implementation = "eager"
    model = transformers.LlavaForConditionalGeneration(config).eval()
    own(root, "llava_clip", 14, model, token("<image>"), 16, pixels(14, 1, 3, 16, 16),
        lambda m, p: torch.cat(list(m.model.get_image_features(
            p, vision_feature_layer=-2, vision_feature_select_strategy="default").pooler_output)),
        lambda c: None, "CLIP features before the last block without the class token, two linear layers, as LLaVA 1.5",
        "{%- for m in messages -%}\n{{- m.role.upper() + ': ' -}}\n{%- for c in m.content -%}\n{%- if c.type == 'image' -%}"
        "{{- '<image>\\n' -}}{%- else -%}{{- c.text -}}{%- endif -%}\n{%- endfor -%}\n{%- endfor -%}\n"
        "{%- if add_generation_prompt -%}{{- ' ASSISTANT:' -}}{%- endif -%}\n",
        {"image_processor_type": "CLIPImageProcessor", "do_resize": True, "resample": 3, "do_center_crop": True,
         "crop_size": {"height": 16, "width": 16}, "size": {"shortest_edge": 16}, "do_rescale": True,
         "rescale_factor": 1 / 255, "do_normalize": True, "do_convert_rgb": True,
         "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]})


def saved(folder, model):
    """The weights and the configuration as transformers writes them."""
    model.save_pretrained(folder)
    weights = load_file(folder + "/model.safetensors")
    config = json.load(open(folder + "/config.json"))
    if os.path.exists(folder + "/generation_config.json"):
        os.remove(folder + "/generation_config.json")
    return weights, config


# ------------------------------------------------------------------------------------------------- Llama 3.2 Vision
def inputs_of_layers(encoder):
    """The projector takes the inputs of the listed blocks, as the checkpoints were trained; transformers 5 takes outputs."""
    from transformers.modeling_outputs import BaseModelOutput

    def forward(self, hidden_states, attention_mask=None):
        states = ()
        for layer in self.layers:
            states += (hidden_states,)
            hidden_states = layer(hidden_states=hidden_states, attention_mask=attention_mask)
        return BaseModelOutput(last_hidden_state=hidden_states, hidden_states=states + (hidden_states,))

    encoder.forward = forward.__get__(encoder)


def mllama(root):
    from transformers.models.mllama.configuration_mllama import MllamaTextConfig, MllamaVisionConfig
    seed, name, image = 15, "mllama", VOCABULARY
    folder = new_folder(root, name)
    text = MllamaTextConfig(
        vocab_size=VOCABULARY, hidden_size=24, intermediate_size=28, num_hidden_layers=3, num_attention_heads=3,
        num_key_value_heads=1, cross_attention_layers=[1], max_position_embeddings=256, rms_norm_eps=1e-5,
        bos_token_id=token("<s>"), eos_token_id=token("<|endoftext|>"), pad_token_id=token("<pad>"),
        rope_parameters={"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0,
                         "high_freq_factor": 4.0, "original_max_position_embeddings": 32})
    vision = MllamaVisionConfig(
        hidden_size=24, intermediate_size=28, num_hidden_layers=2, num_global_layers=1, attention_heads=3, image_size=14,
        patch_size=7, intermediate_layers_indices=[0, 1], vision_output_dim=72)
    config = transformers.MllamaConfig(vision_config=vision, text_config=text, image_token_index=image)
    config._attn_implementation = "eager"
    model = transformers.MllamaForConditionalGeneration(config).eval()
    randomize(model, seed)
    weights, saved_config = saved(folder, model)
    inputs_of_layers(model.model.vision_model.transformer)
    # Two pictures that follow each other, and one more later: [shape, position].
    pictures, count, tiles = [(0, 3), (1, 4), (4, 9)], 14, vision.max_num_tiles
    g = rng(seed, "prompt")
    ids = g.integers(1, len(CHARACTERS), (1, count))
    values = np.zeros((1, len(pictures), tiles, 3, 14, 14), np.float32)
    ratio_ids, ratio_mask = np.zeros((1, len(pictures)), np.int64), np.zeros((1, len(pictures), tiles), np.int64)
    cross = np.zeros((1, count, len(pictures), tiles), np.int64)
    ends = [9, 9, count]
    for i, (shape, position) in enumerate(pictures):
        used = int(np.prod(vision.supported_aspect_ratios[shape]))
        values[0, i, :used] = rng(seed, "pixels", str(i)).uniform(-1, 1, (used, 3, 14, 14))
        ratio_ids[0, i], ids[0, position] = shape + 1, image
        ratio_mask[0, i, :used] = 1
        cross[0, position:ends[i], i, :used] = 1
    inputs = {"input_ids": torch.from_numpy(ids), "pixel_values": torch.from_numpy(values),
              "aspect_ratio_ids": torch.from_numpy(ratio_ids), "aspect_ratio_mask": torch.from_numpy(ratio_mask),
              "text_only.input_ids": torch.from_numpy(g.integers(1, len(CHARACTERS), (1, 7)))}
    seen = torch.from_numpy(cross)
    from transformers.models.mllama.image_processing_pil_mllama import MllamaImageProcessorPil
    processor = {"do_resize": True, "do_pad": True, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True,
                 "do_convert_rgb": True, "resample": 2, "max_image_tiles": 4, "size": {"height": 14, "width": 14}, **CLIP_COLOURS}
    inputs["picture"] = picture(seed, 20, 33)
    processed = MllamaImageProcessorPil(**processor)(images=[Image.fromarray(inputs["picture"].numpy())], return_tensors="pt")
    tiles_of_picture = processed["pixel_values"][0, 0][:int(processed["aspect_ratio_mask"].sum())]

    def logits(sequence):
        more = len(sequence) - count
        mask = torch.cat([seen, seen[:, -1:].expand(-1, more, -1, -1)], 1)
        return model(input_ids=torch.tensor([sequence]), cross_attention_mask=mask, use_cache=False,
                     **{k: inputs[k] for k in ("pixel_values", "aspect_ratio_ids", "aspect_ratio_mask")}).logits

    tower, decoder = model.model.vision_model, model.model.language_model
    taps = {"cross_attention_states": model.model.multi_modal_projector, "norm": decoder.norm}
    taps.update({f"layer.{i}": l for i, l in enumerate(decoder.layers)})
    taps.update({f"vision.layer.{i}": l for i, l in enumerate(tower.transformer.layers)})
    with Tap(taps) as tap:
        expected = {"logits": logits(ids[0].tolist()), "picture": tiles_of_picture}
    expected.update(tap.values)
    expected["text_only.logits"] = model(input_ids=inputs["text_only.input_ids"], use_cache=False).logits
    steps = greedy(lambda sequence: logits(sequence)[0, -1], ids[0].tolist())
    template = ("<s>{%- for m in messages -%}\n{{- '<|' + m.role + '|>\\n' -}}\n{%- for c in m.content -%}\n"
                "{%- if c.type == 'image' -%}{{- '<|image|>' -}}{%- else -%}{{- c.text -}}{%- endif -%}\n{%- endfor -%}\n"
                "{%- endfor -%}\n{%- if add_generation_prompt -%}\n{{- '<|assistant|>' -}}\n{%- endif -%}\n")
    write_tokenizer(folder, template, ["<|image|>"])
    write_json(folder + "/preprocessor_config.json", {"image_processor_type": "MllamaImageProcessor", **processor})
    finish(folder, name, "mllama", "three pictures of 1, 2 and 2 tiles, two of them side by side; one layer looks at them",
           type(model).__name__, weights, saved_config, inputs, expected, steps)


# ------------------------------------------------------------------------------------------------- Qwen2.5-VL
def qwen2_5_vl(root):
    from transformers.models.qwen2_5_vl.configuration_qwen2_5_vl import Qwen2_5_VLTextConfig, Qwen2_5_VLVisionConfig
    seed, name, image = 16, "qwen2_5_vl", token("<image>")
    folder = new_folder(root, name)
    vision = Qwen2_5_VLVisionConfig(
        depth=2, hidden_size=32, intermediate_size=28, num_heads=2, patch_size=4, spatial_merge_size=2, temporal_patch_size=2,
        window_size=16, out_hidden_size=24, fullatt_block_indexes=[1])
    text = Qwen2_5_VLTextConfig(
        vocab_size=VOCABULARY, hidden_size=24, intermediate_size=28, num_hidden_layers=2, num_attention_heads=3,
        num_key_value_heads=1, max_position_embeddings=256, rms_norm_eps=1e-6, tie_word_embeddings=False,
        bos_token_id=token("<s>"), eos_token_id=token("<|endoftext|>"), use_sliding_window=False,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [1, 1, 2]})
    config = transformers.Qwen2_5_VLConfig(
        vision_config=vision, text_config=text, image_token_id=image, video_token_id=token("<global-img>"),
        vision_start_token_id=token("<|begin_of_image|>"), vision_end_token_id=token("<|end_of_image|>"),
        tie_word_embeddings=False)
    config._attn_implementation = "eager"
    model = transformers.Qwen2_5_VLForConditionalGeneration(config).eval()
    randomize(model, seed)
    weights, saved_config = saved(folder, model)
    grids = torch.tensor([[1, 6, 10], [1, 4, 4]])
    pictures = [torch.from_numpy(rng(seed, "pixels", str(i)).uniform(-1, 1, (3, 4 * int(h), 4 * int(w))).astype(np.float32))
                for i, (_, h, w) in enumerate(grids)]
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
    processor = {"min_pixels": 256, "max_pixels": 2048, "patch_size": 4, "temporal_patch_size": 2, "merge_size": 2, **CLIP_COLOURS}
    seen = picture(seed, 100, 130)
    processed = Qwen2VLImageProcessorPil(**processor)(images=[Image.fromarray(seen.numpy())], return_tensors="pt")
    _, lines, columns = processed["image_grid_thw"][0].tolist()
    # Squares of patches, each colour twice, back to lines of pixels.
    resized = processed["pixel_values"].reshape(lines // 2, columns // 2, 2, 2, 3, 2, 4, 4)[..., 0, :, :].permute(
        4, 0, 2, 5, 1, 3, 6).reshape(3, lines * 4, columns * 4)
    cut = Qwen2VLImageProcessorPil().patchify
    patches = torch.cat([torch.from_numpy(np.array(cut(picture.numpy(), 4, 2, 2)[0])) for picture in pictures])
    g = rng(seed, "prompt")
    draw = lambda n: g.integers(1, len(CHARACTERS), n).tolist()
    ids = draw(4) + [image] * 15 + draw(3) + [image] * 4 + draw(5)
    inputs = {"input_ids": torch.tensor([ids]), **{f"pixel_values.{i}": picture for i, picture in enumerate(pictures)},
              "text_only.input_ids": torch.tensor([draw(7)]), "picture": seen}

    def logits(sequence):
        sequence = torch.tensor([sequence])
        kinds = torch.zeros_like(sequence)
        kinds[0, :len(ids)] = (sequence[0, :len(ids)] == image)
        positions, _ = model.model.get_rope_index(sequence, kinds, grids)
        rows = features(model, patches)
        embeds = model.model.language_model.embed_tokens(sequence).clone()
        embeds[0, kinds[0] == 1] = rows
        return model.lm_head(model.model.language_model(
            inputs_embeds=embeds, position_ids=positions, use_cache=False).last_hidden_state)

    def features(model, patches):
        return torch.cat(list(model.model.get_image_features(patches, grids).pooler_output))

    decoder = model.model.language_model
    with Tap({**{f"layer.{i}": l for i, l in enumerate(decoder.layers)}, "norm": decoder.norm}) as tap:
        expected = {"logits": logits(ids), "picture": resized}
    expected.update(tap.values)
    kinds = (inputs["input_ids"] == image).int()
    whole = model(input_ids=inputs["input_ids"], pixel_values=patches, image_grid_thw=grids, mm_token_type_ids=kinds,
                  use_cache=False).logits
    assert torch.allclose(whole, expected["logits"], atol=1e-4)
    expected["features"] = features(model, patches)
    expected["text_only.logits"] = model(input_ids=inputs["text_only.input_ids"], use_cache=False).logits
    steps = greedy(lambda sequence: logits(sequence)[0, -1], ids)
    template = ("{%- for m in messages -%}\n{{- '<|' + m.role + '|>\\n' -}}\n{%- for c in m.content -%}\n"
                "{%- if c.type == 'image' -%}{{- '<|begin_of_image|><image><|end_of_image|>' -}}"
                "{%- else -%}{{- c.text -}}{%- endif -%}\n{%- endfor -%}\n"
                "{%- endfor -%}\n{%- if add_generation_prompt -%}\n{{- '<|assistant|>' -}}\n{%- endif -%}\n")
    write_tokenizer(folder, template)
    write_json(folder + "/preprocessor_config.json", {"image_processor_type": "Qwen2VLImageProcessor", **processor})
    finish(folder, name, "vlm", "two pictures of 6x10 and 4x4 patches, windows of 4x4, positions on three axes",
           type(model).__name__, weights, saved_config, inputs, expected, steps)


def new_folder(root, name):
    folder = os.path.join(root, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


if __name__ == "__main__":
    for case in (glm_edge_v, llava, llava_clip, idefics3, mllama, qwen2_5_vl):
        if not sys.argv[2:] or case.__name__ in sys.argv[2:]:
            case(sys.argv[1])
