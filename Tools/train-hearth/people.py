"""What the catalogue's figures of people do, and the seat and the book that some need."""
from mesh import Material, box, join, rotation
from parametric import any_color, book

SKIN = [(0.95, 0.78, 0.66), (0.85, 0.65, 0.5), (0.65, 0.45, 0.32), (0.42, 0.28, 0.2)]
HAIR = [(0.1, 0.08, 0.07), (0.3, 0.2, 0.1), (0.75, 0.6, 0.3), (0.6, 0.6, 0.6), (0.5, 0.2, 0.1)]


def held_book(rng, place):
    return book(rng, "open").moved(place, rotation("x", rng.uniform(35, 65)), 1.25)


def seat(rng, height):
    cloth = Material(any_color(rng))
    return box((rng.uniform(0.42, 0.55), height, rng.uniform(0.38, 0.45)), (0, height / 2, -0.02), cloth)


def catalogue_activity(title):
    return "lying" if title.startswith("Lying") else "sitting" if title.startswith("Sitting") else "standing"


def with_book(mesh, rng):
    """A sitting figure of the catalogue with an open book before its chest."""
    low, high = mesh.position.min((0, 1)), mesh.position.max((0, 1))
    top = low[1] + 0.62 * (high[1] - low[1])
    chest = mesh.position[(mesh.position[..., 1] > top - 0.1).all(1)]
    return join([mesh, held_book(rng, (chest[..., 0].mean(), top, chest[..., 2].max() + 0.08))])
