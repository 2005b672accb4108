"""Command behind `make remote`: move the data from the repository's own store to a DVC remote."""

import shutil
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.paths import DATA_DVC, STORE
from harness.core.shell import dvc
from harness.project.store import fetch_data, is_embedded

CONFIG = Path(".dvc/config")
NAME = "storage"


def move_remote(url: str) -> None:
    if not is_embedded():
        raise ProjectError(
            f"{DATA_DVC}: the data is at a remote already; change its address with: dvc remote modify {NAME} url {url}"
        )
    if "://" not in url:
        raise ProjectError(
            f"URL={url}: must be the address of a DVC remote (s3://… gs://… azure://… ssh://… webdavs://…)"
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
