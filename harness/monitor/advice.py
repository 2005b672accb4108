"""What a verdict is called, and what to do about it."""

import shlex

from harness.core.paths import DATA_DVC
from harness.monitor.findings import Look
from harness.project.store import is_embedded

HEADS = {
    "nothing": "✅ Nothing to do",
    "drift without shown loss": "🟡 Drift, without shown loss",
    "loss estimated": "🟠 A loss is estimated",
    "loss shown": "🔴 A loss is shown",
    "not evaluable": "➖ Not evaluable",
}
VOID = "A false alarm may be likelier than 5 % until the next model; check an alarm before you act on it"


def advice(look: Look, retrain: str = "make retrain LOG=… TRUTH=…") -> str:
    """What to do, in sentences, with the command that retrains; empty where there is nothing to do."""
    labels = _what_labels_show(look)
    moved = "The rows have moved; no loss is shown. Look at the columns, and get labels."
    return {
        "nothing": "",
        "drift without shown loss": f"The rows have moved. {labels} Look at the columns." if labels else moved,
        "loss estimated": (labels or "Get labels: they show whether the model loses.")
        + " The estimate does not see a changed relation to the target.",
        "loss shown": f"Retrain: `{retrain}`, or the pull request that the workflow has opened.",
        "not evaluable": "Look less often, or log more rows.",
    }[look.outcome]


def units(look: Look) -> str:
    """What one unit of evidence is, in the plural."""
    return "groups" if look.group else "rows"


def _what_labels_show(look: Look) -> str:
    """A sentence about a loss that labels do not show; empty where none were judged."""
    if not look.truth or not look.truth.labelled or not look.risks:
        return ""
    whole = look.risks[0]
    if whole.detectable is None:
        return f"The labels of {whole.units} {units(look)} are too few to show a loss: get more."
    least = f"a mean loss of {whole.detectable:.4g} or more would be shown"
    if look.estimated and look.estimated.shown and whole.detectable > look.estimated.loss:
        return f"The labels of {whole.units} {units(look)} show no loss, but only {least}: get more."
    return f"The labels of {whole.units} {units(look)} show no loss ({least})."


def retrain_command(log: str = "", truth: str = "", file: str = "") -> str:
    """`make retrain` as it must be typed. An address is not repeated, for it may hold a password."""
    places = {"FILE": file} if file else {"LOG": log, "TRUTH": truth}
    words = [f"{key}={'…' if not place or '://' in place else shlex.quote(place)}" for key, place in places.items()]
    in_git = ["ROWS_IN_GIT=1"] if DATA_DVC.exists() and is_embedded() else []
    return " ".join(["make retrain", *words, *in_git])
