"""No pull request disarms a rule: what the base can judge on its own test rows and this candidate cannot fails."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.compare.base_model import Base
from harness.compare.compare_parts import compare_parts
from harness.compare.comparison import Comparison
from harness.compare.gate import judge
from harness.compare.judges import Judges
from harness.compare.lost_rules import REMEDY, find_lost_rules
from harness.compare.pairing import Pairing
from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.core.judge_params import Gates
from harness.core.params import Params
from harness.core.paths import MODEL_PATH, PREPARED
from harness.evaluate.sample import Sample, build_sample
from harness.inference.predictor import Predictor
from harness.report.report import LostRule, Rule, SliceChange
from tests.support.tables import contract, customers, settings

GATES = {
    "metrics": {"roc_auc": {"max_drop": 0.001}},
    "slices": {"plan": {"roc_auc": {"min": 0.01, "max_drop": 0.9}, "calibration_slope": {"min": -99}}},
}
Rows = pd.DataFrame
Edit = Callable[[Rows, Contract], tuple[Rows, Contract]]


@pytest.fixture(scope="module")
def base(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Base:
    """A base whose test has 1,200 rows, some 400 of each plan."""
    folder = tmp_path_factory.mktemp("base")
    (folder / MODEL_PATH).parent.mkdir(parents=True)
    shutil.copy(model, folder / MODEL_PATH)
    (folder / PREPARED).mkdir()
    rows().to_parquet(folder / PREPARED / "test.parquet")
    return Base("0" * 40, folder, "reproduced")


def rows() -> Rows:
    made = customers(1200, seed=5)
    return made.assign(day=pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(1200) % 3, "D"))


def judged(base: Base, edit: Edit, gates: dict[str, Any] = GATES, every: Rows | None = None) -> list[Rule]:
    """The gate's outcomes for a candidate that is a little different on the edited rows; `every`: all its test rows."""
    params = settings() | {"gates": gates}
    judges = Judges(Params.model_validate(params).evaluate, Gates.model_validate(gates), "base", base.folder)
    before = Predictor(base.folder / MODEL_PATH)
    held, declared = edit(rows(), before.contract)
    old = build_sample(held, before)
    noise = np.random.default_rng(0).normal(0, 0.02, len(held))
    positive = (old.scores[:, 1] + noise).clip(0, 1)
    pair = Pairing("compared", "", held, (old,), (replace(old, scores=np.column_stack([1 - positive, positive])),))
    found = compare_parts(pair, judges, declared)
    test = held if every is None else every
    lost = find_lost_rules(found, pair, test, base, judges, declared, {})
    return judge(judges.gates, replace(found, lost_rules=lost))


def states(outcomes: list[Rule], part: str = "") -> set[str]:
    return {rule.state for rule in outcomes if part in rule.rule}


def test_nothing_is_lost_where_the_test_rows_are_the_same(base: Base) -> None:
    outcomes = judged(base, lambda held, declared: (held, declared))
    assert states(outcomes, "plan") == {"pass"}
    assert [rule.state for rule in outcomes if rule.rule == "roc_auc max_drop 0.001"] == ["undecided"]


def test_a_few_rows_more_or_less_lose_nothing(base: Base) -> None:
    outcomes = judged(base, lambda held, declared: (held[:1100], declared))
    assert states(outcomes) == {"pass", "undecided"}


def a_group(held: Rows, declared: Contract) -> tuple[Rows, Contract]:
    """Declared by hand: 30 customers of each agent."""
    return held.assign(agent=np.arange(len(held)) // 30), replace(declared, group="agent")


def a_time(held: Rows, declared: Contract) -> tuple[Rows, Contract]:
    """Three days are too few for any interval."""
    return held, replace(declared, time="day")


def fewer_rows(held: Rows, declared: Contract) -> tuple[Rows, Contract]:
    return held[(held["plan"] != "pro") | (np.arange(len(held)) < 100)], declared


def another_name(held: Rows, declared: Contract) -> tuple[Rows, Contract]:
    return held.assign(plan=held["plan"].replace("pro", "basic")), declared


def one_class(held: Rows, declared: Contract) -> tuple[Rows, Contract]:
    return held.assign(churned=held["churned"].where(held["plan"] != "pro", "no")), declared


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (a_group, "the base judges it on .* rows of its own test; the rows say as much as [0-9]+ groups"),
        (a_time, "of its own test; the test rows are of 3 days, 27 more are needed for an interval"),
        (fewer_rows, "of its own test; [0-9]+ rows, [0-9]+ more are needed for an interval"),
        (another_name, "of its own test; no test row has this value any more"),
        (one_class, "of its own test; one class only"),
    ],
)
def test_a_rule_that_cannot_be_judged_any_more_fails(base: Base, edit: Edit, told: str) -> None:
    """Each of them was "not evaluable", or was not listed at all, and passed."""
    failed = [rule for rule in judged(base, edit) if rule.state == "fail" and "plan = pro" in rule.rule]
    assert failed
    (why,) = {rule.reason for rule in failed if rule.rule.startswith("roc_auc")}
    assert re.search(f"{told}.*: {REMEDY}$", why)


def test_a_rule_that_is_undecided_for_want_of_rows_fails(base: Base) -> None:
    outcomes = judged(base, lambda held, declared: (held[:500], declared), {"metrics": GATES["metrics"], "slices": {}})
    (rule,) = outcomes
    assert rule.state == "fail"
    assert f"the base's own test counts as 1200 rows, these rows count as 500 rows: {REMEDY}" in rule.reason


def test_a_table_without_an_id_is_told_to_declare_one(base: Base) -> None:
    """A new column sends each of its rows to train or test anew, so most test rows are left out."""
    gates = {"metrics": GATES["metrics"], "slices": {}}
    for name, hint in ((None, True), ("customer", False)):

        def left(held: Rows, declared: Contract, name: str | None = name) -> tuple[Rows, Contract]:
            return held[:500], replace(declared, id=name)

        (rule,) = judged(base, left, gates, rows())
        assert rule.state == "fail"
        told = "these rows count as 500 rows (700 are left out, as the base was trained on them; with an id in "
        assert (told in rule.reason) is hint


def test_a_slice_that_the_base_could_not_judge_either_does_not_fail(base: Base) -> None:
    gates = {"metrics": {}, "slices": {"plan": {"roc_auc": {"max_drop": 0.1}}}}

    def few(held: Rows, declared: Contract) -> tuple[Rows, Contract]:
        return held[:60], declared

    small = Base(base.commit, base.folder.parent / "small", "reproduced")
    shutil.copytree(base.folder, small.folder)
    rows()[60:130].to_parquet(small.folder / PREPARED / "test.parquet")
    assert states(judged(small, few, gates)) == {"not evaluable"}


@pytest.mark.parametrize(
    ("before", "now", "one_class", "told"),
    [
        (12, 9, False, {"not evaluable"}),  # settings: 10 rows are needed for a value
        (12, 5, False, {"not evaluable", "fail"}),  # on a change the base could not be judged either
        (32, 31, True, {"not evaluable", "fail"}),
        (105, 98, False, {"pass", "not evaluable"}),  # and 100 for an interval
        (125, 98, False, {"pass", "fail"}),
    ],
)
def test_a_slice_that_lost_what_chance_takes_is_too_small_and_does_not_fail(
    base: Base, before: int, now: int, one_class: bool, told: set[str]
) -> None:
    """Where the next data had two rows less of a value than an interval needs, an honest change failed."""

    def some(held: Rows, count: int, alike: bool) -> Rows:
        pro = held["plan"] == "pro"
        kept = held[~pro | (pro.cumsum() <= count)]
        return kept.assign(churned=kept["churned"].mask((kept["plan"] == "pro") & alike, "no"))

    small = Base(base.commit, base.folder.parent / f"small-{before}-{now}", "reproduced")
    shutil.copytree(base.folder, small.folder)
    some(rows(), before, alike=False).to_parquet(small.folder / PREPARED / "test.parquet")
    gates = {"metrics": {}, "slices": {"plan": {"roc_auc": {"min": 0.01, "max_drop": 0.9}}}}
    assert states(judged(small, lambda held, declared: (some(held, now, one_class), declared), gates), "pro") == told


def test_a_rule_against_the_best_published_model_is_not_disarmed_either() -> None:
    gates = Gates.model_validate({"metrics": {"roc_auc": {"max_drop_from_best": 0.01}}, "slices": {}})
    why = f"the base can be compared with {'a' * 12}; no published model is here: {REMEDY}"
    lost = LostRule(column=None, value="", metric="roc_auc", kind="best", reason=why)
    for known, state in (([], "not evaluable"), ([lost], "fail")):
        assert states(judge(gates, Comparison([], [], "compared", lost_rules=known))) == {state}


def test_more_slices_than_a_report_holds_are_refused_in_one_line() -> None:
    """They ended in a traceback of pydantic, after all trainings."""
    made = customers(300).assign(plan=[f"plan {number}" for number in range(300)])
    old = build_sample_of(made, np.linspace(0.1, 0.9, 300))
    judges = Judges(Params.model_validate(settings()).evaluate, Gates(metrics={}, slices={}), "base", Path())
    with pytest.raises(ProjectError, match=r"^src/schema.py: the slices plan have 300 values, but a report holds 200$"):
        compare_parts(Pairing("compared", "", made, (old,), (old,)), judges, contract())


def test_more_rules_than_a_report_holds_fail_and_many_values_that_are_gone_are_told_together() -> None:
    """They ended in a traceback of pydantic, after all trainings."""

    def outcomes(values: int, gone: int, limits: dict[str, float]) -> list[Rule]:
        gates = Gates.model_validate({"metrics": {}, "slices": {"plan": {"roc_auc": limits}}})
        parts = [
            SliceChange(column="plan", value=f"{i}", rows=9, not_evaluable="few", changes=[]) for i in range(values)
        ]
        lost = [
            LostRule(column="plan", value=f"old {i}", metric="roc_auc", kind="value", reason="gone")
            for i in range(gone)
        ]
        return judge(gates, Comparison([], parts, "compared", lost_rules=lost))

    told = outcomes(120, 120, {"min": 0.5})
    assert len(told) == 120 + 21
    assert (told[-1].rule, told[-1].state) == ("roc_auc of 100 more values of plan", "fail")
    (rule,) = outcomes(120, 0, {"min": 0.5, "max_drop": 0.1})
    assert rule.state == "fail"
    assert rule.reason.startswith("240 rules, but a report holds 150")


def test_a_base_with_more_slices_than_a_report_holds_can_be_mended(base: Base) -> None:
    """The base's own test was refused with the same error, whatever the candidate did about it."""
    wide = Base(base.commit, base.folder.parent / "wide", "reproduced")
    shutil.copytree(base.folder, wide.folder)
    many = rows().assign(plan=[f"plan {number}" for number in range(1200)])
    many.to_parquet(wide.folder / PREPARED / "test.parquet")
    assert states(judged(wide, lambda held, declared: (held, declared))) <= {"pass", "undecided"}


def test_the_slope_of_a_slice_is_judged() -> None:
    """A rule on it was read, and never judged."""
    declared = contract()
    made = customers(300)
    positive = np.where(made["churned"] == "yes", 0.6, 0.4) + np.random.default_rng(0).normal(0, 0.1, 300)
    old = build_sample_of(made, positive)
    gates = Gates.model_validate({"metrics": {}, "slices": {"plan": {"calibration_slope": {"max": 0.01}}}})
    judges = Judges(Params.model_validate(settings()).evaluate, gates, "base", Path())
    found = compare_parts(Pairing("compared", "", made, (old,), (old,)), judges, declared)
    assert [(rule.rule, rule.state) for rule in judge(gates, found)] == [
        (f"calibration_slope of plan = {plan} ≤ 0.01", "fail") for plan in ("basic", "plus", "pro")
    ]


def build_sample_of(made: Rows, positive: np.ndarray[Any, np.dtype[np.float64]]) -> Sample:
    y = (made["churned"] == "yes").to_numpy().astype(np.int64)
    return Sample("binary", y, np.column_stack([1 - positive, positive]), 0.5)
