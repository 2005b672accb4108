"""Which of the published models are held against the candidate."""

import subprocess
from pathlib import Path

import pytest

from harness.compare import best
from harness.compare.best import newest


def test_the_newest_models_are_those_of_the_newest_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They were the last ones by name, which is a hash: any of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(best, "MOST_MODELS", 2)

    def git(*command: str, day: int = 1) -> str:
        date = f"2026-01-{day:02}T00:00:00Z"
        person = {f"GIT_{who}_{what}": "a" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        environment = {**person, "GIT_COMMITTER_DATE": date, "PATH": "/usr/bin:/bin"}
        return subprocess.run(["git", *command], env=environment, capture_output=True, text=True, check=True).stdout

    git("init", "--quiet")
    commits = []
    for day in (3, 9, 5):
        git("commit", "--quiet", "--allow-empty", "--message", "a model", day=day)
        commits.append(git("rev-parse", "HEAD").strip())
    unknown = "f" * 40
    assert newest([unknown, *sorted(commits)]) == [commits[1], commits[2]]
    assert newest([unknown]) == []
    assert newest([]) == []
