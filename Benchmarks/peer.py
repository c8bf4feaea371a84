"""Measure llama.cpp on a GGUF file through llama-cpp-python's low-level API; prints one JSON object."""
import argparse
import ctypes
import json
import time

import llama_cpp as llama


def tokens(count, vocabulary):
    return (llama.llama_token * count)(*[(i * 7919 + 13) % vocabulary for i in range(count)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--prompt", type=int, default=256)
    parser.add_argument("--generate", type=int, default=32)
    parser.add_argument("--threads", type=int, default=4)
    arguments = parser.parse_args()

    quiet = llama.llama_log_callback(lambda level, text, data: None)
    llama.llama_log_set(quiet, ctypes.c_void_p(0))
    llama.llama_backend_init()
    model = llama.llama_model_load_from_file(arguments.model.encode(), llama.llama_model_default_params())
    settings = llama.llama_context_default_params()
    settings.n_ctx = arguments.prompt + arguments.generate + 64
    settings.n_batch = settings.n_ubatch = 512
    settings.n_threads = settings.n_threads_batch = arguments.threads
    context = llama.llama_init_from_model(model, settings)
    vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))

    def decode(batch_tokens):
        batch = llama.llama_batch_get_one(batch_tokens, len(batch_tokens))
        if llama.llama_decode(context, batch) != 0:
            raise SystemExit("llama_decode failed")

    decode(tokens(8, vocabulary))
    llama.llama_memory_clear(llama.llama_get_memory(context), True)
    start, cpu = time.perf_counter(), time.process_time()
    decode(tokens(arguments.prompt, vocabulary))
    prefill = time.perf_counter() - start
    prefill_cpu = time.process_time() - cpu
    start, cpu = time.perf_counter(), time.process_time()
    for step in range(arguments.generate):
        decode((llama.llama_token * 1)((step * 7919 + 13) % vocabulary))
    generation = time.perf_counter() - start
    print(json.dumps({
        "prefill": arguments.prompt / prefill, "decode": arguments.generate / generation,
        "prefillCPU": prefill_cpu / arguments.prompt, "decodeCPU": (time.process_time() - cpu) / arguments.generate,
    }))


if __name__ == "__main__":
    main()
