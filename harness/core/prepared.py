"""What `preprocess` hands on: train and test rows, the contract and the profile; and the arrays a model takes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.files import read_json, replacing, write_json


@dataclass(frozen=True)
class Prepared:
    """The paths of one prepared data set."""

    folder: Path

    def write(self, train: pd.DataFrame, test: pd.DataFrame, contract: Contract, profile: dict[str, Any]) -> None:
        """Write all four files; equal inputs give equal bytes."""
        for name, frame in (("train", train), ("test", test)):
            with replacing(self.folder / f"{name}.parquet") as temporary:
                frame.to_parquet(temporary, index=False)
        write_json(self.folder / "contract.json", contract.to_json())
        write_json(self.folder / "profile.json", profile)

    def read_contract(self) -> Contract:
        """Raises ProjectError if the file is missing or is not a contract."""
        path = self.folder / "contract.json"
        try:
            return Contract.from_json(read_json(path))
        except (KeyError, TypeError, ValueError) as error:
            raise ProjectError(f"{path}: cannot be read as a contract ({error!r}); run: make pipeline") from None

    def read_rows(self, name: str) -> pd.DataFrame:
        """The rows of "train" or "test", indexed from 1. Raises ProjectError if they are missing."""
        path = self.folder / f"{name}.parquet"
        try:
            frame = pd.read_parquet(path)
        except FileNotFoundError:
            raise ProjectError(f"{path}: not found; run: make pipeline") from None
        frame.index = pd.RangeIndex(1, len(frame) + 1)
        return frame


def feature_columns(frame: pd.DataFrame, contract: Contract) -> dict[str, NDArray[Any]]:
    """The features as columns that Predictor.encode takes: float32 with NaN, moments with NaT, or objects."""
    columns: dict[str, NDArray[Any]] = {}
    for feature in sorted(contract.features, key=lambda one: one.role == "categorical"):
        if feature.type == "date":
            columns[feature.name] = frame[feature.name].to_numpy(dtype="datetime64[s]")
        elif feature.role == "categorical" or feature.type == "time":
            columns[feature.name] = frame[feature.name].to_numpy(dtype=object)
        else:
            columns[feature.name] = frame[feature.name].to_numpy(dtype=np.float32, na_value=np.nan)
    return columns


def target_values(frame: pd.DataFrame, contract: Contract) -> NDArray[Any]:
    """The target: index of the class (int64), or the value (float64) for regression."""
    target = frame[contract.target]
    if contract.task == "regression":
        return target.to_numpy(dtype=np.float64)
    return target.map({label: index for index, label in enumerate(contract.classes)}).to_numpy(dtype=np.int64)
