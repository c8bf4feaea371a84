"""The file of results: one run each; that of an earlier run is set aside under its date."""
import datetime
import json
import os


def prepare(path):
    """Makes the folder, and tells with an OSError if the file could not be written."""
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    if os.path.isdir(path):
        raise IsADirectoryError(f"{path} is a folder")
    part = f"{path}.part"
    with open(part, "w", encoding="utf-8"):
        pass
    os.remove(part)


def log_path(path):
    """What llama.cpp and the scripts that write models say goes there."""
    return os.path.splitext(path)[0] + ".log"


def save(path, result):
    with open(f"{path}.part", "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1, ensure_ascii=False)
        file.write("\n")
    os.replace(f"{path}.part", path)


def set_aside(path):
    """Renames results.json to results-DATE.json, by the date in it; returns the new name, or None if there is no file."""
    if not os.path.exists(path):
        return None
    try:
        with open(path, encoding="utf-8") as file:
            date = datetime.datetime.fromisoformat(json.load(file)["date"])
    except (ValueError, KeyError, TypeError):
        date = datetime.datetime.fromtimestamp(os.path.getmtime(path))
    base, ending = os.path.splitext(path)
    number, kept = 1, f"{base}-{date:%Y-%m-%dT%H-%M-%S}{ending}"
    while os.path.exists(kept):
        number += 1
        kept = f"{base}-{date:%Y-%m-%dT%H-%M-%S}-{number}{ending}"
    os.rename(path, kept)
    return kept


def tail(path, start=0, count=6):
    """The last lines that a file has got since it was `start` bytes long."""
    try:
        with open(path, "rb") as file:
            file.seek(start)
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-count:])


def size(path):
    return os.path.getsize(path) if os.path.exists(path) else 0
