"""The address of a DVC remote is committed: it holds no secret, and an error does not repeat one."""

import pytest

from harness.core.errors import ProjectError
from harness.project.remote import check_address


@pytest.mark.parametrize(
    "url", ["webdav://user:hunter22@host/path", "https://hunter22@host/path", "ssh://user:hunter22@host/path"]
)
def test_a_secret_in_the_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(
        ProjectError, match=r"URL: must not hold a user or password.* use URL=\w+://host/path"
    ) as raised:
        check_address(url)
    assert "hunter22" not in str(raised.value)


@pytest.mark.parametrize("url", ["s3://bucket/path", "ssh://user@host/path", "hdfs://user@host/path", "gs://a/b@c"])
def test_an_address_without_a_secret_is_taken(url: str) -> None:
    check_address(url)


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(ProjectError, match="URL=bucket: must be the address of a DVC remote"):
        check_address("bucket")
    with pytest.raises(ProjectError, match="URL: not an address"):
        check_address("http://[::1")
