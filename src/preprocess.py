"""Stage `preprocess`: validate, keep the declared columns, drop exact duplicates, split. It never changes a value."""

from pathlib import Path

from harness.core.command import run
from harness.core.loader import load_hook, load_schema
from harness.core.params import load_params
from harness.core.paths import PREPARED
from harness.core.prepared import Prepared
from harness.data.prepare import prepare
from harness.model.new_columns import with_features

PROJECT = Path(__file__).parents[1]


def preprocess() -> None:
    params = load_params()
    table = prepare(Path(params.data.path), load_schema(PROJECT).to_schema(), params)
    table = with_features(table, load_hook("features", "features", PROJECT))
    Prepared(PREPARED).write(table.train, table.test, table.contract, table.profile())
    print(table.report)


if __name__ == "__main__":
    run(preprocess)
