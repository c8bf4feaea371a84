"""Write one SigLIP-so400m vision tower with random weights for Millrace, llama.cpp and ONNX Runtime.

    make_models.py FOLDER --size 384

FOLDER gets `siglip-SIZE-F16.gguf` (an mmproj file), `siglip-SIZE.onnx` (FP32), `siglip-SIZE-int8.onnx` (ONNX Runtime's
dynamic quantization of the same) and `tiny-text.gguf` (llama.cpp's mtmd asks for a text model beside the tower).
"""
import argparse
import os

import gguf
import numpy as np
import onnx
from onnx import TensorProto, helper

LAYERS, HIDDEN, HEADS, FEED_FORWARD, PATCH, EPSILON = 27, 1152, 16, 4304, 14, 1e-6
TEXT_WIDTH = 64


def draw(rng, *shape):
    """Small weights that F16 holds exactly, so that all files have the same."""
    return (rng.standard_normal(shape, dtype=np.float32) * 0.02).astype(np.float16).astype(np.float32)


def tower(size):
    """All tensors under their names in mmproj files, in F32: matrices [out, in], the patches' [out, 3, 14, 14]."""
    rng = np.random.default_rng(0)
    tensors = {
        "v.patch_embd.weight": draw(rng, HIDDEN, 3, PATCH, PATCH),
        "v.patch_embd.bias": draw(rng, HIDDEN),
        "v.position_embd.weight": draw(rng, (size // PATCH) ** 2, HIDDEN),
    }
    matrices = {
        "attn_q": (HIDDEN, HIDDEN), "attn_k": (HIDDEN, HIDDEN), "attn_v": (HIDDEN, HIDDEN), "attn_out": (HIDDEN, HIDDEN),
        "ffn_up": (FEED_FORWARD, HIDDEN), "ffn_down": (HIDDEN, FEED_FORWARD),
    }  # fmt: skip
    for layer in range(LAYERS):
        for name, shape in matrices.items():
            tensors[f"v.blk.{layer}.{name}.weight"] = draw(rng, *shape)
            tensors[f"v.blk.{layer}.{name}.bias"] = draw(rng, shape[0])
        for name in ("ln1", "ln2"):
            tensors[f"v.blk.{layer}.{name}.weight"] = 1 + draw(rng, HIDDEN)
            tensors[f"v.blk.{layer}.{name}.bias"] = draw(rng, HIDDEN)
    tensors["v.post_ln.weight"] = 1 + draw(rng, HIDDEN)
    tensors["v.post_ln.bias"] = draw(rng, HIDDEN)
    return tensors


def write_gguf(path, size, tensors):
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_type("mmproj")
    writer.add_file_type(1)
    writer.add_bool("clip.has_vision_encoder", True)
    # A two-layer projector to a very narrow text model: next to no work, and the same tower before it.
    writer.add_string("clip.projector_type", "mlp")
    writer.add_bool("clip.use_gelu", True)
    for key, value in {
        "image_size": size, "patch_size": PATCH, "embedding_length": HIDDEN, "feed_forward_length": FEED_FORWARD,
        "projection_dim": TEXT_WIDTH, "block_count": LAYERS, "attention.head_count": HEADS,
    }.items():  # fmt: skip
        writer.add_uint32(f"clip.vision.{key}", value)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", EPSILON)
    # With this projector llama.cpp would leave out the last layer unless told that its features are wanted.
    writer.add_array("clip.vision.feature_layer", [LAYERS])
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
    rng = np.random.default_rng(1)
    projector = {
        "mm.0.weight": draw(rng, TEXT_WIDTH, HIDDEN), "mm.0.bias": draw(rng, TEXT_WIDTH),
        "mm.2.weight": draw(rng, TEXT_WIDTH, TEXT_WIDTH), "mm.2.bias": draw(rng, TEXT_WIDTH),
    }  # fmt: skip
    for name, data in {**tensors, **projector}.items():
        is_matrix = data.ndim > 1 and "position" not in name
        writer.add_tensor(name, data.astype(np.float16) if is_matrix else data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_text(path):
    """A llama of one layer with random weights and a handful of tokens."""
    rng = np.random.default_rng(2)
    vocabulary, heads, feed_forward = 300, 2, 64
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(4096)
    writer.add_embedding_length(TEXT_WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(feed_forward)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(TEXT_WIDTH // heads)
    writer.add_vocab_size(vocabulary)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    letters = [chr(c) for c in range(33, 127)]
    tokens = letters + [f"t{i}" for i in range(vocabulary - len(letters))]
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.NORMAL] * vocabulary)
    writer.add_token_merges(["t 0"])
    writer.add_bos_token_id(vocabulary - 2)
    writer.add_eos_token_id(vocabulary - 1)
    shapes = {
        "token_embd": (vocabulary, TEXT_WIDTH), "output": (vocabulary, TEXT_WIDTH),
        "blk.0.ffn_gate": (feed_forward, TEXT_WIDTH), "blk.0.ffn_up": (feed_forward, TEXT_WIDTH),
        "blk.0.ffn_down": (TEXT_WIDTH, feed_forward),
        **{f"blk.0.attn_{part}": (TEXT_WIDTH, TEXT_WIDTH) for part in ("q", "k", "v", "output")},
    }  # fmt: skip
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", draw(rng, *shape))
    for name in ("blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"):
        writer.add_tensor(f"{name}.weight", np.ones(TEXT_WIDTH, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class Graph:
    """Nodes and constants of an ONNX graph, in the order in which they are added."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, data):
        self.constants.append(onnx.numpy_helper.from_array(np.ascontiguousarray(data), name))
        return name

    def node(self, kind, inputs, name, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def linear(self, x, tensors, name):
        weight = self.constant(f"{name}.weight", tensors[f"{name}.weight"].T)
        product = self.node("MatMul", [x, weight], f"{name}.product")
        return self.node("Add", [product, self.constant(f"{name}.bias", tensors[f"{name}.bias"])], f"{name}.out")

    def norm(self, x, tensors, name):
        parameters = [self.constant(f"{name}.{kind}", tensors[f"{name}.{kind}"]) for kind in ("weight", "bias")]
        return self.node("LayerNormalization", [x, *parameters], f"{name}.out", axis=-1, epsilon=EPSILON)


def write_onnx(path, size, tensors):
    tokens = (size // PATCH) ** 2
    graph = Graph()
    split = graph.constant("split", np.array([0, 0, HEADS, HIDDEN // HEADS], np.int64))
    joined = graph.constant("joined", np.array([0, 0, HIDDEN], np.int64))
    scale = graph.constant("scale", np.array((HIDDEN // HEADS) ** -0.5, np.float32))
    kernel = [graph.constant(f"v.patch_embd.{kind}", tensors[f"v.patch_embd.{kind}"]) for kind in ("weight", "bias")]
    patches = graph.node("Conv", ["pixels", *kernel], "patches", kernel_shape=[PATCH, PATCH], strides=[PATCH, PATCH])
    flat = graph.constant("flat", np.array([1, HIDDEN, tokens], np.int64))
    rows = graph.node("Transpose", [graph.node("Reshape", [patches, flat], "columns")], "rows", perm=[0, 2, 1])
    x = graph.node("Add", [rows, graph.constant("positions", tensors["v.position_embd.weight"][None])], "embedded")
    for layer in range(LAYERS):
        name = f"v.blk.{layer}."
        normed = graph.norm(x, tensors, name + "ln1")
        heads = {}
        for part in "qkv":
            values = graph.node("Reshape", [graph.linear(normed, tensors, f"{name}attn_{part}"), split], f"{name}{part}4")
            order = [0, 2, 3, 1] if part == "k" else [0, 2, 1, 3]
            heads[part] = graph.node("Transpose", [values], f"{name}{part}", perm=order)
        scores = graph.node("Mul", [graph.node("MatMul", [heads["q"], heads["k"]], name + "dots"), scale], name + "scores")
        weights = graph.node("Softmax", [scores], name + "weights", axis=-1)
        mixed = graph.node("MatMul", [weights, heads["v"]], name + "mixed")
        attended = graph.node("Transpose", [mixed], name + "attended4", perm=[0, 2, 1, 3])
        attended = graph.node("Reshape", [attended, joined], name + "attended")
        x = graph.node("Add", [x, graph.linear(attended, tensors, name + "attn_out")], name + "middle")
        inner = graph.linear(graph.norm(x, tensors, name + "ln2"), tensors, name + "ffn_up")
        inner = graph.node("Gelu", [inner], name + "inner", approximate="tanh")
        x = graph.node("Add", [x, graph.linear(inner, tensors, name + "ffn_down")], name + "end")
    graph.norm(x, tensors, "v.post_ln")
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "siglip",
            [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, size, size])],
            [helper.make_tensor_value_info("v.post_ln.out", TensorProto.FLOAT, [1, tokens, HIDDEN])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=9,
    )
    onnx.save(model, path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--size", type=int, default=384)
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    base = os.path.join(arguments.folder, f"siglip-{arguments.size}")
    tensors = tower(arguments.size)
    write_gguf(base + "-F16.gguf", arguments.size, tensors)
    write_text(os.path.join(arguments.folder, "tiny-text.gguf"))
    write_onnx(base + ".onnx", arguments.size, tensors)
    del tensors
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(base + ".onnx", base + "-int8.onnx", weight_type=QuantType.QInt8)
