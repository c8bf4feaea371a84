"""Writes the test sets beside the reports written by hand: python testset.py [REPORTS_PER_FAMILY]

`unseen` holds reports of the test families, which training never sees; `*-noise` the same reports, and those written by hand, with
2 % wrong characters and 0.5 % lost blanks. The same files each time.
"""
import sys
from pathlib import Path

from annotation import mark, parse
from evaluate import TESTS, generated, noisy, written


def write(name, found):
    folder = TESTS / name
    folder.mkdir(parents=True, exist_ok=True)
    marked = [mark(text, entities, tuples).strip("\n") + "\n" for _, text, entities, tuples, _ in found]
    for text, (_, _, entities, tuples, _) in zip(marked, found):
        assert len(parse(text)[1]) == len({e for e in entities if e[0] < e[1]}), text
    (folder / "reports.txt").write_text("====\n".join(marked))
    print(name, len(marked), "reports,", (folder / "reports.txt").stat().st_size, "bytes")


def main(count=40):
    unseen, by_hand = list(generated("test", int(count))), list(written(TESTS / "handwritten"))
    write("unseen", unseen)
    write("unseen-noise", list(noisy(unseen, 0.02)))
    write("handwritten-noise", list(noisy(by_hand, 0.02)))


if __name__ == "__main__":
    main(*sys.argv[1:])
