"""One line of the table: what both sides did, and whether that meets what is asked for."""
import dataclasses
import statistics


def is_disturbed(others):
    """Whether other processes took so much that a figure says nothing."""
    return others > 0.2


def not_judged(others):
    return f"not judged: other processes used {others:.1f} cores"


@dataclasses.dataclass
class Bar:
    """A figure that is asked for: `value` must be at least (or, with `at_most`, at most) `bound`."""
    name: str
    value: float
    bound: float
    at_most: bool = False

    @property
    def met(self):
        return self.value <= self.bound if self.at_most else self.value >= self.bound

    def text(self, others):
        """`others` is how many cores other processes took: figures of a disturbed machine are not judged."""
        verdict = not_judged(others) if is_disturbed(others) else "met" if self.met else "not met"
        return f"{self.name} {'≤' if self.at_most else '≥'} {number(self.bound)}: {number(self.value)}, {verdict}"

    def record(self, others):
        met = None if is_disturbed(others) else self.met
        return {"name": self.name, "value": self.value, "bound": self.bound, "atMost": self.at_most, "met": met}


@dataclasses.dataclass
class Line:
    row: str
    what: str
    # What plots gather lines by: the type of the weights.
    series: str = dataclasses.field(default="", kw_only=True)
    threads: int
    unit: str
    ours: list[float]
    peer: list[float] = dataclasses.field(default_factory=list)
    peer_name: str = "llama.cpp"
    higher_is_better: bool = True
    cpu_ratio: float | None = None      # our processor seconds per token over the peer's
    roofline: list[float] = dataclasses.field(default_factory=list)  # percent
    bars: list[Bar] = dataclasses.field(default_factory=list)
    busy: int = 0                       # processes that computed beside
    others: float = 0                   # cores that processes which we did not start took meanwhile
    notes: list[str] = dataclasses.field(default_factory=list)

    @property
    def disturbed(self):
        return is_disturbed(self.others)

    @property
    def ratios(self):
        """Per interleaved pair; above 1 Millrace is better."""
        if self.higher_is_better:
            return [a / b for a, b in zip(self.ours, self.peer)]
        return [b / a for a, b in zip(self.ours, self.peer)]

    @property
    def ratio(self):
        return statistics.median(self.ratios) if self.peer else None

    @property
    def percent(self):
        return statistics.median(self.roofline) if self.roofline else None

    def record(self):
        result = dataclasses.asdict(self)
        result["bars"] = [bar.record(self.others) for bar in self.bars]
        result["ratios"], result["disturbed"] = self.ratios, self.disturbed
        return result


def number(value):
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
