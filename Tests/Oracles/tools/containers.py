#!/usr/bin/env python3
"""Makes Tests/Oracles/containers: small weight files of every container, and the tensors that a correct reader finds in them.

usage: containers.py [FOLDER]     (default: ../containers beside this file)

Needs torch, transformers, safetensors, bitsandbytes, onnx, onnxscript and gguf. Expected tensors are those that went in, or for
quantized ones what bitsandbytes itself, or AutoGPTQ's and AutoAWQ's formulas in PyTorch, make of them.
"""
import collections
import io
import json
import pathlib
import pickle
import sys
import zipfile

import bitsandbytes.functional as bnb
import gguf
import numpy
import onnx
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM, SiglipVisionConfig, SiglipVisionModel

HERE = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent / "containers")


def folder(name):
    path = HERE / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def random(*shape, dtype=torch.float32):
    return torch.randn(*shape).to(dtype)


# --- PyTorch ---

def make_torch():
    path = folder("torch")
    matrix = random(6, 4)
    state = collections.OrderedDict()
    state["embed.weight"] = matrix
    state["head.weight"] = matrix  # tied: one storage
    state["half.weight"] = random(3, 5, dtype=torch.float16)
    state["brain.weight"] = random(2, 3, 2, dtype=torch.bfloat16)
    state["double"] = random(3, dtype=torch.float64)
    state["turned.weight"] = random(5, 3).t()
    state["row.weight"] = random(8, 4)[2:5]
    state["column.weight"] = random(4, 6)[:, 1:4]
    state["scalar"] = torch.tensor(2.5)
    state["ids"] = torch.arange(7)
    state["small"] = torch.tensor([[-3, 4]], dtype=torch.int8)
    state["mask"] = torch.tensor([True, False, True])
    state["empty"] = torch.zeros(0, 4)
    save_file({k: v.contiguous().clone() for k, v in state.items()}, path / "expected.safetensors")
    torch.save(state, path / "zip.bin")
    torch.save(state, path / "legacy.bin", _use_new_zipfile_serialization=False)
    module = torch.nn.Sequential(collections.OrderedDict(norm=torch.nn.LayerNorm(4), up=torch.nn.Linear(4, 3)))
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter)
    save_file(module.state_dict(), path / "module.safetensors")
    optimizer = torch.optim.AdamW(module.parameters())
    module(random(2, 4)).sum().backward()
    optimizer.step()
    save_file(module.state_dict(), path / "module.safetensors")
    torch.save(
        {"epoch": 3, "rate": 1e-3, "name": "tiny", "optimizer": optimizer.state_dict(),
         "state_dict": collections.OrderedDict(("module." + k, v) for k, v in module.state_dict().items())},
        path / "checkpoint.pth")
    torch.save({"model": dict(module.named_parameters())}, path / "parameters.pt")
    # Everything beyond dictionaries of tensors is a program.
    torch.save(module, path / "whole.pt")

    class Program:
        def __reduce__(self):
            return (exec, ("raise SystemExit",))

    torch.save({"weight": random(2), "extra": Program()}, path / "program.pt")
    torch.save({"weight": random(1, 2).expand(3, 2)}, path / "repeated.pt")
    buffer = io.BytesIO()
    with zipfile.ZipFile(path / "zip.bin") as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            target.writestr(entry.filename, source.read(entry))
    (path / "compressed.pt").write_bytes(buffer.getvalue())

    # A shape whose product overflows on its way to zero; torch itself cannot make one.
    class Marker:
        pass

    class Huge:
        def __reduce__(self):
            return (torch._utils._rebuild_tensor_v2, (Marker(), 0, (1 << 62, 4, 0), (4, 1, 1), False, collections.OrderedDict()))

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return ("storage", torch.FloatStorage, "0", "cpu", 4) if isinstance(value, Marker) else None

    buffer = io.BytesIO()
    Pickler(buffer, protocol=2).dump({"weight": Huge()})
    with zipfile.ZipFile(path / "huge.pt", "w") as archive:
        for name, content in [("data.pkl", buffer.getvalue()), ("data/0", bytes(16))]:
            archive.writestr(zipfile.ZipInfo(f"huge/{name}"), content)

    adapter = folder("torch/adapter")
    source = HERE.parent / "models/llama_lora"
    (adapter / "adapter_config.json").write_text((source / "adapter_config.json").read_text())
    torch.save(load_file(source / "adapter_model.safetensors"), adapter / "adapter_model.bin")

    shards = folder("torch/shards")
    names = sorted(state)
    weight_map = {}
    for index, part in enumerate([names[:6], names[6:]]):
        file = f"pytorch_model-{index + 1:05}-of-00002.bin"
        torch.save({name: state[name] for name in part}, shards / file)
        weight_map |= {name: file for name in part}
    (shards / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}, indent=1))


# --- Split GGUF ---

def make_gguf():
    path = folder("gguf")
    expected = {f"blk.{i}.weight": random(3, 4) for i in range(5)}
    writer = gguf.GGUFWriter(path / "tiny.gguf", "llama", split_max_tensors=2)
    writer.add_block_count(5)
    writer.add_name("tiny")
    for name, tensor in expected.items():
        writer.add_tensor(name, tensor.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    save_file(expected, path / "expected.safetensors")


# --- Quantized safetensors ---

def make_bitsandbytes():
    tensors, expected = {}, {}
    # Not rows of 32: of those, bitsandbytes 0.50 on processors takes the first block's scale for all.
    cases = [("nf4", False, torch.float16, (24, 40)), ("nf4", True, torch.bfloat16, (33, 500)), ("fp4", False, torch.float32, (6, 64)),
             ("fp4", True, torch.float16, (7, 9))]
    for number, (kind, nested, dtype, shape) in enumerate(cases):
        name = f"layers.{number}.weight"
        packed, state = bnb.quantize_4bit(random(*shape, dtype=dtype), blocksize=64, quant_type=kind, compress_statistics=nested)
        expected[name] = bnb.dequantize_4bit(packed, state).clone()
        assert expected[name].dtype == dtype and expected[name].shape == shape
        tensors[name] = packed
        tensors |= {f"{name}.{key}": value for key, value in state.as_dict(packed=True).items()}
    tensors["norm.weight"] = expected["norm.weight"] = random(8)
    path = folder("bitsandbytes")
    save_file({k: v.contiguous() for k, v in tensors.items()}, path / "model.safetensors")
    save_file(expected, path / "expected.safetensors")
    (path / "config.json").write_text(json.dumps({"quantization_config": {
        "quant_method": "bitsandbytes", "load_in_4bit": True, "load_in_8bit": False, "bnb_4bit_quant_type": "nf4",
        "bnb_4bit_quant_storage": "uint8", "bnb_4bit_use_double_quant": True, "bnb_4bit_compute_dtype": "bfloat16"}}))


def pack(values, bits, axis):
    """32-bit words of `values`, low bits first, along an axis."""
    count = 32 // bits
    values = values.to(torch.int64).movedim(axis, -1)
    values = values.reshape(*values.shape[:-1], -1, count)
    words = (values << (torch.arange(count) * bits)).sum(-1)
    return torch.where(words >= 1 << 31, words - (1 << 32), words).to(torch.int32).movedim(-1, axis).contiguous()


def quantize(weight, bits, group, symmetric):
    """Codes [in, out], scales and zero points [groups, out] by rounding to the nearest; `group` gives each input's group."""
    levels = 2 ** bits - 1
    columns = weight.t().float()
    groups = int(group.max()) + 1
    scales, zeros = torch.zeros(groups, columns.shape[1]), torch.zeros(groups, columns.shape[1])
    codes = torch.zeros_like(columns)
    for index in range(groups):
        rows = columns[group == index]
        low, high = rows.min(0).values.clamp(max=0), rows.max(0).values.clamp(min=0)
        if symmetric:
            high = torch.maximum(high, -low)
            low = -high
        scales[index] = ((high - low) / levels).half().float()
        zeros[index] = (levels + 1) / 2 if symmetric else (-low / scales[index]).round().clamp(1, levels)
        codes[group == index] = (rows / scales[index] + zeros[index]).round().clamp(0, levels)
    return codes, scales, zeros


def gptq(name, weight, bits, size, act_order=False, symmetric=True, version=1, dtype=torch.float16):
    """AutoGPTQ's QuantLinear: its packing, and the product that its forward pass makes in the type of the scales."""
    inputs = weight.shape[1]
    group = torch.arange(inputs) // size
    if act_order:
        group = group[torch.randperm(inputs)]
    codes, scales, zeros = quantize(weight, bits, group, symmetric)
    scales = scales.to(dtype)
    tensors = {
        f"{name}.qweight": pack(codes, bits, 0), f"{name}.qzeros": pack(zeros - (1 if version == 1 else 0), bits, 1),
        f"{name}.scales": scales, f"{name}.g_idx": group.to(torch.int32)}
    dense = scales[group] * (codes - zeros[group]).to(dtype)
    return tensors, dense.t().contiguous()


def make_gptq():
    for name, bits, settings, options in [
            ("gptq4", 4, {"checkpoint_format": "gptq", "desc_act": True}, {"act_order": True}),
            ("gptq8", 8, {"desc_act": False}, {"symmetric": False}),
            ("gptq_v2", 4, {"checkpoint_format": "gptq_v2", "desc_act": False},
             {"version": 2, "symmetric": False, "dtype": torch.bfloat16})]:
        tensors, expected = {}, {}
        for layer, shape in enumerate([(16, 32), (8, 64)]):
            packed, dense = gptq(f"layers.{layer}", random(*shape), bits, 16, **options)
            tensors |= packed
            expected[f"layers.{layer}.weight"] = dense
        if name == "gptq8":
            tensors = {k: v for k, v in tensors.items() if not k.endswith("g_idx")}
        tensors["layers.0.bias"] = expected["layers.0.bias"] = random(16, dtype=torch.float16)
        path = folder(name)
        save_file(tensors, path / "model.safetensors")
        save_file(expected, path / "expected.safetensors")
        (path / "config.json").write_text(json.dumps(
            {"quantization_config": {"quant_method": "gptq", "bits": bits, "group_size": 16, "sym": True} | settings}))


def make_awq():
    """AutoAWQ's WQLinear_GEMM: outputs in the order 0, 2, 4, 6, 1, 3, 5, 7 in each word."""
    tensors, expected = {}, {}
    order = torch.tensor([0, 2, 4, 6, 1, 3, 5, 7])

    def words(values):
        shape = values.shape
        return pack(values.reshape(*shape[:-1], -1, 8)[..., order].reshape(shape), 4, 1)

    for layer, shape in enumerate([(16, 32), (8, 64)]):
        group = torch.arange(shape[1]) // 16
        codes, scales, zeros = quantize(random(*shape), 4, group, False)
        scales = scales.half()
        name = f"layers.{layer}"
        tensors |= {f"{name}.qweight": words(codes), f"{name}.qzeros": words(zeros), f"{name}.scales": scales}
        expected[f"{name}.weight"] = ((codes - zeros[group]).half() * scales[group]).t().contiguous()
    path = folder("awq")
    save_file(tensors, path / "model.safetensors")
    save_file(expected, path / "expected.safetensors")
    (path / "config.json").write_text(json.dumps({"quantization_config": {
        "quant_method": "awq", "bits": 4, "group_size": 16, "zero_point": True, "version": "gemm", "backend": "autoawq"}}))


def make_llama():
    """A whole text model in GPTQ, and the same model in F16 with the values that its codes stand for."""
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=24, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1,
        max_position_embeddings=32, tie_word_embeddings=False)).half()
    tensors, dense = {}, {}
    for name, tensor in model.state_dict().items():
        tensor = torch.randn_like(tensor) * 0.3 if tensor.dim() == 2 else tensor
        if "proj" in name:
            packed, dense[name] = gptq(name.removesuffix(".weight"), tensor, 4, 16)
            tensors |= packed
        else:
            tensors[name] = dense[name] = tensor.contiguous()
    config = model.config.to_dict() | {"torch_dtype": "float16"}
    config = {k: config[k] for k in [
        "model_type", "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
        "num_key_value_heads", "max_position_embeddings", "tie_word_embeddings", "rms_norm_eps", "hidden_act"]}
    path = folder("llama_gptq")
    save_file(tensors, path / "model.safetensors")
    save_file(dense, path / "expected.safetensors")
    (path / "config.json").write_text(json.dumps(config | {
        "quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 16, "desc_act": False, "sym": True}}, indent=1))


# --- ONNX ---

def slim(path):
    """Keeps of the metadata of nodes only what names their modules."""
    model = onnx.load(path, load_external_data=False)
    for node in model.graph.node:
        kept = [p for p in node.metadata_props if p.key == "pkg.torch.onnx.name_scopes"]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    del model.graph.value_info[:]
    for item in list(model.graph.input) + list(model.graph.output) + list(model.graph.initializer):
        del item.metadata_props[:]
    del model.metadata_props[:]
    del model.functions[:]
    onnx.save(model, path)


def make_onnx():
    path = folder("siglip_onnx")
    config = SiglipVisionConfig(
        hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2, image_size=8, patch_size=4,
        vision_use_head=False)
    model = SiglipVisionModel(config).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    # Two vectors with the same content: exporters write one of them.
    state = model.state_dict()
    prefix = "vision_model." if any(k.startswith("vision_model.") for k in state) else ""
    layer = f"{prefix}encoder.layers.0."
    state[f"{layer}self_attn.k_proj.bias"].copy_(state[f"{layer}self_attn.q_proj.bias"])
    state[f"{layer}layer_norm2.weight"].copy_(state[f"{layer}layer_norm1.weight"])
    pixels = random(1, 3, 8, 8)
    save_file({k: v.contiguous().clone() for k, v in model.state_dict().items()}, path / "expected.safetensors")
    torch.onnx.export(model, (pixels,), path / "model.onnx", dynamo=False, input_names=["pixel_values"])
    slim(path / "model.onnx")
    keys = ["hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "image_size", "patch_size",
            "hidden_act", "layer_norm_eps", "num_channels"]
    (path / "config.json").write_text(json.dumps(
        {"model_type": "siglip_vision_model"} | {k: getattr(config, k) for k in keys}, indent=1))
    dynamo = folder("siglip_onnx/dynamo")
    torch.onnx.export(model, (pixels,), dynamo / "model.onnx", dynamo=True, external_data=True)
    slim(dynamo / "model.onnx")

    path = folder("bert_onnx")
    model = BertModel(BertConfig(
        vocab_size=12, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=6), add_pooling_layer=True).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)

    class Wrapper(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = model

        def forward(self, ids):
            return self.bert(input_ids=ids)[0]

    model = Wrapper().eval()
    save_file({k: v.contiguous().clone() for k, v in model.state_dict().items()}, path / "expected.safetensors")
    ids = torch.ones(1, 3, dtype=torch.int64)
    torch.onnx.export(model, (ids,), path / "model.onnx", dynamo=False, opset_version=14, input_names=["input_ids"])
    slim(path / "model.onnx")

    # Every way to write elements, without a graph around them.
    path = folder("onnx")
    half = random(2, 3, dtype=torch.float16)
    tensors = {
        "raw.weight": random(3, 2), "typed.weight": random(2, 2), "typed.double": random(3, dtype=torch.float64),
        "raw.half": random(4, dtype=torch.float16), "typed.half": half, "raw.ids": torch.tensor([-5, 7, 1 << 40]),
        "typed.ids": torch.tensor([-5, 7, 1 << 40]), "typed.int32": torch.tensor([-9, 9], dtype=torch.int32),
        "typed.int8": torch.tensor([-128, 127], dtype=torch.int8), "typed.bool": torch.tensor([True, False])}
    initializers = []
    for name, tensor in tensors.items():
        kind = onnx.helper.np_dtype_to_tensor_dtype(tensor.numpy().dtype)
        if name.startswith("raw"):
            initializers.append(onnx.helper.make_tensor(name, kind, tensor.shape, tensor.numpy().tobytes(), raw=True))
        else:
            initializers.append(onnx.helper.make_tensor(name, kind, tensor.shape, tensor.numpy().flatten()))
    graph = onnx.helper.make_graph([], "weights", [], [], initializers)
    onnx.save(onnx.helper.make_model(graph), path / "types.onnx")
    save_file(tensors, path / "expected.safetensors")
    for name, location in [("outside", "../types.onnx"), ("absolute", "/etc/passwd"), ("absent", "absent.data")]:
        tensor = onnx.TensorProto(name="x.weight", dims=[2], data_type=1, data_location=1)
        tensor.external_data.add(key="location", value=location)
        onnx.save(onnx.helper.make_model(onnx.helper.make_graph([], name, [], [], [tensor])), path / f"{name}.onnx")
    node = onnx.helper.make_node("DequantizeLinear", ["w", "s"], ["y"], name="/up/DequantizeLinear")
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph([node], "q", [], [], [])), path / "quantized.onnx")


if __name__ == "__main__":
    for make in [make_torch, make_gguf, make_bitsandbytes, make_gptq, make_awq, make_llama, make_onnx]:
        torch.manual_seed(7)
        make()
        print(make.__name__)
