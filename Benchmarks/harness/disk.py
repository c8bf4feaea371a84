"""How much the rows that are chosen will write, told before anything is measured."""
import os

import random_model

# The vision towers of both sizes with their panels, and what writing one size takes at least.
VISION, VISION_SIZE = 7_600_000_000, 4_000_000_000
GB = 1e9


def path(models, shape, blocks):
    return os.path.join(models, f"random-{shape}-{blocks}.gguf")


def is_direct(shape, blocks):
    """Whether random blocks are written as they are, without an F16 file that llama.cpp quantizes."""
    return blocks not in random_model.QUANTIZED or shape in ("7b", "13b")


def chosen(rows, shape, blocks):
    """{(shape, blocks)} of the text models that the rows read."""
    first = {(shape, blocks[0])}
    each = {(shape, kind) for kind in blocks}
    of = {
        "decode": each, "depth": first, "busy": first, "prefill": each, "isa": {("150m", blocks[0])},
        "memory": {(shape, "Q4_K_M")}, "start": {(shape, "Q4_K_M")}, "first7b": {("7b", "Q4_K")}, "cgroup13b": {("13b", "Q4_0")},
    }
    return set().union(*(of.get(row, set()) for row in rows))


def missing_bytes(rows, models, shape, blocks):
    """Of files that are not there yet, with the panels that Millrace keeps of them."""
    total, sources = 0, set()
    for model in chosen(rows, shape, blocks):
        if os.path.exists(path(models, *model)):
            continue
        total += 2 * random_model.byte_count(*model)
        if not is_direct(*model) and not os.path.exists(path(models, model[0], "F16")):
            sources.add(model[0])
    total += sum(random_model.byte_count(source, "F16") for source in sources)
    if "vision" in rows and not os.path.exists(os.path.join(models, "vision", "siglip-672-Q8_0.gguf")):
        total += VISION
    return total
