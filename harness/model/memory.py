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
    leaves: float = 0.0  # of each tree for each row, where trees grow with the rows


# Measured at 80,000 and 800,000 rows of 16 features, which make a matrix of some 100 columns (docs/scale.md). A random
# forest (10 and 30 trees, with its export) at 20,000 and 60,000 rows of a binary target: 0.46, 0.73, 0.76 and 1.35 GB;
# extra trees (10) and CatBoost at the same. A forest's leaves for each row were counted, those of a regression too.
HIST_BOOSTING = Appetite(value=30, cell=23)
APPETITES: Mapping[str, Appetite] = {
    "lightgbm": Appetite(value=30, cell=12),
    "xgboost": Appetite(value=30, cell=12),
    "catboost": Appetite(value=30, cell=16),
    "sklearn.ensemble.RandomForestClassifier": Appetite(value=30, cell=23, leaves=0.19),
    "sklearn.ensemble.RandomForestRegressor": Appetite(value=30, cell=23, leaves=0.63),
    "sklearn.ensemble.ExtraTrees": Appetite(value=30, cell=23, leaves=0.63),
    "sklearn.ensemble": Appetite(value=30, cell=23),  # their trees are shallow
    "sklearn.tree": Appetite(value=30, cell=23, leaves=0.63),
}
A_LEAF = 2400  # bytes of a forest's leaf, most of them while it is exported
OTHERS = Appetite(value=30, cell=9)  # linear models
# LightGBM took 4.4 GB of 8,000,000 rows, and less for each of fewer; XGBoost as much more as at 800,000 rows.
IN_CHUNKS: Mapping[str, Appetite] = {
    "lightgbm": Appetite(value=8, cell=3.2, fixed=0.2 * GIGABYTE),
    "xgboost": Appetite(value=8, cell=3.6, fixed=0.15 * GIGABYTE),
}


def choose_chunks(rows: PreparedRows, contract: Contract, params: TrainParams) -> bool:
    """Whether rows are learnt from in chunks, because all at once take more memory than this machine has, or may use.

    Raises ProjectError if they do not fit either way, or this estimator knows but one.
    """
    count, limit = len(rows), memory_limit()
    fixed, a_row = _bytes(_appetite(params), contract, params, count)
    why = why_whole(params, contract)
    if fixed + count * a_row <= limit:
        return False
    if why is None:
        fixed, a_row = _bytes(IN_CHUNKS[params.estimator.split(".")[0]], contract, params, count)
    needed = fixed + count * a_row
    if needed > limit:
        fit = max(0, int((limit - fixed) / a_row))
        more = f"; LightGBM and XGBoost learn from more, in chunks, but not with {why}" if why else ""
        raise ProjectError(
            f"{rows.path}: learning from {count:,} rows takes about {needed / GIGABYTE:.1f} GB of memory, "
            f"and {limit / GIGABYTE:.1f} GB are there: about {fit:,} rows fit ({LIMIT}; docs/scale.md){more}"
        )
    print(
        f"{rows.path}: learning from {count:,} rows in chunks: at once they would not fit into the memory", flush=True
    )
    return True


def _bytes(appetite: Appetite, contract: Contract, params: TrainParams, rows: int) -> tuple[float, float]:
    """Of the process and what does not grow with so many rows, and of each row."""
    wide = contract.widened()
    ordinal = params.categories == "ordinal"
    categories = [one for one in wide.features if one.role == "categorical"]
    listed = sum(1 if ordinal or not one.isin else len(one.isin) + one.nullable for one in categories)
    numbers = sum(1 + one.nullable for one in wide.features if one.role == "numeric")
    a_row = appetite.value * (len(wide.features) + 1) + appetite.cell * (listed + numbers)
    trees = 1 if params.estimator.startswith("sklearn.tree") else _number(params, "n_estimators") or 100
    leaves = min(_number(params, "max_leaf_nodes") or rows, 2 ** min(_number(params, "max_depth") or 60, 60))
    grown, limited = A_LEAF * trees * appetite.leaves, A_LEAF * trees * leaves
    if limited < grown * rows:
        return BARE_PROCESS + appetite.fixed + limited, a_row
    return BARE_PROCESS + appetite.fixed, a_row + grown


def _number(params: TrainParams, name: str) -> int:
    """A parameter of the estimator that is a whole number; 0 if it is not."""
    value = params.params.get(name)
    return value if isinstance(value, int) and value > 0 else 0


def _appetite(params: TrainParams) -> Appetite:
    name = params.estimator
    if "HistGradientBoosting" in name:
        return HIST_BOOSTING
    return next((known for path, known in APPETITES.items() if name.startswith(path)), OTHERS)
