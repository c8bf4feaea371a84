"""The story of the demo: what stands in the room, and what changes from picture to picture."""

AMBIENT = {"bright": 0.98, "dim": 0.58, "dark": 0.27}

EVENTS = (
    "frames, in the order of their names: what is true of each picture; box is [x0, y0, x1, y1] relative to the upright picture. "
    "people counts the objects labelled person; activity is that of the largest of them. light: dark with a lit lamp is dim. "
    "events: 'new' at the second consecutive frame that shows a label which was not present, 'end' at the second consecutive frame "
    "without a label that was present; labels are counted as a whole, not per object. "
    "actions: at 'new' of person in a frame whose light is dark: living_room_lamp turn_on; at 'end' of person in a frame that shows a "
    "lit lamp: living_room_lamp turn_off."
)

# kind, model, yaw, state, x of the middle, bottom, height (all relative to the picture)
FURNITURE = [
    ("window", "built-5", 15, "closed", 0.17, 0.50, 0.40),
    ("painting", "built-3", -15, "none", 0.50, 0.36, 0.22),
    ("sofa", 3, 15, "none", 0.47, 0.80, 0.27),
    ("lamp", "built-12", -15, "off", 0.74, 0.78, 0.46),
    ("tv", "built-7", -45, "off", 0.91, 0.80, 0.25),
]


def standing(model=0, yaw=15, x=0.3, bottom=0.97, height=0.66):
    return ("standing", model, yaw, x, bottom, height)


def sitting(model=0, yaw=15, x=0.28, bottom=0.97, height=0.46):
    return ("sitting", model, yaw, x, bottom, height)


def reading(model=0, yaw=15, x=0.28, bottom=0.97, height=0.46):
    return ("reading", model, yaw, x, bottom, height)


def lying(model=0, yaw=15, x=0.35, bottom=0.97, height=0.2):
    return ("lying", model, yaw, x, bottom, height)


CAT = ("cat", 0, 15, "none", 0.62, 0.97, 0.2)
BALL = ("ball", 1, 15, "none", 0.12, 0.95, 0.17)
BOX = ("box", "built-4", -15, "none", 0.33, 0.96, 0.2)
BACKPACK = ("backpack", 0, 15, "none", 0.55, 0.97, 0.22)

STORY = [
    dict(name="morning", light="bright"),
    dict(name="morning-open-window", light="bright", window="open"),
    dict(name="someone-comes-home", light="bright", window="open", people=[standing()]),
    dict(name="someone-stands", light="bright", window="open", people=[standing(0, -15, 0.36)], how="png small"),
    dict(name="sitting", light="bright", people=[sitting()]),
    dict(name="reading", light="bright", people=[reading()], how="exif-6"),
    dict(name="alone-again", light="bright"),
    dict(name="afternoon", light="bright", how="png small alpha"),
    dict(name="evening", light="dim"),
    dict(name="evening-cat", light="dim", more=[CAT]),
    dict(name="night", light="dark", how="small"),
    dict(name="night-quiet", light="dark", how="exif-8"),
    dict(name="arrival-in-the-dark", light="dark", people=[standing(2, 15, 0.3)]),
    dict(name="still-dark", light="dark", people=[standing(2, -15, 0.34)]),
    dict(name="lamp-on", light="dark", lamp="on", people=[standing(2, 15, 0.36)]),
    dict(name="sofa-time", light="dark", lamp="on", people=[sitting(2)]),
    dict(name="reading-by-the-lamp", light="dark", lamp="on", people=[reading(2)], how="progressive"),
    dict(name="television", light="dark", lamp="on", tv="on", people=[sitting(2, 15, 0.3)]),
    dict(name="left-with-the-lamp-on", light="dark", lamp="on"),
    dict(name="nobody-lamp-on", light="dark", lamp="on", how="exif-3"),
    dict(name="lamp-off-again", light="dark"),
    dict(name="deep-night", light="dark", how="grey"),
    dict(name="second-arrival", light="dark", people=[standing(5, 15, 0.28)]),
    dict(name="second-arrival-stays", light="dark", people=[standing(5, -15, 0.32)]),
    dict(name="two-people", light="dark", lamp="on", people=[standing(5, 15, 0.15), standing(1, -15, 0.38, 0.96, 0.62)]),
    dict(name="lying-down", light="dark", lamp="on", people=[lying(1)]),
    dict(name="lying-blurred", light="dark", lamp="on", people=[lying(1)], how="blurred"),
    dict(name="gone", light="dark", lamp="on", how="png small alpha"),
    dict(name="gone-for-good", light="dark", lamp="on"),
    dict(name="dark-once-more", light="dark"),
    dict(name="third-arrival", light="dark", people=[standing(4, -15, 0.3)]),
    dict(name="third-arrival-stays", light="dark", people=[standing(4, 15, 0.34)]),
    dict(name="lamp-and-cat", light="dark", lamp="on", people=[standing(4, 15, 0.34)], more=[CAT]),
    dict(name="cat-alone", light="dark", lamp="on", more=[CAT]),
    dict(name="cat-stays", light="dark", lamp="on", more=[CAT]),
    dict(name="clutter", light="bright", more=[BALL, BOX, BACKPACK]),
    dict(name="clutter-and-cat", light="bright", more=[BALL, BOX, BACKPACK, ("cat", 0, -15, "none", 0.72, 0.98, 0.18)], how="png palette small"),
    dict(name="moved-out", light="bright", unfurnished=True),
    dict(name="moved-out-grey", light="bright", unfurnished=True, how="grey small"),
]
