"""The contract → what goes over the wire, as pydantic models: the request, which refuses, and the answer."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, with_config
from pydantic_core import to_json
from typing_extensions import TypedDict  # as pydantic asks for before Python 3.12

from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.inference.model_file import ModelFile
from harness.serve.answer import Answer
from harness.serve.column_form import IS_COLUMNS, as_rows, build_columns_model
from harness.serve.column_types import ids_field, request_type
from harness.serve.parts import holds_too_much
from harness.serve.request_id import keep_ids
from harness.serve.rows import RequestRows
from harness.serve.settings import values_are_hidden

STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
MOST_ERRORS = 100  # in one answer
MOST_ERRORS_COUNTED = 20_000  # errors, of which the first are listed
NO_ANSWER = "The model has no finite answer to these values"
NO_COLUMN = "Not a column of the model"
NO_KEY = 'Not a key of a request; columns stand inside rows: {"rows": [{…}]}'
NO_ROWS = 'Required: {"rows": [{…}]}, an object for each row'


class Payloads:
    """What requests and answers of a model look like: their pydantic models, and how they are read and written."""

    def __init__(
        self, contract: Contract, max_rows: int, example: Mapping[str, object], conformal: bool = False
    ) -> None:
        self.request = build_request_model(contract, max_rows, example)
        self.columns = build_columns_model(contract, max_rows, example)
        self.answer = build_answer_model(contract, conformal)
        self._contract, self._max_rows = contract, max_rows
        self.most_bytes = max_rows * (1024 + 128 * len(contract.features))

    def read(self, body: bytes | bytearray) -> RequestRows:
        """The rows of a request. Raises ValidationError, or ProjectError, if the contract does not allow them."""
        by_column, width = IS_COLUMNS.match(body) is not None, len(self._contract.features)
        if holds_too_much(body, width + bool(self._contract.id), self._max_rows, by_column):
            raise ProjectError(f"the request holds more values than its rows have columns ({width})")
        request: Any = (self.columns if by_column else self.request).model_validate_json(body)
        rows: RequestRows = as_rows(request.columns, self._contract) if by_column else request.rows
        if self._contract.id:
            keep_ids(request.ids, len(rows))
        return rows

    def write(self, answer: object, rows: int) -> bytes:
        """The JSON of what `predict` returned to so many rows. Raises ProjectError if that is no answer to them."""
        if isinstance(answer, Answer):
            if answer.is_untouched and len(answer) == rows:
                return answer.to_json()
            answer = answer.to_dict()
        try:
            given = len(self.answer.model_validate(answer).predictions)  # type: ignore[attr-defined]
        except ValidationError as error:
            raise ProjectError(f"predict returned no answer: {errors_of(error)['detail']}") from None
        if given != rows:
            raise ProjectError(f"predict returned {given} predictions to {rows} rows")
        return to_json(answer)


def build_request_model(contract: Contract, max_rows: int, example: Mapping[str, object]) -> type[BaseModel]:
    """A model of `{"rows": [{column: value}]}`: what the contract does not allow is refused, each error at its path."""
    fields = {feature.name: request_type(feature) for feature in contract.features}
    strict = ConfigDict(**STRICT, json_schema_extra={"example": dict(example)})  # type: ignore[arg-type]
    Row = with_config(strict)(TypedDict("Row", fields))  # type: ignore[operator]
    rows = Annotated[list[Row], Field(min_length=1, max_length=max_rows)]  # type: ignore[valid-type]
    return create_model("PredictRequest", __config__=STRICT, rows=(rows, ...), **ids_field(contract, max_rows))


def build_answer_model(contract: Contract, conformal: bool = False) -> type[BaseModel]:
    """A model of the answer: which model it was, and per row a label and the probability of each class, or a value.

    A conformal model adds a set of labels, or the two ends of an interval. A prediction may say more: what a project
    adds.
    """
    fields: dict[str, object] = {"value": float}
    if conformal and contract.task == "regression":
        fields["prediction_interval"] = Annotated[list[float], Field(min_length=2, max_length=2)]
    if contract.task != "regression":
        shares = {as_text(one): float for one in contract.classes}
        Probabilities = with_config(STRICT)(TypedDict("Probabilities", shares))  # type: ignore[operator]
        label = Literal.__getitem__(contract.classes)
        fields = {"label": label, "probabilities": Probabilities}
        if conformal:
            fields["prediction_set"] = Annotated[list[label], Field(min_length=1)]  # type: ignore[valid-type]
    open_ended = ConfigDict(strict=True, allow_inf_nan=False, extra="allow")
    Prediction = with_config(open_ended)(TypedDict("Prediction", fields))  # type: ignore[operator]
    predictions = list[Prediction]  # type: ignore[valid-type]
    return create_model("PredictResponse", __config__=STRICT, model_version=(str, ...), predictions=(predictions, ...))


def describe_model(file: ModelFile, metrics: Mapping[str, object] | None) -> bytes:
    """What GET /model answers."""
    description = {
        "version": file.version,
        "sha256": file.sha256,
        "hashes": file.hashes,
        "threshold": file.threshold,
        "conformal": file.conformal and file.conformal.to_json(),
        "contract": shown_contract(file.contract).to_json(),
        "metrics": _shown_metrics(metrics),
    }
    return to_json(description)


def _shown_metrics(metrics: Mapping[str, object] | None) -> Mapping[str, object] | None:
    """With HIDE_VALUES=1 without the slices, each of which is named by a value."""
    if metrics is None or not values_are_hidden():
        return metrics
    return {name: part for name, part in metrics.items() if name != "slices"}


def shown_contract(contract: Contract) -> Contract:
    """The contract, with HIDE_VALUES=1 without its allowed values."""
    if not values_are_hidden():
        return contract
    return replace(contract, features=tuple(replace(feature, isin=None) for feature in contract.features))


class Fault(TypedDict):
    """What is wrong in a request, and where."""

    loc: list[int | str]
    msg: str


class Faults(TypedDict):
    """How a request is refused that the contract does not allow."""

    error: str
    detail: list[Fault]


def errors_of(error: ValidationError) -> Faults:
    """What is wrong and where, without the values: they may be somebody's data."""
    count = error.error_count()
    if count > MOST_ERRORS_COUNTED:  # to build them all takes longer than to answer a thousand requests
        return _faults([{"loc": [], "msg": "More errors than can be listed"}], count)
    found = error.errors(include_url=False, include_context=False, include_input=False)
    shown = [(item["loc"], item["type"], item["msg"]) for item in found[:MOST_ERRORS]]
    return _faults([{"loc": list(place), "msg": _said(place, kind, said)} for place, kind, said in shown], len(found))


def _said(place: tuple[int | str, ...], kind: str, said: str) -> str:
    """Pydantic's text, or ours where its words say nothing to who asks."""
    if kind == "extra_forbidden":
        return NO_COLUMN if place[0] in {"rows", "columns"} else NO_KEY
    return NO_ROWS if kind == "missing" and place == ("rows",) else said


def no_answer(rows: list[int]) -> Faults:
    """That the model has none to these rows, by position."""
    return _faults([{"loc": ["rows", row], "msg": NO_ANSWER} for row in rows[:MOST_ERRORS]], len(rows))


def _faults(detail: list[Fault], count: int) -> Faults:
    return {"error": f"{count} error{'s' if count > 1 else ''} in the request", "detail": detail}
