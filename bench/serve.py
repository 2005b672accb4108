"""Our service beside MLflow, FastAPI and plain BentoML: same model, same rows, in turn, in one run."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench.contenders import OURS, contenders
from bench.load import Load, bodies_file, chances, large_request, run_wrk, write_bodies
from bench.measure import ROOT
from bench.serve_budget import print_budget
from bench.servers import Server, memory, running

ONE, MANY, LARGER = "1 row, 1 client", "1 row, 16 clients", "32 rows, 16 clients"
LOADS = {ONE: (1, 1), MANY: (1, 16), LARGER: (32, 16)}
LARGE = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench serve", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds, each through all servers in turn (5)")
    parser.add_argument("--seconds", type=int, default=2, help="whole seconds of each load (2)")
    parser.add_argument("--quick", action="store_true", help="2 rounds of a second")
    parser.add_argument("--before", type=Path, help="a clone of an earlier commit, to measure beside ours")
    parser.add_argument("--budget", action="store_true", help="beside it and FastAPI alone")
    arguments = parser.parse_args()
    if not shutil.which("wrk"):
        print("skipped: wrk is not installed; on Debian: apt-get install wrk")
        return
    rounds, seconds = (2, 1) if arguments.quick else (arguments.rounds, arguments.seconds)
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        subprocess.run([sys.executable, "-m", "bench.models", str(LARGE), name], cwd=ROOT, check=True)
        print_budget(folder, arguments.before, rounds, seconds)
        if arguments.budget:
            return
        servers = []
        for contender in contenders(folder):
            write_bodies(folder, contender)
            first = bodies_file(folder, contender, 1).read_bytes().splitlines()[0]
            servers.append(stack.enter_context(running(contender, first)))
            print(f"{contender.name} answers after {servers[-1].start:.1f} s", flush=True)
        _compare_answers(servers, folder)
        _report(servers, *_measure(servers, folder, rounds, seconds))


def _compare_answers(servers: list[Server], folder: Path) -> None:
    """Exits unless all say the same, but for the float64 that others see, which may cross a split."""
    expected: list[float] = []
    for server in servers:
        found = chances(server, bodies_file(folder, server.contender, 32).read_bytes().splitlines()[0])
        expected = expected or found
        if max(abs(one - two) for one, two in zip(expected, found, strict=True)) > 0.01:
            sys.exit(f"error: {server.contender.name} answers {found}, not {expected}")


def _measure(
    servers: list[Server], folder: Path, rounds: int, seconds: int
) -> tuple[dict[tuple[str, str], list[Load]], dict[str, list[float]]]:
    """Loads by server and kind, and ms of large requests; in turn, so that a busy machine slows all alike."""
    loads, large = defaultdict(list), defaultdict(list)
    for server in servers:  # warm
        run_wrk(server, bodies_file(folder, server.contender, 1), 4, 1)
    for _ in range(rounds):
        for kind, (rows, clients) in LOADS.items():
            for server in servers:
                bodies = bodies_file(folder, server.contender, rows)
                loads[server.contender.name, kind].append(run_wrk(server, bodies, clients, seconds))
        for server in servers:
            large[server.contender.name].append(large_request(server, bodies_file(folder, server.contender, LARGE)))
    return loads, large


def _report(servers: list[Server], loads: dict[tuple[str, str], list[Load]], large: dict[str, list[float]]) -> None:
    print(f"\nmedians of {len(large[OURS])} rounds, one worker each; p50, p99 and processor time of a request in ms")
    print(
        f"  {'':22}" + "".join(f"{kind:>38}" for kind in LOADS) + f"{'10,000 rows':>14}{'start':>8}{'RSS':>8}{'PSS':>8}"
    )
    print(
        f"  {'':22}"
        + f"{'requests/s':>14}{'p50':>8}{'p99':>8}{'cpu':>8}" * len(LOADS)
        + f"{'ms':>14}{'s':>8}{'MB':>8}{'MB':>8}"
    )
    for server in servers:
        name = server.contender.name
        figures = "".join(
            f"{_median(loads[name, kind], 'rate'):14,.0f}{_median(loads[name, kind], 'p50'):8.2f}"
            f"{_median(loads[name, kind], 'p99'):8.2f}{_median(loads[name, kind], 'busy'):8.2f}"
            for kind in LOADS
        )
        rss, pss = memory(server)
        print(f"  {name:22}{figures}{median(large[name]):14.0f}{server.start:8.1f}{rss:8.0f}{pss:8.0f}")
    failed = {name: sum(load.failed for load in found) for (name, _), found in loads.items()}
    print(f"  requests that failed: {sum(failed.values())}{f' {failed}' if any(failed.values()) else ''}\n")
    for line in _verdicts(servers[0], loads, large):
        print(f"  {line}")


def _verdicts(own: Server, loads: dict[tuple[str, str], list[Load]], large: dict[str, list[float]]) -> Iterator[str]:
    def ratio(kind: str, figure: str, one: str, two: str) -> float:
        """Median of the ratios within a round: what slows a round slows both."""
        pairs = zip(loads[one, kind], loads[two, kind], strict=True)
        return float(median(getattr(a, figure) / getattr(b, figure) for a, b in pairs))

    for peer, target in (("MLflow models serve", 12), ("FastAPI, joblib", 9), ("FastAPI async, ONNX", 0.5)):
        found = ratio(MANY, "rate", OURS, peer)
        yield f"requests/s ÷ {peer}, {MANY}: {found:.2f} × (target ≥ {target}: {_met(found >= target)})"
        found = ratio(MANY, "busy", peer, OURS)
        yield f"  by processor time, which other work on the machine changes less: {found:.2f} ×"
    for peer in ("MLflow models serve", "FastAPI, joblib"):
        found = ratio(ONE, "p50", OURS, peer)
        yield f"p50 ÷ {peer}, {ONE}: 1/{1 / found:.1f} (target ≤ 1/8: {_met(found <= 1 / 8)})"
    tail = median(load.p99 / load.p50 for load in loads[OURS, ONE])
    yield f"p99 ÷ p50, {ONE}: {tail:.1f} (target ≤ 3: {_met(tail <= 3)})"
    rate = _median(loads[OURS, LARGER], "rate")
    yield f"requests/s, {LARGER}: {rate:,.0f} (target ≥ 600: {_met(rate >= 600)})"
    for what, value, target in (
        ("ms of 10,000 rows", median(large[OURS]), 150),
        ("s to the first answer", own.start, 1.5),
        ("MB, RSS", memory(own)[0], 160),
    ):
        yield f"{what}: {value:.{1 if target < 10 else 0}f} (target ≤ {target}: {_met(value <= target)})"


def _median(loads: list[Load], figure: str) -> float:
    return float(median(getattr(load, figure) for load in loads))


def _met(holds: bool) -> str:
    return "met" if holds else "MISSED"


if __name__ == "__main__":
    main()
