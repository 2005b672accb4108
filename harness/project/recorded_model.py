"""Is the model file the one that dvc.lock of this work tree records? After `git switch` it may be another branch's."""

import hashlib
import re
import sys
from pathlib import Path

from harness.core.paths import DVC_LOCK, MODEL_PATH

RECORDED = re.compile(rf"^ *- path: {re.escape(str(MODEL_PATH))}\n(?: +hash: md5\n)? +md5: (\w+)$", re.MULTILINE)


def note_other_model(model: Path = MODEL_PATH) -> None:
    """Say so on standard error if it is another one; nothing of an explicit other file, or where none is recorded.

    DVC writes the lock file in one form, so its text is searched: reading the YAML would take as long as the command.
    """
    try:
        recorded = set(RECORDED.findall(DVC_LOCK.read_text("utf-8"))) if model.samefile(MODEL_PATH) else set()
        found = hashlib.md5(model.read_bytes(), usedforsecurity=False).hexdigest() if recorded else ""
    except (OSError, UnicodeDecodeError):  # whoever needs the files says what is wrong with them
        return
    if recorded and found not in recorded:
        told = f"note: {MODEL_PATH} is not the model of this work tree ({DVC_LOCK}); to make it: make pipeline"
        print(told, file=sys.stderr)
