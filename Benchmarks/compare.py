"""Run Millrace and llama.cpp in turn on the same GGUF file and print medians and ratios.

    compare.py MILLRACE MODEL.gguf --threads 1 4 --repetitions 5
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def measure(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("millrace")
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, os.cpu_count()])
    parser.add_argument("--prompt", type=int, default=256)
    parser.add_argument("--generate", type=int, default=32)
    parser.add_argument("--repetitions", type=int, default=5)
    arguments = parser.parse_args()
    sizes = ["--prompt", str(arguments.prompt), "--generate", str(arguments.generate)]
    print(f"{os.path.basename(arguments.model)}, prompt {arguments.prompt}, {arguments.generate} generated; medians of "
          f"{arguments.repetitions} interleaved runs, tokens per second")
    print(f"{'':10} {'threads':>7} {'millrace':>10} {'llama.cpp':>10} {'ratio':>7} {'spread':>13} {'CPU ratio':>10}")
    for threads in arguments.threads:
        ours, theirs = [], []
        for _ in range(arguments.repetitions):
            common = sizes + ["--threads", str(threads)]
            ours.append(measure([arguments.millrace, "bench", arguments.model, "--json", "--repetitions", "1"] + common))
            theirs.append(measure([sys.executable, os.path.join(HERE, "peer.py"), arguments.model] + common))
        for what in ("prefill", "decode"):
            ratios = sorted(a[what] / b[what] for a, b in zip(ours, theirs))
            cpu = statistics.median(a[what + "CPU"] / b[what + "CPU"] for a, b in zip(ours, theirs))
            print(f"{what:10} {threads:7d} {statistics.median(a[what] for a in ours):10.1f} "
                  f"{statistics.median(b[what] for b in theirs):10.1f} {statistics.median(ratios):7.2f} "
                  f"{ratios[0]:6.2f}–{ratios[-1]:5.2f} {cpu:10.2f}")


if __name__ == "__main__":
    main()
