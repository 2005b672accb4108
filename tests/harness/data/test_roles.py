"""The schema's roles, and the contract made of them."""

from typing import Any

import pandera.pandas as pa
import pytest

from harness.core.contract import Feature
from harness.core.errors import ProjectError
from harness.data.roles import build_contract
from tests.support.tables import SCHEMA, contract


def schema(**changes: Any) -> pa.DataFrameSchema:
    """The customers' schema with other columns."""
    return pa.DataFrameSchema({**SCHEMA.columns, **{name: pa.Column(**column) for name, column in changes.items()}})


def test_the_contract_holds_types_bounds_and_roles() -> None:
    made = contract()
    assert (made.id, made.target, made.slices, made.group, made.time) == ("customer", "churned", ("plan",), None, None)
    assert made.features == (
        Feature("plan", "string", "categorical", nullable=False, isin=("basic", "plus", "pro")),
        Feature("region", "string", "categorical", nullable=True),
        Feature("member", "boolean", "categorical", nullable=False),
        Feature("age", "number", "numeric", nullable=True, ge=0, le=120),
        Feature("visits", "integer", "numeric", nullable=False, ge=0),
    )


def test_exclusive_bounds_and_ranges_are_kept() -> None:
    made = build_contract(
        schema(
            age={"dtype": float, "checks": [pa.Check.gt(0), pa.Check.lt(1)], "metadata": {"role": "numeric"}},
            visits={"dtype": int, "checks": pa.Check.in_range(1, 9), "metadata": {"role": "numeric"}},
        ),
        "binary",
    )
    limits = {feature.name: feature for feature in made.features}
    assert (limits["age"].gt, limits["age"].lt, limits["age"].ge) == (0, 1, None)
    assert (limits["visits"].ge, limits["visits"].le) == (1, 9)


@pytest.mark.parametrize(
    ("column", "settings", "message"),
    [
        (
            "churned",
            {"dtype": str, "nullable": True, "metadata": {"role": "target"}},
            "churned is the target and so cannot be null",
        ),
        ("age", {"dtype": str, "metadata": {"role": "time"}}, "age is the time and so must be a date, got str"),
        (
            "churned",
            {"dtype": "datetime64[ns]", "metadata": {"role": "target"}},
            "churned is the target and so cannot be a date, got datetime",
        ),
        (
            "age",
            {"dtype": int, "nullable": True, "metadata": {"role": "group"}},
            "age is the group and so cannot be nullable",
        ),
        ("age", {"dtype": float, "metadata": {"role": "number"}}, "age has the role 'number'; known roles: id, target"),
        ("age", {"dtype": float}, "age has the role None"),
        ("age", {"dtype": str, "metadata": {"role": "numeric"}}, "age is .* and so cannot be numeric"),
        ("age", {"dtype": int, "metadata": {"role": ["numeric", "categorical"]}}, "age cannot be both"),
        (
            "age",
            {"dtype": int, "metadata": {"role": "target"}},
            r"one column must have the role target, got \['churned', 'age'\]",
        ),
        (
            "churned",
            {"dtype": int, "metadata": {"role": ["target", "numeric"]}},
            "churned is the target and so cannot be a feature",
        ),
        (
            "age",
            {"dtype": int, "metadata": {"role": "id"}},
            r"at most one column may have the role id, got \['customer', 'age'\]",
        ),
        ("age", {"dtype": "datetime64[ns]", "metadata": {"role": "categorical"}}, "age is a date and so cannot be cat"),
        (
            "age",
            {"dtype": "datetime64[ns, UTC]", "metadata": {"role": "numeric"}},
            r"age is datetime64\[ns, UTC\]: a date that is a feature cannot have a time zone",
        ),
        (
            "age",
            {"dtype": "datetime64[ns]", "checks": pa.Check.ge("2000-01-01"), "metadata": {"role": "numeric"}},
            "age is a date and so cannot have ge as a feature",
        ),
        (
            "age",
            {"dtype": int, "metadata": {"role": ["numeric", "slice"]}},
            "age is a slice and so needs allowed values",
        ),
    ],
)
def test_a_schema_at_odds_with_itself_is_refused(column: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ProjectError, match=rf"src/schema\.py: {message}"):
        build_contract(schema(**{column: settings}), "binary")


def test_a_schema_without_features_is_refused() -> None:
    only = pa.DataFrameSchema({"y": pa.Column(int, metadata={"role": "target"})})
    with pytest.raises(ProjectError, match="no column has the role numeric, categorical, text or clock"):
        build_contract(only, "binary")
