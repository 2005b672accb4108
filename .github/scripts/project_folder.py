"""Where the project lies in the repository: the variable PROJECT, or the root."""

import os
import sys
from pathlib import Path


def prefix() -> str:
    """The project's folder as git writes it: nothing, or a path that ends in a slash."""
    project = os.environ.get("PROJECT", "").strip("/")
    return f"{project}/" if project not in {"", "."} else ""


def main() -> None:
    """End with an error unless PROJECT names a folder below the root that holds a project."""
    given = os.environ.get("PROJECT") or "."
    inside = Path(given).resolve().is_relative_to(Path.cwd())
    if not (inside and Path(given, "params.yaml").is_file() and Path(given, "harness").is_dir()):
        sys.exit(f"::error::PROJECT={given}: must be a folder of this repository that holds a project (params.yaml)")


if __name__ == "__main__":
    main()
