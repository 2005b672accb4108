"""Seconds of `make pipeline` in a clean clone, with nothing to do and after a change; what the stages import."""

import argparse
import re
from pathlib import Path
from statistics import median

from bench.measure import Run, cloned, run, verdict

CLEAN = 60.0  # seconds of the first `make pipeline`, packages in uv's cache
RATIO = 2.0  # of a `make pipeline` with nothing to do to a bare `dvc repro`
# Command → the packages that it must not import.
FORBIDDEN = {
    "-m src.train": ("pandera", "matplotlib"),
    "-c 'import harness.inference.predictor'": ("sklearn", "pandas", "pandera"),
}
CHANGE = re.compile(r"^(    learning_rate: )(\S+)", re.MULTILINE)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench commands", description=__doc__)
    parser.add_argument("--pairs", type=int, default=5, help="pairs of commands with nothing to do (5)")
    pairs = parser.parse_args().pairs
    with cloned() as clone:
        print("packages from uv's cache; s of the whole command")
        clean = run(["make", "pipeline"], clone)
        _show(
            "make pipeline, clean clone", f"{clean.seconds:.1f} s", verdict(clean.seconds, CLEAN, "s"), _stages(clean)
        )
        _compare_nothing_to_do(clone, pairs)
        _change_parameter(clone)
        for command, forbidden in FORBIDDEN.items():
            _check_imports(clone, command, forbidden)


def _compare_nothing_to_do(clone: Path, pairs: int) -> None:
    """Interleaved, so that a busy machine slows both."""
    runs = [(run(["make", "pipeline"], clone), run(["dvc", "repro"], clone)) for _ in range(pairs)]
    ours, bare = (median(done.seconds for done in side) for side in zip(*runs, strict=True))
    _show("make pipeline, nothing to do", f"{ours:.2f} s", f"median of {pairs}", _stages(runs[0][0]))
    _show("dvc repro, nothing to do", f"{bare:.2f} s", f"median of {pairs}", _stages(runs[0][1]))
    _show("their ratio", f"{ours / bare:.2f} ×", verdict(ours / bare, RATIO, "×"))


def _change_parameter(clone: Path) -> None:
    path = clone / "params.yaml"
    text, changes = CHANGE.subn(r"\g<1>0.0512", path.read_text("utf-8"), count=1)
    if not changes:
        _show("learning_rate changed", "–", "params.yaml has no train.params.learning_rate")
        return
    path.write_text(text, "utf-8")
    done = run(["make", "pipeline"], clone)
    _show("learning_rate changed", f"{done.seconds:.1f} s", "target: train and evaluate run", _stages(done))


def _check_imports(clone: Path, command: str, forbidden: tuple[str, ...]) -> None:
    flag, what = command.replace("'", "").split(" ", 1)
    done = run(["python", "-X", "importtime", flag, what], clone)
    lines = re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", done.output, re.MULTILINE)
    packages = {module.partition(".")[0] for _, module in lines}
    found = [name for name in forbidden if name in packages]
    seconds = sum(int(own) for own, _ in lines) / 1e6
    target = f"target: no {', no '.join(forbidden)}: " + (f"MISSED: {', '.join(found)}" if found else "met")
    _show(f"python {command}", f"{seconds:.2f} s", target, f"{len(lines)} modules imported")


def _stages(done: Run) -> str:
    return "ran: " + (", ".join(re.findall(r"Running stage '(\w+)'", done.output)) or "nothing")


def _show(what: str, figure: str, *notes: str) -> None:
    print(f"  {what:36}{figure:>9}   {'; '.join(notes)}", flush=True)


if __name__ == "__main__":
    main()
