"""The service's one budget: processor time of a request beside an earlier commit's and FastAPI's, in one run."""

import json
import os
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from bench.contenders import OURS, Contender, fastapi_onnx, ours
from bench.load import Load, bodies_file, large_request, run_wrk, write_bodies
from bench.servers import Server, busy, running

LOGGED, BEFORE, FASTAPI = "with the log", "before", "FastAPI"
ONE, MANY, LARGE, BY_COLUMN = "1 row", "32 rows", "10,000 rows", "10,000 by column"
ROWS = {ONE: 1, MANY: 32, LARGE: 10_000, BY_COLUMN: 10_000}
CLIENTS = 16
LARGE_REQUESTS = 4  # a round
# (what, against whom, at most): of FastAPI's 1.3, 1/0.9 and 1 × the processor time; by column beside its rows.
LIMITS = (
    *((kind, BEFORE, 1.0) for kind in (ONE, MANY, LARGE)),
    (ONE, FASTAPI, 1.3),
    (MANY, FASTAPI, 1 / 0.9),
    (LARGE, FASTAPI, 1.0),
    (BY_COLUMN, FASTAPI, 0.6),
)


@dataclass
class Figures:
    """What was measured, round by round: ms of the processor by server and kind, and loads of one row by server."""

    busy: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    loads: dict[str, list[Load]] = field(default_factory=lambda: defaultdict(list))


def print_budget(folder: Path, before: Path | None, rounds: int, seconds: int) -> None:
    """Measure and print, each figure beside its limit. `folder` holds what bench.models writes."""
    with tempfile.TemporaryDirectory(prefix="bench-") as log, ExitStack() as stack:
        own = ours(folder)
        contenders = [own, replace(own, name=LOGGED, environment=own.environment | {"LOG_DIR": log}),
                      replace(fastapi_onnx(folder), name=FASTAPI)]  # fmt: skip
        if before:
            module = "src.serve" if (before / "src/serve.py").exists() else "harness.serve.server"
            command = (own.command[0], "-m", module, "--port", "{port}")
            contenders.insert(1, replace(own, name=BEFORE, folder=before, command=command))
        write_bodies(folder, own)
        write_bodies(folder, contenders[-1])
        _write_columns(folder)
        first = {each.name: _bodies(folder, each, ONE).read_bytes().splitlines()[0] for each in contenders}
        servers = [stack.enter_context(running(each, first[each.name])) for each in contenders]
        figures = _measure(servers, folder, rounds, seconds)
        _print(servers, figures, rounds)


def _measure(servers: list[Server], folder: Path, rounds: int, seconds: int) -> Figures:
    """In turn, so that what else the machine does slows all alike."""
    figures = Figures()
    for server in servers:  # warm
        run_wrk(server, _bodies(folder, server.contender, ONE), 4, 1)
    for _ in range(rounds):
        for kind in (ONE, MANY):
            for server in servers:
                load = run_wrk(server, _bodies(folder, server.contender, kind), CLIENTS, seconds)
                figures.busy[server.contender.name, kind].append(load.busy)
        for server in (each for each in servers if each.contender.name in {OURS, LOGGED}):
            load = run_wrk(server, _bodies(folder, server.contender, ONE), 1, seconds)
            figures.loads[server.contender.name].append(load)
        for server in servers:
            for kind in (LARGE, BY_COLUMN) if server.contender.name in {OURS, LOGGED} else (LARGE,):
                began = busy(server)
                for _ in range(LARGE_REQUESTS):
                    large_request(server, _bodies(folder, server.contender, kind))
                figures.busy[server.contender.name, kind].append((busy(server) - began) / LARGE_REQUESTS * 1e3)
    return figures


def _print(servers: list[Server], figures: Figures, rounds: int) -> None:
    names = [server.contender.name for server in servers]
    print(f"\nms of the processor that a request takes, medians of {rounds} rounds, one worker each, all counts on")
    print(f"  {'':20}" + "".join(f"{name:>14}" for name in names))
    for kind in ROWS:
        row = [figures.busy.get((name, kind)) for name in names]
        print(f"  {kind:20}" + "".join(f"{median(each):14.3f}" if each else f"{'':14}" for each in row))
    print(f"  {'start, s':20}" + "".join(f"{server.start:14.2f}" for server in servers))
    for kind, peer, most in LIMITS:
        if peer in names:
            theirs = figures.busy[peer, LARGE if kind == BY_COLUMN else kind]
            found = median(a / b for a, b in zip(figures.busy[OURS, kind], theirs, strict=True))
            print(f"  {kind} ÷ {peer}: {_judged(found, most)}")
    start = {server.contender.name: server.start for server in servers}
    print(f"  start ÷ {FASTAPI}: {_judged(start[OURS] / start[FASTAPI], 2)}")
    tails = zip(figures.loads[LOGGED], figures.loads[OURS], strict=True)
    found = median(a.p99 / b.p99 for a, b in tails)
    off = median(load.p99 for load in figures.loads[OURS])
    print(f"  p99 with the prediction log ÷ without ({off:.2f} ms), {ONE}, 1 client: {_judged(found, 1.1)}")


def _judged(found: float, most: float) -> str:
    return f"{found:.2f} × (limit {most:.2f}: {'met' if found <= most else 'MISSED'})"


def _bodies(folder: Path, contender: Contender, kind: str) -> Path:
    if kind == BY_COLUMN:
        return folder / "columns.txt"
    return bodies_file(folder, contender, ROWS[kind])


def _write_columns(folder: Path) -> None:
    rows = json.loads((folder / f"rows-True-{ROWS[LARGE]}.txt").read_bytes())["rows"]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    (folder / "columns.txt").write_text(json.dumps({"columns": columns}) + os.linesep, "utf-8")
