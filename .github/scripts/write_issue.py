"""Keep one issue about the running model: opened where a look acts, updated, closed when a look is calm.

Call: write_issue.py FOLDER, which holds monitor.json and monitor.md.
"""

import json
import sys
from pathlib import Path
from typing import Any

from github_api import pages, patch, post

TITLE = "The running model"
LABEL = "monitoring"
ACTING = {"loss shown", "loss estimated"}
KNOWN = {*ACTING, "nothing", "drift without shown loss", "not evaluable"}
MOST = 60_000


def keep_issue(outcome: str, page: str) -> str:
    """What was done. A look that shows too little to judge changes nothing."""
    number, body = find_issue(), page[:MOST]
    if outcome in ACTING and number is None:
        post("issues", title=TITLE, body=body, labels=[LABEL])
        return "opened"
    if number is None:
        return "none is open"
    if outcome == "nothing":
        patch(f"issues/{number}", body=body, state="closed")
        return f"closed #{number}"
    patch(f"issues/{number}", body=body)
    return f"updated #{number}"


def find_issue() -> int | None:
    """The number of the issue that is open."""
    return next((issue["number"] for issue in pages("issues", state="open", labels=LABEL) if _is_ours(issue)), None)


def _is_ours(issue: Any) -> bool:
    return issue["title"] == TITLE and issue["user"]["login"] == "github-actions[bot]" and "pull_request" not in issue


def main() -> None:
    folder = Path(sys.argv[1])
    outcome = json.loads((folder / "monitor.json").read_text("utf-8"))["outcome"]
    if outcome not in KNOWN:
        sys.exit(f"error: {folder}/monitor.json: outcome {outcome!r:.40} is none of {', '.join(sorted(KNOWN))}")
    print(keep_issue(outcome, (folder / "monitor.md").read_text("utf-8")))


if __name__ == "__main__":
    main()
