"""One look: the rows since the last one, judged by all four tiers, and the line that the state grows by."""

from dataclasses import dataclass, field

import numpy as np

from harness.monitor.circle import FEWEST, Circle
from harness.monitor.conclude import conclude, why_retrain
from harness.monitor.findings import ExpectedLoss, LiveMetric, Look, TruthCount
from harness.monitor.judge import (
    judge_drift,
    judge_estimate,
    judge_quality,
    judge_risks,
    limit_of,
    purse_key,
)
from harness.monitor.judged import Judged, measure, to_sample, wager_all
from harness.monitor.observed import Observed
from harness.monitor.state import LIMIT_CHANGED, NO_LINE, Entry, Purse, new_purse


@dataclass(frozen=True)
class Memory:
    """What the state must keep, so that no row is counted twice."""

    mark: str = ""  # names a scored file
    files: dict[str, int] = field(default_factory=dict)  # of a log: how many bytes of each were read


def take_look(circle: Circle, observed: Observed, judged: Judged | None, now: np.datetime64, memory: Memory) -> Look:
    """Judge what was observed, and let the state grow.

    A look at fewer than FEWEST new rows judges none of them: they wait for the next one. If it judges no label either,
    it takes no share of the budget.
    """
    last = circle.last()
    number = last.look + 1 if last else 0
    turn = sum(entry.rows >= FEWEST or entry.labelled > 0 for entry in circle.state.of(circle.model))
    enough = observed.rows >= FEWEST
    void = circle.state.void(circle.model, circle.known_looks, circle.known_hash)
    purses = {purse.key: purse for purse in last.purses} if last else {}
    for risk in circle.reference.risks:
        limit = limit_of(risk, circle.margin)
        known = purses.setdefault(purse_key(risk), new_purse(purse_key(risk), limit))
        if abs(known.limit - limit) > 1e-9:
            void = void or LIMIT_CHANGED
    groups, metrics = _bet(circle, purses, judged, turn)
    counts = observed.counts if enough else {}
    drifted = judge_drift(circle.reference, counts, turn, observed.worth)
    risen = judge_quality(circle.reference, counts, turn, observed.worth)
    expected = _expected(circle, observed, turn) if enough else None
    risks = judge_risks(circle.reference, purses, circle.margin)
    before, labelled = sum(entry.labelled for entry in circle.state.of(circle.model)), judged.labelled if judged else 0
    moved = [one.column for one in drifted if one.shown]
    outcome, reason = conclude(observed.rows, labelled, drifted, risen, expected, risks)
    found = Look(
        model=circle.model,
        number=number,
        made=moment(now) or "",
        since=moment(observed.first),
        until=moment(observed.last),
        rows=observed.rows,
        group=circle.contract.group,
        refused=dict(observed.refused.most_common(20)),
        void=void,
        outcome=outcome,
        reason=reason,
        retrain=why_retrain(outcome, reason, before + labelled, circle.retrain_rows),
        drift=drifted,
        quality=risen,
        estimated=expected,
        risks=risks,
        metrics=metrics,
        truth=_truth_count(judged),
        notices=[*observed.notices, *(_moved_before(circle, moved) if outcome.startswith("loss") else [])],
    )
    seen = exact(observed.last) or (last.seen_until if last else None)
    closed = (exact(judged.until) if judged else None) or (last.closed_until if last else None)
    used = enough or labelled > 0
    marks = [*groups, *([memory.mark] if memory.mark and used else [])]
    circle.state.append(
        Entry(
            previous=NO_LINE,
            model=circle.model,
            look=number,
            made=found.made,
            seen_until=seen,
            closed_until=closed,
            rows=observed.rows,
            outcome=outcome,
            void=void,
            purses=list(purses.values()),
            groups=marks,
            files=memory.files if enough else {},
            labelled=labelled,
            moved=moved,
        )
    )
    return found.model_copy(update={"state": circle.state.last_hash})


def _moved_before(circle: Circle, moved: list[str]) -> list[str]:
    """A line on what an earlier look showed to have drifted: the labels of its rows come at a later look."""
    earlier = [entry for entry in circle.state.of(circle.model) if set(entry.moved) - set(moved)]
    return [f"look {entry.look + 1} showed drift of {', '.join(entry.moved[:5])}" for entry in earlier[-1:]]


def moment(time: np.datetime64 | None) -> str | None:
    """UTC to the second."""
    return None if time is None or np.isnat(time) else f"{time.astype('datetime64[s]')}Z"


def exact(time: np.datetime64 | None) -> str | None:
    """UTC to the microsecond, by which rows are known again."""
    return None if time is None or np.isnat(time) else str(time.astype("datetime64[us]"))


def _bet(
    circle: Circle, purses: dict[str, Purse], judged: Judged | None, turn: int
) -> tuple[list[str], list[LiveMetric]]:
    found = judged.rows if judged else None
    if found is None:
        return [], []
    sample = to_sample(*found, circle.threshold, circle.contract)
    known = {group for entry in circle.state.of(circle.model) for group in entry.groups}
    groups = wager_all(purses, found[0], sample, circle.reference, turn, known)
    return groups, measure(sample, found[0], circle.test.metrics if circle.test else {})


def _expected(circle: Circle, observed: Observed, turn: int) -> ExpectedLoss | None:
    current = observed.design()
    if circle.test is None or current is None:
        return None
    test = circle.test
    if test.design.shape[1] != current.shape[1]:
        return None
    return judge_estimate(test.design, test.losses, current, circle.reference, turn, circle.margin)


def _truth_count(judged: Judged | None) -> TruthCount | None:
    if judged is None:
        return None
    truth = judged.truth
    return TruthCount(
        given=truth.given,
        matched=judged.matched,
        repeated=truth.repeated,
        contradictory=truth.contradictory,
        unmatched=truth.unmatched,
        closed_rows=judged.closed,
        labelled=judged.labelled,
        late=judged.late,
    )
