"""Is the stage's newest move the one to this commit? If not, output `outcome` is overtaken, and it fails.

So a run that GitHub repeats later ("Re-run failed jobs") deploys nothing over what was decided since.
Call: find_stage.py STAGE COMMIT.
"""

import re
import sys

import github_api
from version_tags import commit_of

NUMBER = r"refs/tags/model#{stage}(!?)#(\d+)"


def newest(stage: str) -> tuple[str, str]:
    """The commit of the newest move, empty where it took a version away, and the tag's name."""
    form = re.compile(NUMBER.format(stage=re.escape(stage)), re.ASCII)
    refs = github_api.pages("git/matching-refs/tags/model%23")
    moves = [(int(match[2]), match[1], ref) for ref in refs if (match := form.fullmatch(ref["ref"]))]
    if not moves:
        return "", "no tag"
    _, withdrawn, ref = max(moves, key=lambda move: move[0])
    name = ref["ref"].removeprefix("refs/tags/")
    made = ref["object"]
    return "" if withdrawn else commit_of(made["sha"]) if made["type"] == "tag" else made["sha"], name


def main() -> None:
    stage, commit = sys.argv[1:]
    found, name = newest(stage)
    if found != commit:
        github_api.write_output("outcome", "overtaken")
        sys.exit(f"error: {stage} was moved since ({name}), so nothing is deployed: start promote.yml anew")


if __name__ == "__main__":
    main()
