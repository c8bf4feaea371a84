"""What each cell of the grid should say of a scene."""
import numpy as np

LIGHT_INDEX = {"bright": 0, "dim": 1, "dark": 2}


def cell_targets(scene, g, states, activities):
    """Arrays over the cells: kind (-1: none), weight (1 at the cell of a thing's centre, less on its other inner cells),
    objectness and its weight, box (cx, cy, w, h), state, activity."""
    C = g * g
    t = {"kind": np.full(C, -1, np.int64), "weight": np.zeros(C, np.float32), "objectness": np.zeros(C, np.float32),
         "objectness_weight": np.ones(C, np.float32), "box": np.zeros((C, 4), np.float32), "state": np.zeros(C, np.int64), "activity": np.zeros(C, np.int64)}
    column, row = (np.arange(C) % g + 0.5) / g, (np.arange(C) // g + 0.5) / g

    def put(cells, thing, weight):
        x0, y0, x1, y1 = thing.box
        t["kind"][cells], t["state"][cells], t["activity"][cells] = thing.kind, thing.state, thing.activity
        t["box"][cells], t["weight"][cells] = ((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0), weight

    for thing in scene.things:
        x0, y0, x1, y1 = thing.box
        inner = (np.abs(column - (x0 + x1) / 2) < 0.27 * (x1 - x0)) & (np.abs(row - (y0 + y1) / 2) < 0.27 * (y1 - y0))
        put(inner, thing, 0.3)
        t["objectness_weight"][inner] = 0.25
    for thing in scene.things:
        x0, y0, x1, y1 = thing.box
        cell = min(int((y0 + y1) / 2 * g), g - 1) * g + min(int((x0 + x1) / 2 * g), g - 1)
        put(cell, thing, 1.0)
        t["objectness"][cell] = t["objectness_weight"][cell] = 1.0
    return t


def scene_targets(scene):
    """Light and number of people, for the helper head."""
    return np.array([LIGHT_INDEX[scene.light], min(scene.people, 3)], np.int64)
