"""`python -m harness` and make: the same commands, values as data, and one line about what is wrong."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from harness.command_line import COMMANDS, INHERITED, from_make, help_text, parser_of, summary
from harness.core.command import exit_on_signals
from tests.support.clone import Clone, copy_work_tree
from tests.support.constants import ROOT
from tests.support.warm import programs

HOSTILE = ("$(shell touch pwned)", "`touch pwned`", "$$(touch pwned)", "'; touch pwned; '", "${HOME}", "a b#c%d\\e")
KEYS = ("IN", "FILE", "DATA", "TARGET", "BASE", "REPORT", "URL", "OVERRIDDEN_BY", "UNHEARD_OF")
TELL = """\
import json, os, sys
print(json.dumps([sys.argv[1:], {key: value for key, value in os.environ.items() if key.startswith("HARNESS_")}]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the Makefile, and in place of the commands a program that tells what it got from make."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness/__init__.py").touch()
    (tmp_path / "harness/__main__.py").write_text(TELL)
    return tmp_path


def make(folder: Path, *words: str, **environment: str) -> str:
    variables = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"} | environment
    done = subprocess.run(["make", *words], cwd=folder, env=variables, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """The options that a call of make becomes."""

    def options(*words: str, **environment: str) -> list[str]:
        command, variables = json.loads(make(folder, *words, **environment))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert command == [words[0]]
        return from_make()

    return options


def harness(*words: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [str(programs() / "python"), "-m", "harness", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("key", KEYS)
def test_a_value_of_make_arrives_as_it_was_written(
    folder: Path, given: Callable[..., list[str]], key: str, value: str
) -> None:
    """Backticks and `$(shell …)` once ran in seven of ten variables."""
    assert given("report", f"{key}={value}") == [f"--{key.lower().replace('_', '-')}={value}"]
    assert not (folder / "pwned").exists()


def test_what_the_environment_holds_is_not_meant(given: Callable[..., list[str]]) -> None:
    """A SCRATCH of the shell's environment once retrained everything."""
    values = {"SCRATCH": "1", "IN": "a.csv", "ARGS": "-x", "HARNESS_GIVEN": "SCRATCH", "HARNESS_VALUE_SCRATCH": "1"}
    assert given("pipeline", **values) == []


def test_a_command_within_a_command_takes_none_of_its_values(given: Callable[..., list[str]]) -> None:
    """`make test ARGS="-k x"` runs tests that call make."""
    assert given("test", "ARGS=-k 'a b'") == ["-k", "a b"]
    assert not any(name.startswith("HARNESS_") or name in INHERITED for name in os.environ)


def test_make_never_runs_two_commands_at_once(folder: Path) -> None:
    """`make -j report gate` once judged the report before."""
    (folder / "harness/__main__.py").write_text(
        "import sys, time\nprint('begin', sys.argv[1], flush=True)\ntime.sleep(0.3)\nprint('end', sys.argv[1])\n"
    )
    done = make(folder, "-j", "report", "gate")
    assert done.splitlines() == ["begin report", "end report", "begin gate", "end gate"]


def test_every_make_target_is_a_command_with_help() -> None:
    text = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", "")
    (line,) = (line for line in text.splitlines() if line.startswith("COMMANDS :="))
    assert sorted(line.split()[2:]) == sorted(COMMANDS)
    for name in COMMANDS:
        assert f"  make {name:11} {summary(name)}" in help_text()
        assert len(summary(name)) > 8


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"help"}))
def test_every_command_says_what_it_takes(name: str) -> None:
    text = parser_of(name).format_help()
    assert summary(name) in text.replace("\n", " ")
    assert f"python -m harness {name}" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["pipelin"], "error: no such command: 'pipelin'; did you mean pipeline?; more: python -m harness --help\n"),
        (
            ["gate", "--bas=x"],
            "error: --bas is not a setting of gate; it takes none; more: python -m harness gate --help\n",
        ),
        (
            ["report", "--basee", "x"],
            "error: --basee is not a setting of report; did you mean --base? It takes --base, --",
        ),
        (["--foo", "gate"], "error: no such option: --foo; only --project may come before a command; "),
        (["--project", "gate"], "error: --project FOLDER needs a command after it; more: "),
        (["--project", "test", "gate"], "/test: holds no project (no dvc.yaml); name its folder with --project\n"),
        (["comment"], "error: missing: --report, --out; more: python -m harness comment --help\n"),
        (["--project", "nowhere", "gate"], "nowhere: holds no project (no dvc.yaml); name its folder with --project\n"),
    ],
)
def test_a_wrong_word_is_told_in_one_line(words: list[str], message: str) -> None:
    done = harness(*words)
    assert done.returncode != 0
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["adopt", "FILE=my.csv"],
            "error: FILE= is not a setting of adopt; did you mean DATA=? It takes DATA=, TARGET=, ",
        ),
        (
            ["predict", "DATA=my.csv", "OUT=o.csv"],
            "error: DATA= is not a setting of predict; did you mean IN=? It takes IN=, OUT=",
        ),
        (["predict", "OUT=o.csv"], "error: missing: IN=; more: make predict ARGS=--help\n"),
        (["adopt", "TARGIT=y"], "error: TARGIT= is not a setting of adopt; did you mean TARGET=? It takes DATA=, "),
        (["data", "FILE=x", "APPEND=no"], "error: APPEND=: must be 1 or 0, got 'no'; more: make data ARGS=--help\n"),
    ],
)
def test_who_typed_make_reads_the_settings_as_make_takes_them(words: list[str], message: str) -> None:
    """`make adopt FILE=my.csv` once answered with a list of `--data, --target, …`."""
    done = subprocess.run(["make", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert message in done.stderr


def test_a_terminal_without_utf_8_reads_the_help() -> None:
    words = (sys.executable, "-m", "harness", "help")
    done = subprocess.run(words, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=True)
    assert b"preprocess ? train ? evaluate" in done.stdout


def test_a_system_without_hang_ups_ends_commands_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows: there every command failed when it asked for SIGHUP."""
    monkeypatch.delattr(signal, "SIGHUP")
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        exit_on_signals()
        with pytest.raises(SystemExit, match="stopped; nothing was written"):
            signal.raise_signal(signal.SIGTERM)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def test_an_old_python_is_told_in_one_line() -> None:
    """The first file may hold nothing that an old Python cannot read."""
    code = "import sys, harness.__main__ as m; sys.version_info, sys.version = (3, 8, 1), '3.8.1 (x)'; m.main()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == "error: Python 3.11 or newer is needed, got 3.8.1; name one: make PYTHON=python3.12 …\n"
    for name in ("__init__.py", "__main__.py"):
        compile((ROOT / "harness" / name).read_text("utf-8"), name, "exec", dont_inherit=True)


@pytest.mark.parametrize("value", ["`touch pwned`", "$(shell touch pwned)", "python3; touch pwned", "$$(touch pwned)"])
def test_python_is_the_name_of_a_program(folder: Path, value: str) -> None:
    done = subprocess.run(["make", "gate", f"PYTHON={value}"], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "Makefile:18: *** PYTHON names a program, and no more.  Stop.\n")
    assert not (folder / "pwned").exists()


def test_words_that_cannot_be_told_apart_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_GIVEN", "ARGS")
    monkeypatch.setenv("HARNESS_VALUE_ARGS", "it's")
    with pytest.raises(SystemExit, match=r"^error: ARGS=it's: no closing quotation$"):
        from_make()


def test_two_commands_do_not_change_a_project_at_once(clone: Clone) -> None:
    """`make report` beside `make pipeline` once blamed the work tree's own pipeline."""
    with FileLock(clone.folder / ".git/harness.lock"):
        done = clone.run("python", "-m", "harness", "report", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: another command is changing this project; try again when it has ended\n"


def test_a_renamed_folder_and_a_lost_python_are_mended(tmp_path: Path) -> None:
    """A renamed folder once left a .venv whose programs named the old one, and `make setup` did nothing.

    Its lock is cut down to what builds the others, so that this takes seconds.
    """
    folder, renamed = tmp_path / "project", tmp_path / "renamed"
    copy_work_tree(folder)
    lock = folder / "requirements/dev.txt"
    lock.write_text("".join(re.findall(r"^uv==.*\n(?: .*\n)*", lock.read_text("utf-8"), re.MULTILINE)), "utf-8")
    assert setup(folder) == "Installing requirements/dev.txt into .venv …\n"
    assert setup(folder) == ""
    folder.rename(renamed)
    assert "Installing" in setup(renamed)
    assert (renamed / ".venv/bin/activate").read_text("utf-8").count(str(renamed)) > 0
    assert setup(renamed) == ""
    python = renamed / ".venv/bin/python"
    python.unlink()
    python.symlink_to(tmp_path / "removed")  # as when the system's Python is upgraded
    assert "Installing" in setup(renamed)
    assert subprocess.run([python, "-c", "import uv"], check=False).returncode == 0


def setup(folder: Path) -> str:
    """What `make setup` prints, called with the Python that any machine has."""
    outside = {key: value for key, value in os.environ.items() if key not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    command = ["make", "setup", f"PYTHON={Path(sys.base_prefix) / 'bin/python3'}"]
    return subprocess.run(command, cwd=folder, env=outside, capture_output=True, text=True, check=True).stdout
