"""One picture through a SigLIP-so400m tower: against llama.cpp's clip and ONNX Runtime, all with the same random weights."""
import json
import os
import subprocess
import sys

from harness import disk, machine
from harness.line import Bar, Line
from harness.setting import Skip

HERE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "vision")
SIZES = (384, 672)
# Free memory while the files of a size are made.
MEMORY = 8_000_000_000


def run(command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {result.returncode}: {result.stderr.strip()[-500:]}")
    return result.stdout


def files(setting, size):
    """Where the tower of a size lies without its ending, written if it is not there yet."""
    folder = os.path.join(setting.models, "vision")
    base = os.path.join(folder, f"siglip-{size}")
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(base + "-int8.onnx"):
        setting.require_disk(disk.VISION_SIZE)
        run([sys.executable, os.path.join(HERE, "make_models.py"), folder, "--size", size])
    if not os.path.exists(base + "-Q8_0.gguf"):
        setting.run("models", "convert", base + "-F16.gguf", "-o", base + "-Q8_0.gguf", "--precision", "q8_0")
    return folder, base


def vision(setting):
    for module in ("onnx", "onnxruntime"):
        try:
            __import__(module)
        except ImportError:
            raise Skip(f"the Python module {module} is missing") from None
    written = os.path.exists(os.path.join(setting.models, "vision", f"siglip-{SIZES[-1]}-Q8_0.gguf"))
    setting.require_room("vision", 0 if written else MEMORY, disk.VISION, written)
    for size in SIZES:
        folder, base = files(setting, size)

        def ours(kind, threads, base=base):
            row = json.loads(setting.run(
                "bench", f"{base}-{kind}.gguf", "--json", "--repetitions", 1, "--threads", threads))["rows"][0]
            return row["ms"]["median"], row["cpuMs"]

        def peer(script, threads, *paths, size=size):
            answer = json.loads(run([
                sys.executable, os.path.join(HERE, script), *paths, "--pictures", 1, "--size", size, "--threads", threads]))
            return answer["ms"], answer["cpuMs"]

        for threads in setting.threads(1, 4):
            measures = {
                "F16": lambda: ours("F16", threads), "Q8_0": lambda: ours("Q8_0", threads),
                "llama.cpp's clip": lambda: peer("peer_clip.py", threads, base + "-F16.gguf",
                                                 os.path.join(folder, "tiny-text.gguf")),
                "ONNX Runtime, FP32": lambda: peer("peer_onnx.py", threads, base + ".onnx"),
                "ONNX Runtime, INT8": lambda: peer("peer_onnx.py", threads, base + "-int8.onnx"),
            }
            samples = {name: [] for name in measures}
            with machine.watched() as others:
                for _ in range(setting.repetitions):
                    for name, measure in measures.items():
                        samples[name].append(measure())
            for kind, name, bound in (("F16", "llama.cpp's clip", 2), ("F16", "ONNX Runtime, FP32", 2),
                                      ("Q8_0", "ONNX Runtime, INT8", 1.2)):
                mine, theirs = samples[kind], samples[name]
                line = Line("vision", f"{kind}, {size} px", threads, "ms", [wall for wall, _ in mine],
                            [wall for wall, _ in theirs], name, higher_is_better=False, others=others.average)
                line.cpu_ratio = sum(cpu for _, cpu in mine) / sum(cpu for _, cpu in theirs)
                line.bars = [Bar("ratio", line.ratio, bound)]
                yield line


ROWS = {"vision": vision}
