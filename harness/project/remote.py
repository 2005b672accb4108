"""Move the data to a DVC remote, once a second clone has got it from there."""

import io
import shutil

from ruamel.yaml import YAML

from harness.core.errors import ProjectError
from harness.core.files import write_bytes
from harness.core.params import read_yaml
from harness.core.paths import DATA_DVC, DVC_CONFIG, LOCKS, OPTIONAL_LOCKS, STORE
from harness.core.shell import git
from harness.project.address import FOLDER_KIND, RemoteAddress, read_address
from harness.project.dvc_config import DVC_LOCAL, REMOTE_NAME, SECTION, read_config, remote_url, set_local, set_remote
from harness.project.locks import PROJECT_FILE
from harness.project.plugin import add_plugin
from harness.project.restoring import restoring
from harness.project.second_clone import prove_pull
from harness.project.store import fetch_data, is_embedded, note_fetched
from harness.project.transfer import DOCS, push_data

COMMITTED = (DATA_DVC, DVC_CONFIG, PROJECT_FILE, *LOCKS.values(), *OPTIONAL_LOCKS.values())


def move_remote(url: str, endpoint: str = "", region: str = "", profile: str = "") -> None:
    """Add the plugin, push, prove, and only then let the embedded store go; all of it staged, or nothing changed.

    Raises ProjectError with the reason: an address that can be none, a plugin that goes with no lock, DVC's own.
    """
    address = read_address(url, endpoint, region, profile)
    _check_others(address)
    with restoring((*COMMITTED, DVC_LOCAL)):
        set_local(address.url, address.local)
        fetch_data()  # of what is not here `dvc push` pushes nothing, and says that all is well
        add_plugin(address.kind.plugin)
        set_remote(address.url, address.options)
        _forget_store()
        print(f"pushing {_size():,} bytes to {address.url} …", flush=True)
        push_data()
        print("pulling them into a second clone …", flush=True)
        prove_pull()
    note_fetched()
    shutil.rmtree(STORE, ignore_errors=True)  # data that was too large for it has left it empty
    git("add", "--all", "--", *(str(path) for path in COMMITTED if path.exists()), str(DVC_CONFIG.parent))
    _tell(address)


def _check_others(address: RemoteAddress) -> None:
    """One remote is the data's; a second one would be a second place to look for them."""
    if not is_embedded() and remote_url() == address.url:
        raise ProjectError(f"URL={address.url}: the data is already there; to push what is still missing: dvc push")
    sections = read_config(DVC_CONFIG)
    default = sections.get("core", {}).get("remote", REMOTE_NAME)
    if default != REMOTE_NAME:
        raise ProjectError(
            f"{DVC_CONFIG}: {default!r} is already the default remote; "
            f"to replace it, first run: dvc remote remove {default}"
        )
    if is_embedded() and SECTION.format(REMOTE_NAME) in sections:
        raise ProjectError(
            f"{DVC_CONFIG}: already has a remote {REMOTE_NAME!r}; first run: dvc remote remove {REMOTE_NAME}"
        )


def _forget_store() -> None:
    """While data.dvc names the embedded store, DVC pushes nothing to another remote, and says "up to date"."""
    form, text = YAML(), io.StringIO()
    described = form.load(DATA_DVC)
    if described["outs"][0].pop("remote", None):
        form.dump(described, text)
        write_bytes(DATA_DVC, text.getvalue().encode())


def _size() -> int:
    return int(read_yaml(DATA_DVC)["outs"][0].get("size", 0))


def _tell(address: RemoteAddress) -> None:
    print(f"the data is at {address.url}; {STORE} is gone (earlier commits keep theirs)")
    print("models and plots go there too: dvc push")
    others = [line for line in git("status", "--porcelain").splitlines() if line[1:2] != " "]
    print(f'next: {"git add --all && " if others else ""}git commit -m "Move the data to {address.url}" && git push')
    if address.kind == FOLDER_KIND:
        print(f"who works with it, and CI's runners, need {address.url} mounted at that path: {DOCS}")
        return
    print(f"CI needs the secrets DVC_CONFIG_READ and DVC_CONFIG_WRITE ({DOCS}), each of this form:")
    print(f"['{SECTION.format(REMOTE_NAME)}']\n    url = {address.url}")
    for key in address.kind.credentials:
        print(f"    {key} = …")
