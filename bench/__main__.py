"""Run every benchmark in turn, each in a process of its own, or the one that is named, with its own options."""

import argparse
import ast
import importlib
import subprocess
import sys
from pathlib import Path

NAMES = (
    "commands",
    "pipeline",
    "scale",
    "bootstrap",
    "parity",
    "hours",
    "coverage",
    "paired",
    "gate",
    "seeds",
    "statistics",
    "reports",
    "batch",
    "serve",
    "kill",
    "image",
    "fuzz",
    "hostile",
    "adopt",
    "monitor",
)


def main() -> None:
    summaries = "\n".join(f"  {name:12}{_summary(name)}" for name in NAMES)
    parser = argparse.ArgumentParser(
        prog="bench",
        description=__doc__,
        epilog=f"names:\n{summaries}\n\n`bench NAME --help` lists the options of one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", help="the benchmark to run (all)")
    parser.add_argument("options", nargs=argparse.REMAINDER, help="its own options")
    arguments = parser.parse_args()
    if arguments.name is None:
        sys.exit(_run_all())
    if arguments.name not in NAMES:
        print(f"error: no benchmark is named {arguments.name!r}; known: {', '.join(NAMES)}", file=sys.stderr)
        sys.exit(2)
    sys.argv = [f"bench {arguments.name}", *arguments.options]
    importlib.import_module(f"bench.{arguments.name}").main()


def _run_all() -> int:
    """The number of benchmarks that failed; what one takes of memory does not count for the next."""
    failed = 0
    for name in NAMES:
        print(f"\n== {name}: {_summary(name)}", flush=True)
        failed += subprocess.run([sys.executable, "-m", "bench", name], check=False).returncode != 0
    return failed


def _summary(name: str) -> str:
    """First line of the module's docstring, read without importing the module."""
    text = Path(__file__).with_name(f"{name}.py").read_text("utf-8")
    return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]


if __name__ == "__main__":
    main()
