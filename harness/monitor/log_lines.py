"""The service's prediction log: JSON Lines, a row each, read in blocks; what cannot be read is counted, not fatal."""

import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from numpy.typing import NDArray

from harness.core.contract import Contract, Feature
from harness.monitor.observed import Batch

LOG_BLOCK = 16_000_000  # bytes that are read at once
PARSED_BLOCK = 2_000_000  # bytes that one thread parses at once
ARROW_TYPES = {"string": pa.string(), "boolean": pa.bool_(), "date": pa.string(), "time": pa.string()}
ENDINGS = (".jsonl", ".ndjson")


@dataclass
class LogReader:
    """Batches of the rows that one model answered, and counts of all that was left out."""

    contract: Contract
    version: str
    keyed: bool = True  # whether anybody asks for the rows' keys, which take a third of the time
    others: Counter[str] = field(default_factory=Counter)  # rows by other versions
    refused: Counter[str] = field(default_factory=Counter)
    absent: set[str] = field(default_factory=set)  # columns that some of the log lacks
    unreadable: int = 0
    torn: int = 0
    future: int = 0
    sampled: bool = False

    def read(self, path: Path, now: np.datetime64) -> Iterator[Batch]:
        """The rows of one file, but for those of other models and from the future."""
        with path.open("rb") as file:
            while block := file.read(LOG_BLOCK) + file.readline():
                if not block.endswith(b"\n"):  # the last line of a file that is being written, or was left
                    self.torn += bool(block[block.rfind(b"\n") + 1 :].strip())
                    block = block[: block.rfind(b"\n") + 1]
                if block:
                    yield from self._batch(self._table(block), now)

    def _table(self, block: bytes) -> pa.Table:
        options = pj.ParseOptions(explicit_schema=self._schema(), unexpected_field_behavior="ignore")
        reading = pj.ReadOptions(block_size=PARSED_BLOCK)
        try:
            return pj.read_json(pa.py_buffer(block), reading, options)
        except pa.ArrowException:
            good = [line for line in block.splitlines() if self._is_readable(line, options)]
        return pj.read_json(io.BytesIO(b"\n".join(good)), reading, options) if good else self._schema().empty_table()

    def _is_readable(self, line: bytes, options: pj.ParseOptions) -> bool:
        try:
            readable = (
                isinstance(json.loads(line), dict) and pj.read_json(io.BytesIO(line), None, options).num_rows == 1
            )
        except (ValueError, RecursionError, pa.ArrowException):  # RecursionError: a line of brackets alone
            readable = False
        self.unreadable += not readable and bool(line.strip())
        return readable

    def _schema(self) -> pa.Schema:
        features = [(feature.name, ARROW_TYPES.get(feature.type, pa.float64())) for feature in self.contract.features]
        text = ("time", "model", "id", "group", "refused", *(["request"] if self.keyed else []))
        fields = [(name, pa.string()) for name in text]
        more = [("sample", pa.float64()), ("scores", pa.list_(pa.float64()))]
        more += [("row", pa.int64())] if self.keyed else []
        more += [("omitted", pa.list_(pa.string()))]  # columns that the log leaves out
        return pa.schema([*fields, *more, ("columns", pa.struct(features))])

    def _batch(self, table: pa.Table, now: np.datetime64) -> Iterator[Batch]:
        times = _moments(table["time"])
        refused = np.asarray(table["refused"].is_valid())
        width = max(len(self.contract.classes), 1)
        whole = np.asarray(pc.list_value_length(table["scores"]).fill_null(-1)) == width
        own = np.asarray(pc.equal(table["model"], self.version).fill_null(False))
        self.others.update(map(str, table["model"].filter(pa.array(~own & ~refused)).to_pylist()))
        self.refused.update(table["refused"].filter(pa.array(own & refused)).to_pylist())
        late = times > now
        self.unreadable += int((own & ~refused & (np.isnat(times) | ~whole)).sum())
        self.future += int((own & ~refused & late).sum())
        keep = own & ~refused & ~late & ~np.isnat(times) & whole
        if keep.all() and len(keep):
            yield self._rows(table, times, width)
        elif keep.any():
            yield self._rows(table.filter(pa.array(keep)), times[keep], width)

    def _rows(self, table: pa.Table, times: NDArray[np.datetime64], width: int) -> Batch:
        scores = table["scores"].combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(-1, width)
        columns = table["columns"].combine_chunks()
        found = {f.name: _column(columns.field(f.name), f) for f in self.contract.features}
        omitted = set(pc.unique(pc.list_flatten(table["omitted"])).to_pylist())
        features = [feature for feature in self.contract.features if feature.name not in omitted]
        known = {f.name: found[f.name] for f in features if _is_logged(found[f.name], f)}
        self.absent |= found.keys() - known.keys()
        self.sampled |= bool((np.nan_to_num(table["sample"].to_numpy(), nan=1.0) < 1).any())
        ids = table["id"]
        groups = table["group"].to_pylist() if self.contract.group and table["group"].null_count == 0 else None
        return Batch(
            known,
            np.asarray(scores, dtype=float),
            times,
            _keys(table) if self.keyed else None,
            None if groups is None else np.array(groups, dtype=object),
            None if ids.null_count else np.array(ids.to_pylist(), dtype=object),
        )


def _keys(table: pa.Table) -> NDArray[np.object_]:
    """By which truth comes back: the request and the row in it."""
    rows = table["row"].fill_null(0).cast(pa.string())
    keys = pc.binary_join_element_wise(table["request"].fill_null(""), rows, "/")
    return np.asarray(keys.to_numpy(zero_copy_only=False), dtype=object)


def _moments(times: pa.ChunkedArray) -> NDArray[np.datetime64]:
    """UTC moments; NaT for what is none."""
    try:
        known = pc.utf8_rtrim(times, "Z").cast(pa.timestamp("us"))
        return np.asarray(known.to_numpy(zero_copy_only=False), dtype="datetime64[us]")
    except pa.ArrowException:
        texts = times.to_numpy(zero_copy_only=False).astype(object)
        return np.array([_moment(text) for text in texts], dtype="datetime64[us]")


def _moment(text: object) -> np.datetime64:
    try:
        return np.datetime64(str(text).removesuffix("Z"), "us") if text else np.datetime64("NaT", "us")
    except ValueError:
        return np.datetime64("NaT", "us")


def _column(values: pa.Array, feature: Feature) -> NDArray[np.generic]:
    if feature.type == "date":
        return np.array(values.to_pylist(), dtype="datetime64[s]")
    if feature.role == "numeric" and feature.type != "time":
        return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    return _objects(values)


def _objects(values: pa.Array) -> NDArray[np.object_]:
    """Values as Python's objects, of which each different one is made once."""
    encoded = values.dictionary_encode()
    known = np.empty(len(encoded.dictionary) + 1, dtype=object)  # the last one stands for what is missing
    known[:-1] = encoded.dictionary.to_pylist()
    places = encoded.indices.fill_null(len(known) - 1)
    return np.asarray(known[places.to_numpy(zero_copy_only=False)], dtype=object)


def _is_logged(values: NDArray[np.generic], feature: Feature) -> bool:
    """A column that may not be missing and always is was left out of the log."""
    if feature.nullable:
        return True
    return not all(value is None or value != value for value in values[:100].tolist())  # noqa: PLR0124
