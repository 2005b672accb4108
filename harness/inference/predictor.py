"""The model file → predictions. Evaluation and the service share this; it needs numpy and onnxruntime alone."""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.core.clock import clock_seconds
from harness.core.contract import Contract, Feature, Label, as_text
from harness.core.errors import ProjectError
from harness.inference.model_file import ModelFile

# Before the import: onnxruntime reports home unless it is told not to, with an empty variable too.
os.environ["ORT_DISABLE_TELEMETRY"] = os.environ.get("ORT_DISABLE_TELEMETRY") or "1"
import onnxruntime as ort

CHUNK = 4096  # rows at once: what one-hot columns take fits into the processor's cache
LETTERS = 2**23  # at once, as if each text were as long as the longest: the model file keeps room for its words in all
Columns = Mapping[str, Sequence[object] | NDArray[np.generic]]
Scores = NDArray[np.float32]
Encoded = tuple[NDArray[np.float32], NDArray[np.object_]]

ort.set_default_logger_severity(4)  # we report a file that cannot be loaded, once


class Predictor:
    """A loaded model file, which describes itself: contract, threshold, hashes and golden rows are its metadata.

    One thread by default: the same rows then give the same bits every time.
    Raises ProjectError if the file is missing, truncated or not a model of this project.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        self.path = path
        file = ModelFile(path)
        self.sha256, self.version, self.hashes = file.sha256, file.version, file.hashes
        self.contract, self.threshold, self.golden = file.contract, file.threshold, file.golden
        self.conformal, self.distributed = file.conformal, file.distributed
        try:
            self._session = open_session(path.read_bytes(), threads)
        except Exception as error:  # onnxruntime's errors share no base class
            raise ProjectError(f"{path}: not an ONNX model, or a damaged one: {str(error).splitlines()[0]}") from None
        self._inputs = [node.name for node in self._session.get_inputs()]
        self._outputs = [self._session.get_outputs()[0].name]
        self._encoder = Encoder(self.contract)

    def scores(self, columns: Columns) -> Scores:
        """What the model says of each row: probability of each class (n, classes), or the value (n, 1)."""
        return self.run(*self.encode(columns))

    def encode(self, columns: Columns) -> Encoded:
        """The model's two inputs: numbers (n, numeric) and texts (n, categorical)."""
        return self._encoder.encode(columns)

    def run(self, numeric: NDArray[np.float32], categorical: NDArray[np.object_]) -> Scores:
        """The scores (n, classes) or (n, 1) of rows encoded as numeric (n, k) and categorical (n, k)."""
        feeds = {"numeric": numeric, "categorical": categorical}
        parts = [
            self._session.run(self._outputs, {name: feeds[name][rows] for name in self._inputs})[0]
            for rows in self._blocks(categorical)
        ]
        return (parts[0] if len(parts) == 1 else np.concatenate(parts)).reshape(len(numeric), -1)

    def _blocks(self, categorical: NDArray[np.object_]) -> Iterator[slice]:
        """Which rows run at once: CHUNK of them, fewer where a text is long."""
        ends = [*range(0, len(categorical), CHUNK), len(categorical)]
        blocks = [slice(start, stop) for start, stop in pairwise(ends)]
        free = self._encoder.free
        if not free:
            return iter(blocks)
        longest = np.array([max(map(len, texts)) for texts in categorical[:, free].tolist()])
        return chain.from_iterable(_within(block, longest) for block in blocks)

    def predict(self, scores: Scores) -> list[Label]:
        """Each row's label from scores (n, classes) (binary: positive from the threshold on), or value from (n, 1)."""
        if self.contract.task == "regression":
            values: list[Label] = scores[:, 0].tolist()
            return values
        return [self.contract.classes[index] for index in decide(scores, self.threshold).tolist()]

    def check_golden(self) -> None:
        """Answer the golden rows again. Raises ProjectError if an answer is not the one given at export."""
        expected = np.asarray(self.golden["answers"], dtype=np.float32)
        try:
            found = self.scores(to_columns(self.golden["rows"], self.contract))
            off = np.nan_to_num(np.abs(found - expected).max(axis=1), nan=np.inf)
        except Exception as error:  # a damaged file can fail in any way
            raise ProjectError(f"{self.path}: cannot answer its golden rows: {str(error).splitlines()[0]}") from None
        if not (off <= self.golden["tolerance"]).all():
            row = int(off.argmax())
            must, got = expected[row].tolist(), found[row].tolist()
            raise ProjectError(f"{self.path}: golden row {row + 1} must give {must}, got {got}")


def open_session(content: bytes, threads: int = 1) -> ort.InferenceSession:
    """A model's bytes, ready to run on the processor."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _within(rows: slice, longest: NDArray[np.int64]) -> Iterator[slice]:
    """These rows in halves until the longest text of each piece, once a row, has LETTERS at most."""
    count = rows.stop - rows.start
    if count == 1 or count * longest[rows].max() <= LETTERS:
        yield rows
        return
    middle = rows.start + count // 2
    yield from _within(slice(rows.start, middle), longest)
    yield from _within(slice(middle, rows.stop), longest)


def decide(scores: NDArray[np.floating], threshold: float | None) -> NDArray[np.int64]:
    """Each row's class index (n,) from scores (n, classes): the likeliest, or 1 if column 1 reaches the threshold.

    Decided on six decimals: half of a forest's votes are 0.5, not the 0.49999997 that float32 makes of them.
    """
    if threshold is not None:
        return (scores[:, 1].astype(np.float64).round(6) >= threshold).astype(np.int64)
    likeliest: NDArray[np.int64] = scores.astype(np.float64).round(6).argmax(axis=1)
    return likeliest


def to_columns(rows: Sequence[Mapping[str, object]], contract: Contract) -> dict[str, list[object]]:
    """Rows (a mapping each, absent = missing) as columns."""
    return {feature.name: [row.get(feature.name) for row in rows] for feature in contract.features}


class Encoder:
    """Columns → the model's two inputs, which take what is made of the contract once."""

    def __init__(self, contract: Contract) -> None:
        numbers = [feature for feature in contract.features if feature.role == "numeric"]
        self._numbers = [(each.name, CONVERTED.get(each.type)) for each in numbers]
        self._numbers += [(each.name, to_seconds) for each in numbers if each.timed]
        texts = [feature for feature in contract.features if feature.role == "categorical"]
        # The texts of values that are listed are looked up: to make them again takes ten times as long.
        self._texts = [(each.name, _listed(each).get, each.to_text) for each in texts]
        self.free = [position for position, each in enumerate(texts) if each.free]

    def encode(self, columns: Columns) -> Encoded:
        """Numbers with NaN for missing (n, numeric), texts with "" for missing (n, categorical)."""
        rows = len(next(iter(columns.values())))
        numbers = [convert(columns[name]) if convert else columns[name] for name, convert in self._numbers]
        with np.errstate(over="ignore"):  # beyond float32 is infinite
            numeric = np.array(numbers, dtype=np.float32).reshape(len(numbers), rows)
        texts = [
            [listed(value) or to_text(value) for value in _items(columns[name])]
            for name, listed, to_text in self._texts
        ]
        categorical = np.array(texts, dtype=object).reshape(len(texts), rows)
        return np.ascontiguousarray(numeric.T), np.ascontiguousarray(categorical.T)


def encode(columns: Columns, contract: Contract) -> Encoded:
    """The model's two inputs: numbers with NaN for missing (n, numeric), texts with "" for missing (n, categorical)."""
    return Encoder(contract).encode(columns)


def _listed(feature: Feature) -> dict[object, str]:
    return {value: feature.to_text(value) for value in feature.isin or ()}


def _items(values: Sequence[object] | NDArray[np.generic]) -> Sequence[object]:
    return values.tolist() if isinstance(values, np.ndarray) else values


def to_days(dates: Sequence[object] | NDArray[np.generic]) -> NDArray[np.float64]:
    """Whole days (n,) since 1970-01-01 of dates, moments (without time of day) or texts YYYY-MM-DD; NaN for None."""
    days = np.asarray(dates, dtype="datetime64[s]").astype("datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.int64))


def to_seconds(moments: Sequence[object] | NDArray[np.generic]) -> NDArray[np.float64]:
    """Whole seconds (n,) since midnight of moments, dates or texts (YYYY-MM-DD, YYYY-MM-DDTHH:MM:SS); NaN for None."""
    seconds = np.asarray(moments, dtype="datetime64[s]")
    return np.where(np.isnat(seconds), np.nan, (seconds - seconds.astype("datetime64[D]")).astype(np.int64))


def clock_to_seconds(times: Sequence[object] | NDArray[np.generic]) -> NDArray[np.float64]:
    """Whole seconds (n,) since midnight of texts (13:08, 1:08 PM); NaN for a missing one."""
    texts = [as_text(time) for time in times]
    known = {text: clock_seconds(text) if text else np.nan for text in set(texts)}
    return np.array([known[text] for text in texts], dtype=np.float64)


CONVERTED = {"date": to_days, "time": clock_to_seconds}
