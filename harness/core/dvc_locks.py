"""DVC's record of who uses which file, without processes that are gone: DVC would warn of each in its next run."""

import json
from pathlib import Path

from harness.core.files import write_bytes


def forget_ended(path: Path) -> None:
    """Leave out the processes that ended without a word: stopped ones, and those that a machine's end took along."""
    try:
        known = json.loads(path.read_bytes())
        writers, readers = known.get("write", {}), known.get("read", {})
        pids = {user["pid"] for user in (*writers.values(), *(each for users in readers.values() for each in users))}
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return  # what DVC cannot read it says itself
    if not pids:
        return
    import psutil  # noqa: PLC0415  the record is empty as a rule

    here = {pid for pid in pids if psutil.pid_exists(pid)}
    if here == pids:
        return
    left = {file: [each for each in users if each["pid"] in here] for file, users in readers.items()}
    kept = {
        "write": {file: user for file, user in writers.items() if user["pid"] in here},
        "read": {file: users for file, users in left.items() if users},
    }
    write_bytes(path, json.dumps(kept).encode())
