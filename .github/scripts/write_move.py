"""What make promote or make rollback has planned → outputs of this step, one for each field of move.json."""

import json
import sys
from pathlib import Path

import github_api
from project_folder import prefix


def main() -> None:
    move = json.loads(Path(f"{prefix()}artifacts/models/move.json").read_text("utf-8"))
    for name, value in move.items():
        if not isinstance(value, str):
            sys.exit(f"error: move.json: {name} must be a text")
        github_api.write_output(name, value)


if __name__ == "__main__":
    main()
