"""All rows and each slice of a pairing: the changes of what is measured there."""

import numpy as np

from harness.compare.comparison import Comparison, with_allowances
from harness.compare.judges import Judges
from harness.compare.pairing import Pairing
from harness.compare.verdicts import compare, lone_change
from harness.core.contract import Contract, as_text
from harness.core.errors import ProjectError
from harness.evaluate.bootstrap import Subset
from harness.evaluate.metrics import CALIBRATION_LINE, better_of
from harness.evaluate.sample import Sample, line_values
from harness.evaluate.slices import Slice, slices_of, why_not_evaluable
from harness.evaluate.units import units_of
from harness.report.report import MOST_REPORTED_SLICES, Change, SliceChange

SINCE = "since the last model"  # the slice of the rows that the base's data lack


def compare_parts(pair: Pairing, judges: Judges, contract: Contract) -> Comparison:
    """Changes on all rows and on each slice: its primary metric, and those that its rules name."""
    evaluate, slices = judges.evaluate, slices_of(pair.rows, contract)
    if pair.fresh is not None and pair.fresh.any() and not pair.fresh.all():
        slices.append(Slice(SINCE, "new rows", pair.fresh))
    if len(slices) > MOST_REPORTED_SLICES:
        columns = ", ".join(contract.slices)
        raise ProjectError(
            f"src/schema.py: the slices {columns} have {len(slices)} values, but a report holds {MOST_REPORTED_SLICES}"
        )
    reasons = [why_not_evaluable(pair.candidate[0].take(part.inside), evaluate) for part in slices]
    parts = [Subset()]
    for part, reason in zip(slices, reasons, strict=True):
        named = [name for name in judges.gates.slices.get(part.column, {}) if name in pair.candidate[0].names()]
        if not reason:
            parts.append(Subset(np.flatnonzero(part.inside), tuple(dict.fromkeys([evaluate.primary, *named]))))
    if pair.base:
        units = units_of(pair.rows, contract)
        tables = compare(
            pair.base, pair.candidate, parts, evaluate.primary, evaluate.resamples, evaluate.random_state, units
        )
    else:
        tables = [_alone(pair.candidate[0], part) for part in parts]
    whole, *others = tables
    rest = iter(others)
    lines = [_line_changes(pair, part, judges) for part in slices]
    described = [
        SliceChange(
            column=part.column,
            value=as_text(part.value) or "missing",
            rows=int(part.inside.sum()),
            not_evaluable=reason,
            changes=[] if reason else [*next(rest), *line],
        )
        for part, reason, line in zip(slices, reasons, lines, strict=True)
    ]
    return with_allowances(judges.gates, Comparison(whole, described, pair.state, pair.reason, pair.same_model))


def _line_changes(pair: Pairing, part: Slice, judges: Judges) -> list[Change]:
    """Slope and intercept of the calibration in a slice, where a rule names them: the value alone can be judged."""
    named = [name for name in judges.gates.slices.get(part.column, {}) if name in CALIBRATION_LINE]
    if not named:
        return []
    values = finite(line_values(pair.candidate[0].take(part.inside)))
    return [lone_change(name, "higher", "not evaluable", candidate=values.get(name)) for name in named]


def _alone(sample: Sample, part: Subset) -> list[Change]:
    """Metrics that have nothing to be compared with."""
    inside = sample if part.rows is None else sample.take(part.rows)
    return [
        lone_change(name, better_of(sample.task, name, sample.own), "new", candidate=value)
        for name, value in finite(inside.estimates()).items()
        if part.metrics is None or name in part.metrics
    ]


def finite(values: dict[str, float]) -> dict[str, float | None]:
    """What a report holds: None where a metric is undefined."""
    return {name: value if np.isfinite(value) else None for name, value in values.items()}
