"""Score a CSV or Parquet file of any size; rows that the service would refuse go to a second file, with the reason."""

import argparse
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from operator import itemgetter
from pathlib import Path

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from harness.batch.check_rows import check, printable
from harness.batch.columns import check_columns, kept_columns
from harness.batch.read import Chunk, InputTable, check_suffix, open_table
from harness.batch.write import Predictions, Rejects, check_target
from harness.core.command import collect_signals
from harness.core.errors import ProjectError
from harness.core.files import replacing
from harness.core.options import positive
from harness.core.paths import MODEL_PATH
from harness.inference.predictor import Predictor

ROWS_AT_ONCE = 65_536
NOTES = """\
OUT has the columns `row` (number of the row in IN, from 1, not counting the header and blank lines), those of
--keep as IN has them, `prediction` (the label, or the value) and, with classes, `probability_<class>`. A model with
train.conformal adds `prediction_low` and `prediction_high`, or `in_set_<class>`.

A row that the service would refuse goes to <OUT without ending>.rejects.csv with its number, the reason and its
fields. In a CSV file (UTF-8, commas) an empty cell is a missing value, and 0 and 1 may stand for false and true. A date
is written YYYY-MM-DD, or a Parquet date or timestamp (with a time zone: read as UTC). A time of day with it is dropped,
unless the model takes it: then it counts, and a time zone is refused. A clock time is written 13:08, 13:08:30, 1:08 PM.
Columns that neither the model nor --keep names are not read. If the run fails or is stopped, nothing is written.
"""


def score_file(
    source: Path,
    target: Path,
    model: Path = MODEL_PATH,
    keep: str | None = None,
    most: int = ROWS_AT_ONCE,
    threads: int = 1,
    stops: Sequence[signal.Signals] = (),
) -> list[str]:
    """Write the two files; what came of it, in sentences.

    Raises ProjectError, and writes nothing, if the input is bad, no row can be scored, or `stops` gets a signal.
    """
    rejects = check_target(target, source)
    predictor, table = Predictor(model, threads), open_table(source)
    check_columns(table, predictor.contract)
    kept = kept_columns(table, predictor.contract, keep)
    names = list(dict.fromkeys([*kept, *(feature.name for feature in predictor.contract.features)]))
    types = [table.schema.field(name).type for name in kept]
    with (
        replacing(target) as good,
        replacing(rejects) as bad,
        Predictions(target, good, dict(zip(kept, types, strict=True)), predictor) as predictions,
        Rejects(bad, names) as refused,
    ):
        scored = 0
        for chunk in _with_bar(table, names, most):
            scored += _score(chunk, predictor, predictions, kept, refused)
            if stops:
                raise ProjectError(f"stopped by {stops[0].name}; nothing was written")
        if not scored + refused.count:
            raise ProjectError(f"{source}: empty; it has a header and no rows")
        if not scored:
            raise ProjectError(f"{source}: none of {refused.count:,} rows can be scored; {refused.first}")
    told = f"{target}: {scored:,} rows, by model {predictor.version}"
    if refused.count:
        return [told, f"{rejects}: {refused.count:,} refused; the first: {refused.first}"]
    rejects.unlink()
    return [told]


def _score(chunk: Chunk, predictor: Predictor, predictions: Predictions, kept: list[str], refused: Rejects) -> int:
    """Number of rows scored; the others are handed to `refused`, in their order."""
    checked = check(chunk.rows, predictor.contract)
    reasons = checked.reasons | chunk.reasons
    good = np.ones(len(chunk.numbers), dtype=bool)
    good[list(reasons)] = False
    fine = np.flatnonzero(good)
    if len(fine):
        scores = predictor.run(checked.numeric[fine], checked.categorical[fine])
        finite = np.isfinite(scores).all(axis=1)
        reasons |= dict.fromkeys(fine[~finite].tolist(), "the model has no finite answer to these values")
        fine = fine[finite]
        predictions.write(chunk.numbers[fine], [chunk.rows[name].take(fine) for name in kept], scores[finite])
    bad = chunk.rows.take(pa.array(reasons, pa.int64()))
    fields = pa.RecordBatch.from_arrays([*map(printable, bad.columns)], bad.schema.names).to_pylist()
    rows = zip(chunk.numbers[list(reasons)].tolist(), reasons.values(), fields, strict=True)
    for number, reason, values in sorted([*rows, *((*row, {}) for row in chunk.ragged)], key=itemgetter(0)):
        refused.write(number, reason, values)
    return len(fine)


def _with_bar(table: InputTable, names: list[str], most: int) -> Iterator[Chunk]:
    """The chunks, with a progress bar where a person is watching."""
    unit = "B" if table.is_csv else " rows"
    with tqdm(total=table.size, unit=unit, unit_scale=True, disable=None, desc=table.path.name) as bar:
        for chunk in table.chunks(names, most):
            yield chunk
            bar.update(chunk.read - bar.n)


def add_score_arguments(parser: argparse.ArgumentParser) -> None:
    """Options beside the two files."""
    parser.formatter_class, parser.epilog = argparse.RawTextHelpFormatter, NOTES
    parser.add_argument("--model", type=Path, default=MODEL_PATH, help=f"the model file ({MODEL_PATH})")
    parser.add_argument(
        "--keep", help="columns of IN to write as well: name,name or all (default: the id, if IN has it)"
    )
    parser.add_argument("--rows", type=positive, default=ROWS_AT_ONCE, help=f"most rows at a time ({ROWS_AT_ONCE})")
    parser.add_argument("--threads", type=positive, default=1, help="threads of the model (1)")


def score_opened(opened: Callable[[Path], AbstractContextManager[Path]], given: argparse.Namespace) -> None:
    """Score the file that `opened` makes of the input. Raises ProjectError if it is bad, and writes nothing then."""
    check_suffix(given.output, "OUT")
    check_target(given.output, given.input)
    with opened(given.input) as source:
        check_suffix(source, "IN")
        pa.enable_signal_handlers(False)  # pyarrow would take Ctrl-C for itself
        stops = collect_signals()
        told = score_file(source, given.output, given.model, given.keep, given.rows, given.threads, stops)
        print("\n".join(told))
