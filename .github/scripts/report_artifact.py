"""The report that a run of the first workflow left: hostile data until it has been parsed."""

import io
import stat
import urllib.error
import zipfile
from typing import Any

import github_api

LARGEST_REPORT = 2_000_000  # bytes, as in harness/report/report.py
PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class RefusedError(Exception):
    """What the other run left is not a report."""


def fetch_report(run: Any) -> bytes | None:
    """report.json of the run's last attempt, unread; None if there is none. Raises RefusedError."""
    path = f"actions/runs/{int(run['id'])}/artifacts"
    listed = github_api.get_json(path, name="report", per_page=github_api.PAGE)["artifacts"]
    fresh = [item for item in listed if item["name"] == "report" and item["created_at"] >= run["run_started_at"]]
    if not fresh:
        return None
    newest = max(fresh, key=lambda item: (item["created_at"], item["id"]))
    try:
        return unpack(github_api.get(f"actions/artifacts/{int(newest['id'])}/zip", most=LARGEST_REPORT))
    except urllib.error.HTTPError as error:
        raise RefusedError(f"the artifact cannot be fetched: {error.code}") from None
    except RefusedError:
        raise
    except Exception as error:  # whatever the archive's bytes make its reader raise
        raise RefusedError(f"the artifact cannot be read: {type(error).__name__}: {error}") from error


def unpack(archive: bytes) -> bytes:
    """The one file of the archive, read no further than a report may be long.

    Raises RefusedError, or whatever a broken archive raises.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        entries = file.infolist()
        if [entry.filename for entry in entries] != ["report.json"]:
            raise RefusedError(f"the artifact must hold report.json alone, got {ascii(file.namelist())[:200]}")
        (entry,) = entries
        if stat.S_ISLNK(entry.external_attr >> 16) or entry.compress_type not in PACKED:
            raise RefusedError("report.json must be a plain file, packed as GitHub packs it")
        with file.open(entry) as content:
            report = content.read(LARGEST_REPORT + 1)
    if len(report) > LARGEST_REPORT:
        raise RefusedError(f"report.json is longer than {LARGEST_REPORT:,} bytes")
    return report
