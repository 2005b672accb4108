"""Clones of this repository as it stands in the work tree, in which real commands run in real processes."""

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML

from tests.support.constants import ROOT
from tests.support.warm import environment, programs

EMBEDDED = """\
[core]
    analytics = false
    check_update = false
['remote "store"']
    url = store
    verify = true
"""  # .dvc/config before `make remote`


@dataclass
class Clone:
    """A clone of the repository."""

    folder: Path

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(command, cwd=self.folder, env=_environment(), capture_output=True, text=True, check=False)
        if check and done.returncode:
            pytest.fail(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
        return done

    def commit(self, message: str) -> None:
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--allow-empty", "--message", message)

    def pack(self) -> None:
        """Compress the objects once, not in each fetch; a clone on this machine links to the pack."""
        self.run("git", "repack", "-a", "-d", "--quiet")

    def edit_params(self, change: Callable[[dict[str, Any]], object]) -> None:
        self.edit_yaml("params.yaml", change)

    def edit_yaml(self, name: str, change: Callable[[dict[str, Any]], object]) -> None:
        """As DVC reads and writes it, YAML 1.2: for PyYAML a label `yes` is a truth value."""
        path, form = self.folder / name, YAML()
        content = form.load(path)
        change(content)
        form.dump(content, path)

    def status(self) -> str:
        return self.run("git", "status", "--porcelain").stdout


def copy_of_work_tree(folder: Path) -> Clone:
    """A repository of its own with the files of the work tree in one commit."""
    made = Clone(folder)
    copy_work_tree(folder)
    made.run("git", "init", "--quiet", "--initial-branch=main")
    made.commit("the work tree")
    made.pack()
    return made


def copy_work_tree(folder: Path) -> None:
    """The files that git knows or would take, as they are now."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # deleted, perhaps a moment ago
            shutil.copy2(ROOT / name, folder / name)


def clone_of(origin: Clone, folder: Path, *options: str) -> Clone:
    subprocess.run(["git", "clone", "--quiet", *options, str(origin.folder), str(folder)], check=True)
    return Clone(folder)


def has_its_data(clone: Clone) -> bool:
    """Whether what data.dvc asks the embedded store for is in it; a large table is not, until `make remote`."""
    out = yaml.safe_load((clone.folder / "data.dvc").read_text("utf-8"))["outs"][0]
    stored = clone.folder / ".dvc/store/files/md5" / out["md5"][:2] / out["md5"][2:]
    return stored.exists() or "remote" not in out


def embed(clone: Clone) -> None:
    """Let the embedded store take the next data, wherever the present ones are."""
    (clone.folder / ".dvc/config").write_text(EMBEDDED)
    (clone.folder / "data.dvc").write_text("outs: [{path: data, remote: store}]\n")
    clone.commit("the embedded store")


def lend_environment(clone: Clone) -> None:
    """Let `make` in the clone use the environment of these tests, so that nothing is installed."""
    if not (environment() / "synced").exists():
        pytest.skip("these tests were not started by `make test`, so there is no .venv to lend to the clone")
    (clone.folder / ".venv").symlink_to(environment())
    with (clone.folder / ".git/info/exclude").open("a") as file:
        file.write(".venv\n")  # .gitignore names the folder, and this is a link
    os.utime(clone.folder / "requirements/dev.txt", (0, 0))


def _environment() -> dict[str, str]:
    """No configuration of the person who runs the tests: an identity for commits, and the stages' own Python first."""
    person = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "t"), ("EMAIL", "t@example.org"))
    }
    path = f"{programs()}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, **person, "PATH": path, "GIT_CONFIG_GLOBAL": os.devnull}
