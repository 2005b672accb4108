"""The three locks: complete, hashed, one on top of the other, and naming no address."""

import re
import tomllib

import pytest

from harness.core.paths import LOCKS, OPTIONAL_LOCKS, SEPARATE_LOCKS
from tests.support.constants import ROOT

GROUPS = ("service", "pipeline", "dev")
# Every file that people or the workflows install from.
PINS = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "requirements").glob("*.txt"))}


def versions(group: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[.*\])?==(\S+)", PINS[group], re.MULTILINE))


def test_every_lock_is_one_that_is_known() -> None:
    assert set(PINS) == {*LOCKS, *OPTIONAL_LOCKS, *SEPARATE_LOCKS}


@pytest.mark.parametrize("group", PINS)
def test_every_package_has_a_hash_and_no_address(group: str) -> None:
    blocks = re.split(r"\n(?=[a-z])", PINS[group])
    assert len(blocks) == len(versions(group)) + 1  # the header comes first
    assert all("--hash=sha256:" in block for block in blocks[1:])
    assert not re.search(r"https?:|--index|--find-links|@ file", PINS[group])


@pytest.mark.parametrize(("lower", "upper"), [("service", "pipeline"), ("pipeline", "dev")])
def test_each_lock_stands_on_the_one_before(lower: str, upper: str) -> None:
    assert versions(lower).items() <= versions(upper).items()


def test_the_service_carries_no_training_package() -> None:
    assert not {"scikit-learn", "pandas", "pandera", "pyarrow", "matplotlib", "onnx", "skl2onnx", "dvc"} & set(
        versions("service")
    )


def test_every_named_package_is_locked() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    for group in PINS:
        named = {re.split(r"[\[<>=]", item)[0].replace(".", "-") for item in groups[group] if isinstance(item, str)}
        assert named <= set(versions(group))


def test_the_set_ups_own_installer_is_locked() -> None:
    assert "uv" in versions("dev")
