"""Tell a webhook (Slack's form: {"text": …}) of a look that acts. Call: write_webhook.py FOLDER (monitor.json).

WEBHOOK is its address, a secret; where it is empty nobody is told. A webhook that is away fails nothing.
"""

import json
import os
import sys
import urllib.request
from http.client import HTTPException
from pathlib import Path

from bot_git import repository_url
from write_issue import ACTING, KNOWN

LONGEST = 300


def main() -> None:
    look = json.loads((Path(sys.argv[1]) / "monitor.json").read_text("utf-8"))
    address, outcome = os.environ.get("WEBHOOK", ""), look["outcome"]
    if not address or outcome not in ACTING & KNOWN:
        return
    text = f"{outcome}: {str(look['reason'])[:LONGEST]} ({repository_url()}/issues)"
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    content = json.dumps({"text": escaped}).encode()
    headers = {"Content-Type": "application/json"}
    try:
        request = urllib.request.Request(address, content, headers)  # noqa: S310 the team's own
        with urllib.request.urlopen(request, timeout=20):  # noqa: S310
            print("the webhook was told")
    except (OSError, ValueError, HTTPException) as error:  # without the address: it is a secret
        print(f"::warning::the webhook does not answer: {type(error).__name__}")


if __name__ == "__main__":
    main()
