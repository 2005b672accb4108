"""src/features.py, src/metrics.py and src/rules.py without what they did for the columns of another table."""

import ast
from collections.abc import Collection, Iterator
from hashlib import sha256
from pathlib import Path

from harness.core.files import replacing
from harness.core.paths import SCHEMA_PATH

FEATURES_PATH = Path("src/features.py")
# SHA-256 of each form that it had with the worked example.
EXAMPLE_FEATURES = {
    "c7c21bdbaa7e5c3d5bc6acc96a84e7efd1c3d3df0de5d04fcc10e44e10c1c2a2",
    "44c708868eb93f16f56dbeb911e3ff11ba4fbccfb0f857a58d3760a0b92adb8b",
}
EMPTY = {
    FEATURES_PATH: ("features", "return {}"),
    Path("src/metrics.py"): ("METRICS", "{}"),
    Path("src/rules.py"): ("rules", "return []"),
}


def neutral_hooks(old_columns: Collection[str], new_columns: Collection[str], folder: Path = Path()) -> dict[Path, str]:
    """The new text of each file that speaks of a column that is no longer there, or that switches an own metric on."""
    gone = set(old_columns) - set(new_columns)
    texts = {}
    for path, (name, empty) in EMPTY.items():
        if not (folder / path).exists():
            continue
        text = (folder / path).read_text("utf-8")
        if gone & set(_words(ast.parse(text))):
            texts[path] = _emptied(text, name, empty)
    return texts


def leave_out_example_features() -> None:
    """Empty src/features.py where an update brought the worked example's into a project with a table of its own.

    Such a table lacks most of its columns; where one is absent the schema may have a typing mistake.
    """
    if not FEATURES_PATH.is_file() or not SCHEMA_PATH.is_file():
        return
    text = FEATURES_PATH.read_text("utf-8")
    if sha256(text.encode()).hexdigest() not in EXAMPLE_FEATURES:
        return
    nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Subscript))
    used = {str(node.slice.value) for node in nodes if isinstance(node.slice, ast.Constant)}
    absent = sorted(used - set(_words(ast.parse(SCHEMA_PATH.read_text("utf-8")))))
    if 2 * len(absent) > len(used):
        with replacing(FEATURES_PATH) as temporary:
            temporary.write_text(_emptied(text, *EMPTY[FEATURES_PATH]), "utf-8")
        print(
            f"note: {FEATURES_PATH} was emptied: it used {', '.join(absent)} of the worked example, which {SCHEMA_PATH}"
        )
        print(f"does not declare; to get it back: git restore {FEATURES_PATH}")


def _words(tree: ast.AST) -> Iterator[str]:
    """The texts and names in the code, but not in docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Name | ast.arg):
            yield node.id if isinstance(node, ast.Name) else node.arg


def _emptied(text: str, name: str, empty: str) -> str:
    """The file with an empty value, or with a function that keeps its docstring and does nothing."""
    lines = text.splitlines(keepends=True)
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            kept = node.body[1:] if ast.get_docstring(node) is not None else node.body
            start, end = (kept[0].lineno if kept else node.body[0].end_lineno or 0), node.end_lineno or 0
            unused = ", ".join(argument.arg for argument in node.args.args)
            body = [f"    del {unused}\n"] if unused else []
            return "".join([*lines[: start - 1], *body, f"    {empty}\n", *lines[end:]])
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and _target(node) == name:
            value = node.value
            before = lines[value.lineno - 1].encode()[: value.col_offset].decode()
            after = lines[(value.end_lineno or 1) - 1].encode()[value.end_col_offset or 0 :].decode()
            return "".join([*lines[: value.lineno - 1], before + empty + after, *lines[value.end_lineno or 0 :]])
    return text


def _target(node: ast.Assign | ast.AnnAssign) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return target.id if isinstance(target, ast.Name) else ""
