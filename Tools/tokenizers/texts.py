"""Random strings that tokenizers trip over, from a seed."""
import random

CORPUS = """The lamp in the living room is on; the kettle isn't. They'll say we've won, I'm sure, and you're late.
In 2024 the price rose by 12.5 % to 1,234,567.89 EUR (see page 42). HTTPServer parses snake_case and camelCase names.
for (int i = 0; i < n; ++i) { total += values[i] * 2; }  // sum it up
def answer(question: str) -> str:\n    return "42" if question else None
Die Straße ist naß, größer als früher; Übermut tut selten gut. Où est-ce que l'été commence? ¿Qué pasó, señor?
Привет, мир! Это небольшой текст для проверки. Γειά σου Κόσμε. שלום עולם. مرحبا بالعالم.
今天天气很好，我们去公园散步吧。日本語のテキストもあります。한국어 문장도 있습니다.
हिन्दी में एक वाक्य। ภาษาไทยไม่มีช่องว่าง Tiếng Việt có dấu. 🙂🚀👩‍👩‍👧 🇩🇪
the the the lamp lamps lamp's room rooms light lights 1 12 123 1234 12345
""" * 3

WORDS = CORPUS.split()
SCRIPTS = [(0x20, 0x7E)] * 4 + [(0xA0, 0x24F), (0x370, 0x3FF), (0x400, 0x4FF), (0x5D0, 0x5EA), (0x620, 0x64A), (0x904, 0x94D),
    (0xE01, 0xE4E), (0x3041, 0x30FE), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0x1F300, 0x1F64F), (0x300, 0x341), (0x2000, 0x206F),
    (0x2150, 0x218B), (0x3000, 0x303F), (0xFF01, 0xFFEE), (0x1D400, 0x1D7FF), (0xFB00, 0xFB06), (0x1100, 0x11FF)]
SPACES = [" ", " ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u3000", "\u2003", " \n ", "\u200b", "\u2028", "\x85", "\x0b"]
PIECES = ["'s", "'S", "'ll", "'LL", "'re", "n't", "'ſ", "'", "''", "...", "!!!", "?!", "--", "==", "</", "/>", "//", "\\n", "e\u0301",
    "a\u0308\u0323", "🇩🇪", "👍🏽", "👩‍👩‍👧‍👦", "ﬁ", "½", "①", "Ⅷ", "ａｂｃ", "İ", "ß", "ẞ", "Σ", "ς", "\ufeff", "\ufffd", "▁", "▁▁", "Ġ", "Ċ",
    "<0x0A>", "<0xE4>", "##ing", "0", "7", "42", "1234567890", "٣٤٥", "１２３", "x²", "_", "__init__", "camelCase", "HTTPServer",
    "McDonald", "iPhone", "ÀÉ", "àÉ", "ǅ", "ʰ", "ª"]


def character(random):
    while True:
        low, high = random.choice(SCRIPTS)
        value = random.randint(low, high)
        if chr(value).isprintable() or value in (0x200B, 0x2028):
            return chr(value)


def text(random, specials):
    kind = random.random()
    if kind < 0.05:
        return random.choice(["a", "e", " ", "\n", "é", "猫", "1", "!", "🙂", "lamp", "ab", " a", "a "]) * random.randint(1, 200)
    parts = []
    for _ in range(random.randint(1, 16)):
        choice = random.random()
        if choice < 0.35:
            parts.append(random.choice(WORDS))
        elif choice < 0.6:
            parts.append("".join(character(random) for _ in range(random.randint(1, 5))))
        elif choice < 0.75:
            parts.append(random.choice(PIECES))
        # Not first: its letters would all count as the first of the text with the library's Metaspace.
        elif choice < 0.76 and parts:
            parts.append("ﷺ")
        elif choice < 0.8 and specials:
            token = random.choice(specials)
            parts.append(random.choice([token, token, token[:-1], token[1:], "<" + token, " " + token + " "]))
        elif choice < 0.85:
            parts.append(str(random.randint(0, 10 ** random.randint(1, 12))))
        parts.append(random.choice(SPACES) if random.random() < 0.7 else "")
    return "".join(parts)


def texts(seed, count, specials):
    """`count` strings without NUL; the same for the same seed."""
    source = random.Random(seed)
    return [text(source, specials) for _ in range(count)]
