"""Train or test: decided for each row by itself, so that rows that come later never move the ones before."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.core.params import PreprocessParams
from harness.core.paths import PARAMS_PATH
from harness.data.order_statistics import order_statistics
from harness.data.profile import ColumnBlocks, blocks_of


@dataclass(frozen=True)
class SplitRule:
    """Which of some rows are test rows, a sentence on it, and the columns that it looks at (None: all)."""

    in_test: Callable[[pd.DataFrame], "pd.Series[bool]"]
    how: str
    columns: list[str] | None


@dataclass
class Sides:
    """What is known of the two sides: rows of each, classes to train on, and, where it matters, entities of each."""

    train: int
    test: int
    classes: set[object]
    entities: tuple[set[str], set[str]]


def split(
    frame: pd.DataFrame, contract: Contract, params: PreprocessParams, source: Path
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Train rows, test rows and a sentence on how they were parted.

    Raises ProjectError if one side stays empty, or if a class has no row to train on.
    """
    rule = split_rule(contract, params, blocks_of(frame[contract.time]) if contract.time else None)
    in_test = rule.in_test(frame)
    sides = seen_sides([(frame, in_test.to_numpy())], contract)
    return frame[~in_test], frame[in_test], rule.how + check_sides(sides, contract, params, source)


def split_rule(contract: Contract, params: PreprocessParams, moments: ColumnBlocks | None) -> SplitRule:
    """How rows are parted; `moments` are the times of all rows, where a time is declared."""
    if contract.time and moments:
        return _latest(contract.time, moments, params)
    if params.test_from != "latest":
        raise ProjectError(
            f"{PARAMS_PATH}: preprocess.test_from needs a column with the role time, got {params.test_from}"
        )
    name = contract.group or contract.id
    if name:
        return SplitRule(lambda rows: _hashed(rows[name].map(as_text), params), f"by a hash of {name}", [name])
    how = "by a hash of the whole row (no column has the role id: a corrected row may change sides)"
    return SplitRule(lambda rows: _hashed(_joined(rows), params), how, None)


def seen_sides(parts: Iterable[tuple[pd.DataFrame, NDArray[np.bool_]]], contract: Contract) -> Sides:
    """Of rows and whether each is a test row, some after the others."""
    found = Sides(0, 0, set(), (set(), set()))
    for rows, in_test in parts:
        found.test += int(in_test.sum())
        found.train += len(rows) - int(in_test.sum())
        if contract.classes:
            found.classes.update(rows[contract.target][~in_test].unique().tolist())
        if contract.time and contract.group:
            texts = rows[contract.group].map(as_text)
            found.entities[0].update(texts[~in_test])
            found.entities[1].update(texts[in_test])
    return found


def check_sides(sides: Sides, contract: Contract, params: PreprocessParams, source: Path) -> str:
    """How many of the test's entities are learnt from too, where a time decides and a group is declared.

    Raises ProjectError if one side stays empty, or if a class has no row to train on.
    """
    if not (sides.train and sides.test):
        side = "test" if sides.train else "train"
        raise ProjectError(
            f"{source}: {sides.train + sides.test} rows are too few: none is left for {side} "
            f"({PARAMS_PATH}: preprocess.test_size {params.test_size})"
        )
    missing = set(contract.classes) - sides.classes
    if missing:
        raise ProjectError(
            f"{source}: {contract.target}: the class {min(missing, key=str)!r} has no row among the training rows"
        )
    if not (contract.time and contract.group):
        return ""
    train, test = sides.entities
    return f"; {len(test & train)} of the test's {len(test)} values of {contract.group} are in the training rows too"


def _latest(name: str, moments: ColumnBlocks, params: PreprocessParams) -> SplitRule:
    pinned = params.test_from != "latest"
    zone = next(moments()).dt.tz
    start = pd.Timestamp(params.test_from) if pinned else _from_which_on(moments, 1 - params.test_size)
    if pinned and zone is not None and start.tzinfo is None:
        start = start.tz_localize(zone)
    shown = start.date() if start == start.normalize() else start
    advice = "" if pinned else f"; pin it with preprocess.test_from: '{shown}'"
    return SplitRule(lambda rows: rows[name] >= start, f"by {name}: the test begins at {shown}{advice}", [name])


def _from_which_on(moments: ColumnBlocks, share: float) -> pd.Timestamp:
    """The quantile of moments, the higher one of two, as pandas has it."""
    first = next(moments())

    def numbers() -> Iterator[NDArray[np.generic]]:
        return (block.astype("int64").to_numpy(dtype=np.int64) for block in moments())

    count = sum(map(len, moments()))
    rank = int(np.ceil((count - 1) * np.true_divide(share * 100, 100)))
    found = order_statistics(numbers, count, [rank])[rank]
    return pd.Timestamp(str(pd.Series([found]).astype(first.dtype).iloc[0]))


def _joined(rows: pd.DataFrame) -> "pd.Series[str]":
    cells = (rows[column].astype(object).map(as_text) for column in rows.columns)
    return pd.Series(map("\x1f".join, zip(*cells, strict=True)), index=rows.index)


def _hashed(texts: "pd.Series[str]", params: PreprocessParams) -> "pd.Series[bool]":
    """Whether the hash of a text, as a share of all hashes, is below test_size; missing texts share one hash."""
    salt = params.seed.to_bytes(8, "little")
    unique = texts.unique()
    digests = b"".join(blake2b(text.encode(), digest_size=8, salt=salt).digest() for text in unique)
    share = np.frombuffer(digests, dtype="<u8") / 2.0**64
    return texts.map(dict(zip(unique, share < params.test_size, strict=True))).astype(bool)
