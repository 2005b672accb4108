"""Delete the comments whose numbers OLDER lists, as JSON: a report has one comment."""

import json
import os

import github_api


def main() -> None:
    for number in json.loads(os.environ["OLDER"]):
        github_api.delete(f"issues/comments/{int(number)}")


if __name__ == "__main__":
    main()
