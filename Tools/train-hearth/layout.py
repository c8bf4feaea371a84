"""Puts things into a room of our space as people do: along walls, on tops, around tables, on the floor, on the walls.

Every place is tried against what stands there already, and against the picture: a thing must show half of itself, most of it
inside the picture, and must not hide what was there before it."""
from dataclasses import dataclass

import numpy as np

from mesh import Material, Mesh, box, join, rotation
from povray import depths
from render import LIBRARY, pointer

SIDE, MARGIN = 224, 60
LEAST_SHOWN, LEAST_INSIDE = 0.5, 0.72
LEAST_PIXELS, LEAST_SIDE = 130, 20


@dataclass
class Piece:
    """Something in the room; without a name it is a part of the room."""
    name: str
    mesh: Mesh
    state: str = "none"
    activity: str = "none"
    source: str = ""
    trained: bool = True
    near: np.ndarray | None = None
    under: object = None  # what it stands on
    place: str = "floor"
    measured: Mesh | None = None  # the mesh whose bounds are kept
    corners: tuple = ()

    def bounds(self):
        """Lowest and highest corner of the mesh where it stands."""
        if self.measured is not self.mesh:
            self.measured, self.corners = self.mesh, (self.mesh.position.min((0, 1)), self.mesh.position.max((0, 1)))
        return self.corners

    @property
    def low(self):
        return self.bounds()[0]

    @property
    def high(self):
        return self.bounds()[1]


def overlap(a, b, slack=0.01):
    """Whether two pieces' boxes share space."""
    return bool(np.all(np.minimum(a.high, b.high) - np.maximum(a.low, b.low) > slack))


def heights(mesh, cell=0.012):
    """Heights of the uppermost surface on a grid over the mesh's footprint: (heights, x0, z0, cell); nothing there is -1."""
    low, high = mesh.position.min((0, 1)), mesh.position.max((0, 1))
    w, d = (int(np.ceil((high[k] - low[k]) / cell)) for k in (0, 2))
    p = mesh.position
    screen = np.ascontiguousarray(np.stack([(p[..., 0] - low[0]) / cell, (p[..., 2] - low[2]) / cell, -p[..., 1]], -1), np.float32)
    n = len(p)
    near, image = np.full((d, w), 1.0, np.float32), np.zeros((d, w, 4), np.float32)
    arrays = (screen, np.zeros((n, 3, 2), np.float32), np.ones((n, 3, 3), np.float32), np.zeros(n, np.int32), np.ones((1, 4), np.float32), np.zeros((1, 3), np.int32), np.zeros((1, 4), np.uint8))
    LIBRARY.rasterise(n, *(pointer(a) for a in arrays), w, d, pointer(image), pointer(near))
    return -near, low[0], low[2], cell


def seats(mesh, width, depth, rng, flat=0.012, lowest=0.25, highest=1.45):
    """A place on top of the mesh for a footprint: (x, y, z) of its middle, or None."""
    grid, x0, z0, cell = heights(mesh)
    h, w = int(np.ceil(depth / cell)), int(np.ceil(width / cell))
    if grid.shape[0] <= h or grid.shape[1] <= w:
        return None
    for _ in range(30):
        i, j = int(rng.integers(grid.shape[0] - h)), int(rng.integers(grid.shape[1] - w))
        part = grid[i:i + h, j:j + w]
        if lowest < part.min() and part.max() < highest and part.max() - part.min() < flat:
            return np.array([x0 + (j + w / 2) * cell, part.max() + 0.001, z0 + (i + h / 2) * cell])
    return None


class Layout:
    def __init__(self, room, camera, rng):
        self.room, self.camera, self.rng, self.pieces = room, camera, rng, []

    def named(self):
        return [p for p in self.pieces if p.name]

    def fixed(self, mesh, place="floor", tops=True):
        """A part of the room, which hides what is behind it and may carry things."""
        piece = Piece("", mesh, place=place)
        piece.near = depths(mesh, self.camera, SIDE, MARGIN)
        if piece.near is None:
            return None
        self.pieces.append(piece)
        return piece

    def shown(self, pieces):
        """For each piece the part of it that is seen, the part inside the picture, the pixels and the box (left, top, right, bottom)."""
        stack = np.stack([p.near for p in pieces])
        owner, there = stack.argmax(0), stack.max(0) > 0
        found = []
        for k, piece in enumerate(pieces):
            own, seen = piece.near > 0, (owner == k) & there
            inner = seen[MARGIN:-MARGIN, MARGIN:-MARGIN]
            y, x = np.where(inner)
            total = max(1, own.sum())
            edges = (int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1) if len(x) else (0, 0, 0, 0)
            found.append((seen.sum() / total, own[MARGIN:-MARGIN, MARGIN:-MARGIN].sum() / total, len(x), edges))
        return found

    def fits(self, piece):
        """Keeps the piece if nothing is in its way."""
        room = self.room
        low, high = piece.low, piece.high
        if low[0] < -room.width / 2 - 0.01 or high[0] > room.width / 2 + 0.01 or low[2] < -0.16 or high[1] > room.height + 0.01:
            return False
        for other in self.pieces:
            if other is piece.under or {"rug", "curtain"} & {piece.name, other.name} and {"window", "rug"} & {piece.name, other.name} or other.name == "rug":
                continue
            slack = 0.16 if "around" in (piece.place, other.place) else 0.03 if piece.under else 0.005
            if piece.name != "rug" and overlap(piece, other, slack):
                return False
        piece.near = depths(piece.mesh, self.camera, SIDE, MARGIN)
        if piece.near is None:
            return False
        pieces = [*self.pieces, piece]
        for (seen, inside, pixels, edges), p in zip(self.shown(pieces), pieces):
            if not p.name:
                continue
            side = max(edges[2] - edges[0], edges[3] - edges[1])
            if seen < (0.3 if p.name == "rug" else LEAST_SHOWN) or inside < LEAST_INSIDE or pixels < LEAST_PIXELS or side < LEAST_SIDE:
                return False
        self.pieces.append(piece)
        return True

    def tried(self, piece, move, times=10):
        """Moves the piece's mesh (standing at the origin) by what `move` says until it fits."""
        at_rest = piece.mesh
        for _ in range(times):
            spot = move()
            if spot is None:
                continue
            offset, yaw = spot
            piece.mesh = at_rest.moved(rotation=rotation("y", yaw)).moved(offset)
            if self.fits(piece):
                return True
        piece.mesh = at_rest
        return False

    def against(self, piece, wall):
        """With its back to a wall."""
        low, high = piece.low, piece.high
        middle, half = (low[0] + high[0]) / 2, self.room.width / 2
        gap = 0.02 + 0.05 * self.rng.random() + 0.02

        def move():
            if wall == "back":
                x = self.rng.uniform(-half + (high[0] - low[0]) / 2, half - (high[0] - low[0]) / 2) if high[0] - low[0] < 2 * half else None
                return None if x is None else ((x - middle, 0, gap - low[2]), 0)
            z = self.rng.uniform((high[0] - low[0]) / 2 + 0.05, self.room.depth - 1.3)
            return ((-half + gap - low[2], 0, z + middle), 90) if wall == "left" else ((half - gap + low[2], 0, z - middle), -90)

        return self.tried(piece, move)

    def on_floor(self, piece, turn):
        def move():
            z = self.rng.uniform(0.5, self.room.depth - 1.5)
            return (self.rng.uniform(-0.75, 0.75) * self.room.width / 2, 0.006 if piece.name == "rug" else 0, z), self.rng.uniform(-turn, turn)
        return self.tried(piece, move, 16)

    def around(self, piece, table):
        """A chair at a table: before or beside it, facing it."""
        low, high = table.low, table.high
        depth = piece.high[2] - piece.low[2]

        def move():
            side = self.rng.integers(3)
            yaw = self.rng.uniform(-15, 15)
            if side == 0:
                return (self.rng.uniform(low[0] + 0.2, max(low[0] + 0.21, high[0] - 0.2)), 0, high[2] + depth / 2 - 0.1 + self.rng.uniform(0, 0.2)), 180 + yaw
            x = low[0] - depth / 2 + 0.1 - self.rng.uniform(0, 0.25) if side == 1 else high[0] + depth / 2 - 0.1 + self.rng.uniform(0, 0.25)
            return (x, 0, self.rng.uniform(low[2] + 0.15, max(low[2] + 0.16, high[2] - 0.15))), (90 if side == 1 else -90) + yaw

        piece.place = "around"
        return self.tried(piece, move)

    def on_top(self, piece, carrier, turn, flat=0.012, lowest=0.25, highest=1.45):
        piece.under, at_rest = carrier, piece.mesh
        for _ in range(6):
            yaw = self.rng.uniform(-turn, turn)
            mesh = at_rest.moved(rotation=rotation("y", yaw))
            low, high = mesh.position.min((0, 1)), mesh.position.max((0, 1))
            spot = seats(carrier.mesh, (high[0] - low[0]) * 0.9, (high[2] - low[2]) * 0.9, self.rng, flat, lowest, highest)
            if spot is None:
                continue
            piece.mesh = mesh.moved(spot - [(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
            if self.fits(piece):
                return True
        piece.mesh, piece.under = at_rest, None
        return False

    def on_wall(self, piece, wall, bottom, x=None):
        """Hung with its back on a wall; `bottom` is a height, or a range of heights."""
        low, high = piece.low, piece.high
        half, wide = self.room.width / 2, piece.high[0] - piece.low[0]

        def move():
            y = (self.rng.uniform(*bottom) if isinstance(bottom, tuple) else bottom) - low[1]
            if wall == "back":
                at = self.rng.uniform(-half + wide / 2 + 0.05, max(-half + wide / 2 + 0.06, half - wide / 2 - 0.05)) if x is None else x
                return (at, y, 0.006 - low[2]), 0
            z = self.rng.uniform(wide / 2 + 0.2, self.room.depth - 1.4)
            return ((-half + 0.006 - low[2], y, z), 90) if wall == "left" else ((half - 0.006 + low[2], y, z), -90)

        piece.place = "wall"
        return self.tried(piece, move, 12 if x is None else 1)

    def hung(self, piece):
        """Under the ceiling."""
        top = piece.high[1]

        def move():
            return (self.rng.uniform(-0.5, 0.5) * self.room.width / 2, self.room.height - top, self.rng.uniform(0.4, self.room.depth - 1.4)), self.rng.uniform(-180, 180)

        return self.tried(piece, move)


def worktop(rng, low, high, depth, height, colors):
    """A run of cupboards with a top from x = low to high, before the back wall."""
    front, top, dark = (Material(tuple(c)) for c in colors)
    parts = [box((high - low, height - 0.14, depth - 0.03), ((low + high) / 2, 0.1 + (height - 0.14) / 2, depth / 2 - 0.02), front), box((high - low, 0.1, depth - 0.08), ((low + high) / 2, 0.05, depth / 2 - 0.04), dark),
             box((high - low + 0.02, 0.04, depth), ((low + high) / 2, height - 0.02, depth / 2), top)]
    count = max(1, round((high - low) / rng.uniform(0.45, 0.65)))
    edges = np.linspace(low, high, count + 1)
    for a, b in zip(edges, edges[1:]):
        parts.append(box((b - a - 0.015, height - 0.18, 0.02), ((a + b) / 2, 0.1 + (height - 0.14) / 2, depth - 0.03), front))
        parts.append(box((0.12, 0.015, 0.03), ((a + b) / 2, height - 0.14, depth - 0.01), dark))
    return join(parts)


def board(rng, width, height, depth, color):
    """A plain top or shelf before the back wall."""
    return box((width, 0.05, depth), (0, height - 0.025, depth / 2), Material(tuple(color)))
