"""Batches of generated scenes, made ahead by one process. Batch number `step` depends on the seed and `step` alone."""
import multiprocessing

import numpy as np

from bank import Bank
from scene import random_scene
from targets import cell_targets, scene_targets
from things import ACTIVITIES, STATES


def make_batch(bank, seed, step, size, g):
    rng = np.random.default_rng([seed, step])
    scenes = [random_scene(bank, rng) for _ in range(size)]
    cells = [cell_targets(s, g, STATES, ACTIVITIES) for s in scenes]
    batch = {name: np.stack([c[name] for c in cells]) for name in cells[0]}
    batch["picture"] = np.stack([s.picture for s in scenes])
    batch["scene"] = np.stack([scene_targets(s) for s in scenes])
    for s in scenes:
        s.picture = None
    return batch, scenes


def produce(queue, path, seed, first, last, size, g):
    bank = Bank(path)
    for step in range(first, last):
        queue.put(make_batch(bank, seed, step, size, g))


def batches(path, seed, first, last, size, g):
    """Yields (batch, scenes) for the steps first..<last."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue(12)
    worker = context.Process(target=produce, args=(queue, path, seed, first, last, size, g), daemon=True)
    worker.start()
    for _ in range(first, last):
        yield queue.get()
    worker.join()
