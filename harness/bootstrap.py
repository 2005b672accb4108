"""The environment .venv, built from the hash-checked lock; noticed when it is stale, moved, or its Python is gone.

Standard library only: it runs before anything is installed.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from harness.index_settings import index_settings

REPOSITORY = Path(__file__).resolve().parents[1]
DEV_LOCK = REPOSITORY / "requirements/dev.txt"
PROJECT_TOML = REPOSITORY / "pyproject.toml"
VENV = REPOSITORY / ".venv"
STAMP = "synced"  # in an environment: what it was made of
PROGRAMS = "Scripts" if os.name == "nt" else "bin"
SETTINGS = {
    "BENTOML_DO_NOT_TRACK": "True",  # neither BentoML nor onnxruntime reports home
    "ORT_DISABLE_TELEMETRY": "1",
    "PYTHONUTF8": "1",  # on Windows too, every program that is started reads and writes UTF-8
    "UV_LINK_MODE": "copy",  # a copied package survives the cache it came from and works on every file system
    "UV_PYTHON_DOWNLOADS": "never",
}
MIRROR = "; if this machine reaches packages by a mirror or a proxy: set PIP_INDEX_URL or HTTPS_PROXY"


def enter(arguments: Sequence[str]) -> None:
    """Return if this Python belongs to the locked environment; otherwise build it if needed, and start again in it."""
    os.environ.update(SETTINGS)
    # Each command starts Python several times; to compile packages anew each time costs more than all the training.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if not _fits(Path(sys.prefix)):
        try:
            if not is_whole():
                build()
        except PermissionError as error:
            sys.exit(f"error: {error.filename}: permission denied; delete {VENV}, and the next command builds it again")
        _restart([str(VENV / PROGRAMS / "python"), "-m", "harness", *arguments])
    # DVC starts the stages with `python`, which must be the locked one, activated or not.
    programs = Path(sys.executable).parent
    if Path(shutil.which("python") or "python").parent != programs:
        os.environ["PATH"] = os.pathsep.join([str(programs), os.environ.get("PATH", "")])


def build() -> None:
    """Make .venv of the lock, whatever is there now."""
    if VENV.is_symlink():
        VENV.unlink()
    made = _stamp(VENV)
    if made.get("folder") != str(VENV) or not (VENV / PROGRAMS / "python").exists():
        shutil.rmtree(VENV, ignore_errors=True)  # its programs name another folder, or a Python that is gone
    if not (VENV / PROGRAMS / "python").exists() and _call(sys.executable, "-m", "venv", str(VENV)):
        sys.exit("error: python3 has no venv module; on Debian: apt-get install python3-venv")
    (VENV / STAMP).unlink(missing_ok=True)
    python, uv = str(VENV / PROGRAMS / "python"), str(VENV / PROGRAMS / "uv")
    named = " and ".join(str(lock.relative_to(REPOSITORY)) for lock in locks())
    print(f"Installing {named} into .venv …", flush=True)
    # uv is taken from the lock like all the rest, so its hash is checked too.
    first = VENV / "uv.txt"
    first.write_text(_entry("uv"), "utf-8")
    checked = ("--require-hashes", "--no-deps", "-r", str(first))
    if _call(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *checked):
        sys.exit(f"error: {DEV_LOCK.relative_to(REPOSITORY)}: uv could not be installed (see above){MIRROR}")
    os.environ.update(index_settings(python, REPOSITORY))
    if _call(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, *map(str, locks())):
        sys.exit(f"error: {named}: the packages could not be installed (see above){MIRROR}")
    asked = (python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    packages = subprocess.check_output(asked, text=True)
    # A project in another folder of the repository finds the harness too.
    (Path(packages.strip()) / "harness.pth").write_text(f"{REPOSITORY}\n", "utf-8")
    (VENV / STAMP).write_text(json.dumps({"lock": lock_digest(), "folder": str(VENV)}), "utf-8")


def _fits(environment: Path) -> bool:
    """Whether an environment holds what this lock says: .venv, or one that the tests lend to a clone."""
    return _stamp(environment).get("lock") == lock_digest()


def is_whole() -> bool:
    """Whether .venv, or what it is a link to, is what this lock says, where it was made, and its Python is there."""
    return _fits(VENV) and _stamp(VENV).get("folder") == str(VENV.resolve()) and (VENV / PROGRAMS / "python").exists()


def _stamp(environment: Path) -> dict[str, str]:
    try:
        found = json.loads((environment / STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def locks() -> list[Path]:
    """What is installed: the whole lock, and one for each optional group that pyproject.toml switches on."""
    try:
        settings = tomllib.loads(PROJECT_TOML.read_text("utf-8"))
    except (OSError, ValueError) as error:  # conflict markers of a merge, say
        sys.exit(f"error: {PROJECT_TOML.name}: cannot be read: {error}")
    groups = settings.get("tool", {}).get("harness", {}).get("optional-groups", [])
    return [DEV_LOCK, *(DEV_LOCK.with_name(f"{group}.txt") for group in groups)]


def lock_digest() -> str:
    """SHA-256 of the locks."""
    try:
        return hashlib.sha256(b"".join(lock.read_bytes() for lock in locks())).hexdigest()
    except FileNotFoundError as error:
        sys.exit(f"error: {error.filename}: not found")


def _entry(package: str) -> str:
    """A package's lines in the lock, with its hashes."""
    lines, inside = [], False
    for line in DEV_LOCK.read_text("utf-8").splitlines(keepends=True):
        inside = line.startswith(f"{package}==") or (inside and line.startswith(" "))
        lines += [line] if inside else []
    return "".join(lines)


def _call(*command: str) -> int:
    return subprocess.run(command, check=False).returncode


def _restart(command: list[str]) -> None:
    if os.name == "nt":  # there exec returns to the shell before the command has ended
        sys.exit(subprocess.run(command, check=False).returncode)
    os.execv(command[0], command)  # noqa: S606
