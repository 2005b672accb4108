"""Will the training rows fit? Asked before they are read: most estimators learn from all of them at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.memory import GIGABYTE, LIMIT, memory_limit
from harness.core.params import TrainParams
from harness.core.prepared import PreparedRows
from harness.model.chunked_boosters import why_whole

BARE_PROCESS = 0.4 * GIGABYTE  # what Python and the packages take


@dataclass(frozen=True)
class Appetite:
    """Bytes that a way of learning takes: of a value of the table, of one of the matrix, and whatever the rows."""

    value: float
    cell: float
    fixed: float = 0.0
    tree: float = 0.0  # of a row and tree, where trees grow with the rows


# Measured at 80,000 and 800,000 rows of 16 features, which make a matrix of some 100 columns (docs/scale.md).
HIST_BOOSTING = Appetite(value=30, cell=23)
APPETITES: Mapping[str, Appetite] = {
    "lightgbm": Appetite(value=30, cell=12),
    "xgboost": Appetite(value=30, cell=12),
    "catboost": Appetite(value=30, cell=23),  # not measured
    "sklearn.ensemble": Appetite(value=30, cell=23, tree=100),
    "sklearn.tree": Appetite(value=30, cell=23, tree=100),
}
OTHERS = Appetite(value=30, cell=9)  # linear models
IN_CHUNKS: Mapping[str, Appetite] = {
    "lightgbm": Appetite(value=8, cell=0.8, fixed=0.2 * GIGABYTE),
    "xgboost": Appetite(value=8, cell=1.2, fixed=0.15 * GIGABYTE),
}


def choose_chunks(rows: PreparedRows, contract: Contract, params: TrainParams) -> bool:
    """Whether rows are learnt from in chunks, because all at once take more memory than this machine has, or may use.

    Raises ProjectError if they do not fit either way, or this estimator knows but one.
    """
    count, limit = len(rows), memory_limit()
    fixed, a_row = _bytes(_appetite(params), contract, params)
    why = why_whole(params, contract)
    if fixed + count * a_row <= limit:
        return False
    if why is None:
        fixed, a_row = _bytes(IN_CHUNKS[params.estimator.split(".")[0]], contract, params)
    needed = fixed + count * a_row
    if needed > limit:
        fit = max(0, int((limit - fixed) / a_row))
        more = f"; LightGBM and XGBoost learn from more, in chunks, but not with {why}" if why else ""
        raise ProjectError(
            f"{rows.path}: {count:,} rows take about {needed / GIGABYTE:.1f} GB to be learnt from, "
            f"{limit / GIGABYTE:.1f} GB are there: about {fit:,} rows fit ({LIMIT}; docs/scale.md){more}"
        )
    print(f"{rows.path}: {count:,} rows are learnt from in chunks: at once they would not fit", flush=True)
    return True


def _bytes(appetite: Appetite, contract: Contract, params: TrainParams) -> tuple[float, float]:
    """Of the process without rows, and of each row."""
    wide = contract.widened()
    ordinal = params.categories == "ordinal"
    categories = [one for one in wide.features if one.role == "categorical"]
    listed = sum(1 if ordinal or not one.isin else len(one.isin) + one.nullable for one in categories)
    numbers = sum(1 + one.nullable for one in wide.features if one.role == "numeric")
    trees = params.params.get("n_estimators", 100)
    grown = appetite.tree * (trees if isinstance(trees, int) else 100)
    a_row = appetite.value * (len(wide.features) + 1) + appetite.cell * (listed + numbers) + grown
    return BARE_PROCESS + appetite.fixed, a_row


def _appetite(params: TrainParams) -> Appetite:
    name = params.estimator
    if "HistGradientBoosting" in name:
        return HIST_BOOSTING
    return next((known for path, known in APPETITES.items() if name.startswith(path)), OTHERS)
