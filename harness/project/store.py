"""Where DVC keeps the data: in the repository's own store or at a remote; and how it gets here."""

from harness.core.errors import ProjectError
from harness.core.params import read_yaml
from harness.core.paths import DATA_DVC, DVC_TMP
from harness.core.shell import dvc_reason, try_program

LARGE = 10_000_000  # bytes; more does not belong into the embedded store
PULLED = DVC_TMP / "pulled"  # data.dvc as it was when its data was fetched


def is_embedded() -> bool:
    """Whether the data lives in the repository's own store."""
    return bool(read_yaml(DATA_DVC)["outs"][0].get("remote") == "store")


def fetch_data() -> None:
    """Get the data that data.dvc names, unless that was done. Raises ProjectError with DVC's reason if it fails.

    After a changed data.dvc this must come before `dvc repro`, which would take the old files for new data.
    """
    if not DATA_DVC.exists():
        raise ProjectError(f"{DATA_DVC}: not found")
    if PULLED.exists() and PULLED.read_bytes() == DATA_DVC.read_bytes():
        return
    done = try_program("dvc", "pull", str(DATA_DVC))
    if done.returncode:
        hint = "a DVC remote may need credentials, which forks do not have: docs/workflows.md"
        raise ProjectError(f"{DATA_DVC}: its data could not be fetched: {dvc_reason(done.stderr)}; {hint}")
    note_fetched()


def note_fetched() -> None:
    """The data that data.dvc names is here."""
    PULLED.parent.mkdir(parents=True, exist_ok=True)
    PULLED.write_bytes(DATA_DVC.read_bytes())
