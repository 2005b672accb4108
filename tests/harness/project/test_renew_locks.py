"""`make lock` with the real uv on an index of the test's own: one problem, one answer, or nothing changed."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core.errors import ProjectError
from harness.core.paths import LOCKS
from harness.project.locks import renew_locks
from tests.support.index import ADDRESS, index_behind_proxy
from tests.support.wheels import write_wheel

GROUPS = """\
[project]
name = "mine"
version = "0.1.0"
requires-python = ">=3.11"

[dependency-groups]
service = ["server>=1"]
pipeline = [{{ include-group = "service" }}, "trainer"{pipeline}]
dev = [{{ include-group = "pipeline" }}, "tester"]

[tool.uv]
no-index = true
find-links = ["../index"]
"""
Write = Callable[..., None]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """A server, which needs a clock; a bucket, which needs an old one."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in ("server", "trainer", "tester"):
        write_wheel(folder, name, "1.0", *(["clock"] if name == "server" else []))
    write_wheel(folder, "clock", "2.0")
    write_wheel(folder, "clock", "4.0")
    write_wheel(folder, "bucket", "1.0", "clock<3")
    return folder


@pytest.fixture
def groups(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """A project whose locks are made; writes its groups anew."""
    assert index.exists()

    def write(pipeline: str = "") -> None:
        Path("pyproject.toml").write_text(GROUPS.format(pipeline=pipeline), "utf-8")

    (tmp_path / "project/requirements").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project")
    write()
    renew_locks()
    return write


def pins() -> dict[str, list[str]]:
    return {group: re.findall(r"^(\S+==\S+)", path.read_text("utf-8"), re.MULTILINE) for group, path in LOCKS.items()}


def locks() -> dict[str, bytes]:
    return {group: path.read_bytes() for group, path in LOCKS.items()}


@pytest.mark.usefixtures("groups")
def test_each_lock_holds_the_one_before() -> None:
    service = ["clock==4.0", "server==1.0"]
    assert pins() == {
        "service": service,
        "pipeline": [*service, "trainer==1.0"],
        "dev": [*service, "tester==1.0", "trainer==1.0"],
    }
    assert all(text.count(b"--hash=sha256:") == len(pins()[group]) for group, text in locks().items())
    assert not any(re.search(rb"https?:|file:|--find-links", text) for text in locks().values())


def test_what_one_group_needs_moves_the_others(groups: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Compiled one on top of the other, the service's lock took clock 4, and the pipeline's had no answer."""
    groups(', "bucket"')
    capsys.readouterr()
    renew_locks()
    service = ["clock==2.0", "server==1.0"]
    assert pins() == {
        "service": service,
        "pipeline": ["bucket==1.0", *service, "trainer==1.0"],
        "dev": ["bucket==1.0", *service, "tester==1.0", "trainer==1.0"],
    }
    assert capsys.readouterr().out.splitlines()[:2] == [
        "requirements/service.txt: clock 4.0 → 2.0",
        "requirements/pipeline.txt: clock 4.0 → 2.0, + bucket 1.0",
    ]


def test_a_package_that_goes_leaves_no_trace(groups: Write) -> None:
    before = locks()
    groups(', "bucket"')
    renew_locks()
    groups()
    renew_locks()
    assert [name for names in pins().values() for name in names if name.startswith("bucket")] == []
    renew_locks(upgrade=True)
    assert locks() == before


def test_a_newer_version_is_taken_when_it_is_asked_for(groups: Write, index: Path) -> None:
    before = locks()
    write_wheel(index, "server", "1.1", "clock")
    renew_locks()
    assert locks() == before
    renew_locks(upgrade=True)
    assert pins()["service"] == ["clock==4.0", "server==1.1"]
    groups(', "server<1.1"')
    renew_locks()
    assert pins()["service"] == ["clock==4.0", "server==1.0"]


@pytest.mark.usefixtures("groups")
def test_a_bump_as_dependabot_makes_it_stays(index: Path) -> None:
    """It writes a new version and its hashes into each of the three files."""
    write_wheel(index, "server", "1.1", "clock")
    before = locks()
    renew_locks(upgrade=True)
    bumped = {
        group: re.search(rb"^server==1.1.*\n.*\n", text, re.MULTILINE)[0]  # type: ignore[index]
        for group, text in locks().items()
    }
    for group, text in before.items():
        (old,) = re.findall(rb"^server==.*\n.*\n", text, re.MULTILINE)
        LOCKS[group].write_bytes(text.replace(old, bumped[group]))
    edited = locks()
    assert edited != before
    renew_locks()
    assert locks() == edited


@pytest.mark.parametrize(
    ("pipeline", "message"),
    [
        (', "bucket", "clock>3"', "No solution found when resolving dependencies: Because .*bucket.* clock<3"),
        (', "nowhere"', "nowhere was not found"),
        (', "bucket', "pyproject.toml"),
    ],
)
def test_a_failure_moves_no_lock(groups: Write, pipeline: str, message: str) -> None:
    before = locks()
    groups(pipeline)
    with pytest.raises(
        ProjectError, match=f"pyproject.toml: the locks could not be renewed and are unchanged: .*{message}"
    ) as caught:
        renew_locks()
    assert "\n" not in str(caught.value)
    assert locks() == before


def test_a_failure_while_they_are_written_moves_no_lock(groups: Write) -> None:
    before = locks()
    groups(', "bucket"')
    LOCKS["dev"].unlink()
    LOCKS["dev"].mkdir()
    with pytest.raises(OSError, match=r"dev\.txt"):
        renew_locks()
    LOCKS["dev"].rmdir()
    LOCKS["dev"].write_bytes(before["dev"])
    assert locks() == before


@pytest.mark.usefixtures("groups")
def test_a_lock_edited_by_hand_is_told() -> None:
    LOCKS["pipeline"].write_text(LOCKS["pipeline"].read_text("utf-8") + "no requirement !\n", "utf-8")
    before = locks()
    with pytest.raises(ProjectError, match=r"parse.* `?requirements/pipeline.txt.*; take it back: git restore"):
        renew_locks()
    assert locks() == before


@pytest.mark.usefixtures("groups")
def test_a_version_edited_by_hand_without_its_hashes_is_refused() -> None:
    """It went through, and only the next installation, perhaps a colleague's, stopped at it."""
    for path in LOCKS.values():
        path.write_text(path.read_text("utf-8").replace("clock==4.0", "clock==2.0"), "utf-8")
    edited = locks()
    told = r"\.txt: no hash locked for clock 2.0 belongs to a published file; .* git restore .*, delete clock's lines"
    with pytest.raises(ProjectError, match=told) as caught:
        renew_locks()
    assert "\n" not in str(caught.value)
    assert locks() == edited
    for path in LOCKS.values():
        path.write_text(re.sub(r"^clock==.*\n.*\n", "", path.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    renew_locks()
    assert pins()["service"] == ["clock==4.0", "server==1.0"]


@pytest.mark.usefixtures("groups")
def test_a_hash_edited_by_hand_is_refused_and_a_committed_one_told(capsys: pytest.CaptureFixture[str]) -> None:
    """An index that has a few of a version's files, as a company's own may, knows a few of its hashes."""
    subprocess.run(["git", "init", "--quiet"], check=True)
    text = LOCKS["dev"].read_text("utf-8")
    (good,) = re.findall(r"^clock==.*\n    (--hash=\S+)\n", text, re.MULTILINE)
    other = f"--hash=sha256:{'0' * 64}"
    LOCKS["dev"].write_text(text.replace(good, f"{other} \\\n    {good}"), "utf-8")
    edited = locks()
    told = "requirements/dev.txt: 1 of 2 hashes of clock 4.0 belong to no file that the index has"
    with pytest.raises(ProjectError, match=f"^{told}, and were never committed; undo the edit: git restore req"):
        renew_locks()
    assert locks() == edited
    person = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "add", "requirements"], check=True)
    subprocess.run(["git", *person, "commit", "--quiet", "--message", "of all files"], check=True)
    capsys.readouterr()
    renew_locks()
    cure = "this is fine if the index serves only some files; otherwise delete clock's lines and run: make lock"
    note = f"note: {told}; {cure}"
    assert capsys.readouterr().out.splitlines()[0] == note
    assert locks() == edited
    LOCKS["dev"].write_text(text.replace(good, other), "utf-8")
    with pytest.raises(
        ProjectError, match=r"requirements/dev.txt: no hash locked for clock 4.0 belongs to a published file"
    ):
        renew_locks()


@pytest.mark.usefixtures("groups")
def test_what_a_bump_of_dependabots_needs_besides_comes_in_by_make_lock(index: Path) -> None:
    """Dependabot moves the one version in each file; a new dependency of that version it does not add."""
    write_wheel(index, "spring", "1.0")
    write_wheel(index, "server", "1.1", "clock", "spring")
    old = {path: path.read_text("utf-8") for path in LOCKS.values()}
    renew_locks(upgrade=True)
    (bumped,) = re.findall(r"^server==1.1.*\n.*\n", LOCKS["service"].read_text("utf-8"), re.MULTILINE)
    for path, text in old.items():
        path.write_text(re.sub(r"^server==.*\n.*\n", lambda _: bumped, text, flags=re.MULTILINE), "utf-8")
    renew_locks()
    assert pins()["service"] == ["clock==4.0", "server==1.1", "spring==1.0"]
    assert "spring==1.0" in pins()["pipeline"]
    assert "spring==1.0" in pins()["dev"]


@pytest.mark.parametrize("told", ["pip.conf", "PIP_INDEX_URL", "uv.toml"])
def test_an_index_and_a_proxy_of_ones_own_are_asked_and_leave_the_locks_as_they_are(
    groups: Write, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    """uv does not read what pip is told: with pip's settings alone it asked the public index."""
    before = locks()
    groups()
    text = Path("pyproject.toml").read_text("utf-8")
    Path("pyproject.toml").write_text(text.partition("[tool.uv]")[0], "utf-8")
    of_pip = ADDRESS if told == "pip.conf" else "http://nobody.test"
    (tmp_path / "pip.conf").write_text(f"[global]\nindex_url = {of_pip}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    if told.isupper():
        monkeypatch.setenv(told, ADDRESS)
    if told == "uv.toml":
        Path(told).write_text(f'[[index]]\nurl = "{ADDRESS}"\ndefault = true\n')
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with index_behind_proxy(index) as (proxy, asked):
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        monkeypatch.setenv("http_proxy", proxy)
        renew_locks()
        assert locks() == before
        assert f"{ADDRESS}/server/" in asked
        write_wheel(index, "more", "1.0")
        Path("pyproject.toml").write_text(text.partition("[tool.uv]")[0].replace('"tester"', '"tester", "more"'))
        renew_locks()
    assert "more==1.0" in pins()["dev"]
    assert not any(b"wheels.test" in lock for lock in locks().values())


@pytest.mark.usefixtures("groups")
def test_locks_in_conflict_are_solved_anew() -> None:
    """Two branches that each added a package: the groups are merged by hand, the locks never."""
    before = locks()
    ours = "<<<<<<< ours\nclock==4.0\n||||||| base\nclock==3.0\n=======\nclock==2.0\n>>>>>>> theirs\n"
    for path in LOCKS.values():
        path.write_text(re.sub(r"^clock==4.0.*\n.*\n", ours, path.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    renew_locks()
    assert locks() == before
