"""What llama.cpp does for `make_moe_gguf.py`, in a process of its own: it and PyTorch bring different OpenMP libraries.

  llama_side.py quantize F16.gguf OUT.gguf TYPE        all matrices in one type
  llama_side.py scores MODEL.gguf IDS OUT.npy KV        of all tokens (IDS: [1,2]); keys and values in f32 or f16
"""
import ctypes
import json
import sys

import llama_cpp
import numpy as np

TYPES = {"Q8_0": (7, 8), "Q4_K": (14, 12), "Q6_K": (18, 14)}  # llama_ftype, ggml_type


def quantize(source, target, kind):
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype, dtype = TYPES[kind]
    parameters.pure, parameters.nthread = True, 1
    parameters.output_tensor_type = parameters.token_embedding_type = dtype
    if llama_cpp.llama_model_quantize(source.encode(), target.encode(), parameters) != 0:
        sys.exit(f"llama.cpp does not quantize {source} to {kind}")


def scores(path, ids, out, kind):
    cache = {"f32": 0, "f16": 1}[kind]
    # Its AMX path crashes on small models; without it the matrices stay as they are in the file.
    library = llama_cpp.llama_cpp
    parameters = library.llama_model_default_params()
    parameters.use_extra_bufts = False
    library.llama_model_default_params = lambda: parameters
    model = llama_cpp.Llama(path, n_ctx=256, n_batch=256, n_threads=2, logits_all=True, type_k=cache, type_v=cache,
                            n_gpu_layers=0, verbose=False)
    model.eval(json.loads(ids))
    np.save(out, model.scores[:model.n_tokens])


if __name__ == "__main__":
    quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
    {"quantize": quantize, "scores": scores}[sys.argv[1]](*sys.argv[2:])
