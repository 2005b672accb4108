"""src/features.py as a graph of ONNX: traced with ndonnx, asked by training, merged into the model file."""

import ndonnx as ndx
import numpy as np
import onnx
from onnx import compose

from harness.core.clock import DAY
from harness.core.contract import Contract, Role
from harness.core.errors import ProjectError
from harness.inference.predictor import Columns, encode, open_session
from harness.model.feature_lines import place_of_column
from harness.model.features import Features, FeatureValues, NamedColumns, call_features, derive, named_numbers
from harness.model.own_row import check_own_rows, differing

ALL: dict[Role, str] = {
    "numeric": "numeric_all",
    "categorical": "categorical_all",
}  # raw inputs → with the new columns beside them
OTHER_IN_ONNX = "write it with other functions of xp, or leave it out"
SECONDS = ndx.DateTime64DType("s")


class ArrayNamespace:
    """The array API of ndonnx; `where` also takes two plain values, as numpy's does."""

    def __getattr__(self, name: str) -> object:
        return getattr(ndx, name)

    def where(self, condition: ndx.Array, yes: object, no: object) -> ndx.Array:
        """Element by element, yes or no."""
        return ndx.where(condition, _lift(yes), _lift(no))


class FeatureGraph:
    """A traced function: gives the new columns to training, and its nodes to the model file.

    Training takes its values, so that what is learnt from is to the last bit what the model file will see.
    Raises ProjectError, naming function, column and line, where the function cannot be traced.
    """

    def __init__(self, features: Features, contract: Contract) -> None:
        self.features, self.contract = features, contract
        self.model = _trace(features, contract)
        self._session = open_session(self.model.SerializeToString())

    def derive(self, columns: Columns) -> dict[str, FeatureValues]:
        """The new columns of rows, as the model file computes them."""
        fed = dict(zip(ALL, encode(columns, self.contract), strict=True))
        asked = [node.name for node in self._session.get_inputs()]
        found = dict(zip(_output_names(self.model), self._session.run(None, {k: fed[k] for k in asked}), strict=True))
        made: dict[str, FeatureValues] = {}
        for role, output in ALL.items():
            known = len(self.contract.names(role))
            names = [feature.name for feature in self.contract.derived if feature.role == role]
            made |= {name: found[output][:, known + at] for at, name in enumerate(names)}
        return made

    def check(self, columns: Columns) -> None:
        """Raises ProjectError, naming column and row, if numpy and ONNX disagree, or rows look at one another."""
        here = self.derive(columns)
        for name, expected in derive(self.features, columns, self.contract).items():
            for at in np.flatnonzero(differing(here[name], expected))[:1]:
                became = f"differs at training row {at + 1}: {expected[at]} became {here[name][at]}; {OTHER_IN_ONNX}"
                raise ProjectError(f"{place_of_column(self.features, name)}: {name} {became}")
        check_own_rows(self.features, self.derive, columns, here)

    def merge(self, model: onnx.ModelProto) -> onnx.ModelProto:
        """A model that takes the new columns too → one that takes the raw ones."""
        inner = compose.add_prefix(model, "model/")
        inner.ir_version = self.model.ir_version
        del inner.graph.value_info[:]  # some of skl2onnx's have no type, which the checker refuses
        taken = {node.name for node in inner.graph.input}
        links = [(ours, f"model/{raw}") for raw, ours in ALL.items() if f"model/{raw}" in taken]
        outputs = _output_names(inner)
        for node in inner.graph.output:  # skl2onnx may leave them without a type too
            node.CopyFrom(onnx.helper.make_tensor_value_info(node.name, onnx.TensorProto.FLOAT, [None, None]))
        for opset in inner.opset_import:
            if opset.domain not in {known.domain for known in self.model.opset_import}:
                self.model.opset_import.append(opset)
        return compose.merge_models(self.model, inner, io_map=links, outputs=outputs)


def _trace(features: Features, contract: Contract) -> onnx.ModelProto:
    inputs: dict[Role, ndx.Array] = {}
    for role in ALL:
        columns, kind = contract.columns(role), ndx.float32 if role == "numeric" else ndx.utf8
        if columns:
            inputs[role] = ndx.argument(shape=("rows", len(columns)), dtype=kind)
    row = named_numbers(inputs["numeric"], contract, _moments) if "numeric" in inputs else NamedColumns()
    for position, name in enumerate(contract.names("categorical")):
        row[name] = inputs["categorical"][:, position]
    made = call_features(features, ArrayNamespace(), row, contract)
    raw, timed = len(contract.names("numeric")), len(contract.timed())
    parts: dict[Role, list[ndx.Array]] = {role: [values] for role, values in inputs.items()}
    if timed:
        parts["numeric"] = [inputs["numeric"][:, :raw]]
    for name, values in made.items():
        role, settled = _settle(f"{place_of_column(features, name)}: {name}", values)
        parts.setdefault(role, []).append(settled[:, None])
    if timed:  # the seconds stay behind all else
        parts["numeric"].append(inputs["numeric"][:, raw:])
    outputs = {ALL[role]: ndx.concat(each, axis=1) for role, each in parts.items()}
    return ndx.build({str(role): values for role, values in inputs.items()}, outputs)


def _moments(days: ndx.Array, of_day: ndx.Array | None) -> ndx.Array:
    missing, nothing = ndx.isnan(days), ndx.asarray(np.float32(0))
    seconds = ndx.astype(ndx.floor(ndx.where(missing, nothing, days)), ndx.int64) * DAY
    if of_day is not None:
        seconds = seconds + ndx.astype(ndx.where(missing, nothing, of_day), ndx.int64)
    return ndx.where(missing, ndx.asarray(np.array("NaT", "datetime64[s]")), ndx.astype(seconds, SECONDS))


def _settle(where: str, values: object) -> tuple[Role, ndx.Array]:
    """Role and column: float32 (a duration in days) or texts."""
    if not isinstance(values, ndx.Array):
        raise ProjectError(f"{where} must be made of the columns and xp, got {type(values).__name__}")
    if values.dtype == ndx.utf8:
        return "categorical", values
    if isinstance(values.dtype, ndx.TimeDelta64DType):
        missing = ndx.isnan(values)
        seconds = ndx.astype(ndx.astype(values, ndx.TimeDelta64DType("s")), ndx.int64)
        days = ndx.astype(ndx.astype(seconds, ndx.float64) / DAY, ndx.float32)
        return "numeric", ndx.where(missing, ndx.asarray(np.float32(np.nan)), days)
    return "numeric", ndx.astype(values, ndx.float32)


def _lift(value: object) -> ndx.Array:
    if isinstance(value, ndx.Array):
        return value
    return ndx.asarray(value if isinstance(value, str | bool) else np.float32(value))  # type: ignore[arg-type]


def _output_names(model: onnx.ModelProto) -> list[str]:
    return [node.name for node in model.graph.output]
