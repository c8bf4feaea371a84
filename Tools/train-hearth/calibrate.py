"""Puts the values that `millrace eval hearth --calibrate --json` chose into a configuration.

    python calibrate.py CONFIG.json CHOSEN.json
"""
import json
import sys
from pathlib import Path


def main(config, chosen):
    config = Path(config)
    values = json.loads(config.read_text()) | json.loads(Path(chosen).read_text())["values"]
    config.write_text(json.dumps(values, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
