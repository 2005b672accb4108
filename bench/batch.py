"""Rows a second that `make predict` scores on one core, where the time goes, and its peak memory."""

import argparse
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from time import process_time

from bench.measure import ROOT, run, verdict

RATE = 300_000  # rows a second and core, of the linear model
PEAK = 0.5  # GB, however large the file


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench batch", description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of the table (2000000)")
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        # In a process of its own: what it takes would count as the batch's memory.
        run([sys.executable, "-m", "bench.models", str(rows), name], ROOT)
        print(f"{rows} rows, 16 features, one thread; seconds of the processor, start-up taken off")
        print(f"  {'model, file':20}{'file GB':>9}{'rows/s':>10}{'start s':>9}{'peak GB':>9}")
        for model in ("linear", "boosting"):
            for kind in ("parquet", "csv"):
                _measure(folder, model, kind, rows)
        for kind in ("parquet", "csv"):
            shares = ", ".join(f"{part} {seconds / rows * 1e6:.2f}" for part, seconds in _parts(folder, kind).items())
            print(f"  µs a row, linear, {kind}: {shares}")


def _measure(folder: Path, model: str, kind: str, rows: int) -> None:
    whole, start = (
        run([sys.executable, "-m", "harness", "predict", f"--in={folder / name}.{kind}", f"--out={folder}/out.{kind}",
             "--model", str(folder / f"{model}.onnx")], ROOT)
        for name in ("all", "one")
    )  # fmt: skip
    rate, size = rows / (whole.busy - start.busy), (folder / f"all.{kind}").stat().st_size / 1e9
    notes = [verdict(whole.peak, PEAK, "GB")]
    if model == "linear":
        notes.insert(0, f"target ≥ {RATE:,} rows/s: {'met' if rate >= RATE else 'MISSED'}")
    figures = f"{size:9.2f}{rate:10,.0f}{start.busy:9.2f}{whole.peak:9.2f}"
    print(f"  {f'{model}, {kind}':20}{figures}   {'; '.join(notes)}", flush=True)


def _parts(folder: Path, kind: str) -> dict[str, float]:
    """Seconds of the processor by what it was doing."""
    # Late: numpy in this process would count as the commands' memory.
    from harness.batch.check_rows import check  # noqa: PLC0415
    from harness.batch.read import open_table  # noqa: PLC0415
    from harness.batch.score import ROWS_AT_ONCE  # noqa: PLC0415
    from harness.batch.write import Predictions  # noqa: PLC0415
    from harness.inference.predictor import Predictor  # noqa: PLC0415

    predictor, spent, target = (
        Predictor(folder / "linear.onnx"),
        defaultdict[str, float](float),
        folder / f"parts.{kind}",
    )
    with Predictions(target, target, {}, predictor) as predictions:
        last = process_time()

        def took(part: str) -> None:
            nonlocal last
            spent[part] += (now := process_time()) - last
            last = now

        names = [feature.name for feature in predictor.contract.features]
        for chunk in open_table(folder / f"all.{kind}").chunks(names, ROWS_AT_ONCE):
            took("reading")
            checked = check(chunk.rows, predictor.contract)
            took("checking and encoding")
            scores = predictor.run(checked.numeric, checked.categorical)
            took("the model")
            predictions.write(chunk.numbers, [], scores)
            took("writing")
    return spent


if __name__ == "__main__":
    main()
