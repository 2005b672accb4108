"""What may be a remote's address, and what is refused in one line that repeats no password."""

from pathlib import Path

import pytest

from harness.core.errors import ProjectError
from harness.core.shell import git
from harness.project.address import FOLDER_KIND, REMOTE_KINDS, RemoteAddress, read_address


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git("init", "--quiet", folder=folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("kind", REMOTE_KINDS)
def test_every_kind_of_remote_is_taken_as_it_is(kind: str) -> None:
    assert read_address(f"{kind}://place/path") == RemoteAddress(f"{kind}://place/path", REMOTE_KINDS[kind])


@pytest.mark.parametrize("form", ["{}/shared", "../shared", "file://{}/shared", "{}/other/../shared"])
def test_a_folder_becomes_absolute_so_that_every_clone_finds_it(form: str, tmp_path: Path) -> None:
    """`file:///nfs` once made a folder called `file:` in the work tree."""
    assert read_address(form.format(tmp_path)) == RemoteAddress(str(tmp_path / "shared"), FOLDER_KIND)


def test_a_mounted_folder_keeps_the_name_that_other_machines_know(tmp_path: Path) -> None:
    (tmp_path / "disk7").mkdir()
    (tmp_path / "nfs").symlink_to(tmp_path / "disk7")
    assert read_address(str(tmp_path / "nfs")).url == str(tmp_path / "nfs")


def test_a_profile_is_this_machines_own() -> None:
    address = read_address("s3://team/data", "https://s3.example.org:9000", "eu-north-1", "ada")
    assert address.options == {"endpointurl": "https://s3.example.org:9000", "region": "eu-north-1"}
    assert address.local == {"profile": "ada"}


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", r"URL='': must be s3://bucket/path"),
        (" s3://team", r"URL=' s3://team': must be s3://"),
        ("ftp://host/path", r"URL=ftp://host/path: DVC has no remote of the kind ftp://; there are s3, gs, "),
        ("s3:///path", r"URL=s3:///path: names no bucket"),
        ("http://[::1", r"URL=http://\[::1: not an address"),
        ("ssh:///path", r"URL=ssh:///path: names no host"),
        ("bucket", r"URL=bucket: names a folder inside the repository; must be"),
        ("../project/.dvc/remote", r"names a folder inside the repository"),
        ("/dev/null", r"URL=/dev/null: is a file"),
        ("/not/mounted/here", r"URL=/not/mounted/here: neither it nor /not/mounted exists; is it mounted\?"),
        ("file://server/share", r"URL=file://server/share: must be file:///path"),
    ],
)
def test_what_can_be_no_remote_is_told(url: str, message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        read_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "webdav://user:hunter2@host/path",
        "https://hunter2@host/path",
        "https://user:hunter2/x@host/path",
        "https://user:@hunter2@host/path",
        "ssh://user:hunter2@host/path",
        "s3://key:hunter2@bucket/path",
        "ftp://user:hunter2@host/path",
        "file://user:hunter2@host/path",
        "user:hunter2@host/path",
        "https://host/path?sig=hunter2",
        "https://host/path#hunter2",
        "azure://container/path;AccountKey=hunter2",
        "https://user:hunter2@host/pa\nth",
    ],
)
def test_a_password_in_the_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ProjectError) as caught:
        read_address(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["ssh://dvc@host/path", "hdfs://user@host/path", "gs://bucket/b@c"])
def test_an_address_without_a_secret_is_taken(url: str) -> None:
    assert read_address(url).url == url


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        ("host:9000", r"ENDPOINT=host:9000: must be http\(s\)://host"),
        ("http://user:hunter2@host", r"ENDPOINT=http://…@host: must be"),
    ],
)
def test_a_wrong_endpoint_is_told(endpoint: str, message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        read_address("s3://team/data", endpoint)


def test_what_only_s3_has_is_refused_elsewhere() -> None:
    with pytest.raises(ProjectError, match=r"PROFILE=ada: works only with s3://…"):
        read_address("gs://team/data", profile="ada")
