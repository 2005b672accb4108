"""`python -m harness COMMAND`: every command of the project. `make COMMAND KEY=value` calls this, and so does CI.

Until the environment stands this is run by whatever Python there is: it needs the standard library alone, and an old
Python must be able to read this file.
"""

import io
import sys


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  it may be
        found = sys.version.split()[0]
        sys.exit(f"error: Python 3.11 or newer is needed, got {found}; name one: make PYTHON=python3.12 …")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # of a terminal without UTF-8: `?` for a sign, and no traceback
    try:
        from harness import command_line  # noqa: PLC0415  an old Python could not read it

        command_line.main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("error: stopped")


if __name__ == "__main__":
    main()
