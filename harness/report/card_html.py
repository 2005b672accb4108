"""The card as one HTML page: no address from outside, light or dark as the reader's system, from phone width on."""

from collections.abc import Sequence
from html import escape

from harness.report.card import Card, CardSection
from harness.report.escape import visible

CARD_STYLE = """\
:root { color-scheme: light dark; --line: #d0d7de; --soft: #f6f8fa; --ink: #1f2328; --paper: #fff; --link: #0550ae }
@media (prefers-color-scheme: dark) {
  :root { --line: #3d444d; --soft: #151b23; --ink: #e6edf3; --paper: #0d1117; --link: #79b8ff }
}
body { margin: 0 auto; max-width: 58rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.25 }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-top: .8rem; border-top: 1px solid var(--line) }
p, li { max-width: 44rem }
nav ul { columns: 15rem; padding-left: 1.1rem }
a { color: var(--link) }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; min-width: 100% }
th, td { padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
  min-width: 4.5rem; overflow-wrap: break-word }
td:last-child { overflow-wrap: anywhere }
th { background: var(--soft) }"""


def card_html(card: Card) -> str:
    """The whole page; whatever the card holds is text in it."""
    sections = [(f"section-{number}", part) for number, part in enumerate(card.sections, start=1)]
    contents = "".join(f'<li><a href="#{place}">{_text(part.title)}</a></li>\n' for place, part in sections)
    body = "".join(f'<h2 id="{place}">{_text(part.title)}</h2>\n{_content(part)}' for place, part in sections)
    return html_page(_text(card.title), contents, body)


def html_page(title: str, contents: str, body: str, style: str = "") -> str:
    """A page that loads nothing; title, list of contents and body are markup, `style` comes after the card's own."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{CARD_STYLE}{style}
</style>
</head>
<body>
<h1>{title}</h1>
<nav aria-label="Contents">
<ul>
{contents}</ul>
</nav>
{body}</body>
</html>
"""


def _content(section: CardSection) -> str:
    lines: list[str] = []
    for text in section.text:
        is_item = text.startswith("- ")
        line = f"<li>{_text(text[2:])}</li>" if is_item else f"<p>{_text(text)}</p>"
        if is_item and lines and lines[-1].endswith("</ul>"):
            lines[-1] = lines[-1].removesuffix("</ul>") + f"{line}</ul>"
        else:
            lines.append(f"<ul>{line}</ul>" if is_item else line)
    return "".join(f"{line}\n" for line in [*lines, *_rows(section.header, section.rows)])


def _rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not header:
        return []
    head = [_row("th", header)] if any(header) else []
    body = [_row("td", row) for row in rows]
    return ['<div class="wide"><table>', *head, *body, "</table></div>"]


def _row(kind: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{kind}>{_text(cell)}</{kind}>' for cell in cells)}</tr>"


def _text(value: str) -> str:
    return escape(visible(value))
