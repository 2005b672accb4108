"""Find the pull requests that a completed run belongs to, and write each a comment that says it was not judged yet.

Whatever happens to the steps after this one, no older comment stays. Call: find_pulls.py FOLDER.
Outputs: numbers (of the comments), open (of all open pull requests), comments (for CML: number and verb of each, as
JSON), older (comments of ours that CML would leave beside its own, as JSON).
"""

import json
import sys
from pathlib import Path
from typing import Any

import github_api
from bot_git import BOT
from pull_requests import matching, refusal

MARK = '"CML watermark ml-report"'
READ_BY_CML = 30  # comments: the first ones


def find_comment(number: int) -> tuple[str, list[int]]:
    """What CML must do, and which comments of ours are to go.

    CML updates whoever's comment has its mark, the last among those that it reads; else it adds one. Nobody else's may
    be updated, and ours must stay one.
    """
    comments = list(github_api.pages(f"issues/{number}/comments"))
    marked = [comment for comment in comments if MARK in comment["body"]]
    ours = [comment["id"] for comment in marked if comment["user"]["login"] == BOT]
    seen = [comment for comment in comments[:READ_BY_CML] if comment in marked]
    if not seen or seen[-1]["user"]["login"] == BOT:
        kept = [seen[-1]["id"]] if seen else []
        return "update", [found for found in ours if found not in kept]
    return "create", ours


def main() -> None:
    run = github_api.event()["workflow_run"]
    opened = list(github_api.pages("pulls", state="open"))
    pulls: list[Any] = matching(run, opened)
    comments, older = [], []
    for number in [int(pull["number"]) for pull in pulls]:
        folder = Path(sys.argv[1]) / str(number)
        folder.mkdir(parents=True)
        text = refusal(run, "could not be judged", "the workflow Comment failed, and its log says why")
        (folder / "report.md").write_text(text, "utf-8")
        verb, others = find_comment(number)
        comments.append({"number": number, "verb": verb})
        older += others
    if not pulls:
        print(f"::notice::no open pull request has {run['head_sha']} as its newest commit: no comment")
    github_api.write_output("numbers", " ".join(str(comment["number"]) for comment in comments))
    github_api.write_output("open", " ".join(str(pull["number"]) for pull in opened))
    github_api.write_output("comments", json.dumps(comments) if comments else "")
    github_api.write_output("older", json.dumps(older) if older else "")


if __name__ == "__main__":
    main()
