"""Programs of the locked environment that start in no time, for tests whose subject is not how they start.

Most of the CPU of a command of the project goes into importing pandas, scikit-learn, DVC and their like. So one process
(`server.py`) imports them once and forks a child for each command, which gets the arguments, folder, environment,
streams and signals of whoever typed it (`client.py`, called `python` and `dvc`). Only packages from elsewhere are
imported beforehand: harness/ and src/ are read anew by each child. With COLD=1 every command starts by itself.
"""

import json
import marshal
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from harness.bootstrap import STAMP

HERE = Path(__file__).parent
REAL = Path(sys.prefix)
PYTHONS = ("python", "python3")
SCRIPTS = ("dvc",)  # programs of Python's that many tests start


@cache
def environment() -> Path:
    """A folder like .venv whose `python` and `dvc` are forked; .venv itself where that can't be, or COLD is set."""
    if sys.platform != "linux" or os.environ.get("COLD"):
        return REAL
    import fcntl  # noqa: PLC0415  Windows has none

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")  # its workers share one server
    place = Path(tempfile.gettempdir()) / f"warm-{run}" if run else Path(tempfile.mkdtemp(prefix="warm-"))
    place.mkdir(mode=0o700, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "socket").exists():
            _make(place)
            _start(place)
        lease = socket.socket(socket.AF_UNIX)
        lease.connect(str(place / "socket"))
        lease.sendall(b"L")
    lease.detach()  # open until this process ends: the server ends when nobody holds a lease
    return place


def programs() -> Path:
    """The folder of `python` and `dvc`, for the front of PATH."""
    place = environment()
    return Path(sys.executable).parent if place == REAL else place / "bin"


def _make(place: Path) -> None:
    """Everything of .venv, but for what is forked."""
    (place / "bin").mkdir()
    (place / "real").symlink_to(REAL)
    for name in ("include", "lib"):
        (place / name).symlink_to(REAL / name)
    shutil.copy(REAL / "pyvenv.cfg", place)
    if (REAL / STAMP).exists():
        made = json.loads((REAL / STAMP).read_text("utf-8"))
        (place / STAMP).write_text(json.dumps(made | {"folder": str(place)}), "utf-8")
    for program in (REAL / "bin").iterdir():
        (place / "bin" / program.name).symlink_to(program)
    code = (HERE / "client.py").read_text("utf-8")
    for name in (*PYTHONS, *SCRIPTS):
        path = place / "bin" / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!{REAL}/bin/python -IS\n{code}", "utf-8")
        path.chmod(0o755)


def _start(place: Path) -> None:
    """Start the server, and note what it inherits: a command that inherits something else is not forked."""
    from tests.support.warm.client import TAKEN_OVER, facts  # noqa: PLC0415  for Linux

    settings = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1", "PYTHONUTF8": "1"}
    inherited = {name: value for name, value in os.environ.items() if name not in TAKEN_OVER} | settings
    (place / "server").write_bytes(marshal.dumps({"environment": inherited, "facts": facts()}))
    server = subprocess.Popen(
        [sys.executable, str(HERE / "server.py"), str(place), str(REAL)],
        cwd=place,
        env=inherited,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert server.stdin
    assert server.stdout
    assert server.stderr
    with server.stdin, server.stdout, server.stderr:
        assert server.stdout.readline() == b"listening\n", server.stderr.read().decode()
    server.returncode = 0  # it outlives this process, perhaps: nobody waits for it
