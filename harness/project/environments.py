"""Environments beside .venv, for programs that want other versions than the project does: built when first needed."""

import hashlib
import sys
from pathlib import Path

from harness.bootstrap import PROGRAMS, REPOSITORY, STAMP, VENV
from harness.core.errors import ProjectError
from harness.core.paths import SEPARATE_LOCKS
from harness.core.shell import try_program
from harness.index_settings import index_settings


def build_environment(group: str) -> Path:
    """Where the programs of a group's environment are; it is built, or built anew, if it is not what its lock says.

    Raises ProjectError if the packages cannot be installed.
    """
    lock = REPOSITORY / SEPARATE_LOCKS[group]
    folder = VENV.with_name(f"{VENV.name}-{group}")
    programs, stamp = folder / PROGRAMS, folder / STAMP
    wanted = f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {folder}\n"
    if stamp.is_file() and stamp.read_text("utf-8") == wanted and (programs / "python").exists():
        return programs
    print(f"Installing {SEPARATE_LOCKS[group]} into {folder.name} …", flush=True)
    settings = index_settings(sys.executable, REPOSITORY)
    _uv(group, settings, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
    python = str(programs / "python")
    _uv(group, settings, "pip", "sync", "--quiet", "--require-hashes", "--python", python, str(lock))
    stamp.write_text(wanted, "utf-8")
    return programs


def _uv(group: str, settings: dict[str, str], *words: str) -> None:
    done = try_program(sys.executable, "-m", "uv", *words, environment=settings)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["failed"]
        raise ProjectError(f"{SEPARATE_LOCKS[group]}: cannot be installed: {' '.join(' '.join(lines).split())[:300]}")
