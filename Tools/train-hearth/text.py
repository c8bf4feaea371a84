"""Tokenizer of hearth: byte-level BPE with the GPT-2 split, three specials, one token per item name."""
import json

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIALS = ["<|user|>", "<|assistant|>", "<|end|>"]


def without(tokenizer, names):
    """The tokenizer without the merges that make one of the names, or that build on such a merge. A name that were also an
    ordinary token would keep that token's number, and so lose its tie to the picture side's items."""
    content = json.loads(tokenizer.to_str())
    bpe, encode = content["model"], pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str
    refused = {encode(name)[0][0] for name in names}
    known, merges = {t for t in bpe["vocab"] if len(t) == 1}, []
    for left, right in bpe["merges"]:
        if left in known and right in known and left + right not in refused:
            merges.append([left, right])
            known.add(left + right)
    kept = sorted(known, key=bpe["vocab"].get)
    content["model"] = bpe | {"vocab": {token: i for i, token in enumerate(kept)}, "merges": merges}
    return Tokenizer.from_str(json.dumps(content))


def train_tokenizer(texts, item_names, merges):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=256 + merges, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer = without(tokenizer, item_names)
    start = tokenizer.get_vocab_size() + len(SPECIALS)
    tokenizer.add_special_tokens(SPECIALS)
    tokenizer.add_tokens([AddedToken(name, single_word=True, normalized=False) for name in item_names])
    assert [tokenizer.token_to_id(name) for name in item_names] == list(range(start, start + len(item_names)))
    return tokenizer
