"""The one way in which the project runs another program: git, DVC, a container engine, pip-audit."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from harness.core.errors import ProjectError


def try_program(
    *command: str, folder: Path | None = None, environment: Mapping[str, str] | None = None, text: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, its output kept; what a failure means is the caller's to say.

    `text` is its standard input; `environment` is added to this process's own. Raises ProjectError if there is no such
    program.
    """
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            input=text,
            stdin=None if text is not None else subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise ProjectError(f"{command[0]} is not installed") from None


def watch_program(*command: str, environment: Mapping[str, str] | None = None) -> int:
    """Run a program whose output people watch as it comes; its exit code. Raises ProjectError if there is no such."""
    try:
        return subprocess.run(command, env={**os.environ, **(environment or {})}, check=False).returncode
    except FileNotFoundError:
        raise ProjectError(f"{command[0]} is not installed") from None


def run_program(*command: str, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """What a program prints. Raises ProjectError with the last line of its errors if it fails."""
    done = try_program(*command, folder=folder, environment=environment)
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip() or "failed").splitlines()
        raise ProjectError(f"{' '.join(command[:2])}: {lines[-1]}")
    return done.stdout.rstrip("\n")


def git(*arguments: str, folder: Path | None = None) -> str:
    """What a git command prints. Raises ProjectError with git's first line if it fails."""
    done = try_program("git", *arguments, folder=folder)
    if done.returncode:
        raise ProjectError(f"git {arguments[0]}: {(done.stderr.strip() or 'failed').splitlines()[0]}")
    return done.stdout.rstrip("\n")


def git_succeeds(*arguments: str, folder: Path | None = None) -> bool:
    """Whether a git command that answers a question says yes."""
    return try_program("git", *arguments, folder=folder).returncode == 0


def dvc(*arguments: str, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """What a DVC command prints. Raises ProjectError with DVC's reason, and with the package that is missing."""
    done = try_program("dvc", *arguments, folder=folder, environment=environment)
    if done.returncode:
        raise ProjectError(f"dvc {arguments[0]}: {dvc_reason(done.stderr)}")
    return done.stdout.rstrip("\n")


def dvc_reason(stderr: str) -> str:
    """DVC's own reason, in one line."""
    lines = stderr.strip().splitlines()
    errors = [line for line in lines if line.startswith("ERROR")] or lines or ["failed without a word"]
    reason = " ".join(errors).removeprefix("ERROR: ").removeprefix("unexpected error - ")
    plugin = re.search(r"requires '(dvc-[\w-]+)' to be installed", reason)
    if plugin:
        return f"needs the package {plugin[1]}: add it to the group pipeline in pyproject.toml, then: make lock"
    return reason
