"""Train or test: decided for each row by itself, so that rows that come later never move the ones before."""

from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd

from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.core.params import PreprocessParams
from harness.core.paths import PARAMS_PATH


def split(
    frame: pd.DataFrame, contract: Contract, params: PreprocessParams, source: Path
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Train rows, test rows and a sentence on how they were parted.

    Raises ProjectError if one side stays empty, or if a class has no row to train on.
    """
    in_test, how = _in_test(frame, contract, params)
    train, test = frame[~in_test], frame[in_test]
    if train.empty or test.empty:
        side = "train" if train.empty else "test"
        raise ProjectError(
            f"{source}: {len(frame)} rows are too few: none is left for {side} "
            f"({PARAMS_PATH}: preprocess.test_size {params.test_size})"
        )
    missing = set(contract.classes) - set(train[contract.target].unique().tolist())
    if missing:
        raise ProjectError(
            f"{source}: {contract.target}: the class {min(missing, key=str)!r} has no row among the training rows"
        )
    return train, test, how + _on_both_sides(train, test, contract)


def _on_both_sides(train: pd.DataFrame, test: pd.DataFrame, contract: Contract) -> str:
    """How many of the test's entities are learnt from too, where a time decides and a group is declared."""
    if not (contract.time and contract.group):
        return ""
    entities = set(test[contract.group].map(as_text))
    known = len(entities & set(train[contract.group].map(as_text)))
    return f"; {known} of the test's {len(entities)} values of {contract.group} are in the training too"


def _in_test(frame: pd.DataFrame, contract: Contract, params: PreprocessParams) -> tuple["pd.Series[bool]", str]:
    if contract.time:
        return _latest(frame[contract.time], params)
    if params.test_from != "latest":
        raise ProjectError(
            f"{PARAMS_PATH}: preprocess.test_from needs a column with the role time, got {params.test_from}"
        )
    name = contract.group or contract.id
    if name:
        texts = frame[name].map(as_text)
        return _hashed(texts, params), f"by a hash of {name}"
    cells = (frame[column].astype(object).map(as_text) for column in frame.columns)
    rows = pd.Series(map("\x1f".join, zip(*cells, strict=True)), index=frame.index)
    return _hashed(
        rows, params
    ), "by a hash of the whole row (no column has the role id: a corrected row may change sides)"


def _latest(moments: pd.Series, params: PreprocessParams) -> tuple["pd.Series[bool]", str]:
    pinned = params.test_from != "latest"
    latest = moments.quantile(1 - params.test_size, interpolation="higher")
    start = pd.Timestamp(params.test_from if pinned else str(latest))
    if pinned and moments.dt.tz is not None and start.tzinfo is None:
        start = start.tz_localize(moments.dt.tz)
    shown = start.date() if start == start.normalize() else start
    advice = "" if pinned else f"; pin it with preprocess.test_from: '{shown}'"
    return moments >= start, f"by {moments.name}: the test begins at {shown}{advice}"


def _hashed(texts: "pd.Series[str]", params: PreprocessParams) -> "pd.Series[bool]":
    """Whether the hash of a text, as a share of all hashes, is below test_size; missing texts share one hash."""
    salt = params.seed.to_bytes(8, "little")
    unique = texts.unique()
    digests = b"".join(blake2b(text.encode(), digest_size=8, salt=salt).digest() for text in unique)
    share = np.frombuffer(digests, dtype="<u8") / 2.0**64
    return texts.map(dict(zip(unique, share < params.test_size, strict=True))).astype(bool)
