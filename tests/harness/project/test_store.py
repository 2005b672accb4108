"""The data are the bytes that data.dvc names, whatever a pull request has told DVC."""

import os
from hashlib import md5
from pathlib import Path

import pytest

from harness.core.errors import ProjectError
from harness.project.store import check_settings, check_store, pull_data, verify_data
from tests.support import warm
from tests.support.clone import Clone


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """DVC is found where Python is."""
    monkeypatch.setenv("PATH", f"{warm.programs()}{os.pathsep}{os.environ['PATH']}")


def stored(clone: Clone) -> Path:
    """The one object of the embedded store that is a table."""
    (path,) = (path for path in (clone.folder / ".dvc/store").glob("files/md5/??/*") if path.suffix != ".dir")
    return path


def swap(clone: Clone) -> str:
    """Edit the table in the store and tell DVC not to look; the MD5 of what it is now."""
    path = stored(clone)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"yes", b"no"))
    config = clone.folder / ".dvc/config"
    config.write_text(config.read_text("utf-8").replace("    verify = true\n", ""), "utf-8")
    return md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def make_report(clone: Clone) -> str:
    done = clone.run("python", "-m", "harness", "report", "--base=main", check=False)
    assert done.returncode == 1
    return done.stderr


def test_a_swapped_object_of_the_store_is_refused_by_name(reproduced: Clone) -> None:
    """The cache has the right one, so that DVC alone says nothing, and publishing would have pulled the other."""
    reproduced.run("git", "switch", "--quiet", "--create", "branch")
    found = swap(reproduced)
    reproduced.commit("better data")
    assert reproduced.run("dvc", "pull", "data.dvc", check=False).returncode == 0
    name = stored(reproduced).relative_to(reproduced.folder)
    message = f"error: {name}: is damaged: its MD5 must be its name, got {found}; restore it from git\n"
    assert make_report(reproduced).endswith(message)
    with pytest.raises(ProjectError, match="is damaged: its MD5 must be its name"):
        pull_data(reproduced.folder)


def test_settings_of_one_machine_that_git_tracks_are_refused(reproduced: Clone) -> None:
    reproduced.run("git", "switch", "--quiet", "--create", "branch")
    (reproduced.folder / ".dvc/config.local").write_text("['remote \"store\"']\n    verify = false\n", "utf-8")
    check_settings(reproduced.folder)
    reproduced.run("git", "add", "--force", ".dvc/config.local")
    reproduced.commit("settings")
    message = (
        ".dvc/config.local: is tracked by git, but belongs to one machine; take it out: "
        "git rm --cached .dvc/config.local\n"
    )
    assert make_report(reproduced).endswith(f"error: {message}")


@pytest.mark.parametrize("place", [".dvc/cache", "results"])
def test_a_cache_that_a_branch_brings_along_is_refused(reproduced: Clone, place: str) -> None:
    """DVC would take a forged model out of it for the one that train makes: `Stage 'train' is cached`."""
    reproduced.run("git", "switch", "--quiet", "--create", "branch")
    forged = reproduced.folder / place / "runs/1b/1b28/b36f"
    forged.parent.mkdir(parents=True, exist_ok=True)
    forged.write_text("outs: forged\n", "utf-8")
    config = reproduced.folder / ".dvc/config"
    if place == "results":
        config.write_text(f"{config.read_text('utf-8')}[cache]\n    dir = ../results\n", "utf-8")
    reproduced.run("git", "add", "--force", str(forged))
    reproduced.commit("a better model")
    error = make_report(reproduced)
    if place == "results":
        assert (
            "error: .dvc/config: cache.dir=../results: is a folder of the repository; DVC trusts the results" in error
        )
    else:
        assert "error: .dvc/cache/runs/1b/1b28/b36f: is tracked by git, but belongs to one machine" in error


def test_a_base_whose_store_was_swapped_cannot_be_believed(reproduced: Clone) -> None:
    swap(reproduced)
    reproduced.commit("swapped")
    reproduced.run("git", "switch", "--quiet", "--create", "branch")
    reproduced.run("git", "checkout", "--quiet", "HEAD~1", "--", ".dvc")
    reproduced.commit("as it was")
    reproduced.run("python", "-m", "harness", "report", "--base=main")
    shown = (reproduced.folder / "artifacts/report/report.md").read_text("utf-8")
    assert shown.startswith("## ❌ Do not merge: the base cannot be reproduced")
    assert "is damaged: its MD5 must be its name" in shown


def project(folder: Path, data: dict[str, str], md5_of_data: str, path: str = "data") -> None:
    (folder / "data.dvc").write_text(f"outs:\n- path: {path}\n  md5: {md5_of_data}\n", "utf-8")
    for name, content in data.items():
        (folder / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "data" / name).write_text(content, "utf-8")


def test_a_folder_is_hashed_as_dvc_hashes_it(known: Clone, tmp_path: Path) -> None:
    verify_data(known.folder)
    digest = next(line.split()[-1] for line in (known.folder / "data.dvc").read_text().splitlines() if "md5: " in line)
    assert digest.endswith(".dir")
    project(tmp_path, {"customers.csv": "other"}, digest)
    with pytest.raises(
        ProjectError, match=rf"data: must be the data that data.dvc names \(MD5 {digest}\), got \w+\.dir"
    ):
        verify_data(tmp_path)


def test_a_single_file_is_hashed(tmp_path: Path) -> None:
    project(tmp_path, {"a.csv": "a"}, md5(b"a", usedforsecurity=False).hexdigest(), "data/a.csv")
    verify_data(tmp_path)
    (tmp_path / "data/a.csv").unlink()
    with pytest.raises(ProjectError, match="got nothing"):
        verify_data(tmp_path)


def test_what_dvc_leaves_out_is_left_out(tmp_path: Path) -> None:
    listed = b'[{"md5": "0cc175b9c0f1b6a831c399e269772661", "relpath": "a.csv"}]'
    project(tmp_path, {"a.csv": "a", ".DS_Store": "x"}, md5(listed, usedforsecurity=False).hexdigest() + ".dir")
    with pytest.raises(ProjectError, match="must be the data"):
        verify_data(tmp_path)
    (tmp_path / ".dvcignore").write_text("# junk\n.DS_Store\n", "utf-8")
    verify_data(tmp_path)


def test_an_absent_store_is_named(clone: Clone) -> None:
    (clone.folder / ".dvc/store").rename(clone.folder / "elsewhere")
    with pytest.raises(ProjectError, match=r"data could not be fetched: .*it is missing in \.dvc/store"):
        pull_data(clone.folder)


def test_a_store_of_whole_objects_is_fine(clone: Clone) -> None:
    check_store(clone.folder)


def test_data_that_were_deleted_are_fetched_again(clone: Clone) -> None:
    for _ in range(2):
        clone.run("python", "-c", "from harness.project.store import fetch_data; fetch_data()")
        (data,) = (clone.folder / "data").iterdir()
        data.unlink()
        data.parent.rmdir()
    clone.run("python", "-c", "from harness.project.store import fetch_data; fetch_data()")
    assert data.exists()
