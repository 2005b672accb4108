"""Judge what a completed run left, by the rules of the branch it would go to, and write each pull request's comment.

The report is hostile data: its verdict is drawn again here, from its numbers, by the default branch's code. Whatever
cannot be read or judged is a refusal. Call: render_comment.py FOLDER, where find_pulls.py has written.
Writes for each number report.md (without pictures), pictures.md (with links to their branch) and the pictures.
Environment: COMMENTS, its output.
Outputs: comments (those whose commit is the newest yet), state and description (of the commit's status), pictures.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
from pathlib import Path
from typing import Any
from urllib.parse import quote

import github_api
from gate_override import VoidError, overridden_by
from judging_files import judging_files
from project_folder import prefix
from pull_requests import base_branch, footer, matching, number_of, refusal
from report_artifact import RefusedError, fetch_report

ENDS = {
    "action_required": "waits for the approval of somebody with write access",
    "cancelled": "was cancelled",
    "success": "left no report",
    "timed_out": "took too long",
}
LARGEST_PARAMS = 1_000_000  # bytes


def judge(run: Any, pull: Any | None, report: bytes, out: Path) -> dict[str, Any]:
    """Render the report into a folder; its verdict. Raises RefusedError."""
    with tempfile.TemporaryDirectory() as temporary:
        (Path(temporary) / "report.json").write_bytes(report)
        _write_trusted(run, pull, json.loads(report), Path(temporary))
        command = ["make", "--silent", "-C", prefix() or ".", "comment", f"REPORT={temporary}/report.json"]
        command += [f"OUT={out.resolve()}", f"TRUSTED={temporary}"]
        environment = {key: value for key, value in os.environ.items() if "TOKEN" not in key}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise RefusedError("; ".join(done.stderr.splitlines())[:1000])
    verdict: dict[str, Any] = json.loads((out / "verdict.json").read_text("utf-8"))
    return verdict


def _write_trusted(run: Any, pull: Any | None, report: Any, folder: Path) -> None:
    """What GitHub itself says of the run, for the judge: who overrode the gate, which rules, which files."""
    branch, number = base_branch(run, pull), number_of(run, pull)
    tip = _head_of(branch)
    login, void = _override(number, run["head_sha"] if pull else None, report.get("overridden_by"))
    files, listed_all = judging_files(number) if number else ([], True)
    trusted = {
        "branch": branch,
        "succeeded": run["conclusion"] == "success",
        "overridden_by": login,
        "void": void,
        "files": files[:200],
        "listed_all": listed_all and len(files) <= 200,
        "of_branch": _is_of(tip, report.get("base_commit")),
    }
    (folder / "trusted.json").write_text(json.dumps(trusted), "utf-8")
    merge_base = _merge_base(tip, run["head_sha"])
    for name, revision in (("branch", tip), ("before", merge_base), ("after", run["head_sha"])):
        content = _params(revision) if revision else None
        if content is not None:
            (folder / f"{name}.yaml").write_bytes(content)


def _override(number: int | None, commit: str | None, claimed: object) -> tuple[str | None, str]:
    """Who has overridden the gate, as GitHub says; why a label that the report claims is void."""
    if claimed is None or number is None:
        return None, "" if claimed is None else "the run belongs to no pull request"
    try:
        login = overridden_by(number, commit or github_api.get_json(f"pulls/{number}")["head"]["sha"])
    except VoidError as error:
        return None, str(error)
    return (login, "") if login == claimed else (None, "somebody else set it")


def _params(revision: str) -> bytes | None:
    path = f"contents/{prefix()}params.yaml"
    try:
        return github_api.get(path, {"ref": revision}, LARGEST_PARAMS, "application/vnd.github.raw+json")
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return None


def _head_of(branch: str) -> str:
    """The commit of a branch: by its name alone a tag could be meant. Raises RefusedError if it has gone."""
    found = _ask(f"git/ref/heads/{quote(branch)}", "object", "sha")
    if found is None:
        raise RefusedError(f"the branch {branch} has gone")
    return str(found)


def _merge_base(tip: str, commit: str) -> str | None:
    found: str | None = _ask(f"compare/{tip}...{commit}", "merge_base_commit", "sha")
    return found


def _is_of(tip: str, commit: object) -> bool:
    """Whether the commit that the report compares with is one of the branch."""
    if not isinstance(commit, str) or not re.fullmatch("[0-9a-f]{40}", commit):
        return commit is None
    return _ask(f"compare/{tip}...{commit}", "status") in {"identical", "behind"}


def _ask(path: str, *keys: str) -> Any:
    try:
        found = github_api.get_json(path, per_page=1, page=2)
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return None
    for key in keys:
        found = found[key]
    return found


def write_comment(run: Any, pull: Any | None, alone: bool, folder: Path) -> tuple[str, str]:
    """Write the files of one comment; state and description of the status."""
    try:
        report = fetch_report(run)
        if report is None:
            text = refusal(run, ENDS.get(run["conclusion"], "failed"), "it left no report")
            plain, verdict = text, {"passed": False, "title": "the run left no report"}
        elif not alone:
            raise RefusedError("several open pull requests have this commit, and a run does not tell which it judges")
        else:
            verdict = judge(run, pull, report, folder)
            text = (folder / "report.md").read_text("utf-8") + footer(run)
            plain = (folder / "summary.md").read_text("utf-8") + footer(run)
    except Exception as error:  # whatever it is, an older green comment must not stay
        # In ASCII and on one line, for a line of a log can be a command too.
        reason = str(error) if isinstance(error, RefusedError) else f"{type(error).__name__}: {error}"
        print(f"::error::refused: {reason!a}")
        why = reason if not alone else "the log of the workflow Comment says what was wrong"
        text = refusal(run, "left a report that was refused", why)
        verdict = {"passed": False, "title": "the report was refused"}
        plain = text
    _write(folder, text, plain, f"{int(pull['number']) if pull else 0}/{run['head_sha']}")
    return "success" if verdict["passed"] else "failure", str(verdict["title"])


def _write(folder: Path, text: str, plain: str, place: str) -> None:
    """The comment with its pictures on their branch, and the one without."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text(plain, "utf-8")
    server, repository = os.environ["GITHUB_SERVER_URL"], os.environ["GITHUB_REPOSITORY"]
    for picture in folder.glob("*.png"):
        address = f"{server}/{repository}/raw/reports/{place}/{picture.name}"
        text = text.replace(f"]({picture.name})", f"]({address})")
    (folder / "pictures.md").write_text(text, "utf-8")


def _is_newest(number: int, commit: str) -> bool:
    newest: str = github_api.get_json(f"pulls/{int(number)}")["head"]["sha"]
    if newest != commit:
        print("::notice::a newer commit was pushed: no comment")
    return newest == commit


def main() -> None:
    run, place = github_api.event()["workflow_run"], Path(sys.argv[1])
    pulls = matching(run, list(github_api.pages("pulls", state="open")))
    folders = {str(pull["number"]): pull for pull in pulls} or {"none": None}
    states = [write_comment(run, pull, len(pulls) < 2, place / name) for name, pull in folders.items()]
    state, description = min(states)  # a failure comes before a success
    wanted = json.loads(os.environ["COMMENTS"] or "[]")
    comments = [comment for comment in wanted if _is_newest(comment["number"], run["head_sha"])]
    github_api.write_output("comments", json.dumps(comments))
    github_api.write_output("pictures", "true" if list(place.glob("*/*.png")) else "false")
    github_api.write_output("state", state)
    github_api.write_output("description", description)


if __name__ == "__main__":
    main()
