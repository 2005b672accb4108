"""Set the commit status `model-gate` of the run that this workflow follows: success only where STATE says so.

Environment: STATE and DESCRIPTION, empty where the job that judges has failed.
"""

import os

import github_api

CONTEXT = "model-gate"


def main() -> None:
    run = github_api.event()["workflow_run"]
    state = "success" if os.environ["STATE"] == "success" else "failure"
    description = os.environ["DESCRIPTION"] or "could not be judged: see the workflow Comment"
    server, repository = os.environ["GITHUB_SERVER_URL"], os.environ["GITHUB_REPOSITORY"]
    address = f"{server}/{repository}/actions/runs/{int(run['id'])}"
    values = {"state": state, "context": CONTEXT, "description": description[:140], "target_url": address}
    github_api.post(f"statuses/{run['head_sha']}", **values)
    print(f"{CONTEXT} of {run['head_sha']}: {state}: {description!a}")


if __name__ == "__main__":
    main()
