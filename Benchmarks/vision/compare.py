"""Run Millrace, llama.cpp and ONNX Runtime in turn on one picture and print medians and ratios.

    compare.py MILLRACE FOLDER --size 384 --threads 1 4 --repetitions 5

FOLDER holds what make_models.py wrote, and `siglip-SIZE-Q8_0.gguf` as `millrace models convert` makes it of the F16 file.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def measure(command):
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if "rows" in result:  # of `millrace bench`
        result = {"ms": result["rows"][0]["ms"]["median"], "cpuMs": result["rows"][0]["cpuMs"]}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("millrace")
    parser.add_argument("folder")
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, os.cpu_count()])
    parser.add_argument("--repetitions", type=int, default=5)
    arguments = parser.parse_args()
    base = os.path.join(arguments.folder, f"siglip-{arguments.size}")
    if not os.path.exists(base + "-Q8_0.gguf"):
        convert = ["models", "convert", base + "-F16.gguf", "-o", base + "-Q8_0.gguf", "--precision", "q8_0"]
        subprocess.run([arguments.millrace, *convert], check=True, stdout=subprocess.DEVNULL)

    def millrace(kind):
        return [arguments.millrace, "bench", f"{base}-{kind}.gguf", "--json", "--repetitions", "1"]

    def peer(script, *files):
        return [sys.executable, os.path.join(HERE, script), *files, "--pictures", "1", "--size", str(arguments.size)]

    text = os.path.join(arguments.folder, "tiny-text.gguf")
    runs = {
        "millrace F16": millrace("F16"), "millrace Q8_0": millrace("Q8_0"),
        "llama.cpp F16": peer("peer_clip.py", base + "-F16.gguf", text),
        "ONNX Runtime FP32": peer("peer_onnx.py", base + ".onnx"),
        "ONNX Runtime INT8": peer("peer_onnx.py", base + "-int8.onnx"),
    }  # fmt: skip
    ratios = [
        ("millrace F16", "llama.cpp F16"), ("millrace F16", "ONNX Runtime FP32"), ("millrace Q8_0", "ONNX Runtime INT8"),
    ]  # fmt: skip
    print(f"One picture of {arguments.size} x {arguments.size}; medians of {arguments.repetitions} interleaved runs")
    for threads in arguments.threads:
        samples = {name: [] for name in runs}
        for _ in range(arguments.repetitions):
            for name, command in runs.items():
                samples[name].append(measure(command + ["--threads", str(threads)]))
        print(f"{threads} threads")
        for name, measured in samples.items():
            wall = statistics.median(sample["ms"] for sample in measured)
            cpu = statistics.median(sample["cpuMs"] for sample in measured)
            print(f"  {name:20} {wall:9.1f} ms {cpu:9.1f} ms of processor time")
        for ours, theirs in ratios:
            factors = sorted(b["ms"] / a["ms"] for a, b in zip(samples[ours], samples[theirs]))
            print(f"  {ours} is {statistics.median(factors):.2f} times as fast as {theirs} "
                  f"({factors[0]:.2f}–{factors[-1]:.2f})")


if __name__ == "__main__":
    main()
