"""Why data did not come or go, in one line: DVC's own reason, and who can help."""

from pathlib import Path

import pytest

from harness.core.errors import ProjectError
from harness.core.shell import dvc_reason
from harness.project.conflicts import MAIN_RECORDS, refuse_conflicts
from harness.project.dvc_config import read_config
from tests.support.constants import ROOT

CONFLICT = "<<<<<<< HEAD\nours: 1\n=======\ntheirs: 2\n>>>>>>> branch\n"
HELP = "\nHaving any troubles? Hit us up at https://dvc.org/support, we are always happy to help!\n"
DENIED = "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied."


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        (
            "ERROR: failed to connect to s3 (team/data/files/md5) - Unable to locate credentials\n"
            "ERROR: failed to pull data from the cloud - 2 files failed to download\n",
            "failed to connect to s3 (team/data/files/md5) - Unable to locate credentials",
        ),
        (
            f"ERROR: failed to transfer 'f69f' - Access Denied.: {DENIED}\n"
            "ERROR: failed to push data to the cloud - 2 files failed to upload\n",
            "failed to transfer 'f69f' - Access Denied (AccessDenied from PutObject)",
        ),
        (
            "ERROR: unexpected error - The specified bucket does not exist.: An error occurred (NoSuchBucket) when "
            f"calling the ListObjectsV2 operation: The specified bucket does not exist.\n{HELP}",
            "The specified bucket does not exist (NoSuchBucket from ListObjectsV2)",
        ),
        (
            "WARNING: failed to collect 'workspace', skipping\n"
            "ERROR: unexpected error - s3 is supported, but requires 'dvc-s3' to be installed: No module\n" + HELP,
            "needs the package dvc-s3: add it to the group pipeline in pyproject.toml, then: make lock",
        ),
        (
            "ERROR: configuration error - config file error: expected 'url' for dictionary value "
            "@ data['remote']['storage']\n",
            ".dvc/config.local: the remote storage has no url, which this commit needs: docs/remote.md",
        ),
        ("", "failed without a word"),
        (HELP, "failed without a word"),
    ],
)
def test_the_reason_is_the_one_that_dvc_gives(stderr: str, reason: str) -> None:
    assert dvc_reason(stderr) == reason


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["dvc.lock"], r"dvc.lock: .* take either side: git checkout --ours dvc.lock$"),
        (
            ["dvc.lock", "artifacts/evaluation/metrics.json"],
            r"dvc.lock: .* git checkout --ours dvc.lock artifacts/evaluation/metrics.json$",
        ),
        (
            ["params.yaml"],
            r"params.yaml: line 1: both sides of a merge changed it; keep the lines that you want, and ",
        ),
        ([".dvc/config"], r".dvc/config: line 1: both sides of a merge changed it; "),
        (["data.dvc"], r"data.dvc: both sides of a merge changed the data; keep one side: "),
    ],
)
def test_a_conflict_is_told_with_the_way_out(
    names: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refuse_conflicts()
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(CONFLICT)
    with pytest.raises(ProjectError, match=message):
        refuse_conflicts()


@pytest.mark.parametrize("text", ["['cache']\n[cache]\n", "[a]\n[a]\n[a]\n", "no section\n"])
def test_settings_that_cannot_be_read_are_told_in_one_line(text: str, tmp_path: Path) -> None:
    """A secret of CI that was pasted wrong ended in a traceback."""
    (tmp_path / "config.local").write_text(text)
    with pytest.raises(ProjectError, match=r"config.local: cannot be read as DVC's settings: \w+") as caught:
        read_config(tmp_path / "config.local")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["README.md", "docs/remote.md", ".github/pull_request_template.md"])
def test_texts_agree_on_who_records_results(name: str) -> None:
    """One asked people to commit them, another not to. DVC's own hint is answered by `make pipeline`."""
    assert MAIN_RECORDS in (ROOT / name).read_text("utf-8").replace("Only", "only")
