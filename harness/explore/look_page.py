"""The page of `make look`: nothing is loaded from outside; light or dark as the reader's system; fit for a phone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from harness.explore.column_views import BinView, ColumnView
from harness.report.card_html import html_page
from harness.report.escape import visible
from harness.report.numbers import number

LOOK_STYLE = """\
:root { --train: #b6d4fe; --test: #d6d8db; --target: #b7e4c7 }
@media (prefers-color-scheme: dark) { :root { --train: #1f4a8a; --test: #4a4f57; --target: #1d5c37 } }
summary { cursor: pointer; padding: .3rem 0 }
summary b { margin-right: .6rem }
td.bar { background: linear-gradient(to right, var(--ink-of-bar) var(--part), transparent var(--part)) no-repeat;
  white-space: nowrap }
td.train { --ink-of-bar: var(--train) }
td.test { --ink-of-bar: var(--test) }
td.target { --ink-of-bar: var(--target) }
.note { opacity: .8 }
.report { overflow-x: auto; overflow-wrap: normal }"""


@dataclass(frozen=True)
class PagePart:
    """A part of the page: its title, a sentence, and markup that is made here or by a library."""

    title: str
    sentence: str
    markup: str


def page_of(title: str, parts: Sequence[PagePart]) -> str:
    """The whole page; whatever the data holds is text in it."""
    contents = "".join(f'<li><a href="#{_place(part)}">{as_html(part.title)}</a></li>\n' for part in parts)
    body = "".join(
        f'<h2 id="{_place(part)}">{as_html(part.title)}</h2>\n<p class="note">{as_html(part.sentence)}</p>\n'
        f"{part.markup}\n"
        for part in parts
    )
    return html_page(as_html(title), contents, body, f"\n{LOOK_STYLE}")


def columns_markup(views: Sequence[ColumnView], targets: Sequence[str], shown: int) -> str:
    """A folding table for each feature; the first are open."""
    spans = [_spans(views, place) for place in range(len(targets))]
    return "\n".join(
        f"<details{' open' if place < shown else ''}><summary><b>{as_html(view.name)}</b> "
        f"explains {view.explained:.1%} of the target; test beside train: PSI {view.shift:.2f}</summary>\n"
        + table(
            ["", "train rows", "test rows", *targets],
            [_bin_cells(one, spans) for one in view.bins],
        )
        + "</details>"
        for place, view in enumerate(views)
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are markup: text that comes from data has passed `cell`."""
    head = "".join(f"<th>{as_html(name)}</th>" for name in header)
    body = "".join(f"<tr>{''.join(row)}</tr>\n" for row in rows)
    return f'<div class="wide"><table><tr>{head}</tr>\n{body}</table></div>'


def cell(value: str) -> str:
    """A cell of text."""
    return f"<td>{as_html(value)}</td>"


def bar(kind: str, part: float, shown: str) -> str:
    """A cell with a bar behind its text; `kind` is its colour: train, test or target."""
    return f'<td class="bar {kind}" style="--part: {100 * min(max(part, 0), 1):.1f}%">{as_html(shown)}</td>'


def as_html(value: str) -> str:
    """Text of unknown origin."""
    return escape(visible(value))


def _bin_cells(one: BinView, spans: Sequence[tuple[float, float]]) -> list[str]:
    cells = [cell(one.label), bar("train", one.train, f"{one.train:.1%}"), bar("test", one.test, f"{one.test:.1%}")]
    for value, (low, high) in zip(one.target, spans, strict=True):
        part = (value - low) / (high - low) if value is not None and high > low else 0.0
        cells.append(bar("target", part, number(value) if value is not None else "no row"))
    return cells


def _spans(views: Sequence[ColumnView], place: int) -> tuple[float, float]:
    """The range of one of the target's columns over all bins; bars of shares begin at 0."""
    values = [one.target[place] for view in views for one in view.bins]
    known = [value for value in values if value is not None]
    return min([0.0, *known]), max(known, default=1.0)


def _place(part: PagePart) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in part.title.lower())
