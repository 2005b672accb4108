"""The data on its way to and from where DVC keeps it; what goes wrong is DVC's own reason, in one line."""

import re
import tempfile
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.paths import DATA_DVC
from harness.core.shell import dvc_reason, try_program
from harness.project.dvc_config import remote_url

DOCS = "docs/remote.md"
MISSING = re.compile(r"Missing cache files:\n((?:(?:name: .*, )?md5: .*\n)+)")
REFUSED = re.compile(r"\b(40[13]|forbidden|access ?denied|credentials|unauthori[sz]ed|permission denied)\b", re.I)


def push_data(folder: Path | None = None) -> None:
    """Bring what data.dvc names to where it belongs. Raises ProjectError with DVC's reason.

    What is remembered of earlier pushes is not believed: a remote may have lost an object since.
    """
    _transfer("push", folder, afresh=True)


def pull_data(folder: Path | None = None, afresh: bool = False) -> None:
    """Get what data.dvc names into data/. Raises ProjectError with DVC's reason."""
    _transfer("pull", folder, afresh)


def _transfer(direction: str, folder: Path | None, afresh: bool) -> None:
    with tempfile.TemporaryDirectory() as empty:
        environment = {"DVC_SITE_CACHE_DIR": empty} if afresh else {}
        done = try_program("dvc", direction, str(DATA_DVC), folder=folder, environment=environment)
    if done.returncode == 0:
        return
    if absent := MISSING.search(done.stderr + done.stdout):
        raise ProjectError(f"{DATA_DVC}: {_absent(absent[1], direction)}")
    reason = dvc_reason(done.stderr)
    hint = f"; who may read it, and who may write to it: {DOCS}" if REFUSED.search(reason) else ""
    raise ProjectError(f"{DATA_DVC}: dvc {direction}, {remote_url()}: {reason}{hint}")


def _absent(listed: str, direction: str) -> str:
    """Which objects nobody has, and who may have them."""
    names = re.findall(r"md5: (\S+)", listed)
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    if direction == "push":
        return f"its object {names[0]}{more} is not on this machine; get it first: dvc pull {DATA_DVC}"
    who = f"who committed it (git log -1 {DATA_DVC}) has it and may push it: dvc push {DATA_DVC}"
    return f"{remote_url()} has no object {names[0]}{more}; {who}"
