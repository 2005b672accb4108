"""Will the training rows fit? Asked before they are read: they are learnt from all at once."""

from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.memory import GIGABYTE, LIMIT, memory_limit
from harness.core.prepared import PreparedRows

BARE_PROCESS = 0.4 * GIGABYTE  # what Python and the packages take
# Bytes while rows are read, encoded and learnt from: 2,800 a row of 16 features with 85 listed values (docs/scale.md).
CELL = 64  # of one value
ONE_HOT = 20  # of a column that a listed value makes


def check_memory(rows: PreparedRows, contract: Contract) -> None:
    """Raises ProjectError if a training would take more memory than this machine has, or may use."""
    wide = contract.widened()
    listed = sum(len(feature.isin or ()) for feature in wide.features if feature.role == "categorical")
    a_row = CELL * (len(wide.features) + 1) + ONE_HOT * listed
    count, limit = len(rows), memory_limit()
    needed = BARE_PROCESS + count * a_row
    if needed > limit:
        fit = max(0, int((limit - BARE_PROCESS) / a_row))
        raise ProjectError(
            f"{rows.path}: {count:,} rows take about {needed / GIGABYTE:.1f} GB to be learnt from, "
            f"{limit / GIGABYTE:.1f} GB are there: about {fit:,} rows fit ({LIMIT}; docs/scale.md)"
        )
