"""Measure llama.cpp's vision tower (mtmd, through llama-cpp-python) on one picture; prints one JSON object.

    peer_clip.py MMPROJ.gguf TEXT.gguf --size 384 --threads 4

The picture has the tower's size already, and only the encoding is timed.
"""
import argparse
import ctypes
import json
import statistics
import time

import llama_cpp as llama
import numpy as np
from llama_cpp import mtmd_cpp as mtmd

IMAGE = 1  # MTMD_INPUT_CHUNK_TYPE_IMAGE


def image_chunk(context, size):
    pixels = np.random.default_rng(3).integers(0, 256, size * size * 3, dtype=np.uint8)
    bitmap = mtmd.mtmd_bitmap_init(size, size, pixels.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8)))
    chunks = mtmd.mtmd_input_chunks_init()
    prompt = mtmd.mtmd_default_marker()
    text = mtmd.mtmd_input_text(text=prompt, text_len=len(prompt), add_special=False, parse_special=True)
    bitmaps = (mtmd.mtmd_bitmap_p_ctypes * 1)(bitmap)
    if mtmd.mtmd_tokenize(context, chunks, ctypes.byref(text), bitmaps, 1) != 0:
        raise SystemExit("mtmd_tokenize failed")
    for i in range(mtmd.mtmd_input_chunks_size(chunks)):
        chunk = mtmd.mtmd_input_chunks_get(chunks, i)
        if mtmd.mtmd_input_chunk_get_type(chunk) == IMAGE:
            return chunk
    raise SystemExit("the prompt has no picture")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mmproj")
    parser.add_argument("text")
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--pictures", type=int, default=3)
    arguments = parser.parse_args()

    quiet = llama.llama_log_callback(lambda level, text, data: None)
    llama.llama_log_set(quiet, ctypes.c_void_p(0))
    mtmd.mtmd_helper_log_set(quiet, ctypes.c_void_p(0))
    llama.llama_backend_init()
    model = llama.llama_model_load_from_file(arguments.text.encode(), llama.llama_model_default_params())
    settings = mtmd.mtmd_context_params_default()
    settings.use_gpu = False
    settings.print_timings = False
    settings.warmup = True
    settings.n_threads = arguments.threads
    context = mtmd.mtmd_init_from_file(arguments.mmproj.encode(), model, settings)
    if not context:
        raise SystemExit("mtmd_init_from_file failed")
    chunk = image_chunk(context, arguments.size)
    seconds, cpu = [], []
    for picture in range(arguments.pictures):
        start, start_cpu = time.perf_counter(), time.process_time()
        if mtmd.mtmd_encode_chunk(context, chunk) != 0:
            raise SystemExit("mtmd_encode_chunk failed")
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - start_cpu)
    tokens = mtmd.mtmd_input_chunk_get_n_tokens(chunk)
    print(json.dumps({"ms": statistics.median(seconds) * 1e3, "cpuMs": statistics.median(cpu) * 1e3, "tokens": tokens}))


if __name__ == "__main__":
    main()
