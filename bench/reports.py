"""Six real reports of the worked example, as pictures: better, worse, nothing, undecided, not comparable, first run."""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bench.comment import draw_comment
from bench.measure import cloned

PAGES = {"light": (False, 1012), "dark": (True, 1012), "phone": (False, 412)}  # dark or not; pixels
HEIGHT = 2000
Edit = Callable[[Path], None]


def set_train(**values: float) -> Edit:
    """Parameters of the estimator."""

    def edit(folder: Path) -> None:
        path = folder / "params.yaml"
        text = path.read_text("utf-8")
        for name, value in values.items():
            text, count = re.subn(rf"^(    {name}: )\S+", rf"\g<1>{value}", text, count=1, flags=re.MULTILINE)
            if not count:
                sys.exit(f"error: params.yaml has no train.params.{name}")
        path.write_text(text, "utf-8")

    return edit


def another_split(folder: Path) -> None:
    path = folder / "params.yaml"
    path.write_text(path.read_text("utf-8").replace("  seed: 0 ", "  seed: 1 ", 1), "utf-8")


def another_word(folder: Path) -> None:
    with (folder / "README.md").open("a", encoding="utf-8") as file:
        file.write("\nA word more.\n")


WEAK = set_train(max_iter=3, max_leaf_nodes=2)
# What the base is, and what the branch does to it; a base without an edit is main.
CASES: dict[str, tuple[Edit | None, Edit]] = {
    "better": (WEAK, set_train(max_iter=100, max_leaf_nodes=12)),
    "worse": (None, WEAK),
    "nothing": (None, another_word),
    "undecided": (None, set_train(learning_rate=0.09)),
    "not-comparable": (None, another_split),
    "first-run": (None, another_word),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench reports", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("artifacts/reports"), help="folder of the pictures")
    parser.add_argument("--cases", nargs="+", default=list(CASES), help="some of them (all)")
    options = parser.parse_args()
    with cloned() as clone:
        for case in options.cases:
            base, edit = CASES[case]
            _switch(clone, "--force-create", f"base-{case}", "origin/HEAD")
            if base is not None:
                base(clone)
                _commit(clone)
            if case == "first-run":
                _switch(clone, "--orphan", "empty")
                _commit(clone, add=False)  # what git ignores lies here still, and there is no .gitignore now
                _run(clone, "git", "checkout", "--quiet", f"base-{case}", "--", ".")
            _switch(clone, "--create", case)
            edit(clone)
            _commit(clone)
            start = "empty" if case == "first-run" else f"base-{case}"
            printed = _run(clone, "python", "-m", "harness", "report", f"--base={start}")
            _draw(clone / "artifacts/report", options.out / case)
            (options.out / case / "terminal.txt").write_text(printed, "utf-8")


def _draw(report: Path, out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(report, out)
    for name, (dark, width) in PAGES.items():
        draw_comment(out, out / f"{name}.png", dark, HEIGHT, width)
    print(f"{out}: {', '.join(f'{name}.png' for name in PAGES)}", flush=True)


def _switch(clone: Path, *options: str) -> None:
    """To another branch, without the results of the report before."""
    _run(clone, "git", "switch", "--quiet", "--discard-changes", *options)


def _commit(clone: Path, add: bool = True) -> None:
    if add:
        _run(clone, "git", "add", "--all")
    _run(clone, "git", "commit", "--quiet", "--allow-empty", "--message", "an edit")


def _run(clone: Path, *command: str) -> str:
    """What it printed."""
    person = {f"GIT_{who}_{what}": "bench" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=clone, env={**os.environ, **person, "PATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"error: {' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
