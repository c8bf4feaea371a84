"""Measure ONNX Runtime on one picture; prints one JSON object.

    peer_onnx.py TOWER.onnx --size 384 --threads 4
"""
import argparse
import json
import statistics
import time

import numpy as np
import onnxruntime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--pictures", type=int, default=3)
    arguments = parser.parse_args()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    session = onnxruntime.InferenceSession(arguments.model, options, providers=["CPUExecutionProvider"])
    pixels = np.random.default_rng(3).standard_normal((1, 3, arguments.size, arguments.size), dtype=np.float32) * 0.5
    session.run(None, {"pixels": pixels})
    seconds, cpu = [], []
    for picture in range(arguments.pictures):
        start, start_cpu = time.perf_counter(), time.process_time()
        (features,) = session.run(None, {"pixels": pixels})
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - start_cpu)
    print(json.dumps({
        "ms": statistics.median(seconds) * 1e3, "cpuMs": statistics.median(cpu) * 1e3, "tokens": features.shape[1],
    }))  # fmt: skip


if __name__ == "__main__":
    main()
