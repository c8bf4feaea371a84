"""Vocabularies as GGUF files without tensors, enough for `millrace tokenize`."""
import json
import struct

STRING, ARRAY, BOOL, I32, F32, U8, U32 = 8, 9, 7, 5, 6, 0, 4


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def array(kind, values):
    head = struct.pack("<IQ", kind, len(values))
    if kind == STRING:
        return ARRAY, head + b"".join(map(text, values))
    return ARRAY, head + struct.pack("<%d%s" % (len(values), {I32: "i", F32: "f", U8: "B"}[kind]), *values)


def write(path, pairs):
    pairs = {"general.architecture": (STRING, text("llama")), **pairs}
    with open(path, "wb") as file:
        file.write(b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)))
        for key, (kind, data) in pairs.items():
            file.write(text("" + key) + struct.pack("<I", kind) + data)


def byte_level(path, tokenizer, pre):
    """A byte-level tokenizer of the library, its special tokens as control tokens."""
    model = json.loads(tokenizer.to_str())["model"]
    added = tokenizer.get_added_tokens_decoder()
    tokens = [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())]
    kinds = [(3 if added[i].special else 4) if i in added else 1 for i in range(len(tokens))]
    write(path, {
        "tokenizer.ggml.model": (STRING, text("gpt2")), "tokenizer.ggml.pre": (STRING, text(pre)),
        "tokenizer.ggml.tokens": array(STRING, tokens), "tokenizer.ggml.token_type": array(I32, kinds),
        "tokenizer.ggml.merges": array(STRING, [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]),
        "tokenizer.ggml.add_bos_token": (BOOL, b"\0"),
    })


def bert(path, tokenizer):
    """WordPiece with the space before a word as part of its first token."""
    tokens = [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())]
    special = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}
    spelled = [t if t in special else t[2:] if t.startswith("##") else "▁" + t for t in tokens]
    write(path, {
        "tokenizer.ggml.model": (STRING, text("bert")), "tokenizer.ggml.tokens": array(STRING, spelled),
        "tokenizer.ggml.token_type": array(I32, [3 if t in special else 1 for t in tokens]),
        "tokenizer.ggml.unknown_token_id": (U32, struct.pack("<I", tokens.index("[UNK]"))),
        "tokenizer.ggml.bos_token_id": (U32, struct.pack("<I", tokens.index("[CLS]"))),
        "tokenizer.ggml.seperator_token_id": (U32, struct.pack("<I", tokens.index("[SEP]"))),
    })


def pieces(path, processor, model, charsmap, collapses):
    count = processor.get_piece_size()
    kinds = [2 if processor.is_unknown(i) else 3 if processor.is_control(i) else 6 if processor.is_byte(i) else 1 for i in range(count)]
    pairs = {
        "tokenizer.ggml.model": (STRING, text(model)),
        "tokenizer.ggml.tokens": array(STRING, [processor.id_to_piece(i) for i in range(count)]),
        "tokenizer.ggml.scores": array(F32, [processor.get_score(i) for i in range(count)]),
        "tokenizer.ggml.token_type": array(I32, kinds),
        "tokenizer.ggml.unknown_token_id": (U32, struct.pack("<I", processor.unk_id())),
        "tokenizer.ggml.add_bos_token": (BOOL, b"\0"), "tokenizer.ggml.add_eos_token": (BOOL, b"\0"),
        "tokenizer.ggml.remove_extra_whitespaces": (BOOL, b"\1" if collapses else b"\0"),
    }
    if charsmap:
        pairs["tokenizer.ggml.precompiled_charsmap"] = array(U8, list(charsmap))
    write(path, pairs)
