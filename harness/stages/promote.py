"""Commands behind `make promote` and `make rollback`: what a stage runs next, decided and recorded as one more tag."""

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from harness.core.errors import ProjectError
from harness.core.files import write_json
from harness.core.params import load_params
from harness.core.paths import MONITOR_STATE, MOVE_PATH
from harness.core.shell import run_program, try_program
from harness.core.stage_params import StageRules
from harness.project.web_address import one_line
from harness.stages.add_tag import add_tag, has_origin
from harness.stages.registry import AssignmentKind, Registry, Version, fetch_tags, read_registry
from harness.stages.rules import check_rules

WORKFLOWS, WORKFLOW = ".github/workflows", "promote.yml"
PREVIOUS = "previous"  # in place of a version: the one before
MoveKind = AssignmentKind | Literal["redeployment"]  # which adds no tag: the stage's tag names the version already


@dataclass(frozen=True)
class Move:
    """What a stage is to run, and what it runs now, to come back to; if that is the same, what it ran before."""

    stage: str
    kind: MoveKind
    version: str
    commit: str
    image: str
    model: str
    before: str  # version, empty where the stage runs nothing
    before_commit: str
    before_image: str
    before_model: str


def plan_promotion(
    name: str,
    stage: str,
    unstaged: bool,
    record: Path,
    check: bool = False,
    redeploy: bool = False,
    here: bool = False,
) -> Move:
    """A version goes to a stage, or, with `redeploy`, the one that it should run is deployed there once more.

    Raises ProjectError if one of the two is not known, or a rule forbids it.
    """
    rules, registry = load_params().stages, _registry_now(check)
    if stage not in rules:
        raise _unknown(stage)
    version, current = registry.version(name), registry.current(stage)
    if current and current.version == name:
        if redeploy:
            if not registry.goes_back(current):  # which no rule may stop
                check_rules(version, stage, _ours(rules[stage], check, here), registry, unstaged, record, MONITOR_STATE)
            return _redeployment(registry, stage, version)
        told = f"{stage} runs {name} already, since {current.date[:16]} by {current.by}"
        again = "; if another one answers there, deploy it again: REDEPLOY=1"
        raise ProjectError(told + (again if check or _is_on_github() else ""))
    if redeploy:
        raise ProjectError(f"REDEPLOY=1: {stage} runs {current.version if current else 'nothing'}, not {name}")
    _check_alone(version, registry)
    check_rules(version, stage, _ours(rules[stage], check, here), registry, unstaged, record, MONITOR_STATE)
    return _move(registry, stage, "promotion", version)


def _ours(rules: StageRules, check: bool, here: bool) -> StageRules:
    """What is asked here: where the workflow decides, only what the tags say, since it fetches looks and metrics."""
    return StageRules(after=rules.after) if not check and not here and _is_on_github() else rules


def plan_rollback(stage: str, check: bool = False, leaves: str = "") -> Move:
    """A stage goes back to the version before, from the one that it leaves, where that is said.

    Raises ProjectError if there is none before, or the stage has left that version already: of two who go back at once,
    the second would go back twice.
    """
    registry = _registry_now(check)
    if stage not in {*load_params().stages, *registry.stages()}:
        raise _unknown(stage)
    runs = registry.running(stage)
    if leaves and (runs is None or runs.name != leaves):
        now = runs.name if runs else "nothing"
        raise ProjectError(f"LEAVES={one_line(leaves)}: {stage} runs {now} now; somebody was faster, see make models")
    before = registry.before(stage)
    if before is None:
        why = f"it ran no other version before {runs.name}" if runs else "it runs nothing yet"
        raise ProjectError(f"STAGE={stage}: {why}; make models lists what was where")
    return _move(registry, stage, "rollback", registry.version(before))


def carry_out(move: Move, check: bool, here: bool) -> None:
    """Start the workflow where the repository is on GitHub; otherwise, or where asked, add the tag and push it.

    With `check` nothing is moved: what would be is written down for the workflow. Raises ProjectError if another move
    was faster.
    """
    if check:
        write_json(MOVE_PATH, asdict(move))
        again = f"{move.stage}: {move.version} is deployed again, no new tag"
        told = f"{move.stage}: {move.before or 'nothing'} → {move.version}; the rules allow it"
        print(again if move.kind == "redeployment" else told)
    elif not here and _is_on_github():
        version = PREVIOUS if move.kind == "rollback" else move.version
        values = [f"version={version}", f"stage={move.stage}"]
        values += [f"leaves={move.before}"] if move.kind == "rollback" else []
        values += ["redeploy=true"] if move.kind == "redeployment" else []
        run_program("gh", "workflow", "run", WORKFLOW, *(word for value in values for word in ("-f", value)))
        print(f"{move.stage} → {move.version}: {WORKFLOW} has started; to watch it: gh run watch")
    elif move.kind == "redeployment":
        raise ProjectError(f"REDEPLOY=1 works only on GitHub, where {WORKFLOW} deploys; from here only tags are added")
    else:
        told = f"{move.stage}: {move.before or 'nothing'} → {move.version}"
        tag = add_tag(move.stage, move.version, move.commit, move.kind)
        print(f"{told}, tag {tag}{', pushed to origin' if has_origin() else ''}; nothing is deployed from here")


def _registry_now(check: bool) -> Registry:
    """Of this moment: what was promoted elsewhere counts. A check may do without: a workflow's clone has no login."""
    why = fetch_tags()
    if why and not check:
        raise ProjectError(f"origin could not be asked, so nothing is moved: {why}")
    return read_registry()


def _unknown(stage: str) -> ProjectError:
    known = ", ".join(load_params().stages)
    return ProjectError(f"STAGE={one_line(stage)}: no such stage; params.yaml: stages has {known}")


def _check_alone(version: Version, registry: Registry) -> None:
    """Raises ProjectError if the commit has another version too: gto reads no stage at such a commit."""
    names = [one.name for one in registry.versions if one.commit == version.commit]
    if len(names) > 1:
        told = f"VERSION={version.name}: commit {version.commit[:12]} must be one version"
        raise ProjectError(f"{told}, is {', '.join(names)}; promote another commit's")


def _move(registry: Registry, stage: str, kind: AssignmentKind, version: Version) -> Move:
    return _move_from(registry.running(stage), stage, kind, version)


def _redeployment(registry: Registry, stage: str, version: Version) -> Move:
    """If it fails, the stage goes back to what it ran until it was to run this."""
    return _move_from(registry.last_before(stage), stage, "redeployment", version)


def _move_from(before: Version | None, stage: str, kind: MoveKind, version: Version) -> Move:
    old = (before.name, before.commit, _fact(before, "Image"), _fact(before, "Model")) if before else ("", "", "", "")
    return Move(stage, kind, version.name, version.commit, _fact(version, "Image"), _fact(version, "Model"), *old)


def _fact(version: Version, key: str) -> str:
    return version.facts.get(key, "")


def _is_on_github() -> bool:
    """By origin's address, as it is written or as git's settings complete it; of another host, `gh` may know it.

    Such are an alias of ssh's settings, and an Enterprise Server.
    """
    asked = (("config", "--get", "remote.origin.url"), ("remote", "get-url", "origin"))
    addresses = [try_program("git", *words).stdout.strip() for words in asked]
    if any("github.com" in address for address in addresses):
        return True
    if not Path(WORKFLOWS, WORKFLOW).is_file() or not shutil.which("gh"):
        return False
    seen = try_program("gh", "repo", "view", "--json", "nameWithOwner", "--jq", ".nameWithOwner").stdout.strip().lower()
    ends = [address.lower().removesuffix("/").removesuffix(".git").replace(":", "/") for address in addresses]
    return bool(seen) and any(end.endswith(f"/{seen}") for end in ends)
