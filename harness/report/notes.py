"""What a reader must know of a comparison: what it is held against, whose rules apply, how to make it again."""

from harness.report.escape import text
from harness.report.report import Report


def notes_on(report: Report) -> list[str]:
    """Notes above the tables, each a quoted line."""
    notes = []
    if report.base_reason:
        notes.append(f"> {text(report.base_reason, 1500)}")
    if report.gate_rules and report.gate_source == "base":
        notes.append("> The rules of the gate are changed here; this run is judged by those of the base.")
    if report.gate_source == "main" and report.base_commit:
        rules = " They changed since." if report.gate_rules else ""
        notes.append(f"> The base is the model that was published last; main's own rules apply.{rules}")
    if report.gate_source == "candidate" and report.base_state != "first run":
        notes.append("> The base has no gate; this run is judged by its own rules.")
    if report.rows_left_out:
        notes.append(f"> {report.rows_left_out} test rows are left out: the base model was trained on them.")
    return [line for note in notes for line in (note, "")]


def how_to_reproduce(report: Report) -> list[str]:
    """The command that makes this report again, and what its columns mean."""
    dirty = " with uncommitted changes" if report.dirty else ""
    hashes = ", ".join(f"{name} `{value[:12]}`" for name, value in sorted(report.hashes.items()))
    base = report.base_commit or "none"
    return [
        f"`git checkout {report.commit[:12]} && {_command(report)}`",
        "",
        f"Commit `{report.commit}`{dirty}, base `{base}`; {hashes}.",
        "",
        "Both models are scored on the same rows and the same bootstrap resamples; the interval is that of the change. "
        "A verdict takes more than an interval that leaves out 0: the primary metric (bold) is tested first, at 4 %; "
        "all others share 1 % (Holm), or 5 % once the primary metric has its verdict. So noise alone brings a verdict "
        "into at most 5 reports of 100. What the test could show is the smallest change that it finds in 4 of 5 cases, "
        "for the primary metric.",
    ]


def _command(report: Report) -> str:
    base, folder = report.base_commit, "artifacts/published"
    if base is None:
        return "make pipeline"
    if report.gate_source == "main":
        fetch = f"gh release download model-{base} --dir {folder} && echo {base} > {folder}/commit"
        return f"{fetch} && make report PUBLISHED={folder}"
    return f"make report BASE={base[:12]}"
