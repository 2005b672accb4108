"""What a reader must know of a comparison: what it is held against, whose rules apply, how to make it again."""

from harness.report.escape import prose
from harness.report.report import SEEDLESS_REASON, Report


def notes_on(report: Report) -> list[str]:
    """Notes above the tables, each a quoted line."""
    notes = []
    if report.base_reason:
        about = "" if "base" in report.base_reason else "about the base: "
        reason = f"{about}{report.base_reason}"
        notes.append(f"> {prose(f'{reason[:1].upper()}{reason[1:]}', 1500)}")
    if report.base_state == "not comparable":
        notes.append("> Whether to take it anyway is a maintainer's decision: the label `gate-override`.")
    if told := whose_rules(report):
        notes.append(f"> {told}")
    if report.gate_source == "main" and report.base_commit:
        rules = " They changed since." if report.gate_rules else ""
        notes.append(f"> The base is the model that was published last; main's own rules apply.{rules}")
    if report.gate_source == "candidate" and report.base_state != "first run":
        notes.append("> The base has no gate; this run is judged by its own rules.")
    if report.rows_left_out:
        notes.append(f"> {report.rows_left_out} test rows are left out: the base model was trained on them.")
    if report.entities_trained_on:
        notes.append(
            f"> {report.entities_trained_on} of the {report.entities} groups in the test rows are in the training rows "
            "too, because the rows are split by time: this says less about new groups."
        )
    if report.distributed:
        notes.append(
            f"> The workers of a cluster trained this model ({prose(report.distributed)}): trained again, it is equal "
            "within the intervals, not to the byte."
        )
    return [line for note in [*notes, *_on_training(report)] for line in (note, "")][:-1]


def whose_rules(report: Report) -> str:
    """That the base's rules and settings judge, where the candidate's are others; empty where they are not."""
    if report.gate_source != "base":
        return ""
    if report.gate_rules:
        return "The rules of the gate are changed here; this run is judged by those of the base."
    if report.own_gate or any(change.key.startswith("evaluate.") for change in report.params):
        return "What judges (evaluate, or src/rules.py) is changed here; this run is judged as the base says."
    return ""


def _on_training(report: Report) -> list[str]:
    if report.base_state != "compared" or report.same_model:
        return []
    if report.trainings > 1:
        return [
            f"> A change is the average over {report.trainings} trainings of each side with different seeds, and its "
            "interval contains the noise of training. The columns base and this show the models themselves."
        ]
    if report.trainings_reason == SEEDLESS_REASON:
        return ["> Training has no noise here: another seed gives the same models."]
    why = f" ({prose(report.trainings_reason)})" if report.trainings_reason else ""
    return [
        "> This says which of these two models is better, not which code: the same code trained again may differ by "
        f"more{why}."
    ]


def how_to_reproduce(report: Report) -> list[str]:
    """The command that makes this report again, and what its columns mean."""
    dirty = " with uncommitted changes" if report.dirty else ""
    hashes = ", ".join(f"{name} `{value[:12]}`" for name, value in sorted(report.hashes.items()))
    base = f"base `{report.base_commit}`" if report.base_commit else "no base"
    lines = [_again(report), "", f"Commit `{report.commit}`{dirty}, {base}; SHA-256 of {hashes}."]
    if report.base_state != "compared":
        return lines
    return [
        *lines,
        "",
        "Both models are scored on the same rows and the same bootstrap resamples; the interval is that of the change. "
        "The intervals hold together: chance alone brings a verdict into at most 5 reports of 100, 4 of them the "
        "primary metric's (bold). A verdict is what its interval says: better or worse where it leaves out 0. The "
        "smallest detectable change is the one that these rows show in 4 of 5 cases.",
    ]


def _again(report: Report) -> str:
    if report.dirty:
        return f"In this work tree, because its changes are not committed yet: `{_command(report)}`"
    return f"`git checkout {report.commit[:12]} && {_command(report)}`"


def _command(report: Report) -> str:
    base, folder = report.base_commit, "artifacts/published"
    if base is None:
        return "make pipeline"
    if report.gate_source == "main":
        fetch = f"gh release download model-{base} --dir {folder} && echo {base} > {folder}/commit"
        return f"{fetch} && make report PUBLISHED={folder}"
    return f"make report BASE={base[:12]}"
