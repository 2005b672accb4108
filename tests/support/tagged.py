"""A repository with versions and stages, whose tags gto makes."""

import itertools
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import gto.api

from tests.support.warm import programs


@dataclass
class Tagged:
    """A repository with a bare one as its origin."""

    folder: Path
    clock: Iterator[int] = field(default_factory=lambda: itertools.count(1_800_000_000))

    def tick(self) -> None:
        """A second later: gto takes what happened in one second in any order."""
        os.environ["GIT_COMMITTER_DATE"] = f"{next(self.clock)} +0000"

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def register(self, version: str, **facts: str) -> str:
        """A new commit that is a version; its hash."""
        self.tick()
        self.git("commit", "--quiet", "--allow-empty", "--message", version)
        lines = "\n".join(f"{key}: {value}" for key, value in facts.items())
        gto.api.register(str(self.folder), "model", "HEAD", version, message=f"model {version}\n\n{lines}")
        return self.git("rev-parse", "HEAD")

    def assign(self, version: str, stage: str, message: str = "") -> None:
        self.tick()
        gto.api.assign(str(self.folder), "model", stage, version=version, message=message or None, force=True)

    def by_gto(self, stage: str) -> str | None:
        """The version that `gto show` says a stage runs. Its functions say the highest one that was ever there."""
        command = [str(programs() / "python"), "-m", "gto.cli", "show", f"model#{stage}", "--json"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True)
        return next((found["version"] for found in json.loads(done.stdout)), None)

    def push(self) -> None:
        self.git("push", "--quiet", "origin", "HEAD:refs/heads/main", "--tags")
