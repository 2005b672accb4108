"""Refused requests, counted by what was wrong: a column's name or `form`, never a value."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter
from pydantic import ValidationError

from harness.serve.payloads import MOST_ERRORS_COUNTED


def count_refused(error: ValidationError) -> None:
    """Count a request by the first column that was wrong in it; unknown columns and all else are its form."""
    if error.error_count() > MOST_ERRORS_COUNTED:  # to build them all would take seconds
        _refused().labels("form").inc()
        return
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    names = [part for part in first["loc"][1:] if isinstance(part, str)]  # after "rows" or "columns"
    is_column = bool(names) and first["type"] != "extra_forbidden"
    _refused().labels(names[0] if is_column else "form").inc()


@cache
def _refused() -> Counter:
    """Made by the process that answers, when it first refuses."""
    told = "Refused requests by the first column that was wrong"
    return Counter("model_refused", told, ["reason"], registry=CollectorRegistry())
