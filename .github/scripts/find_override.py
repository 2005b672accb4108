"""Who has overridden the gate for what this run judges? → output `login`; nothing if nobody has.

Two rulesets that both ask for reviews of the default branch are told too: the stricter one counts, unseen.
"""

import urllib.error

import github_api
from gate_override import LABEL, VoidError, overridden_by, pull_of


def tell_rulesets() -> None:
    """Whoever works alone and has imported solo.json and team.json can merge nothing, and is not told why."""
    branch = github_api.event()["repository"]["default_branch"]
    try:
        rules = list(github_api.pages(f"rules/branches/{branch}"))
    except urllib.error.HTTPError:
        return  # an older server
    asking = {rule["ruleset_id"] for rule in rules if rule["type"] == "pull_request"}
    if len(asking) > 1:
        print(f"::warning::{len(asking)} rulesets require reviews of {branch}; the strictest counts, so keep only one")


def main() -> None:
    tell_rulesets()
    try:
        login = overridden_by(*pull_of(github_api.event()))
    except VoidError as error:
        print(f"{LABEL}: {error}")
    else:
        print(f"{LABEL}: set by {login}")
        github_api.write_output("login", login)


if __name__ == "__main__":
    main()
