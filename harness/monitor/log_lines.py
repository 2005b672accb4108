"""The service's prediction log: JSON Lines, a row each, read in blocks; what cannot be read is counted, not fatal."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from numpy.typing import NDArray

from harness.core.contract import Contract, Feature
from harness.monitor.log_blocks import LONGEST_LINE, LogBlocks
from harness.monitor.observed import Batch

PARSED_BLOCK = 2 * LONGEST_LINE  # bytes that one thread parses at once
SHOWN_CHARACTERS = 100  # of a name that a notice shows
LARGEST_SCORE = 3e38  # of a regression's scores: more is no 32-bit number
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

    def read(self, blocks: LogBlocks, now: np.datetime64) -> Iterator[Batch]:
        """The rows of one file, without those of other models and from the future."""
        for block in blocks:
            yield from self._batch(self._table(block), now)
        self.unreadable += blocks.bad
        self.torn += blocks.torn

    def _table(self, block: bytes) -> pa.Table:
        try:
            return _parsed(block, self._schema())
        except pa.ArrowException:
            lines = [line + b"\n" for line in block.split(b"\n")[:-1]]
        # Another model's columns may have other types: of its rows only the model matters.
        mark = self.version.encode()
        own, other = [b"".join(line for line in lines if (mark in line) == wanted) for wanted in (True, False)]
        self._count_others(self._halved(other, self._schema(columns=False)))
        return self._halved(own, self._schema())

    def _halved(self, lines: bytes, schema: pa.Schema) -> pa.Table:
        """What can be parsed: lines that cannot are halved until the bad one stands alone."""
        try:
            return _parsed(lines, schema) if lines else schema.empty_table()
        except pa.ArrowException:
            cut = lines.find(b"\n", len(lines) // 2, -1) + 1 or lines.rfind(b"\n", 0, -1) + 1
        if not cut:
            self.unreadable += 1
            return schema.empty_table()
        return pa.concat_tables([self._halved(lines[:cut], schema), self._halved(lines[cut:], schema)])

    def _schema(self, columns: bool = True) -> pa.Schema:
        features = [(feature.name, ARROW_TYPES.get(feature.type, pa.float64())) for feature in self.contract.features]
        text = ("time", "model", "id", "refused", *(["request"] if self.keyed else []))
        fields = [(name, pa.string()) for name in text]
        more = [("sample", pa.float64()), ("scores", pa.list_(pa.float64()))]
        more += [("row", pa.int64())] if self.keyed else []
        more += [("omitted", pa.list_(pa.string()))]  # columns that the log leaves out
        return pa.schema([*fields, *more, *([("columns", pa.struct(features))] if columns else [])])

    def _count_others(self, table: pa.Table) -> None:
        other = pc.and_(pc.not_equal(table["model"], self.version), pc.is_null(table["refused"]))
        self.others.update(str(name)[:SHOWN_CHARACTERS] for name in table["model"].filter(other).to_pylist())
        self.unreadable += int(table["model"].null_count)

    def _batch(self, table: pa.Table, now: np.datetime64) -> Iterator[Batch]:
        self._count_others(table)
        times = _moments(table["time"])
        refused = np.asarray(table["refused"].is_valid())
        width = max(len(self.contract.classes), 1)
        whole = np.asarray(pc.list_value_length(table["scores"]).fill_null(-1)) == width
        own = np.asarray(pc.equal(table["model"], self.version).fill_null(False))
        reasons = table["refused"].filter(pa.array(own & refused)).to_pylist()
        self.refused.update(reason[:SHOWN_CHARACTERS] for reason in reasons)
        late = times > now
        keep = own & ~refused & ~late & ~np.isnat(times) & whole
        self.future += int((own & ~refused & late).sum())
        self.unreadable += int((own & ~refused & ~late & ~keep).sum())
        if keep.any():
            batch = self._rows(table if keep.all() else table.filter(pa.array(keep)), times[keep], width)
            low, high = (0.0, 1.0) if self.contract.classes else (-LARGEST_SCORE, LARGEST_SCORE)
            sane = np.asarray(((batch.scores >= low) & (batch.scores <= high)).all(axis=1))
            self.unreadable += int((~sane).sum())
            if sane.any():
                yield batch if sane.all() else batch.take(sane)

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
        return Batch(
            known,
            np.asarray(scores, dtype=float),
            times,
            _keys(table) if self.keyed else None,
            None,
            None if ids.null_count == len(ids) else np.array(ids.to_pylist(), dtype=object),
        )


def _parsed(lines: bytes, schema: pa.Schema) -> pa.Table:
    options = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    return pj.read_json(pa.py_buffer(lines), pj.ReadOptions(block_size=PARSED_BLOCK), options)


def _keys(table: pa.Table) -> NDArray[np.object_]:
    """By which truth comes back: the request and the row in it."""
    rows = table["row"].fill_null(0).cast(pa.string())
    keys = pc.binary_join_element_wise(table["request"].fill_null(""), rows, "/")
    return np.asarray(keys.to_numpy(zero_copy_only=False), dtype=object)


def _moments(times: pa.ChunkedArray) -> NDArray[np.datetime64]:
    """UTC moments; NaT for what is not one."""
    try:
        known = pc.utf8_rtrim(times, "Z").cast(pa.timestamp("us"))
        return np.asarray(known.to_numpy(zero_copy_only=False), dtype="datetime64[us]")
    except pa.ArrowException:
        texts = times.to_numpy(zero_copy_only=False).astype(object)
        return np.array([_moment(text) for text in texts], dtype="datetime64[us]")


def _moment(text: object) -> np.datetime64:
    try:
        known = str(text)[:1].isdigit()  # not "now"
        return np.datetime64(str(text).removesuffix("Z"), "us") if known else np.datetime64("NaT", "us")
    except ValueError:
        return np.datetime64("NaT", "us")


def _column(values: pa.Array, feature: Feature) -> NDArray[np.generic]:
    if feature.type == "date":
        return np.array([_moment(text) for text in values.to_pylist()], dtype="datetime64[s]")
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
