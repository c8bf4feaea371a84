"""Batches of generated pictures, made ahead by processes. Batch number `step` depends on the seed and `step` alone."""
import multiprocessing
import os
from queue import Full

import numpy as np

from catalogue import STATES
from compose import random_scene, shelf
from itembank import Bank
from persons import ACTIVITIES
from targets import cell_targets, scene_targets

WORKERS = 2


def make_batch(bank, seed, step, size, shelves, side):
    rng = np.random.default_rng([seed, step])
    scenes = [(shelf if rng.random() < shelves else random_scene)(bank, rng, "train", side) for _ in range(size)]
    cells = [cell_targets(s, side // 16, STATES, ACTIVITIES) for s in scenes]
    batch = {name: np.stack([c[name] for c in cells]) for name in cells[0]}
    batch["picture"] = np.stack([s.picture for s in scenes])
    batch["scene"] = np.stack([scene_targets(s) for s in scenes])
    for s in scenes:
        s.picture = None
    return batch, scenes


def produce(queue, path, steps, *how):
    bank, parent = Bank(path), os.getppid()
    for step in steps:
        batch = make_batch(bank, how[0], step, *how[1:])
        while True:
            try:
                queue.put(batch, timeout=10)
                break
            except Full:
                # the training was killed: nobody will take what is made
                if os.getppid() != parent:
                    os._exit(1)


def batches(path, first, last, *how):
    """Yields (batch, scenes) for the steps first..<last; `how`: seed, batch size, share of shelves, side of the picture."""
    context = multiprocessing.get_context("spawn")
    queues = [context.Queue(8) for _ in range(WORKERS)]
    for i, queue in enumerate(queues):
        context.Process(target=produce, args=(queue, path, range(first + i, last, WORKERS), how[0], *how[1:]), daemon=True).start()
    for i in range(last - first):
        yield queues[i % WORKERS].get()
