"""A command that tests fork (tests/support/warm) does what one does that starts by itself."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import warm
from tests.support.clone import Clone, clone_of
from tests.support.constants import PATIENCE

pytestmark = pytest.mark.skipif(sys.platform != "linux" or "COLD" in os.environ, reason="commands start by themselves")

# A module of a project of its own; `sklearn` among the modules shows that it was forked.
ENDINGS = {
    "returns": "print('done')",
    "a text": "sys.exit('error: this and that')",
    "a code": "print('half', end=''); sys.exit(3)",
    "a large code": "sys.exit(258)",
    "a failure": "raise ValueError('what happened')",
    "at exit": "import atexit; atexit.register(print, 'at exit'); print('before')",
    "a thread": "import threading; threading.Thread(target=lambda: (time.sleep(0.1), print('thread'))).start()",
    "a signal": "os.kill(os.getpid(), signal.SIGKILL)",
    "an interrupt": "os.kill(os.getpid(), signal.SIGINT); time.sleep(9)",
    "at once": "print('lost', end=''); os._exit(4)",
    "both streams": "print('out'); print('err', file=sys.stderr); print('ö', flush=True)",
    "its input": "print(sys.stdin.read())",
    "bytes": "sys.stdout.buffer.write(b'\\xff\\x00')",
    "its words": "print(sys.argv[1:], __name__, Path(sys.argv[0]).name, Path.cwd().name, sys.orig_argv[1:])",
    "its path": "print([path.replace(sys.prefix, '') for path in sys.path if 'python3' not in path])",
    "its environment": "print(os.environ['MINE'], os.environ.get('LEFT'), os.umask(0), sys.stdout.encoding)",
    "its file": "Path('made').write_text('x'); print(Path('made').stat().st_mode)",
    "buffering": "print(sys.stdout.line_buffering, sys.stdout.write_through)",
    "another's file": "import beside; print(beside.NAME)",
}
PROGRAM = "import os, signal, sys, time\nfrom pathlib import Path\n{}\n"
FORKED = "import sys; print('sklearn' in sys.modules)"


def run(folder: Path, program: str, *words: str, **environment: str) -> tuple[int, bytes, str]:
    """Exit code, output, and the last line of the errors: a traceback names the files it came through."""
    variables = {**os.environ, "MINE": "here", **environment}
    done = subprocess.run(
        [program, *words], cwd=folder, env=variables, input=b"typed", capture_output=True, check=False, umask=0o027
    )
    return done.returncode, done.stdout, (done.stderr.decode().splitlines() or [""])[-1]


@pytest.fixture(autouse=True)
def hears() -> Iterator[None]:
    """What a shell starts in the background is deaf to SIGINT, and so is what that starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/__init__.py").touch()
    (tmp_path / "beside.py").write_text("NAME = 'beside'\n")
    return tmp_path


HOW = [("", ("-m", "src.{}")), ("1", ("-m", "src.{}")), ("", ("src/{}.py",))]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(("unbuffered", "how"), HOW)
def test_it_ends_as_one_that_starts_by_itself(
    project: Path, ending: str, unbuffered: str, how: tuple[str, ...]
) -> None:
    (project / "src/stage.py").write_text(PROGRAM.format(ENDINGS[ending]))
    (project / "src/beside.py").write_text("NAME = 'beside it'\n")
    words = (*(word.format("stage") for word in how), "a b", "--c=d")
    real, forked = Path(sys.prefix) / "bin/python", warm.programs() / "python"
    expected = run(project, str(real), *words, PYTHONUNBUFFERED=unbuffered, PYTHONUTF8="1")
    assert run(project, str(forked), *words, PYTHONUNBUFFERED=unbuffered, PYTHONUTF8="1") == expected


@pytest.mark.parametrize(("unbuffered", "how"), HOW)
def test_it_is_forked(project: Path, unbuffered: str, how: tuple[str, ...]) -> None:
    (project / "src/forked.py").write_text(FORKED)
    words = [word.format("forked") for word in how]
    assert run(project, str(warm.programs() / "python"), *words, PYTHONUNBUFFERED=unbuffered)[1] == b"True\n"


@pytest.fixture(scope="module")
def own(origin: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """DVC locks the folder that it works in."""
    return clone_of(origin, tmp_path_factory.mktemp("own") / "clone")


@pytest.mark.parametrize("command", [("dvc", "stage", "list"), ("dvc", "repro", "nothing"), ("dvc", "nonsense")])
def test_dvc_says_the_same(own: Clone, command: tuple[str, ...]) -> None:
    forked, real = own.run(*command, check=False), own.run("env", "COLD=1", *command, check=False)
    assert (forked.returncode, forked.stdout, forked.stderr) == (real.returncode, real.stdout, real.stderr)


@pytest.mark.parametrize("words", [("gate",), ("nonsense",), ("report", "--base=nowhere"), ("help",)])
def test_commands_say_the_same(own: Clone, words: tuple[str, ...]) -> None:
    command = ("python", "-m", "harness", *words)
    forked, real = own.run(*command, check=False), own.run("env", "COLD=1", *command, check=False)
    assert (forked.returncode, forked.stdout, forked.stderr) == (real.returncode, real.stdout, real.stderr)


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (("-c", FORKED), {}),
        (("-W", "error", "-m", "src.forked"), {}),
        (("-m", "src.forked"), {"COLD": "1"}),
        (("-m", "src.forked"), {"OMP_NUM_THREADS": "2"}),
        (("-m", "src.forked"), {"PYTHONHASHSEED": "3"}),
        (("-m", "src.forked"), {"LC_ALL": "C"}),
    ],
)
def test_what_a_child_could_not_be_starts_by_itself(
    project: Path, words: tuple[str, ...], environment: dict[str, str]
) -> None:
    (project / "src/forked.py").write_text(FORKED)
    assert run(project, str(warm.programs() / "python"), *words, **environment)[:2] == (0, b"False\n")


def test_a_limit_of_its_own_starts_it_by_itself(project: Path) -> None:
    (project / "src/forked.py").write_text(FORKED)
    command = ["sh", "-c", f"ulimit -f 100; {warm.programs()}/python -m src.forked"]
    assert subprocess.run(command, cwd=project, capture_output=True, check=True).stdout == b"False\n"


def test_each_project_has_its_own_code(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "harness").mkdir(parents=True)
        (tmp_path / name / "harness/__init__.py").touch()
        (tmp_path / name / "harness/__main__.py").write_text(f"print('{name}')")
    for name in ("one", "two", "one"):
        assert run(tmp_path / name, str(warm.programs() / "python"), "-m", "harness")[1] == f"{name}\n".encode()


WAITS = """\
import json, os, signal, sys, time
def stop(number, frame):
    print('stopped by', number, flush=True)
    sys.exit(5)
signal.signal(signal.SIGTERM, stop)
print(json.dumps(os.getpid()), flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [("SIGTERM", 5, "stopped by 15\n"), ("SIGINT", -2, ""), ("SIGHUP", -1, "")],
)
def test_a_signal_reaches_it(project: Path, name: str, code: int, said: str) -> None:
    (project / "src/waits.py").write_text(WAITS)
    command = [str(warm.programs() / "python"), "-m", "src.waits"]
    with subprocess.Popen(
        command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline()
        process.send_signal(getattr(signal, name))
        assert process.wait(PATIENCE) == code
        assert process.stdout.read() == said


def test_it_ends_with_whoever_waited_for_it(project: Path) -> None:
    (project / "src/waits.py").write_text(WAITS)
    command = [str(warm.programs() / "python"), "-m", "src.waits"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        pid = json.loads(process.stdout.readline())
        process.kill()
    deadline = time.monotonic() + PATIENCE
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
