"""The data on its way to and from where DVC keeps it; what goes wrong is DVC's own reason, in one line."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from harness.core.errors import ProjectError
from harness.core.params import read_yaml
from harness.core.paths import DATA_DVC
from harness.core.shell import dvc_reason, try_program
from harness.project.dvc_config import remote_url

DOCS = "docs/remote.md"
FORKS = "it needs credentials, which a fork's pull request never has"
MISSING = re.compile(r"Missing cache files:\n((?:(?:name: .*, )?md5: .*\n)+)")
NO_ACCESS = re.compile(r"\b(40[13]|forbidden|access ?denied|credentials|unauthori[sz]ed|permission denied)\b", re.I)
SILENCE = re.compile(r"connection attempts failed|refused|unreachable|timed ?out|resol(ve|ution)|not known", re.I)
GONE = re.compile(
    r"failed to transfer '(\w{32}[.\w]*)'.*(not be found|not found|NoSuchKey|not exist|no such file)", re.I
)
RAISED = re.compile(r"^[\w.]*(?:Error|Exception|Denied): (.+)$", re.M)  # the last line of a traceback


def push_data() -> None:
    """Bring what data.dvc names to where it belongs. Raises ProjectError with DVC's reason.

    What is remembered of earlier pushes is not believed: a remote may have lost an object since.
    """
    try:
        transfer("push", Path(), afresh=True)
    except ProjectError as error:
        raise ProjectError(f"{DATA_DVC}: its data could not be pushed: {error}") from None


def push_or_tell() -> str:
    """Push; if that fails, print why and return the command to run later: only this machine has the data."""
    try:
        push_data()
    except ProjectError as error:
        print(f"note: {error}")
        return f"dvc push {DATA_DVC} (until then nobody else can get the data), "
    return ""


def transfer(
    direction: Literal["push", "pull"],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    afresh: bool = False,
) -> None:
    """Push or pull; `afresh` ignores what DVC remembers of earlier transfers. Raises ProjectError with the reason."""
    with tempfile.TemporaryDirectory() as empty:
        own = {**(environment or {}), **({"DVC_SITE_CACHE_DIR": empty} if afresh else {})}
        done = try_program("dvc", direction, str(DATA_DVC), folder=folder, environment=own)
        if done.returncode == 0:
            return
        reason, absent = dvc_reason(done.stderr), MISSING.search(done.stderr + done.stdout)
        if direction == "pull" and (gone := GONE.search(reason)):
            raise ProjectError(_absent(f"md5: {gone[1]}\n", direction, folder))
        if absent:  # DVC may not even have looked for them; it says so only with --verbose
            verbose = try_program("dvc", direction, "--verbose", str(DATA_DVC), folder=folder, environment=own)
            reason = _refused(verbose.stderr + verbose.stdout)
        elif reason.startswith("Checkout failed"):  # what DVC pulled was not what its name says
            raise ProjectError(_damaged(folder))
    if absent and not reason:
        raise ProjectError(_absent(absent[1], direction, folder))
    lacks = "it needs credentials with write access" if direction == "push" else FORKS
    hint = f"; {lacks}: {DOCS}" if NO_ACCESS.search(reason) else ""
    raise ProjectError(f"{remote_url(folder)}: {reason}{hint}")


def _damaged(folder: Path) -> str:
    """Which object is damaged, and who can push it again."""
    name = read_yaml(folder / DATA_DVC)["outs"][0]["md5"]
    place = remote_url(folder)
    return (
        f"{place}: the object {name} is damaged: its bytes do not match its name; delete it there; "
        f"whoever committed it (git log -1 {DATA_DVC}) can push it again: dvc push {DATA_DVC}"
    )


def _refused(log: str) -> str:
    """The first error of DVC's verbose log that is about access or a server's silence; empty if there is none."""
    return next((error for error in RAISED.findall(log) if NO_ACCESS.search(error) or SILENCE.search(error)), "")


def _absent(listed: str, direction: str, folder: Path) -> str:
    """Which objects are missing, and who may have them."""
    names = re.findall(r"md5: (\S+)", listed)
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    if direction == "push":
        return f"its object {names[0]}{more} is not on this machine; get it first: dvc pull {DATA_DVC}"
    who = f"whoever committed it (git log -1 {DATA_DVC}) has it and can push it: dvc push {DATA_DVC}"
    return f"{remote_url(folder)} has no object {names[0]}{more}; {who}"
