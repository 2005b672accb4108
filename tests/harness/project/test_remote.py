"""`make remote`: the data moves as a whole, proven by another clone, or everything is as before."""

import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import ProjectError
from harness.project.dvc_config import remote_url
from harness.project.remote import move_remote
from harness.project.store import PULLED, fetch_data
from tests.support import warm
from tests.support.clone import Clone, clone_of, copy_of_work_tree, embed
from tests.support.webdav import Application, Fault, credentials, refusing, webdav

ROWS = b"a,b\n1,2\n"


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A project with a small table in its own store; not to be changed."""
    made = copy_of_work_tree(tmp_path_factory.mktemp("embedded"))
    embed(made)
    add_data(made, ROWS)
    return made


@pytest.fixture
def small(embedded: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """A copy of it, with its cache, in which this process stands."""
    made = Clone(tmp_path / "small")
    shutil.copytree(embedded.folder, made.folder, symlinks=True)
    monkeypatch.chdir(made.folder)
    monkeypatch.setenv("PATH", f"{warm.programs()}{os.pathsep}{os.environ['PATH']}")
    return made


def add_data(made: Clone, rows: bytes) -> None:
    shutil.rmtree(made.folder / "data", ignore_errors=True)
    (made.folder / "data").mkdir()
    (made.folder / "data/table.csv").write_bytes(rows)
    made.run("dvc", "add", "data")
    made.run("dvc", "push", "data.dvc")
    made.commit("a table")


def rows_of_another_clone(made: Clone, folder: Path, settings: str = "") -> bytes:
    other = clone_of(made, folder)
    (other.folder / ".dvc/config.local").write_text(settings)
    other.run("dvc", "pull", "data.dvc")
    return (other.folder / "data/table.csv").read_bytes()


def everything(made: Clone) -> dict[str, bytes]:
    """What git tracks or could track, and this machine's settings."""
    paths = [path for path in made.folder.rglob("*") if path.is_file() and not {".git", "cache", "tmp"} & {*path.parts}]
    return {str(path.relative_to(made.folder)): path.read_bytes() for path in paths if "__pycache__" not in path.parts}


@pytest.mark.parametrize("form", ["{}/shared", "../shared", "file://{}/shared"])
def test_a_folder_has_the_data_for_every_clone(
    form: str, small: Clone, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`file:///nfs` once made a folder called `file:` in the work tree, and no clone got the data."""
    move_remote(form.format(tmp_path))
    shared = tmp_path / "shared"
    assert not (small.folder / ".dvc/store").exists()
    assert small.status().splitlines()[:2] == ["M  .dvc/config", "D  .dvc/store/files/md5" + stored(small)]
    assert all(line[1] == " " for line in small.status().splitlines())
    commit = f'git commit -m "Move the data to {shared}"'
    assert f"next: {commit} && git push\n" in capsys.readouterr().out
    small.run("sh", "-c", commit)
    assert rows_of_another_clone(small, tmp_path / "elsewhere/clone") == ROWS


def stored(made: Clone) -> str:
    """The first of the objects that HEAD keeps."""
    listed = made.run("git", "ls-tree", "-r", "--name-only", "HEAD", ".dvc/store").stdout.splitlines()
    return listed[0].removeprefix(".dvc/store/files/md5")


def test_the_data_moves_on_from_one_remote_to_another(small: Clone, tmp_path: Path) -> None:
    move_remote(str(tmp_path / "first"))
    small.commit("the first")
    with pytest.raises(ProjectError, match=rf"URL={tmp_path}/first: the data is already there"):
        move_remote(str(tmp_path / "first"))
    with webdav(tmp_path / "served") as address:
        move_remote(address)
        small.commit("the second")
        shutil.rmtree(tmp_path / "first")
        assert rows_of_another_clone(small, tmp_path / "clone") == ROWS


def test_other_changes_are_not_left_behind(small: Clone, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After `make adopt` with a large table nothing is committed yet."""
    (small.folder / "src/schema.py").write_text("# mine\n")
    move_remote(str(tmp_path / "shared"))
    assert "next: git add --all && git commit -m " in capsys.readouterr().out


def test_data_that_no_store_has_moves_too(small: Clone, tmp_path: Path) -> None:
    """A large table: adopt leaves it to this machine's cache."""
    shutil.rmtree(small.folder / ".dvc/store")
    move_remote(str(tmp_path / "shared"))
    small.commit("moved")
    assert rows_of_another_clone(small, tmp_path / "clone") == ROWS


def losing(app: Application) -> Application:
    """Keeps the list of the files, and of the files nothing."""

    def served(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET" and not environ["PATH_INFO"].endswith(".dir"):
            start("404 Not Found", [("Content-Length", "0")])
            return [b""]
        return app(environ, start)

    return served


def spoiling(rows: bytes) -> Fault:
    """Answers with other bytes than were brought."""

    def fault(app: Application) -> Application:
        def served(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            if environ["REQUEST_METHOD"] == "GET" and not environ["PATH_INFO"].endswith(".dir"):
                start("200 OK", [("Content-Length", str(len(rows)))])
                return [rows]
            return app(environ, start)

        return served

    return fault


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            refusing("507 Insufficient Storage", "PUT"),
            r"could not be pushed: webdav://.*/data: failed to transfer .* - Insufficient Storage",
        ),
        (
            refusing("403 Forbidden", "PUT", "MKCOL"),
            r"pushed: .*([Ff]orbidden|403).*; it needs credentials with write access: docs/remote.md",
        ),
        (
            losing,
            r"a second clone could not pull the data, so nothing was moved: data.dvc: .*; if the remote .*, empty it",
        ),
        (spoiling(b"a,b\n1,3\n"), r"a second clone could not pull the data, so nothing was moved: "),
        (spoiling(b"a,b\n1,2,3\n"), r"a second clone could not pull the data, so nothing was moved: "),
    ],
    ids=["full", "read-only", "half there", "other bytes", "another size"],
)
def test_a_remote_that_fails_changes_nothing(fault: Fault, message: str, small: Clone, tmp_path: Path) -> None:
    before = everything(small)
    with webdav(tmp_path / "served", fault=fault) as address, pytest.raises(ProjectError, match=message) as caught:
        move_remote(address)
    assert "\n" not in str(caught.value)
    assert everything(small) == before
    assert small.status() == ""
    assert rows_of_another_clone(small, tmp_path / "clone") == ROWS


def test_a_plugin_that_cannot_be_had_changes_nothing(small: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/nobody")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    before = everything(small)
    with pytest.raises(ProjectError, match=r"pyproject.toml: the locks could not be renewed and are unchanged: .*127"):
        move_remote("s3://team/data")
    assert everything(small) == before


@pytest.mark.parametrize(
    ("commands", "message"),
    [
        (
            ["dvc remote add --default models /models"],
            r"\.dvc/config: 'models' is already the default remote; to replace it, first run: ",
        ),
        (["dvc remote add storage /models"], r"\.dvc/config: already has a remote 'storage'; first run: "),
    ],
)
def test_a_second_remote_is_refused(commands: list[str], message: str, small: Clone, tmp_path: Path) -> None:
    for command in commands:
        small.run(*command.split())
    before = everything(small)
    with pytest.raises(ProjectError, match=message):
        move_remote(str(tmp_path / "shared"))
    assert everything(small) == before


def test_the_documented_credentials_work_before_and_after_the_move(small: Clone, tmp_path: Path) -> None:
    """Without the address every commit from before the move refused them: "expected 'url'"."""
    with webdav(tmp_path / "served", "secret-1") as address:
        local = small.folder / ".dvc/config.local"
        local.write_text(credentials("secret-1"))  # as `dvc remote modify --local` leaves them
        move_remote(address)
        small.commit("moved")
        settings = credentials("secret-1", address)
        assert sorted(local.read_text().split()) == sorted(settings.split())
        assert rows_of_another_clone(small, tmp_path / "after", settings) == ROWS
        small.run("git", "checkout", "--quiet", "HEAD~1")
        assert rows_of_another_clone(small, tmp_path / "before", settings) == ROWS
        small.run("dvc", "status", "data.dvc")


def test_wrong_credentials_are_told_as_dvc_tells_them(small: Clone, tmp_path: Path) -> None:
    before = everything(small)
    message = r"data.dvc: its data could not be pushed: webdav://.*: .*401.*; it needs credentials with write access"
    with webdav(tmp_path / "served", "secret-1") as address, pytest.raises(ProjectError, match=message):
        move_remote(address)
    assert everything(small) == before


@pytest.fixture
def moved(small: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A colleague's clone, which has no data yet and in which this process stands; the server's folder."""
    with webdav(tmp_path / "served", "secret-1") as address:
        (small.folder / ".dvc/config.local").write_text(credentials("secret-1", address))
        move_remote(address)
        small.commit("moved")
        other = clone_of(small, tmp_path / "other")
        monkeypatch.chdir(other.folder)
        Path(".dvc/config.local").write_text(credentials("secret-1", address))
        yield tmp_path / "served"


def table_at(served: Path) -> Path:
    (found,) = (path for path in (served / "data").glob("files/md5/??/*") if path.suffix != ".dir")
    return found


def told() -> str:
    with pytest.raises(ProjectError, match=r"data.dvc: its data could not be fetched: ") as caught:
        fetch_data()
    assert "\n" not in str(caught.value)
    assert not Path("data/table.csv").exists() or Path("data/table.csv").read_bytes() == ROWS
    return str(caught.value)


def test_an_object_that_the_remote_has_not_is_named_and_who_may_push_it(moved: Path) -> None:
    gone = table_at(moved)
    gone.unlink()
    name = f"{gone.parent.name}{gone.name}"
    assert re.search(rf"webdav://\S+/data has no object {name}; whoever committed it \(git log -1 data.dvc\)", told())


@pytest.mark.parametrize("rows", [ROWS + b"more\n", ROWS.replace(b"1", b"2"), b""], ids=["longer", "other", "empty"])
def test_an_object_of_another_size_or_content_than_its_name_says_is_refused(moved: Path, rows: bytes) -> None:
    table_at(moved).write_bytes(rows)
    with pytest.raises(ProjectError, match=r"data(\.dvc)?: (its data could not be fetched|must be the data)") as caught:
        fetch_data()
    assert "\n" not in str(caught.value)
    assert not str(caught.value).endswith(":")  # as DVC's own line does, which lists nothing
    assert not PULLED.exists()  # so the next command asks again


@pytest.mark.usefixtures("moved")
def test_a_refusal_that_dvc_keeps_to_itself_is_told() -> None:
    """It takes what it may not see for missing, and says 401 to nobody who does not ask."""
    address = remote_url()
    Path(".dvc/config.local").unlink()
    assert re.search(rf"{address}: .*\b401\b.*; it needs credentials, which a fork's pull request never has", told())


@pytest.mark.usefixtures("moved")
def test_an_address_where_nobody_answers_is_told() -> None:
    Path(".dvc/config.local").write_text(credentials("secret-1", "webdav://127.0.0.1:9/data"))
    assert re.search(r"webdav://127.0.0.1:9/data: .*(refused|connect|attempts failed)", told())


@pytest.mark.usefixtures("moved")
def test_a_package_that_is_missing_is_named() -> None:
    Path(".dvc/config.local").write_text("['remote \"storage\"']\n    url = s3://team/data\n")
    assert "s3://team/data: needs the package dvc-s3: add it to the group pipeline" in told()


def test_a_slow_remote_is_waited_for(small: Clone, tmp_path: Path) -> None:
    def slow(app: Application) -> Application:
        def served(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            time.sleep(0.2)
            return app(environ, start)

        return served

    with webdav(tmp_path / "served", fault=slow) as address:
        move_remote(address)
    assert not (small.folder / ".dvc/store").exists()


def test_a_password_for_adopt_is_refused_and_not_repeated(small: Clone, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_bytes(ROWS * 9)
    before = everything(small)
    words = [f"--data={tmp_path}/mine.csv", "--target=b", "--remote=webdavs://ada:hunter2@host/data"]
    done = small.run("python", "-m", "harness", "adopt", *words, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: REMOTE=webdavs://…@host/data: holds a user or a password")
    assert "hunter2" not in done.stdout + done.stderr
    assert everything(small) == before
