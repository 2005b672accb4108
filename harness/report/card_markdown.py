"""The card as Markdown: card.md with Hugging Face's front matter, and what the comment folds."""

import json
import re
from collections.abc import Callable, Collection, Sequence

from harness.core.contract import Task
from harness.report.card import Card, CardFiles, CardSection
from harness.report.escape import folded, prose
from harness.report.model_document import MOST_CHARACTERS

KINDS: dict[Task, str] = {
    "binary": "tabular-classification",
    "multiclass": "tabular-classification",
    "regression": "tabular-regression",
}
LICENCE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")


def card_markdown(card: Card, files: CardFiles, human: Collection[str]) -> str:
    """All of card.md. The sections whose titles are in `human` stand as people wrote them, markup and all."""
    lines = ["---", *_front_matter(card, files), "---", "", f"# {prose(card.title, MOST_CHARACTERS)}", ""]
    for section in card.sections:
        shown = str if section.title in human else _escaped
        lines += [f"## {shown(section.title)}", "", *_section(section, shown), ""]
    return "\n".join(lines).rstrip() + "\n"


def folded_card(card: Card) -> list[str]:
    """The card's sections for a comment, each folded: whatever they hold is text."""
    return [line for part in card.sections for line in folded(_escaped(part.title), _section(part, _escaped))]


def _section(section: CardSection, shown: Callable[[str], str]) -> list[str]:
    lines: list[str] = []
    for text in section.text:
        item = text.startswith("- ")
        if not (item and lines and lines[-1].startswith("- ")):
            lines += [""] if lines else []
        lines.append(f"- {shown(text[2:])}" if item else shown(text))
    return lines + ([""] if lines and section.header else []) + _table(section.header, section.rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not header:
        return []
    cells = [[_escaped(value) for value in row] for row in (header, *rows)]
    first, *others = (f"| {' | '.join(row)} |" for row in cells)
    return [first, "|---" * len(header) + "|", *others]


def _escaped(text: str) -> str:
    return prose(text, MOST_CHARACTERS)


def _front_matter(card: Card, files: CardFiles) -> list[str]:
    """YAML whose values are written as JSON, which is YAML too."""
    kind, target = KINDS[files.contract.task], files.contract.target
    licence = next((part.text[0] for part in card.sections if part.title == "Licence" and part.text), "")
    metrics = [{"type": name, "name": name, "value": value} for name, value in files.metrics.test.items()]
    dataset = {
        "type": "tabular",
        "name": files.params.data.path,
        "split": "test",
        "revision": files.model.hashes["data"],
    }
    result = {"task": {"type": kind, "name": target}, "dataset": dataset, "metrics": metrics}
    values: dict[str, object] = {
        **({"license": licence.lower()} if LICENCE_NAME.fullmatch(licence) else {}),
        "library_name": "onnx",
        "pipeline_tag": kind,
        "tags": ["tabular", "onnx", "scikit-learn"],
        "model-index": [{"name": target, "results": [result]}],
    }
    return [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
