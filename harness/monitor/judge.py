"""The four tiers of one look, each at its share of the budget."""

from collections.abc import Mapping

import numpy as np

from harness.inference.reference import Floats, Reference, Risk
from harness.monitor import drift
from harness.monitor.betting import bet, detectable
from harness.monitor.budget import BETTING, DRIFT, ESTIMATE, QUALITY, share
from harness.monitor.estimate import LEAST_EFFECTIVE, estimate
from harness.monitor.findings import Drifted, ExpectedLoss, Risen, Shown
from harness.monitor.quality import MARGIN_OF_SHARE, rise
from harness.monitor.state import Purse, new_purse, purse_of

ALL_ROWS = "all"


def judge_drift(reference: Reference, counts: Mapping[str, Floats], look: int, units: float = 1.0) -> list[Drifted]:
    """Score ("") and columns by their counts; `units` is how many independent rows one row is worth."""
    spreads = [("", reference.score), *((s.name, s) for s in reference.features if s.kind != "date")]
    known = [(name, spread) for name, spread in spreads if name in counts]
    if not known:
        return []
    moved = [drift.compare_spreads(s.expected, reference.units, counts[n], counts[n].sum() * units) for n, s in known]
    p_values = np.array([float(one.p_value()) for one in moved])
    level = DRIFT * float(share(look))
    has_score = known[0][0] == ""
    score, columns = (p_values[0], p_values[1:]) if has_score else (np.float64(1.0), p_values)
    of_score, of_columns = drift.shown(np.asarray(score), columns, level)
    flags = [bool(of_score)] * has_score + of_columns.tolist()
    each = level / 2 / max(len(columns), 1)
    found = []
    for (name, spread), one, flag in zip(known, moved, flags, strict=True):
        own = each if name else level / 2
        found.append(
            Drifted(
                column=name or "score",
                rows=int(counts[name].sum()),
                distance=float(one.distance),
                lower=float(one.lower(own)),
                detectable=min(float(one.detectable(own)), 1.0),
                stability_index=float(drift.population_stability(spread.expected, counts[name])),
                shown=flag,
            )
        )
    return found


def judge_quality(reference: Reference, counts: Mapping[str, Floats], look: int, units: float = 1.0) -> list[Risen]:
    """The share of missing values of every column, and of unseen categories where there can be any."""
    known = [spread for spread in reference.features if spread.name in counts]
    level = QUALITY * float(share(look)) / (2 * max(len(known), 1))
    found = []
    for spread in known:
        row = counts[spread.name]
        parts = [("missing", spread.missing, row[-2])]
        parts += [("unseen", spread.unseen, row[-1])] if spread.kind == "category" and spread.known is not None else []
        for what, before, hits in parts:
            rose = rise(before, reference.units, hits * units, row.sum() * units, level)
            value = {"before": float(rose.before), "now": float(rose.now), "least": float(rose.least)}
            shown = value["least"] > MARGIN_OF_SHARE
            found.append(Risen.model_validate({"column": spread.name, "what": what, "shown": shown, **value}))
    return found


def judge_estimate(
    test: Floats, losses: Floats, current: Floats, reference: Reference, look: int, margin: float
) -> ExpectedLoss:
    """The loss to be expected of rows without labels, against that of the test rows."""
    found = estimate(test, losses, current)
    level = ESTIMATE * float(share(look))
    least = found.lower(level)
    reach = found.change - least if least is not None else float(np.sqrt(np.log(1 / level) * 2 / LEAST_EFFECTIVE))
    return ExpectedLoss(
        test=reference.risks[0].mean,
        loss=found.loss,
        least=least,
        detectable=min(reference.risks[0].mean + margin + reach, 1.0),
        shown=least is not None and least > margin,
        margin=margin,
    )


def purse_key(risk: Risk) -> str:
    """How a risk is called in the state."""
    return ALL_ROWS if risk.column is None else f"{risk.column}={risk.value}"


def wager(purse: Purse, units: Floats, look: int) -> Purse:
    """Let those who bet on one risk bet on a look's losses, in the order in which they came."""
    wealth, highest = bet(purse.wealth(look), units)
    total = purse.total + float(units.sum())
    return purse_of(purse.key, wealth, max(purse.highest, float(highest)), purse.units + len(units), total)


def judge_risks(reference: Reference, purses: Mapping[str, Purse], margin: float) -> list[Shown]:
    """What has been shown of each risk so far. All rows own half of the bets, the slices the other half."""
    slices = len(reference.risks) - 1
    found = []
    for risk in reference.risks:
        purse = purses.get(purse_key(risk)) or new_purse(purse_key(risk), limit_of(risk, margin))
        part = 1.0 if not slices else 0.5 if risk.column is None else 0.5 / slices
        needed = 1 / (BETTING * part)
        found.append(
            Shown(
                column=risk.column,
                value=risk.value,
                test=risk.mean,
                limit=purse.limit,
                units=purse.units,
                now=purse.total / purse.units if purse.units else None,
                evidence=min(purse.highest, 1e12),
                needed=needed,
                detectable=detectable(purse.limit, risk.deviation, purse.units, BETTING * part),
                shown=purse.highest >= needed,
            )
        )
    return found


def limit_of(risk: Risk, margin: float) -> float:
    """The mean loss that is still allowed: the test's upper bound, plus what the gate allows a new model to lose."""
    return min(risk.upper + margin, 1.0)
