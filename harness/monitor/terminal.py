"""A look on the terminal: the verdict, the labelled and the expected loss, and what has moved."""

from harness.monitor.advice import HEADS, VOID, advice, units
from harness.monitor.findings import Look
from harness.report.escape import visible
from harness.report.numbers import number, signed


def print_look(look: Look, retrain: str) -> None:
    """Print what the page says first, and the command that retrains; the rest is in monitor.md."""
    print(f"{HEADS[look.outcome]}: {visible(look.reason)}")
    if said := advice(look, retrain):
        print(said)
    if look.void:
        print(f"{VOID}: {visible(look.void)}")
    period = f" from {look.since} to {look.until}" if look.since else ""
    print(f"\nlook {look.number + 1} at model {look.model}: {look.rows} rows{period}")
    print(f"{'labelled loss of':28} {'test':>9} {'limit':>9} {'now':>9} {units(look):>9}   evidence")
    for risk in look.risks:
        name = "all rows" if risk.column is None else f"{risk.column} = {risk.value}"
        numbers = f"{number(risk.test):>9} {number(risk.limit):>9} {number(risk.now):>9} {risk.units:>9}"
        print(f"{visible(name):28} {numbers}   {risk.evidence:.3g} of {risk.needed:.3g}{' SHOWN' * risk.shown}")
    if look.estimated:
        found = look.estimated
        least = f"; the change is above {signed(found.least)}" if found.least is not None else ""
        least += f", an alarm from {signed(found.margin)} on" if least and found.margin is not None else ""
        print(f"expected without labels: {number(found.loss)} (test {number(found.test)}{least})")
    if look.truth:
        print(
            f"{look.truth.labelled} of {look.truth.closed_rows} rows that are old enough (monitor.delay) have a label"
            + (f"; all rows of one {visible(look.group)} are one group, which counts once" if look.group else "")
        )
    for one in look.drift:
        if one.shown:
            print(f"drift: {visible(one.column)} moved by {one.distance:.1%}, certainly by {one.lower:.1%}")
    for notice in look.notices:
        print(f"note: {visible(notice)}")
