"""The line of src/features.py at which a new column is made, for errors that are found after the function has run."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from harness.core.hooks import place

# What makes one value of many rows, as functions of xp or as numpy's methods.
OVER_ROWS = re.compile(
    r"(nan|arg|cum|cumulative_)?(all|any|average|max|mean|median|min|percentile|prod|ptp|quantile|sort|std|sum|var)"
    r"|count_nonzero|diff|roll|searchsorted|unique(_\w+)?"
)


def place_of_column(features: Callable[..., object], name: str) -> str:
    """Where the column is put into the dict, as src/features.py:13; the function's own line where that is not seen."""
    return _placed(features, [line for made, line in _columns(_function(features)) if made == name])


def place_over_rows(features: Callable[..., object], name: str) -> str:
    """Where many rows become one value, if the function has one such line; otherwise where the column is made."""
    lines = {
        node.lineno
        for node in ast.walk(_function(features))
        if isinstance(node, ast.Attribute) and OVER_ROWS.fullmatch(node.attr)
    }
    return _placed(features, lines) if len(lines) == 1 else place_of_column(features, name)


def _placed(features: Callable[..., object], lines: list[int] | set[int]) -> str:
    where = place(features)
    return f"{where.rpartition(':')[0]}:{max(lines)}" if lines else where


def _columns(function: ast.AST) -> Iterator[tuple[object, int]]:
    """Keys of dicts, keywords of dict() and items that are set, each with its line."""
    for node in ast.walk(function):
        if isinstance(node, ast.Dict):
            yield from ((key.value, key.lineno) for key in node.keys if isinstance(key, ast.Constant))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
            yield from ((keyword.arg, keyword.lineno) for keyword in node.keywords)
        elif (
            isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.slice, ast.Constant)
        ):
            yield node.slice.value, node.lineno


def _function(features: Callable[..., object]) -> ast.AST:
    """The function's part of its file; nothing where the file cannot be read, or no such function is in it."""
    code = inspect.unwrap(features).__code__
    for node in ast.walk(_parsed(code.co_filename)):
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if code.co_firstlineno == first:
                return node
    return ast.Module([], [])


@cache
def _parsed(path: str) -> ast.AST:
    try:
        return ast.parse(Path(path).read_text("utf-8"))
    except (OSError, SyntaxError, ValueError):
        return ast.Module([], [])
