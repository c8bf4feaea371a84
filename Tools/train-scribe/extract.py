"""Plain text of the files that packages carry: HTML, Mallard pages, manual pages, reStructuredText, code."""
import gzip
import re
from html.parser import HTMLParser

BLOCKS = {"p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd", "br", "pre", "table", "ul", "ol", "dl", "title", "item", "section", "figure", "steps", "list"}
HIDDEN = {"script", "style", "nav", "head", "svg", "footer", "form", "button", "info", "desc", "credit", "header"}
VOID = {"br", "img", "meta", "link", "hr", "input", "col", "wbr", "area", "base", "source", "media"}
NAVIGATION = re.compile(r"nav|foot|header|toc|sidebar|menu|related|breadcrumb|search|legal", re.I)


class Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.out, self.hidden, self.pre = [], [], 0

    def handle_starttag(self, tag, attributes):
        if tag in VOID:
            if tag == "br":
                self.out.append("\n")
            return
        named = dict(attributes)
        marks = f"{named.get('class') or ''} {named.get('id') or ''} {named.get('role') or ''}"
        if self.hidden:
            if tag == self.hidden[0]:
                self.hidden.append(tag)
        elif tag in HIDDEN or (tag in ("div", "ul", "table", "span", "p") and NAVIGATION.search(marks)):
            self.hidden.append(tag)
        elif tag in BLOCKS:
            self.out.append("\n" if tag in ("tr", "br") or self.pre else "\n\n" if tag not in ("dd", "li", "item", "code") else "\n")
            if tag == "pre":
                self.pre += 1
            if tag in ("li", "item"):
                self.out.append("- ")
        elif tag in ("td", "th"):
            self.out.append(" ")

    def handle_endtag(self, tag):
        if self.hidden:
            if tag == self.hidden[0]:
                self.hidden.pop()
        elif tag in BLOCKS:
            self.out.append("\n")
            if tag == "pre":
                self.pre = max(0, self.pre - 1)

    def handle_data(self, data):
        if not self.hidden:
            self.out.append(data if self.pre else re.sub(r"\s+", " ", data))


def from_html(text):
    reader = Reader()
    reader.feed(text)
    return "".join(reader.out)


ESCAPES = [(r'\\f(\[[^]]*\]|\(..|.)', ""), (r"\\s[-+]?\d", ""), (r"\\\*\(..|\\\*\[[^]]*\]|\\\*.", ""), (r"\\\((aq|cq|oq)", "'"), (r"\\\((lq|rq|dq)", '"'),
           (r"\\\(em", "—"), (r"\\\(en", "–"), (r"\\\(bu|\\\[bu\]", "-"), (r"\\\[(aq|cq|oq)\]", "'"), (r"\\\[(lq|rq|dq)\]", '"'), (r"\\\(co", "(c)"), (r"\\\(ti|\\\[ti\]", "~"),
           (r"\\\((ha|\^)|\\\[ha\]", "^"), (r"\\\(..|\\\[[^]]*\]", ""), (r"\\[&|^%/,:]", ""), (r"\\[ ~0]", " "), (r"\\-", "-"), (r"\\e|\\\\", r"\\"), (r"\\.", "")]


def arguments(rest):
    return [a.strip('"') for a in re.findall(r'"(?:[^"]|"")*"|\S+', rest)]


def from_manual(text):
    """A manual page without its macros."""
    out, skip, label, joined = [], None, False, ""
    for line in text.split("\n"):
        if skip:
            if line.startswith(skip):
                skip = None
            continue
        line = re.sub(r'\\".*', "", line)
        if line.startswith((".de", ".ig", ".am")):
            skip = ".."
            continue
        if line.startswith(".TS"):
            skip = ".TE"
            continue
        words = line
        if line.startswith((".", "'")):
            macro, _, rest = line[1:].strip().partition(" ")
            if macro in ("SH", "SS", "Sh", "Ss"):
                out.append("\n\n" + " ".join(arguments(rest)) + "\n")
                continue
            if macro in ("PP", "P", "LP", "Pp", "sp", "HP"):
                out.append("\n\n")
                continue
            if macro in ("TP", "TQ", "It"):
                out.append("\n")
                label = macro != "It"
                if macro != "It":
                    continue
            if macro == "IP":
                out.append("\n" + " ".join(arguments(rest)[:1]) + " ")
                continue
            if macro in ("br", "nf", "fi", "EX", "EE"):
                out.append("\n")
                continue
            if macro in ("BR", "BI", "IB", "IR", "RB", "RI"):
                words = "".join(arguments(rest))
            elif macro in ("B", "I", "SM", "SB", "It", "Nm", "Fl", "Ar", "Op", "Xr", "Pa", "Cm", "Dq", "Em", "Sy", "Li", "Dv", "Ql", "Nd", "MR"):
                words = " ".join(arguments(rest))
            else:
                continue
        out.append(words + ("\n" if label or line.startswith((" ", "\t")) else " "))
        label = False
    text = "".join(out)
    for pattern, new in ESCAPES:
        text = re.sub(pattern, new, text)
    return text


def tidy(text):
    text = text.replace("\r", "").replace("\u00a0", " ").replace("\ufeff", "").expandtabs(8) if "\u00a0" in text or "\r" in text else text.replace("\ufeff", "")
    text = re.sub(r"[ \t]+\n", "\n", text.replace("¶", ""))
    text = re.sub(r"\n{3,}", "\n\n", text)
    text = re.sub(r"([-=_*.#~+]{8})[-=_*.#~+]+", r"\1", text)
    return text.strip()


def read(path, domain):
    raw = path.read_bytes()
    name = path.name
    if name.endswith(".gz"):
        raw, name = gzip.decompress(raw), name[:-3]
    text = raw.decode("utf-8", "replace")
    if text.count("\ufffd") > 3:
        return ""
    if name.endswith((".html", ".page")):
        text = from_html(text)
    elif domain != "code" and re.search(r"\.\d[a-z]*$", name):
        text = "" if text.startswith(".so") else from_manual(text)
    elif domain != "code":
        text = re.sub(r"[ \t]{3,}", "  ", text)
    if domain != "code":
        text = re.sub(r"(?m)^[ \t]+$", "", text)
        text = re.sub(r"[ \t]{2,}(?=\S)(?<=\S[ \t])", " ", text)
    return tidy(text)
