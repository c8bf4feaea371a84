"""llama.cpp as a server on standard input and output, so that a model is loaded once for many interleaved runs.

One JSON object per line in, one per line out. `do` says what: open, context, prefill, decode, first, memory, faults,
close. Uses llama-cpp-python's low-level API, which is llama.cpp's own C interface. `peer.py --no-amx` keeps llama.cpp from
using AMX, so that its default is what it is on a processor without.
"""
import ctypes
import json
import math
import os
import struct
import sys
import time


def refuse_amx():
    """A seccomp filter under which this process cannot ask the kernel for AMX tiles: llama.cpp then does without."""
    load, jump_if, give = 0x20, 0x15, 0x06  # BPF: load a word, jump if equal, return
    arch_prctl, request_permission, allow, refuse = 158, 0x1023, 0x7FFF0000, 0x00050001  # refuse: EPERM
    program = b"".join(struct.pack("HBBI", *step) for step in [
        (load, 0, 0, 0), (jump_if, 0, 3, arch_prctl), (load, 0, 0, 16), (jump_if, 0, 1, request_permission),
        (give, 0, 0, refuse), (give, 0, 0, allow)])
    steps = ctypes.create_string_buffer(program, len(program))
    filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 6, ctypes.addressof(steps)))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_seccomp, mode_filter = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(set_seccomp, mode_filter, filter_, 0, 0):
        raise OSError(ctypes.get_errno(), "cannot keep llama.cpp from using AMX")


if "--no-amx" in sys.argv:
    refuse_amx()

import llama_cpp as llama  # noqa: E402  (after the filter)

KV_TYPES = {"f32": 0, "f16": 1, "q8_0": 8, "bf16": 30}  # ggml_type
FLASH_ATTENTION_ON = 1
WARNING, ERROR = 3, 4  # ggml_log_level


def arbitrary(count, vocabulary, start=0):
    return (llama.llama_token * count)(*[((start + i) * 7919 + 13) % vocabulary for i in range(count)])


def resident():
    """Bytes from /proc/self/status: what is mapped from files, what is not, and the highest sum of both so far."""
    fields = {}
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            name, _, value = line.partition(":")
            if name in ("VmHWM", "RssAnon", "RssFile"):
                fields[name] = int(value.split()[0]) * 1024
    return fields


def say(level, text, _):
    """Of what llama.cpp says, only what may explain a failure; it goes to the benchmark's log."""
    if level in (WARNING, ERROR):
        sys.stderr.write(text.decode(errors="replace"))
        sys.stderr.flush()


class Peer:
    def __init__(self):
        self.model = self.context = None
        self.filled = 0
        self.say = llama.llama_log_callback(say)
        llama.llama_log_set(self.say, ctypes.c_void_p(0))
        llama.llama_backend_init()

    def open(self, model, repack=True):
        """`repack` is llama.cpp's default: weights are laid out anew at load where it has a kernel for that."""
        self.close()
        start = time.perf_counter()
        parameters = llama.llama_model_default_params()
        parameters.use_extra_bufts = repack
        self.model = llama.llama_model_load_from_file(model.encode(), parameters)
        if not self.model:
            raise RuntimeError(f"llama.cpp does not load {model}")
        self.vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(self.model))
        return {"seconds": time.perf_counter() - start}

    def make_context(self, capacity, threads, kv="f16", batch=512):
        self.drop_context()
        settings = llama.llama_context_default_params()
        settings.n_ctx = capacity
        settings.n_batch = settings.n_ubatch = batch
        settings.n_threads = settings.n_threads_batch = threads
        settings.type_k = settings.type_v = KV_TYPES[kv]
        if kv == "q8_0":
            settings.flash_attn_type = FLASH_ATTENTION_ON
        self.batch = batch
        self.context = llama.llama_init_from_model(self.model, settings)
        if not self.context:
            raise RuntimeError("llama.cpp makes no context")
        self.filled = 0
        return {}

    def append(self, tokens):
        batch = llama.llama_batch_get_one(tokens, len(tokens))
        if llama.llama_decode(self.context, batch) != 0:
            raise RuntimeError("llama_decode failed")
        self.filled += len(tokens)

    def rewind(self, depth):
        memory = llama.llama_get_memory(self.context)
        if depth == 0:
            llama.llama_memory_clear(memory, True)
        elif not llama.llama_memory_seq_rm(memory, 0, depth, -1):
            raise RuntimeError("llama.cpp cannot rewind")
        self.filled = depth

    def fill(self, depth):
        """To exactly `depth` tokens; what is there already stays."""
        if self.filled > depth:
            self.rewind(depth)
        while self.filled < depth:
            self.append(arbitrary(min(self.batch, depth - self.filled), self.vocabulary, self.filled))

    def timed(self, body):
        start, cpu = time.perf_counter(), time.process_time()
        body()
        return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}

    def prefill(self, tokens, depth=0):
        self.fill(depth)

        def read():
            while self.filled < depth + tokens:
                self.append(arbitrary(min(self.batch, depth + tokens - self.filled), self.vocabulary, self.filled))

        return self.timed(read)

    def decode(self, tokens, depth=0, limit=math.inf):
        """At most `tokens` tokens, and after `limit` seconds none more: beside busy processes one may take seconds."""
        self.fill(depth)
        end = time.perf_counter() + limit

        def write():
            while self.filled < depth + tokens and (self.filled == depth or time.perf_counter() < end):
                self.append(arbitrary(1, self.vocabulary, self.filled))

        return {**self.timed(write), "tokens": self.filled - depth}

    def first(self, model, threads, prompt=8, repack=True):
        """From opening the file to the logits after a prompt, with the page cache as it is."""
        start, cpu = time.perf_counter(), time.process_time()
        self.open(model, repack)
        self.make_context(prompt + 64, threads)
        self.append(arbitrary(prompt, self.vocabulary))
        llama.llama_get_logits(self.context)
        return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}

    def memory(self):
        return resident()

    def faults(self):
        """Major page faults of this process so far."""
        with open("/proc/self/stat", encoding="ascii") as stat:
            return {"major": int(stat.read().rpartition(")")[2].split()[9])}

    def drop_context(self):
        if self.context:
            llama.llama_free(self.context)
            self.context = None

    def close(self):
        self.drop_context()
        if self.model:
            llama.llama_model_free(self.model)
            self.model = None
        return {}


def main():
    # What llama.cpp or Python prints by itself goes to standard error; the answers have the descriptor to themselves.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    peer = Peer()
    actions = {
        "open": peer.open, "context": peer.make_context, "prefill": peer.prefill, "decode": peer.decode,
        "first": peer.first, "memory": peer.memory, "faults": peer.faults, "close": peer.close,
    }
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = actions[request.pop("do")](**request)
        except RuntimeError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
