"""Where the modules of earlier versions are now: a project's own files may still import them by their old names."""

import ast
from pathlib import Path

# Until ca9dd0b src/ held the template too. A module whose name src/ has anew (model, metrics, service) is not listed.
MOVED: dict[str, tuple[str, ...]] = {
    "src.answers": ("harness.serve.responder",),
    "src.base": ("harness.compare.base_model", "harness.core.shell"),
    "src.batch": ("harness.batch.score",),
    "src.bootstrap": ("harness.evaluate.bootstrap",),
    "src.changes": ("harness.compare.differences",),
    "src.checks": ("harness.batch.check_rows",),
    "src.compare": ("harness.compare.verdicts",),
    "src.comparison": ("harness.compare.build_report",),
    "src.contract": ("harness.core.contract",),
    "src.curves": ("harness.evaluate.curves",),
    "src.data": ("harness.data.table",),
    "src.dates": ("harness.model.dates",),
    "src.errors": ("harness.core.errors", "harness.core.command"),
    "src.evaluation": ("harness.evaluate.evaluation",),
    "src.export": ("harness.model.export",),
    "src.files": ("harness.core.files",),
    "src.gate": ("harness.compare.gate",),
    "src.golden": ("harness.model.golden_rows",),
    "src.messages": ("harness.serve.payloads",),
    "src.model_file": ("harness.inference.model_file",),
    "src.params": ("harness.core.params", "harness.core.judge_params", "harness.core.paths"),
    "src.parity": ("harness.model.parity",),
    "src.plots": ("harness.evaluate.plots",),
    "src.predictor": ("harness.inference.predictor",),
    "src.prepared": ("harness.core.prepared", "harness.core.paths"),
    "src.profile": ("harness.data.profile",),
    "src.render": ("harness.report.markdown",),
    "src.report": ("harness.report.report",),
    "src.roles": ("harness.data.roles",),
    "src.slices": ("harness.evaluate.slices",),
    "src.split": ("harness.data.split",),
    "src.stages.evaluate": ("src.evaluate",),
    "src.stages.preprocess": ("src.preprocess",),
    "src.stages.train": ("src.train",),
    "src.tuning": ("harness.model.tuning",),
    "src.update_data": ("harness.project.data",),
    "src.validation": ("harness.data.validation",),
    "tests.conftest": ("tests.support.clone", "tests.support.constants", "tests.support.project"),
    "tests.serving": ("tests.support.serving",),
    "tests.strangers": ("tests.support.strangers",),
    "tests.tables": ("tests.support.tables",),
    "tests.webdav": ("tests.support.webdav",),
}


def where(name: str) -> str:
    """Where a moved module is, in words: `src.errors is now harness.core.errors and harness.core.command`."""
    return f"{name} is now {' and '.join(MOVED[name])}"


def moved_imports(path: Path) -> list[str]:
    """The modules that a Python file imports by the names that they had; none if the file cannot be read as Python."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return []
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return sorted(names & set(MOVED))
