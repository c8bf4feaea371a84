"""The rows of the benchmark. Every module here that has ROWS, {name: function}, takes part.

A function takes the harness's `Setting` and yields `Line`s; it raises `Skip` where it cannot be measured, saying why. Rows
run in the order of ORDER, and those of other modules after them.
"""
import importlib
import pkgutil

ORDER = ["decode", "depth", "busy", "prefill", "isa", "memory", "start", "first7b", "cgroup13b", "pool", "home", "vision"]


def all_rows():
    rows = {}
    for module in pkgutil.iter_modules(__path__):
        rows.update(getattr(importlib.import_module(f"{__name__}.{module.name}"), "ROWS", {}))
    place = {name: index for index, name in enumerate(ORDER)}
    return dict(sorted(rows.items(), key=lambda item: (place.get(item[0], len(ORDER)), item[0])))
