"""Small tokenizers of every family, with the components that the published files have."""
import json
import os

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from texts import CORPUS

SUFFIXES = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
UPPER, LOWER, START = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]", r"[^\r\n\p{L}\p{N}]?"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CASED = lambda tail: f"{START}{UPPER}*{LOWER}+{tail}|{START}{UPPER}+{LOWER}*{tail}"
CL100K = lambda digits: SUFFIXES + r"|[^\r\n\p{L}\p{N}]?\p{L}+|" + digits + r"| ?[^\s\p{L}\p{N}]+[\r\n]*|" + SPACES
DEEPSEEK3 = (r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|"""
    + SPACES)

# The expressions that split one after the other, by the name that GGUF has for them.
PATTERNS = {
    "gpt-2": [GPT2],
    "llama-bpe": [CL100K(r"\p{N}{1,3}")],
    "qwen2": [CL100K(r"\p{N}")],
    "qwen35": [SUFFIXES + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|" + SPACES],
    "chatglm-bpe": [CL100K(r"\p{N}{1,3}")],
    "tekken": [CASED("") + r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + SPACES],
    "gpt-4o": [CASED(SUFFIXES + "?") + r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + SPACES],
    "smollm": [r"\p{N}", GPT2],
    "starcoder": [r"\p{N}", GPT2],
    "command-r": [r"\p{N}", GPT2],
    "refact": [r"\p{N}", GPT2],
    "falcon": [r"[\p{P}\$\+<=>\^~\|`]+", GPT2, "[0-9][0-9][0-9]"],
    "default": [r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", "[0-9][0-9][0-9]"],
    "deepseek-coder": [r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[一-龥ࠀ-一가-퟿]+", r"\p{N}"],
    "deepseek-v3": [r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", DEEPSEEK3],
    "bloom": [" ?[^(\\s|.,!?…。，、।۔،)]+"],
    "bailingmoe": [r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"],
}
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|user|>", "<|assistant|>"]
LINES = CORPUS.split("\n")


def byte_level(steps, normalizer=None, size=700, ignores_merges=False, prefix_space=False):
    t = Tokenizer(models.BPE(ignore_merges=ignores_merges))
    if normalizer:
        t.normalizer = normalizer
    if not any(isinstance(step, pre_tokenizers.ByteLevel) for step in steps):
        steps = steps + [pre_tokenizers.ByteLevel(add_prefix_space=prefix_space, use_regex=False)]
    t.pre_tokenizer = pre_tokenizers.Sequence(steps)
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(LINES, trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False))
    t.add_special_tokens([AddedToken(name, normalized=False) for name in SPECIALS])
    t.add_tokens([AddedToken("<tool_call>", normalized=False, special=False)])
    return t


def splits(name):
    return [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in PATTERNS[name]]


def sentence_piece(folder, name, **options):
    prefix = os.path.join(folder, name)
    corpus = prefix + ".txt"
    with open(corpus, "w", encoding="utf-8") as file:
        file.write(CORPUS)
    sentencepiece.SentencePieceTrainer.train(
        input=corpus, model_prefix=prefix, vocab_size=options.pop("vocab_size", 420), minloglevel=2,
        hard_vocab_limit=False, **options)
    return prefix + ".model"


def unigram(model, steps, pre, post=None, byte_fallback=False):
    """A Unigram tokenizer.json of a SentencePiece model."""
    processor = sentencepiece.SentencePieceProcessor(model_file=model)
    vocabulary = [(processor.id_to_piece(i), processor.get_score(i)) for i in range(processor.get_piece_size())]
    t = Tokenizer(models.Unigram(vocabulary, unk_id=processor.unk_id(), byte_fallback=byte_fallback))
    t.normalizer = normalizers.Sequence(steps)
    t.pre_tokenizer = pre
    t.decoder = decoders.Metaspace()
    t.add_special_tokens([AddedToken("<s>", normalized=False), AddedToken("</s>", normalized=False)])
    t.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", t.token_to_id("</s>"))])
    return t


def gemma(size=700):
    """Gemma: no prefix, spaces as ▁ split off after them, byte fallback, runs of spaces as tokens."""
    t = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    t.normalizer = normalizers.Replace(" ", "▁")
    t.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    t.train_from_iterator(LINES, trainers.BpeTrainer(
        vocab_size=size, show_progress=False,
        special_tokens=["<pad>", "<eos>", "<bos>", "<unk>"] + [f"<0x{i:02X}>" for i in range(256)]))
    j = json.loads(t.to_str())
    j["added_tokens"] = [a for a in j["added_tokens"] if a["id"] < 4]
    t = Tokenizer.from_str(json.dumps(j))
    t.add_special_tokens([AddedToken(name, normalized=False) for name in ("<start_of_turn>", "<end_of_turn>")])
    t.post_processor = processors.TemplateProcessing(
        single="<bos> $A", pair="<bos> $A <bos> $B", special_tokens=[("<bos>", t.token_to_id("<bos>"))])
    return t


def bert(cased, accents=None):
    t = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    t.normalizer = normalizers.BertNormalizer(lowercase=not cased, strip_accents=accents)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece()
    t.train_from_iterator(LINES, trainers.WordPieceTrainer(
        vocab_size=600, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False))
    t.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[(name, t.token_to_id(name)) for name in ("[CLS]", "[SEP]")])
    return t


def make(folder):
    """(name, path of the file, tokenizer of the library) of every family, written into a folder."""
    made = {}
    for name in PATTERNS:
        made[f"json-{name}"] = byte_level(splits(name), ignores_merges=name in ("llama-bpe", "tekken"))
    made["json-qwen2-nfc"] = byte_level(splits("qwen2"), normalizers.NFC())
    made["json-smollm-digits"] = byte_level([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(
        add_prefix_space=False, use_regex=True)])
    made["json-falcon-punctuation"] = byte_level([
        pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        pre_tokenizers.Digits(individual_digits=False), pre_tokenizers.Split(Regex("[0-9][0-9][0-9]"), "isolated")])
    made["json-prefix-space"] = byte_level([pre_tokenizers.Digits(individual_digits=True)], prefix_space=True)
    for behavior in ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"):
        for inverted in (False, True):
            made[f"json-split-{behavior}-{inverted}"] = byte_level(
                [pre_tokenizers.Split(Regex(r"[aeiou]|\d{2,3}?|(?=x)\w|\bt"), behavior, inverted),
                 pre_tokenizers.Split("l", behavior, inverted)])
    made["json-whitespace"] = byte_level([pre_tokenizers.Whitespace()])
    made["json-gemma"] = gemma()
    for cased in (False, True):
        made[f"json-bert-{'cased' if cased else 'uncased'}"] = bert(cased)
    model = sentence_piece(folder, "unigram-nmt_nfkc", model_type="unigram", character_coverage=0.9995)
    with open(model, "rb") as file:
        blob = charsmap(file.read())
    precompiled = normalizers.Precompiled(blob)
    meta = lambda scheme: pre_tokenizers.Metaspace(replacement="▁", prepend_scheme=scheme)
    made["json-t5"] = unigram(model, [precompiled], pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), meta("always")]))
    made["json-t5-strip"] = unigram(
        model, [precompiled, normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "▁")], meta("always"))
    made["json-xlm-r"] = unigram(model, [precompiled], pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), meta("always")]))
    made["json-first"] = unigram(model, [precompiled], meta("first"))
    made["json-albert"] = unigram(
        model, [normalizers.Replace("``", '"'), normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), precompiled],
        meta("first"))
    made["json-unigram-never"] = unigram(model, [normalizers.NFKC(), normalizers.Lowercase()], meta("never"))
    for name, tokenizer in made.items():
        path = os.path.join(folder, name + ".json")
        tokenizer.save(path)
        yield name, path, tokenizer


def charsmap(model):
    """The field `precompiled_charsmap` (2) of the `normalizer_spec` (3) of a ModelProto."""
    def fields(data):
        position = 0
        def variable():
            nonlocal position
            value = shift = 0
            while True:
                byte = data[position]
                position += 1
                value |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    return value
        while position < len(data):
            key = variable()
            if key & 7 == 0:
                yield key >> 3, variable()
            elif key & 7 == 2:
                length = variable()
                yield key >> 3, data[position:position + length]
                position += length
            else:
                length = {1: 8, 5: 4}[key & 7]
                yield key >> 3, data[position:position + length]
                position += length
    return next(value for field, value in fields(next(v for f, v in fields(model) if f == 3)) if field == 2)
