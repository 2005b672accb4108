"""The README's picture of a comment: that of the report as it is today."""

from pathlib import Path

import pytest

from bench.comment import example_report, text_of, text_shown
from harness.core.paths import EXAMPLE_PICTURE
from tests.support.clone import Clone, clone_of
from tests.support.constants import ROOT


def test_the_readme_shows_todays_report(evaluated: Clone, tmp_path: Path) -> None:
    """Where it does not: `python -m bench.comment --example --height 1121` draws it again."""
    if not (ROOT / EXAMPLE_PICTURE).exists():
        pytest.skip("adopt has taken the worked example and its picture away")
    project = clone_of(evaluated, tmp_path / "clone")
    assert text_of(ROOT / EXAMPLE_PICTURE) == text_shown(example_report(project.folder))
