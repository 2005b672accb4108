"""Command behind `make remote`: move the data from the repository's own store to a DVC remote."""

import shutil
import sys
from pathlib import Path

from harness.core.errors import ProjectError, run
from harness.project.store import DATA, STORE, dvc, is_embedded

CONFIG = Path(".dvc/config")
NAME = "storage"


def move_remote(url: str) -> None:
    if not is_embedded():
        raise ProjectError(
            f"{DATA}: the data is at a remote already; change its address with: dvc remote modify {NAME} url {url}"
        )
    if "://" not in url:
        raise ProjectError(
            f"URL={url}: must be the address of a DVC remote (s3://… gs://… azure://… ssh://… webdavs://…)"
        )
    before = {path: path.read_bytes() for path in (DATA, CONFIG)}
    try:
        dvc("remote", "add", "--default", NAME, url)
        DATA.write_text(DATA.read_text("utf-8").replace("  remote: store\n", ""), "utf-8")
        print(f"pushing the data to {url} …", flush=True)
        dvc("push", "--remote", NAME, str(DATA))
        dvc("remote", "remove", "store")
    except BaseException:
        for path, content in before.items():
            path.write_bytes(content)
        raise
    shutil.rmtree(STORE, ignore_errors=True)  # data that was too large for it has left it empty
    print(f"the data is at {url}; {STORE} is gone (earlier commits keep theirs)")
    print(f"next: git add --all .dvc {DATA}, commit; what CI needs to know: docs/workflows.md")
    print("models and plots go there too from now on: dvc push")


def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else ""
    if not url or url in {"-h", "--help"}:
        sys.exit(f"{__doc__}\ncall: make remote URL=s3://bucket/path")
    run(move_remote, url)


if __name__ == "__main__":
    main()
