"""What follows from the four tiers: one verdict, and what it rests on."""

from harness.monitor.circle import FEWEST
from harness.monitor.findings import Drifted, ExpectedLoss, Outcome, Risen, Shown


def conclude(
    rows: int,
    labelled: int,
    drifted: list[Drifted],
    risen: list[Risen],
    expected: ExpectedLoss | None,
    risks: list[Shown],
) -> tuple[Outcome, str]:
    """The verdict on new rows and on rows whose label came, and what it rests on."""
    lost = [risk for risk in risks if risk.shown]
    if lost:
        where = "all rows" if lost[0].column is None else f"{lost[0].column} = {lost[0].value}"
        return "loss shown", f"the loss of {where} is above {lost[0].limit:.4g}; it was {lost[0].test:.4g} in the test"
    if expected and expected.shown:
        return "loss estimated", f"a loss of {expected.loss:.4g} is expected; it was {expected.test:.4g} in the test"
    moved = [one.column for one in drifted if one.shown] + [f"{r.what} {r.column}" for r in risen if r.shown]
    if moved:
        return "drift without shown loss", f"moved: {', '.join(moved[:5])}"
    reach = [risk.detectable for risk in risks[:1] if risk.detectable is not None]
    if max(rows, labelled) < FEWEST or (not reach and all(one.detectable >= 1 for one in drifted)):
        return "not evaluable", f"{rows} new rows and {labelled} labels are too few to show anything"
    drift = "no drift" if drifted else "too few new rows for drift"
    if not reach:
        return "nothing", f"{drift}; whether the model loses is not known without labels (TRUTH=…)"
    return "nothing", f"{drift}, no loss shown; a mean loss of {reach[0]:.4g} or more would be"


def why_retrain(outcome: Outcome, reason: str, labelled: int, enough: int) -> str | None:
    """Why a new model is due; None if it is not."""
    if outcome == "loss shown":
        return reason
    return f"{labelled} rows with a label have come since the last model" if labelled >= enough else None
