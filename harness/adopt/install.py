"""The drafted files take the place of the worked example's, or are shown beside them."""

import difflib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.adopt.draft import Draft
from harness.adopt.undo import replaced
from harness.core.paths import DVC_LOCK, EXAMPLE_PICTURE, EXAMPLE_TESTS, STORE
from harness.core.shell import dvc
from harness.project.store import is_embedded, note_fetched
from harness.project.transfer import push_data

MADE_BEFORE = (DVC_LOCK, Path("artifacts"))  # results of the table that was there


def removed() -> list[Path]:
    """What the template has for its worked example alone; a project's own tests stay, whatever they speak of."""
    return [path for path in (*EXAMPLE_TESTS, EXAMPLE_PICTURE) if path.exists()]


def install(draft: Draft, gone: Sequence[Path], move: Callable[[], None] | None = None) -> None:
    """Put all of it into place, and let DVC record the data; whatever fails, everything is as before.

    `move` brings the data to its remote.
    """
    with replaced([Path("data"), STORE, *MADE_BEFORE, *draft.texts, *gone]):
        Path("data").mkdir()
        shutil.copyfile(draft.data, Path("data") / draft.data.name)
        for path, text in draft.texts.items():
            path.write_text(text, "utf-8")
        dvc("add", "data")
        if is_embedded() and draft.small and move is None:
            push_data()
        note_fetched()
        if move is not None:
            move()


def show_changes(draft: Draft) -> None:
    """Print what would be changed, as a diff."""
    for path, text in draft.texts.items():
        old = path.read_text("utf-8").splitlines() if path.exists() else []
        print("\n".join(difflib.unified_diff(old, text.splitlines(), f"a/{path}", f"b/{path}", lineterm="")))
    print(f"would be deleted: data/*, {STORE}/*, {', '.join(map(str, [*MADE_BEFORE, *removed()]))}")
    print(f"would be new: data/{draft.data.name} ({draft.data.stat().st_size:,} bytes)\nnothing was changed")
