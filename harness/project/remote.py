"""Command behind `make remote`: move the data from the repository's own store to a DVC remote."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

from harness.core.errors import ProjectError
from harness.core.paths import DATA_DVC, STORE
from harness.core.shell import dvc
from harness.project.store import fetch_data, is_embedded

CONFIG = Path(".dvc/config")
NAME = "storage"
NAMED_USERS = {"ssh", "sftp", "hdfs"}  # there a user's name belongs into the address


def check_address(url: str) -> None:
    """Raises ProjectError if this is no address, or holds a password: it would be committed. It is not repeated."""
    try:
        parts = urlsplit(url)
        secret = parts.password is not None or (parts.username is not None and parts.scheme not in NAMED_USERS)
    except ValueError as error:
        raise ProjectError(f"URL: not an address: {error}") from None
    if secret:
        place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        raise ProjectError(
            f"URL: must not hold a user or password, for it is committed; use URL={place}, "
            f"and afterwards: dvc remote modify --local {NAME} user … and password …"
        )
    if "://" not in url:
        raise ProjectError(
            f"URL={url}: must be the address of a DVC remote (s3://… gs://… azure://… ssh://… webdavs://…)"
        )


def move_remote(url: str) -> None:
    check_address(url)
    if not is_embedded():
        raise ProjectError(
            f"{DATA_DVC}: the data is at a remote already; change its address with: dvc remote modify {NAME} url {url}"
        )
    fetch_data()  # of what is not here `dvc push` pushes nothing, and says that all is well
    before = {path: path.read_bytes() for path in (DATA_DVC, CONFIG)}
    try:
        dvc("remote", "add", "--default", NAME, url)
        DATA_DVC.write_text(DATA_DVC.read_text("utf-8").replace("  remote: store\n", ""), "utf-8")
        print(f"pushing the data to {url} …", flush=True)
        dvc("push", "--remote", NAME, str(DATA_DVC))
        dvc("remote", "remove", "store")
    except BaseException:
        for path, content in before.items():
            path.write_bytes(content)
        raise
    shutil.rmtree(STORE, ignore_errors=True)  # data that was too large for it has left it empty
    print(f"the data is at {url}; {STORE} is gone (earlier commits keep theirs)")
    print(f"next: git add --all .dvc {DATA_DVC}, commit; what CI needs to know: docs/workflows.md")
    print("models and plots go there too from now on: dvc push")
