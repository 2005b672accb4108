"""A program that has a running server fork it; or, where the child would not be as if started by itself, starts it.

It imports neither pathlib nor subprocess nor anything else that costs time: this runs for every command.
"""
# ruff: noqa: PTH109, PTH113, PTH115, PTH123, S606

from __future__ import annotations

# What `signal` and `socket` are made of, in a tenth of the time.
import _signal as signal  # type: ignore[import-not-found]
import _socket
import marshal
import os
import resource
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes its time
    from typing import Any, NoReturn

PLACE = os.path.realpath(sys.argv[0]).rpartition("/bin/")[0]
NAME = sys.argv[0].rpartition("/")[2]
# Read when a library is imported, or when Python starts; the child takes care of the others of Python's.
AT_START = ("PYTHON", "LC_", "LANG", "TZ", "OMP_", "OPENBLAS_", "MKL_", "LD_", "MALLOC_", "ARROW_", "ORT_", "MPL")
TAKEN_OVER = {"PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
NEVER = (["pip"], ["pytest"], ["uv"], ["venv"])  # pytest warns of plugins that were imported before it
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


def facts() -> list[object]:
    """What a process inherits and a child of the server's would not: the same here as there, or it is started."""
    limits = [resource.getrlimit(kind) for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE)]
    spaces = [os.readlink(f"/proc/self/ns/{kind}") for kind in ("mnt", "net", "pid")]
    return [limits, spaces, os.getuid(), os.geteuid(), os.getgid(), os.getgroups()]


def may_be_forked(server: dict[str, Any]) -> bool:
    """Whether the child would be as one that was started here."""
    if NAME.startswith("python") and (sys.argv[2:3] in NEVER if sys.argv[1:2] == ["-m"] else not is_script()):
        return False
    if "COLD" in os.environ or facts() != server["facts"]:
        return False
    there = server["environment"]
    return all(
        name in TAKEN_OVER or there.get(name) == value
        for name, value in os.environ.items()
        if name.startswith(AT_START)
    )


def is_script() -> bool:
    return len(sys.argv) > 1 and not sys.argv[1].startswith("-") and os.path.isfile(sys.argv[1])


def start() -> NoReturn:
    """Become the real program."""
    program = f"{os.readlink(f'{PLACE}/real')}/bin/{NAME}"
    os.execv(program, [program, *sys.argv[1:]])


def fork(connection: _socket.socket) -> int:
    """The exit status of the child, as the kernel tells it."""
    ignored = [number for number in FORWARDED if signal.getsignal(number) == signal.SIG_IGN]
    umask = os.umask(0)
    os.umask(umask)
    request = marshal.dumps([sys.argv, os.getcwd(), dict(os.environ), umask, [int(each) for each in ignored]])
    streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)  # until it is known whom they are for
    head = b"R" + len(request).to_bytes(8, "big")
    connection.sendmsg([head], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
    connection.sendall(request)
    pid = int.from_bytes(received(connection, 8), "big")
    for number in FORWARDED:
        if number not in ignored:
            signal.signal(number, lambda come, _: os.kill(pid, come))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
    return int.from_bytes(received(connection, 8), "big")


def received(connection: _socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = connection.recv(size - len(found))
        if not part:
            sys.exit("the process that forks the commands of these tests is gone")
        found += part
    return found


def main() -> None:
    with open(f"{PLACE}/server", "rb") as file:
        server = marshal.load(file)  # noqa: S302
    if not may_be_forked(server):
        start()
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.connect(f"{PLACE}/socket")
    except OSError:
        start()
    status = fork(connection)
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) in FORWARDED:
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
