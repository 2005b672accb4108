"""Judge another run's report again from its numbers; the verdict in the report itself does not count.

Read by the trusted job alone, with the default branch's code: `trusted.json` and the params.yaml beside it come from
GitHub, and nothing that the pull request's own run wrote decides but the numbers.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.compare.comparison import Comparison, with_values
from harness.compare.gate import MOST_RULES, judge, passed
from harness.compare.judges import read_gates, replaces_example
from harness.compare.own_rules import own_rules
from harness.core.errors import ProjectError
from harness.core.files import write_bytes, write_json
from harness.core.judge_params import Gates
from harness.core.params import read_yaml
from harness.report.escape import cut_comment, text
from harness.report.gate_outcome import gate_outcome
from harness.report.markdown import render
from harness.report.report import Change, Report, Rule
from harness.report.report_file import read_report

JUDGING_SECTIONS = ("gates", "evaluate")  # of params.yaml: they decide how a model is judged
MOST_NODES = 10_000  # of a params.yaml; one alias can stand for very many
SHOWN_FILES = 30


class Trusted(BaseModel):
    """What GitHub says of a run and its pull request."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    branch: str  # whose rules apply
    succeeded: bool  # the run itself
    overridden_by: str | None
    void: str  # why the override that the report claims does not count; empty if there is nothing to say
    files: Annotated[list[str], Field(max_length=200)]  # judging files that the pull request touches
    listed_all: bool
    of_branch: bool  # the commit that the report compares with is one of the branch


def comment_again(report_path: Path, out: Path, trusted: Path) -> None:
    """Write report.md with its pictures, and verdict.json. Raises ProjectError if the report cannot be believed."""
    known = _read_trusted(trusted / "trusted.json")
    report = judge_again(read_report(report_path), known, trusted / "branch.yaml", trusted / "after.yaml")
    render(report, out)
    notes = [*_notes(report, known), *_judge_notes(known, trusted / "before.yaml", trusted / "after.yaml")]
    for path in (out / "report.md", out / "summary.md"):
        whole = "".join(f"> ⚠️ {note}\n\n" for note in notes) + path.read_text("utf-8")
        write_bytes(path, cut_comment(whole).encode())
    holds = report.gate_passed and known.succeeded
    title = gate_outcome(report.gate) if holds or not report.gate_passed else "the run itself failed"
    title = f"overridden by {report.overridden_by}" if holds and report.overridden_by else title
    write_json(out / "verdict.json", {"passed": holds, "title": title})


def judge_again(report: Report, known: Trusted, rules: Path, own: Path) -> Report:
    """The report with the verdict of the branch's rules; its `own` where the branch has no pipeline or data yet."""
    gates, refused = Gates(metrics={}, slices={}), []
    has_base = rules.exists() and not replaces_example(rules, own)
    try:
        gates = read_gates(rules if has_base else own)
    except ProjectError as error:
        refused.append(f"the rules of {known.branch} cannot be read: {error}"[:2000])
    if has_base and report.base_state == "first run":
        refused.append(f"{known.branch} has a pipeline, and the run says that there is none to compare with")
    if not known.of_branch:
        refused.append(f"it was compared with {report.base_commit}, which is not a commit of {known.branch}")
    found = Comparison(_on_all_rows(report), report.slices, report.base_state, report.base_reason, report.same_model)
    found = replace(found, best=report.best, lost_rules=report.lost_rules)
    gate = judge(gates, found)
    gate += [Rule(rule="can be judged", value=None, state="fail", reason=reason) for reason in refused]
    if len(gate) > MOST_RULES:
        gate = [Rule(rule="can be judged", value=None, state="fail", reason=f"{len(gate)} rules are too many")]
    source = "base" if has_base else "candidate"
    judged = report.model_copy(update={"gate": gate, "gate_source": source, "overridden_by": known.overridden_by})
    gate += own_rules(judged, Path())  # this branch's own rules
    return judged.model_copy(update={"gate": gate, "gate_passed": passed(gate) or known.overridden_by is not None})


def _on_all_rows(report: Report) -> list[Change]:
    """Rules on a value are about all test rows, those included that the base was trained on."""
    return with_values(report.changes, report.values)


def _read_trusted(path: Path) -> Trusted:
    try:
        return Trusted.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ProjectError(f"{path}: not what the workflow writes: {error}") from None


def _notes(report: Report, known: Trusted) -> list[str]:
    notes = []
    if report.gate_passed and not known.succeeded:
        notes.append("The run itself failed, whatever the report below says; its log says why.")
    if known.void:
        notes.append(f"The report says that the label `gate-override` is set; GitHub says: {known.void}")
    return notes


def _judge_notes(known: Trusted, before: Path, after: Path) -> list[str]:
    """Which files of the judge are edited: the numbers come from a run in which these edits were in force."""
    files = [name for name in known.files if name != "params.yaml" and not name.endswith("/params.yaml")]
    listed = [text(name) for name in files]
    if len(files) < len(known.files):
        listed += [f"{section} in `params.yaml`" for section in _changed_sections(before, after)]
    notes = []
    if listed:
        more = f" and {len(listed) - SHOWN_FILES} more" if len(listed) > SHOWN_FILES else ""
        shown = ", ".join(listed[:SHOWN_FILES])
        notes.append(f"**This changes what judges it**: {shown}{more}. Read these changes before the numbers.")
    if not known.listed_all:
        notes.append("**GitHub does not list every changed file**: check yourself whether this changes what judges it.")
    return notes


def _changed_sections(before: Path, after: Path) -> list[str]:
    try:
        old, new = (_sections(path) for path in (before, after))
    except ProjectError:
        return ["something that cannot be read"]
    return [section for section in JUDGING_SECTIONS if old[section] != new[section]]


def _sections(path: Path) -> dict[str, list[str]]:
    """The sections' values as one flat list each. Raises ProjectError if the file is no mapping, or too large."""
    value = read_yaml(path) if path.exists() else {}
    if not isinstance(value, dict):
        raise ProjectError(f"{path}: must be a mapping")
    return {section: _flat(value.get(section)) for section in JUDGING_SECTIONS}


def _flat(value: object) -> list[str]:
    found: list[str] = []
    left = [("", value)]
    while left:
        key, item = left.pop()
        if len(found) + len(left) > MOST_NODES:
            raise ProjectError("params.yaml: too many values")
        if isinstance(item, dict):
            left += [(f"{key}.{name}", below) for name, below in item.items()]
        elif isinstance(item, list):
            left += [(f"{key}.{number}", below) for number, below in enumerate(item)]
        else:
            found.append(f"{key}={item!r}")
    return sorted(found)
