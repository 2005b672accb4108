"""Record what a stage runs from now on: one more tag in gto's grammar, such as model#prod#7 or model#prod!#8.

Environment: STAGE, KIND (promotion, rollback or withdrawal), COMMIT, VERSION, BY, REASON. A reason is told on the
commit NEWS, too, and whether putting back went well (BACK).
"""

import os
import re
import sys
import urllib.error

import github_api
from version_tags import LOST, add_tag

NUMBER = re.compile(r"refs/tags/model#[^#]+#(\d+)", re.ASCII)
KINDS = ("promotion", "rollback", "withdrawal")
TAKEN = 422  # the status where a name is another's


def assign(stage: str, kind: str, commit: str, version: str, by: str, reason: str) -> str:
    """Add the tag; its name. Who was overtaken, or gets no answer, is told."""
    refs = [ref["ref"] for ref in github_api.pages("git/matching-refs/tags/model%23")]
    number = 1 + max((int(match[1]) for ref in refs if (match := NUMBER.fullmatch(ref))), default=0)
    name = f"model#{stage}{'!' if kind == 'withdrawal' else ''}#{number}"
    facts = f"Kind: {kind}\nBy: {by}\n" + (f"Reason: {reason}\n" if reason else "")
    try:
        add_tag(name, commit, f"{stage}: {version}\n\n{facts}")
    except urllib.error.HTTPError as error:
        why = "another move was faster: look again with make models" if error.code == TAKEN else "see the answer"
        sys.exit(f"error: {name}: not added ({error}); {why}")
    except LOST as error:
        told = "if make models shows it, then REDEPLOY=1 (docs/deploy.md), else again"
        sys.exit(f"error: {name}: the server does not say whether it was added ({error}); {told}")
    return name


def main() -> None:
    try:
        record()
    except LOST as error:  # of a question before it
        sys.exit(f"error: nothing is recorded: {error}")


def record() -> None:
    """Add the tag, and tell the commit."""
    stage, kind, commit, version = (os.environ[name] for name in ("STAGE", "KIND", "COMMIT", "VERSION"))
    by, reason = os.environ["BY"], " ".join(os.environ.get("REASON", "").split())[:300]
    if kind not in KINDS or not re.fullmatch("[0-9a-f]{40}", commit):
        sys.exit(f"error: KIND={kind!a} COMMIT={commit!a}: must be one of {', '.join(KINDS)} and a commit")
    if os.environ.get("BACK", "success") != "success":
        reason = f"PUTTING BACK FAILED TOO, look at {stage} at once: {reason}"
    print(f"::notice::{assign(stage, kind, commit, version, by, reason)}: {version}")
    if reason:
        news = os.environ["NEWS"]
        what = f"runs {version} again" if kind == "rollback" else "runs nothing now"
        body = f"The deployment to **{stage}** failed, and {stage} {what}.\n\n```\n{reason.replace('`', ' ')}\n```"
        try:
            github_api.post(f"commits/{news}/comments", body=body)
        except LOST as error:  # the stage's tag holds the reason too
            print(f"::warning::no comment on {news} ({error}): {reason}")


if __name__ == "__main__":
    main()
