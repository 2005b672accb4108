"""Where DVC keeps the data: in the repository's own store or at a remote."""

from harness.core.params import read_yaml
from harness.core.paths import DATA_DVC

LARGE = 10_000_000  # bytes; more does not belong into the embedded store


def is_embedded() -> bool:
    """Whether the data lives in the repository's own store."""
    return bool(read_yaml(DATA_DVC)["outs"][0].get("remote") == "store")
