"""Fetch the report of the run that this workflow follows, distrust it, and render the comment into a folder.

Writes report.md, pictures.md (the same with links to the pictures' branch) and the pictures. Outputs: number (empty:
nothing to say), open (numbers of the open pull requests), pictures (true or false).
"""

import io
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import api
import override

LARGEST = 2_000_000  # bytes of a report, as in harness/report/report.py
PICTURE = re.compile(r"!\[(roc|precision_recall|calibration)\]\(\1\.png\)")
ENDS = {"cancelled": "was cancelled", "timed_out": "took too long", "success": "left no report"}


class RefusedError(Exception):
    """What the other run left is not a report."""


def find_pull(run: Any, opened: list[Any]) -> int | None:
    """The one open pull request whose newest commit is the run's; None if there is none (any more).

    The run does not know it where a fork made it, and a number in its artifact could be any other's.
    """
    branch = f"{run['head_repository']['owner']['login']}:{run['head_branch']}"
    found = [pull for pull in api.pages("pulls", state="open", head=branch) if pull["head"]["sha"] == run["head_sha"]]
    numbers = {pull["number"] for pull in found} & {pull["number"] for pull in opened}
    if len(numbers) > 1:
        sys.exit(f"error: {len(numbers)} open pull requests have this commit: {sorted(numbers)}")
    return numbers.pop() if numbers else None


def fetch_report(run: Any) -> bytes | None:
    """report.json of the run's last attempt, unread; None if there is none. Raises RefusedError."""
    listed = api.get_json(f"actions/runs/{int(run['id'])}/artifacts", name="report", per_page=api.PAGE)["artifacts"]
    fresh = [item for item in listed if item["name"] == "report" and item["created_at"] >= run["run_started_at"]]
    if not fresh:
        return None
    newest = max(fresh, key=lambda item: (item["created_at"], item["id"]))
    try:
        return unpack(api.get(f"actions/artifacts/{int(newest['id'])}/zip", most=LARGEST))
    except ValueError as error:
        raise RefusedError(f"the artifact is {error}") from None


def unpack(content: bytes) -> bytes:
    """The one file of an archive, read no further than a report may be long. Raises RefusedError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if [entry.filename for entry in entries] != ["report.json"]:
                raise RefusedError(f"the artifact must hold report.json alone, got {ascii(archive.namelist())[:200]}")
            if stat.S_ISLNK(entries[0].external_attr >> 16) or entries[0].is_dir():
                raise RefusedError("report.json is a link")
            with archive.open(entries[0]) as file:
                report = file.read(LARGEST + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise RefusedError(f"the artifact is no archive ({ascii(str(error))[:200]})") from None
    if len(report) > LARGEST:
        raise RefusedError(f"report.json is longer than {LARGEST:,} bytes")
    return report


def render(report: bytes, folder: Path) -> str:
    """The report as Markdown, by the default branch's code, without the token. Raises RefusedError."""
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "report.json"
        path.write_bytes(report)
        command = ["make", "--silent", "comment", f"REPORT={path}", f"OUT={folder.resolve()}"]
        environment = {key: value for key, value in os.environ.items() if "TOKEN" not in key}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise RefusedError("; ".join(done.stderr.splitlines())[:1000])
    return (folder / "report.md").read_text("utf-8")


def write_comment(run: Any, number: int, folder: Path) -> bool:
    """Write the comment's files; whether there are pictures."""
    try:
        report = fetch_report(run)
        if report is None:
            body = crashed(run, ENDS.get(run["conclusion"], "failed"), "it left no report")
        else:
            shown = render(report, folder)
            body = _check_conclusion(run, report) + (_check_override(run, number, report, folder) or shown)
    except RefusedError as error:
        # In ASCII and on one line, for a line of a log can be a command too.
        print(f"::error::refused: {str(error)!a}")
        body = crashed(run, "left a report that was refused", "the log of the workflow Comment says what was wrong")
    body += f"\n<sub>Commit {run['head_sha']} · {_link(run, 'run')}</sub>\n"
    plain = re.sub(r"<details><summary>Curves[^\n]*\n+(?:\n|" + PICTURE.pattern + r")*</details>\n+", "", body)
    (folder / "report.md").write_text(plain, "utf-8")
    place = (
        f"{os.environ['GITHUB_SERVER_URL']}/{os.environ['GITHUB_REPOSITORY']}/raw/reports/{number}/{run['head_sha']}"
    )
    (folder / "pictures.md").write_text(PICTURE.sub(rf"![\1]({place}/\1.png)", body), "utf-8")
    return bool(PICTURE.search(body))


def crashed(run: Any, what: str, why: str) -> str:
    """A comment that takes the place of an older, perhaps green one."""
    return f"## 💥 The run {what} at {run['head_sha'][:12]}\n\nThere are no metrics: {why}. {_link(run, 'The log')}\n"


def _check_conclusion(run: Any, report: bytes) -> str:
    """A line of warning where the run's end and its report's gate do not go together."""
    if json.loads(report)["gate_passed"] == (run["conclusion"] == "success"):
        return ""
    ended = ENDS.get(run["conclusion"], "failed") if run["conclusion"] != "success" else "succeeded"
    return f"> ⚠️ The run itself {ended}, whatever the report below says: {_link(run, 'the log')}\n\n"


def _check_override(run: Any, number: int, report: bytes, folder: Path) -> str:
    """The comment without the override that the report claims, if GitHub does not confirm it; else empty."""
    claimed = json.loads(report)
    if claimed["overridden_by"] is None:
        return ""
    try:
        if override.overridden_by(number, run["head_sha"]) == claimed["overridden_by"]:
            return ""
        reason = "somebody else set it"
    except override.VoidError as error:
        reason = str(error)
    warning = f"> ⚠️ The report claims that the label `{override.LABEL}` holds; GitHub says: {reason}\n\n"
    return warning + render(json.dumps({**claimed, "overridden_by": None}).encode(), folder)


def _link(run: Any, label: str) -> str:
    address = f"{os.environ['GITHUB_SERVER_URL']}/{os.environ['GITHUB_REPOSITORY']}/actions/runs/{int(run['id'])}"
    return f"[{label}]({address})"


def main() -> None:
    run = api.event()["workflow_run"]
    opened = list(api.pages("pulls", state="open"))
    number = find_pull(run, opened)
    if number is None:
        print(f"::notice::no open pull request has {run['head_sha']} as its newest commit: nothing to say")
        return
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    api.write_output("pictures", "true" if write_comment(run, number, folder) else "false")
    api.write_output("open", " ".join(str(pull["number"]) for pull in opened))
    api.write_output("number", str(number))


if __name__ == "__main__":
    main()
