"""What changed besides the metrics: parameters, packages, files, and the data itself."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.core.params import read_yaml
from harness.core.paths import PARAMS_PATH, PIPELINE_LOCK, RESULTS
from harness.core.prepared import Prepared
from harness.core.shell import git
from harness.inference.predictor import to_days
from harness.report.report import DataChange, Shift, ValueChange

MOST_FILES = 200
SHIFT_ROWS = 500  # below, an index of two samples of one distribution is large by chance
SHIFT_BINS = 10


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file; empty if there is none."""
    try:
        value = read_yaml(path)
    except ProjectError:
        return {}
    return value if isinstance(value, dict) else {}


def changed_params(base: Path, candidate: Path) -> tuple[list[ValueChange], list[ValueChange]]:
    """Parameters, and apart from them rules of the gate, that differ between two folders."""
    changes = _changed(
        dict(_flat(read_mapping(base / PARAMS_PATH))), dict(_flat(read_mapping(candidate / PARAMS_PATH)))
    )
    rules = [change for change in changes if change.key.startswith("gates.")]
    return [change for change in changes if change not in rules][:200], rules[:200]


def changed_packages(base: Path, candidate: Path) -> list[ValueChange]:
    """Packages whose locked version differs."""
    return _changed(_versions(base / PIPELINE_LOCK), _versions(candidate / PIPELINE_LOCK))[:500]


def changed_files(commit: str) -> list[str]:
    """Files that differ from a commit, each with git's letter for how; new ones that git does not know yet too."""
    # As they are written, and with the paths of this folder: a project need not lie at the root of its repository.
    tracked = git("diff", "--name-status", "--no-renames", "--relative", "-z", commit).split("\0")
    new = git("ls-files", "--others", "--exclude-standard", "-z").split("\0")
    listed = [f"{how} {name}" for how, name in zip(tracked[::2], tracked[1::2], strict=False)]
    listed += [f"A {name}" for name in new if name]
    listed = [line for line in listed if line[2:] not in map(str, RESULTS)]
    return [name[:200] for name in listed[:MOST_FILES]]


def changed_data(base: Path, candidate: Path, contract: Contract) -> DataChange | None:
    """Rows by id, columns, and how far each feature's distribution moved; None if the base's rows cannot be read."""
    before, after = (_rows(folder) for folder in (base, candidate))
    if before is None or after is None:
        return None
    shared = [name for name in after.columns if name in before.columns]
    added = removed = changed = None
    if contract.id in shared:
        old, new = (rows.set_index(rows[contract.id].map(as_text))[shared] for rows in (before, after))
        common = new.index.intersection(old.index)
        added, removed = len(new) - len(common), len(old) - len(common)
        changed = int((old.loc[common].map(as_text) != new.loc[common].map(as_text)).any(axis=1).sum())
    return DataChange(
        added=added,
        removed=removed,
        changed=changed,
        columns_added=sorted(set(after.columns) - set(before.columns)),
        columns_removed=sorted(set(before.columns) - set(after.columns)),
        shifts=[
            Shift(column=feature.name, psi=stability_index(before[feature.name], after[feature.name], feature.role))
            for feature in contract.features
            if feature.name in shared and min(len(before), len(after)) >= SHIFT_ROWS
            if feature.role == "categorical" or _alike(before[feature.name], after[feature.name])
        ][:100],
    )


def stability_index(before: "pd.Series[Any]", after: "pd.Series[Any]", role: str) -> float:
    """Population stability index over ten bins of equally many old rows (or the categories), and one for missing."""
    if role == "numeric":
        before, after = _numbers(before), _numbers(after)
        known = before.dropna()
        edges = np.unique(np.quantile(known, np.arange(1, SHIFT_BINS) / SHIFT_BINS)) if len(known) else np.array([])
        labels = [np.where(part.isna(), -1, np.digitize(part, edges)) for part in (before, after)]
    else:
        labels = [part.map(as_text).to_numpy() for part in (before, after)]
    counts = [pd.Series(part).value_counts() for part in labels]
    shares = pd.concat(counts, axis=1).fillna(0).to_numpy(dtype=float) + 0.5  # half a row keeps the logarithm finite
    old, new = (shares / shares.sum(axis=0)).T
    return float(((new - old) * np.log(new / old)).sum())


def _alike(before: "pd.Series[Any]", after: "pd.Series[Any]") -> bool:
    """Whether both are numbers, or both dates: a column may have got another type."""
    kinds = [part.dtype.kind for part in (before, after)]
    return kinds == ["M", "M"] or all(kind in "iufb" for kind in kinds)


def _numbers(values: "pd.Series[Any]") -> "pd.Series[float]":
    """Numbers with NaN; dates as days."""
    if values.dtype.kind == "M":
        return pd.Series(to_days(values.to_numpy()))
    return values.astype(float)


def _rows(folder: Path) -> pd.DataFrame | None:
    prepared = Prepared(folder / "artifacts/prepared")
    try:
        return pd.concat([pd.read_parquet(prepared.folder / f"{name}.parquet") for name in ("train", "test")])
    except (FileNotFoundError, ValueError):
        return None


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> list[ValueChange]:
    keys = sorted(set(old) | set(new))
    return [
        ValueChange(key=key[:200], old=old.get(key), new=new.get(key)) for key in keys if old.get(key) != new.get(key)
    ]


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and (value or not prefix):
        for key, item in value.items():
            yield from _flat(item, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, str(value)[:2000]


def _versions(lock: Path) -> dict[str, str]:
    text = lock.read_text("utf-8") if lock.exists() else ""
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[.*\])?==([^\s;]+)", text, re.MULTILINE))
