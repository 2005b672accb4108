"""docs/model.md: what only people know of a model. Each heading below is a part of the model card."""

import re
from pathlib import Path

from harness.core.errors import ProjectError

MODEL_PARTS = {
    "Intended use": "Who uses the answers, for which decision.",
    "Out of scope": "What it must not be used for.",
    "Limits": "Where it is known to go wrong; what the data does not hold.",
    "Ethical considerations": "Whom a wrong answer harms, and what is done about it.",
    "Licence": "Of the model: a name such as Apache-2.0.",
    "Contact": "Who answers for it.",
}
INTRODUCTION = """\
# What people say of this model

The text below each heading goes into the model card (`artifacts/model/card.md`): paragraphs, and lists with `- `.
A heading without text reads "Not stated." there; `src/rules.py` can demand it. Comments like these are left out.
"""
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
PART_HEADING = re.compile(r"^## +(.*?) *$", re.MULTILINE)
MOST_CHARACTERS = 2000  # of a paragraph, and so of a line of the card


def empty_document() -> str:
    """The form, with nothing filled in."""
    parts = (f"\n## {title}\n\n<!-- {hint} -->\n" for title, hint in MODEL_PARTS.items())
    return INTRODUCTION + "".join(parts)


def read_document(path: Path) -> dict[str, list[str]]:
    """Title → paragraphs and items; of the known parts all, empty where nothing is said, then the file's own.

    Raises ProjectError if a paragraph is too long for the card, or the file is no UTF-8.
    """
    found: dict[str, list[str]] = {title: [] for title in MODEL_PARTS}
    try:
        text = COMMENT.sub("", path.read_text("utf-8")) if path.exists() else ""
    except UnicodeDecodeError as error:
        raise ProjectError(f"{path}: not UTF-8: byte {error.start + 1} cannot be read") from None
    _, *pieces = PART_HEADING.split(text)
    for title, body in zip(pieces[::2], pieces[1::2], strict=True):
        found[title] = paragraphs(body)
        longest = max(map(len, [title, *found[title]]))
        if longest > MOST_CHARACTERS:
            raise ProjectError(
                f"{path}: {title[:40]}: a paragraph has at most {MOST_CHARACTERS} characters, got {longest}"
            )
    return found


def paragraphs(body: str) -> list[str]:
    """Paragraphs as one line each; items of lists begin with "- "."""
    lines: list[str] = []
    joined = False  # whether the next line goes on with the last one
    for line in map(str.strip, body.splitlines()):
        item = re.match(r"[-*+] +", line)
        if item:
            lines.append(f"- {line[item.end() :]}")
        elif line and joined:
            lines[-1] += f" {line}"
        elif line:
            lines.append(line)
        joined = bool(line)
    return lines
