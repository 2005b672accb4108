"""What the base can judge on its own test rows and a candidate's rows cannot: such a rule fails, or it is disarmed.

A pull request can leave a rule unable to judge in many ways: it declares a group or a time, drops test rows, renames a
slice's values, labels them all alike. So the base's model is held against itself on the base's own test rows: what has
an interval or a value there and none here is lost. Where the rows here say less than half as much, the rule may be
undecided for that alone, so it fails too. A slice that lost no more rows than chance takes is just too small.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from harness.compare.base_model import Base
from harness.compare.best import best_rules, compare_with_best
from harness.compare.compare_parts import compare_parts
from harness.compare.comparison import Comparison, change_of
from harness.compare.judges import Judges
from harness.compare.pairing import Pairing
from harness.core.contract import Contract, as_text
from harness.core.judge_params import GateRule, Gates
from harness.core.paths import EARLIER_MODELS, MODEL_PATH, PREPARED, SCHEMA_PATH
from harness.core.prepared import Prepared, target_values
from harness.evaluate.honest import HEAVY_TAIL
from harness.evaluate.sample import Yardsticks, build_sample
from harness.evaluate.slices import slices_of
from harness.evaluate.units import Units, effective, units_of
from harness.inference.predictor import Predictor
from harness.report.report import MOST_REPORTED_SLICES, LostRule, SliceChange

LEAST_SHARE = 0.5  # of what the base's test says: with less a change must be 1.4 times as large to be shown
ENOUGH_RESAMPLES = 500  # to see whether there is an interval
MOST_LOST = 200
BY_CHANCE = 2.0  # square roots of a count: a count may fall by so much by chance
REMEDY = "restore what the base has, or a maintainer sets the label gate-override"

Place = tuple[str | None, str]  # a slice's column and value; (None, ""): all rows


class Amount(NamedTuple):
    """How much rows say: as much as so many rows, or groups or blocks of days of equal size."""

    units: float
    what: str
    rarest: float = 0.0  # the same of the rows of the rarest class


def find_lost_rules(
    found: Comparison,
    pair: Pairing,
    rows: pd.DataFrame,
    base: Base,
    judges: Judges,
    contract: Contract,
    own: Yardsticks,
) -> list[LostRule]:
    """What rules of the base lose; `rows` are all of the candidate's test rows."""
    if pair.state != "compared" or judges.source == "candidate" or not (judges.gates.metrics or judges.gates.slices):
        return []
    before, held = Predictor(base.folder / MODEL_PATH), Prepared(base.folder / PREPARED).read_rows("test")
    if before.contract == contract and len(pair.rows) == len(rows) and held.equals(rows):
        return []
    if len(slices_of(held, before.contract)) > MOST_REPORTED_SLICES:
        return []  # no report of the base could be made, and this one may mend that
    sample = build_sample(held, before, own)
    few = judges.evaluate.model_copy(
        update={"resamples": min(judges.evaluate.resamples, ENOUGH_RESAMPLES), "refits": 0}
    )
    itself = Pairing("compared", "", held, (sample,), (sample,))
    could = compare_parts(itself, replace(judges, evaluate=few), before.contract)
    amounts = _amounts(held, before.contract), _amounts(pair.rows, contract, _why_left_out(pair, rows, contract))
    lost = [*_of_all_rows(judges.gates, *amounts), *_of_slices(judges.gates, could, found, *amounts)]
    lost += _of_best(found, held, base, before, judges, own)
    return lost[:MOST_LOST]


def _of_all_rows(gates: Gates, there: dict[Place, Amount], here: dict[Place, Amount]) -> Iterator[LostRule]:
    """A metric of all rows that has no interval fails by itself."""
    for metric in gates.metrics:
        if why := _why_less(there[None, ""], here[None, ""]):
            yield _lost_rule((None, ""), metric, "change", why)


def _of_slices(
    gates: Gates, could: Comparison, found: Comparison, there: dict[Place, Amount], here: dict[Place, Amount]
) -> Iterator[LostRule]:
    parts = {(part.column, part.value): part for part in found.slices}
    for old in could.slices:
        for metric, rule in gates.slices.get(old.column, {}).items():
            place = (old.column, old.value)
            now = parts.get(place)
            tolerated = now is not None and _is_by_chance(there[place], here[place])
            for kind, why in _lost(rule, metric, old, now):
                if tolerated and not why.startswith(HEAVY_TAIL):
                    continue
                yield _lost_rule(
                    place, metric, kind, f"the base judges it on {_told(there[place])} of its own test; {why}"
                )
            change = change_of(old.changes, metric)
            judged = change is not None and change.low is not None
            if now and judged and (why := _why_less(there[place], here[place])):
                yield _lost_rule(place, metric, "change", why)


def _lost(rule: GateRule, metric: str, old: SliceChange, now: SliceChange | None) -> Iterator[tuple[str, str]]:
    """Which kinds of limits of a rule can no longer be judged in a slice, and why."""
    before, after = change_of(old.changes, metric), change_of(now.changes, metric) if now else None
    why = (
        (now.not_evaluable if now else "no test row has this value any more")
        or (after and after.reason)
        or "undefined here"
    )
    # Which limits a rule has, and by what they are judged: there and here.
    value = {rule.min, rule.max} != {None}, before and before.candidate, after and after.candidate
    change = {rule.max_drop, rule.max_rise} != {None}, before and before.low, after and after.low
    for kind, (named, there, here) in {"value": value, "change": change}.items():
        if named and there is not None and here is None:
            yield kind, why


def _of_best(
    found: Comparison, held: pd.DataFrame, base: Base, before: Predictor, judges: Judges, own: Yardsticks
) -> Iterator[LostRule]:
    """Rules against the best published model that the base's own model could be held to, on the base's test rows."""
    beside = {one.metric: one for one in found.best}
    open_rules = {
        name: rule
        for name, rule in best_rules(judges.gates).items()
        if not ((one := beside.get(name)) and one.change and one.change.low is not None)
    }
    if not open_rules or not any(EARLIER_MODELS.glob("*.onnx")):
        return
    alone = replace(judges, gates=Gates(metrics=open_rules, slices={}))
    for old in compare_with_best(base, held, before, before.contract, alone, Gates(metrics={}, slices={}), own):
        if old.change and old.change.low is not None:
            now = beside.get(old.metric)
            why = (now and now.change and now.change.reason) or (now and now.reason) or "it is not measured here"
            yield _lost_rule(
                (None, ""), old.metric, "best", f"the base can be compared with {(old.commit or '')[:12]}; {why}"
            )


def _why_left_out(pair: Pairing, rows: pd.DataFrame, contract: Contract) -> str:
    """Of a table without an id: a new column sends each row to train or test anew."""
    left = len(rows) - len(pair.rows)
    if not left or contract.id or contract.group:
        return ""
    return f" ({left} are left out, as the base was trained on them; with an id in {SCHEMA_PATH}, rows keep their side)"


def _amounts(rows: pd.DataFrame, contract: Contract, note: str = "") -> dict[Place, Amount]:
    """How much all rows, and the rows of each slice, say; `note` is said with it."""
    units, y = units_of(rows, contract), target_values(rows, contract)
    found: dict[Place, Amount] = {(None, ""): _amount(units)}
    for part in slices_of(rows, contract):
        inside = np.flatnonzero(part.inside)
        amount = _amount(units.take(inside))
        if contract.task != "regression":
            rarest = np.bincount(y[inside], minlength=len(contract.classes)).argmin()
            amount = amount._replace(rarest=_amount(units.take(inside[y[inside] == rarest])).units)
        found[part.column, as_text(part.value) or "missing"] = amount
    return {place: amount._replace(what=amount.what + note) for place, amount in found.items()}


def _amount(units: Units) -> Amount:
    counts = [Amount(effective(np.bincount(places)), what) for what, places in units.declared()]
    return min(counts, default=Amount(float(units.rows), "rows"))


def _is_by_chance(there: Amount, here: Amount) -> bool:
    """Whether a slice has about as many rows, and of its rarest class, as others of the same kind would be."""
    least = (before - BY_CHANCE * before**0.5 for before in (there.units, there.rarest))
    return all(after >= few for after, few in zip((here.units, here.rarest), least, strict=True))


def _why_less(there: Amount, here: Amount) -> str:
    if here.units >= LEAST_SHARE * there.units:
        return ""
    return f"the base's own test counts as {_told(there)}, these rows count as {_told(here)}"


def _told(amount: Amount) -> str:
    return f"{amount.units:.0f} {amount.what}"


def _lost_rule(place: Place, metric: str, kind: str, why: str) -> LostRule:
    column, value = place
    return LostRule.model_validate(
        {"column": column, "value": value, "metric": metric, "kind": kind, "reason": f"{why[:1800]}: {REMEDY}"}
    )
