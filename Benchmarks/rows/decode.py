"""Writing tokens: on a quiet machine, at a depth, and beside processes that compute."""
import statistics

from harness import machine
from harness.line import Bar, Line
from harness.setting import percent, rate

TOKENS, DEPTH = 64, 4096
PEER_SECONDS = 10  # after which a sample of the peer ends; beside busy processes a token may take seconds
QUIET_BARS = {1: 1.4, 2: 1.4, 4: 1.2}


def quiet(setting):
    for blocks in setting.blocks:
        model = setting.model(setting.shape, blocks)
        with setting.peers(model) as peers:
            for threads in setting.threads(1, 2, 4):
                peers["default"]("context", capacity=TOKENS + 64, threads=threads)
                line = measure(setting, peers, model, f"{blocks}, {TOKENS} tokens", threads, TOKENS)
                line.series = blocks
                line.bars = [Bar("ratio", line.ratio, QUIET_BARS[threads])]
                if threads == 4:
                    line.bars.append(Bar("% of memory bandwidth", line.percent, 90))
                yield line


def measure(setting, peers, model, what, threads, tokens, depth=0, options=()):
    """A B A B on a quiet machine."""
    peer, ours, theirs, cpu, roof = peers["default"], [], [], [], []
    peer("decode", tokens=8, depth=depth, limit=PEER_SECONDS)
    test = f"tg{tokens}@d{depth}" if depth else f"tg{tokens}"
    with machine.watched() as others:
        for _ in range(setting.repetitions):
            row = setting.bench(
                model, "-p", 0, "-n", tokens, "-t", threads, "-d", depth, *options, limits=True)["rows"][test]
            answer = peer("decode", tokens=tokens, depth=depth, limit=PEER_SECONDS)
            ours.append(rate(row))
            theirs.append(answer["tokens"] / answer["seconds"])
            cpu.append(row["cpuSecondsPerToken"] / (answer["cpu"] / answer["tokens"]))
            roof.append(percent(row))
    return Line("decode", what, threads, "tokens/s", ours, theirs, peers.title(), cpu_ratio=statistics.median(cpu), roofline=roof,
                others=others.average)


def deep(setting):
    for blocks in setting.blocks[:1]:
        model = setting.model(setting.shape, blocks)
        threads = min(4, setting.cores)
        has_kv = setting.has_option("--kv")
        with setting.peers(model) as peers:
            peers["default"]("context", capacity=DEPTH + TOKENS, threads=threads, kv="q8_0")
            line = measure(
                setting, peers, model, f"{blocks}, {TOKENS} tokens at depth {DEPTH}, KV in Q8", threads, TOKENS, DEPTH,
                ("--kv", "q8_0") if has_kv else ())
        if not has_kv:
            line.notes.append("Millrace's keys and values were F32")
        line.row = "depth"
        line.bars = [Bar("ratio", line.ratio, 1.5)]
        yield line


def busy(setting):
    """Threads = cores, beside one and two processes; the peer also at the number of threads that suits it best then."""
    for blocks in setting.blocks[:1]:
        model, threads = setting.model(setting.shape, blocks), setting.cores
        with setting.peers(model) as peers:
            peer = peers["default"]
            for count in (1, 2):
                at_best, at_cores, ours, unloaded, cpu = [], [], [], [], []
                # The processes that we start to compute beside do not count as others.
                with machine.watched() as others:
                    choice = best_threads(setting, peer, count)
                    for _ in range(setting.repetitions):
                        with machine.stress(count):
                            row = ours_once(setting, model, threads)
                            ours.append(rate(row))
                            for where, number in ((at_cores, threads), (at_best, choice)):
                                speed, seconds = beside(peer, number)
                                where.append(speed)
                                if where is at_cores:
                                    cpu.append(row["cpuSecondsPerToken"] / seconds)
                        unloaded.append(rate(ours_once(setting, model, threads)))
                same = Line("busy", f"{blocks}, {count} busy beside", threads, "tokens/s", ours, at_cores, peers.title(),
                            busy=count, series=blocks, cpu_ratio=statistics.median(cpu), others=others.average)
                kept = 100 * statistics.median(a / b for a, b in zip(ours, unloaded))
                same.bars = [Bar("ratio", same.ratio, 5), Bar("% of our quiet speed", kept, 70 if count == 1 else 40)]
                yield same
                hand = Line("busy", f"{blocks}, {count} busy beside, peer at its best number of threads", threads, "tokens/s", ours,
                            at_best, peers.title(how=" at its best"), busy=count, series=blocks, others=others.average)
                hand.bars = [Bar("ratio", hand.ratio, 0.95)]
                hand.notes.append(f"the peer was at its best with {choice} of 1 to {threads} threads")
                yield hand


def best_threads(setting, peer, count):
    """The number of threads with which the peer is fastest beside `count` processes."""
    speeds = {}
    with machine.stress(count):
        for threads in range(1, setting.cores + 1):
            speeds[threads] = statistics.median(beside(peer, threads)[0] for _ in range(min(3, setting.repetitions)))
    return max(speeds, key=speeds.get)


def beside(peer, threads):
    """The peer's tokens per second and processor seconds per token."""
    peer("context", capacity=TOKENS + 64, threads=threads)
    peer("decode", tokens=2, limit=PEER_SECONDS)
    answer = peer("decode", tokens=TOKENS, limit=PEER_SECONDS)
    return answer["tokens"] / answer["seconds"], answer["cpu"] / answer["tokens"]


def ours_once(setting, model, threads):
    return setting.bench(model, "-p", 0, "-n", TOKENS, "-t", threads)["rows"][f"tg{TOKENS}"]


ROWS = {"decode": quiet, "depth": deep, "busy": busy}
