"""The commands as a program: `python -m harness COMMAND [--key value]`, or `make COMMAND KEY=value`."""

import argparse
import ast
import difflib
import os
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from harness.bootstrap import enter
from harness.commands import HELP_SECTIONS, ONE_AT_A_TIME
from harness.core.errors import ProjectError
from harness.core.shell import try_program

COMMANDS = {name: name.replace("-", "_") for names in HELP_SECTIONS.values() for name in names}  # → module
LOCK = "harness.lock"  # in git's folder: not in the work tree, and not in .dvc, which makes a root of DVC's
GIVEN, GOALS = "HARNESS_GIVEN", "HARNESS_GOALS"  # what make says: names of variables; targets
OF_MAKE, OF_SEVERAL = "--of-make", "--of-several"  # added to a command's words: make was typed; with several targets
ONE_FILE = ("--data", "--file", "--in", "--log")  # each command calls the file that it reads by one of these
INHERITED = ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "GNUMAKEFLAGS")


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, with the settings as they were typed: `BASE=` with make, `--base` without."""

    of_make = False

    def error(self, message: str) -> NoReturn:
        message = re.sub(r"the following arguments are required: (.*)", r"missing: \1", message)
        message, more = message.removeprefix("argument "), f"{self.prog} --help"
        if self.of_make:
            message = re.sub(r"--([a-z][a-z-]*)", lambda option: f"{_make_name(option[1])}=", message)
            more = f"make {self.prog.split()[-1]} ARGS=--help"
        print(f"error: {message}; more: {more}", file=sys.stderr)
        sys.exit(2)

    def settings(self) -> list[str]:
        """The options without --help."""
        return [text for action in self._actions for text in action.option_strings if text.startswith("--")][1:]

    def refuse(self, name: str, option: str) -> NoReturn:
        """An option that the command does not take: show those that it takes, and the one that was probably meant."""
        known = self.settings()
        meant = [text for text in known if option in ONE_FILE and text in ONE_FILE]
        meant = meant or difflib.get_close_matches(option, known, 1)
        hint = f"did you mean {meant[0]}? It" if meant else "it"
        self.error(f"{option} is not a setting of {name}; {hint} takes {', '.join(known) or 'none'}")


def main(words: Sequence[str]) -> None:
    """Run one command, in the locked environment, in the project's folder."""
    first = Parser(prog="python -m harness", description=__doc__, epilog="COMMAND: see help", add_help=False)
    first.add_argument("--project", type=Path, default=Path(), metavar="FOLDER", help="the project's folder (this one)")
    start = 2 if words[:1] == ["--project"] else 0  # a folder may be called like a command
    split = next((i for i, word in enumerate(words) if i >= start and word in COMMANDS), len(words))
    options, rest = first.parse_known_args(words[:split])
    if rest and rest[0].startswith("-") and rest[0] not in {"-h", "--help"}:
        first.error(f"no such option: {rest[0]}; only --project may come before a command")
    if rest and rest[0] not in {"-h", "--help"}:
        close = difflib.get_close_matches(rest[0], COMMANDS, 1)
        lists = "make help" if GOALS in os.environ else "python -m harness help"
        hint = f"did you mean {close[0]}?" if close else f"{lists} lists them"
        first.error(f"no such command: {rest[0]!r}; {hint}")
    if split == len(words) and words[:1] == ["--project"]:
        first.error("--project FOLDER needs a command after it")
    if split == len(words) or words[split] == "help":
        print(help_text())
        return
    of_make = [OF_MAKE] if GOALS in os.environ else []
    name, given = words[split], [*words[split + 1 :], *from_make(), *of_make]
    if given[:1] == ["--"]:
        given = given[1:]
    enter([*words[:split], name, *given])
    _go_to(options.project)
    _run(name, given)


def help_text() -> str:
    """The list of commands; read from their files without importing any."""
    lines = []
    for section, names in HELP_SECTIONS.items():
        lines += ["", section, *(f"  make {name:11} {summary(name)}" for name in names)]
    return "\n".join([*lines, "", "Without make: python -m harness COMMAND --help"])


def summary(name: str) -> str:
    """The first line of a command's docstring."""
    path = Path(__file__).parent / "commands" / f"{COMMANDS[name]}.py"
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0].removesuffix(".")


def from_make() -> list[str]:
    """The variables of make's command line as options; nested commands must not take them for theirs."""
    names = os.environ.pop(GIVEN, "").split()
    goals = os.environ.pop(GOALS, "").split()
    for name in INHERITED:
        os.environ.pop(name, None)
    options = []
    for name in names:
        value = os.environ.pop(f"HARNESS_VALUE_{name}", "")
        if name == "ARGS":
            options += _split(value)
        elif value:
            options.append(f"--{name.lower().replace('_', '-')}={value}")
    return [*options, *([OF_SEVERAL] if len(goals) > 1 else [])]


def _split(words: str) -> list[str]:
    try:
        return shlex.split(words)
    except ValueError as error:
        sys.exit(f"error: ARGS={words}: {str(error).lower()}")


def parser_of(name: str) -> Parser:
    """The options of a command, each as `--key` (make's KEY=)."""
    module = import_module(f"harness.commands.{COMMANDS[name]}")
    parser = Parser(
        prog=f"python -m harness {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"With make: make {name} KEY=value for --key value; ARGS='…' passes further words on.",
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    return parser


def _run(name: str, given: list[str]) -> None:
    from harness.core.command import run  # noqa: PLC0415  the environment stands only now

    several = OF_SEVERAL in given  # of `make report gate BASE=main` the variable is not the gate's
    module, parser = import_module(f"harness.commands.{COMMANDS[name]}"), parser_of(name)
    parser.of_make = OF_MAKE in given
    given = [word for word in given if word not in {OF_MAKE, OF_SEVERAL}]
    if getattr(module, "PASSES_ON", False) and given not in (["-h"], ["--help"]):
        run(module.main, argparse.Namespace(words=given))
        return
    set_by_make = [word.partition("=")[0] for word in given if re.match("--[a-z-]+=", word)]
    strange = [option for option in set_by_make if option not in [*parser.settings(), "--help"]]
    if strange and not several:  # before argparse misses the one that was meant
        parser.refuse(name, strange[0])
    arguments, unknown = parser.parse_known_args(given)
    if unknown and not (several and all(re.match("--[a-z-]+=", word) for word in unknown)):
        parser.refuse(name, unknown[0].partition("=")[0])
    if name in ONE_AT_A_TIME:
        run(_alone, module.main, arguments)
    else:
        run(module.main, arguments)


def _alone(command: Callable[[argparse.Namespace], object], arguments: argparse.Namespace) -> None:
    """Two commands at once would take each other's files away. Raises ProjectError if another one runs here."""
    from filelock import FileLock, Timeout  # noqa: PLC0415  the environment stands only now

    place = try_program("git", "rev-parse", "--git-path", LOCK).stdout.strip()
    try:
        with FileLock(place, blocking=False) if place else nullcontext():
            command(arguments)
    except Timeout:
        raise ProjectError("another command is changing this project; try again when it has ended") from None


def _go_to(folder: Path) -> None:
    if not (folder / "dvc.yaml").is_file():
        sys.exit(f"error: {folder.resolve()}: holds no project (no dvc.yaml); name its folder with --project")
    os.chdir(folder)


def _make_name(option: str) -> str:
    """An option as make has it: BASE for base."""
    return option.upper().replace("-", "_")
