"""Is the model file the one that dvc.lock of this work tree records? After `git switch` it may be another branch's."""

import hashlib
import re
import sys
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.params import read_yaml
from harness.core.paths import DVC_LOCK, MODEL_PATH, PARAMS_PATH

RECORDED = re.compile(rf"^ *- path: {re.escape(str(MODEL_PATH))}\n(?: +hash: md5\n)? +md5: (\w+)$", re.MULTILINE)


def note_other_model(model: Path = MODEL_PATH) -> None:
    """Say so on standard error if it is another one; nothing of an explicit other file, or where none is recorded.

    DVC writes the lock file in one form, so its text is searched first: to read the YAML takes a tenth of a second.
    """
    try:
        recorded = set(RECORDED.findall(DVC_LOCK.read_text("utf-8"))) if model.samefile(MODEL_PATH) else set()
        found = hashlib.md5(model.read_bytes(), usedforsecurity=False).hexdigest() if recorded else ""
    except (OSError, UnicodeDecodeError):  # whoever needs the files says what is wrong with them
        return
    if recorded and found not in recorded:
        _note(f"is not the model of this work tree ({DVC_LOCK})")
    elif recorded and (changed := _changed_sections()):
        _note(f"was trained with other settings than {PARAMS_PATH} has ({', '.join(changed)})")


def _changed_sections() -> list[str]:
    """Of params.yaml, since the model was trained: an uncommitted dvc.lock comes along to another branch."""
    try:
        stages, params = read_yaml(DVC_LOCK)["stages"], read_yaml(PARAMS_PATH)
        recorded = [stages[stage]["params"][str(PARAMS_PATH)] for stage in ("preprocess", "train")]
        return sorted({key for each in recorded for key in each if key in params and params[key] != each[key]})
    except (ProjectError, KeyError, TypeError, AttributeError):
        return []


def _note(what: str) -> None:
    print(f"note: {MODEL_PATH} {what}; to make it: make pipeline", file=sys.stderr)
