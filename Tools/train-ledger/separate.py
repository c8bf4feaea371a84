"""Keeps training apart from testing: no sentence of a training report has the pattern of a sentence of the test families.

    python separate.py [REPORTS]     looks at that many training reports (default 5,000) and prints how alike the sentences are

A pattern is a sentence in lower case with every slot `{}` (grammar.patterns). `bank.py` throws away the reports that have one of
a test family; this script counts how many that are and measures the others.
"""
import random
import re
import sys
from collections import Counter, defaultdict

import grammar

MOST = 20_000  # ways of saying one template that are looked at


def ways(parts, limit=MOST):
    """Every choice made in every way, or `limit` random ones where there are more."""
    def count(part):
        if isinstance(part, str) or part[0] == "slot":
            return 1
        return sum(size(option) for option in part[1])

    def size(parts):
        total = 1
        for part in parts:
            total *= count(part)
        return total

    def every(parts):
        if not parts:
            yield []
            return
        head, rest = parts[0], parts[1:]
        starts = [[head]] if isinstance(head, str) or head[0] == "slot" else (way for option in head[1] for way in every(option))
        for start in starts:
            for end in every(rest):
                yield start + end

    if size(parts) <= limit:
        return list(every(parts))
    writer = grammar.Writer(random.Random(1), "en")
    return [writer.flatten(parts, []) for _ in range(limit)]


def test_patterns():
    return {pattern for family in grammar.load("test") for templates in family.templates.values() for parts in templates for way in ways(parts)
            for pattern in grammar.patterns(way)}


def words(pattern):
    return Counter(re.findall(r"\{\}|[a-z]+|[\u3400-\u9fff]", pattern))


def closest(tests, trained):
    """For each test pattern the greatest share of its words (Dice) that one of training has in common with it."""
    bags, where = [words(p) for p in trained], defaultdict(list)
    for i, bag in enumerate(bags):
        for word in bag:
            where[word].append(i)
    sizes, best = [sum(b.values()) for b in bags], {}
    for pattern in tests:
        bag = words(pattern)
        total = sum(bag.values())
        # only those that share one of the two rarest words can be the closest ones that matter
        rare = sorted((w for w in bag if w in where and w != "{}"), key=lambda w: len(where[w]))[:3]
        near = {i for w in rare for i in where[w][:3000]}
        best[pattern] = max(((2 * sum((bag & bags[i]).values()) / (total + sizes[i]), trained[i]) for i in near), default=(0, ""))
    return best


def main(count=5_000):
    tests = test_patterns()
    families = grammar.load("train")
    by_language = {language: [f for f in families if f.language == language] for language in ("en", "zh")}
    seen, equal, thrown = set(), Counter(), 0
    for seed in range(int(count)):
        mine = by_language["en" if seed % 2 else "zh"]
        found = set(grammar.write_report(seed, mine, mine)[3].patterns)
        thrown += bool(found & tests)
        equal.update(found & tests)
        seen |= found
    print(f"{len(tests)} test patterns, {len(seen)} patterns in {count} training reports; thrown away: {thrown} reports for {len(equal)} equal patterns")
    for pattern, times in equal.most_common(40):
        print(f"    {times} {pattern}")
    r = random.Random(2)
    kept = sorted(seen - tests)
    best = closest(r.sample(sorted(tests), min(1500, len(tests))), r.sample(kept, min(60_000, len(kept))))
    shares = sorted(share for share, _ in best.values())
    print(f"words in common with the closest training pattern: median {shares[len(shares) // 2]:.2f}, greatest {shares[-1]:.2f}")
    for pattern, (share, other) in sorted(best.items(), key=lambda item: -item[1][0])[:5]:
        print(f"    {share:.2f} | {pattern} | {other}")


if __name__ == "__main__":
    main(*sys.argv[1:])
