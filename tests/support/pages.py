"""The documents, and what they show as code."""

from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

from tests.support.constants import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("harness/*.md"))]


def code_of(page: Path) -> Iterator[str]:
    """What a page shows as code, in its lines and in blocks."""
    for token in MarkdownIt().enable("table").parse(page.read_text("utf-8")):
        if token.type in {"fence", "code_block"}:
            yield token.content
        yield from (child.content for child in token.children or [] if child.type == "code_inline")
