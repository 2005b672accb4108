"""Start retrain.yml where a look says that a new model is due. Call: ask_for_retraining.py FOLDER (monitor.json)."""

import json
import sys
from pathlib import Path

import github_api


def main() -> None:
    why = json.loads((Path(sys.argv[1]) / "monitor.json").read_text("utf-8"))["retrain"]
    if not why:
        print("no new model is due")
        return
    print(f"::notice::a new model is due: {why!r:.300}")
    branch = github_api.event()["repository"]["default_branch"]
    github_api.post("actions/workflows/retrain.yml/dispatches", ref=branch)


if __name__ == "__main__":
    main()
