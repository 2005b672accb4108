"""Numbers and text of unknown origin, for a terminal or as GitHub Markdown: nothing but our own signs steers either."""

from collections.abc import Sequence

MOST = 60_000  # characters of a comment; GitHub takes 65,536


def visible(value: str) -> str:
    """A string of unknown origin in one line, in which nothing steers a terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in value)


def text(value: str, most: int = 100) -> str:
    """A string of unknown origin as text: every sign that Markdown, HTML or GitHub could read is an entity, in `code`.

    In a code element GitHub links no @name, #number or address.
    """
    shown = visible(value)
    cut = shown if len(shown) <= most else shown[: most - 1] + "…"
    escaped = "".join(sign if sign.isalnum() or sign == " " else f"&#{ord(sign)};" for sign in cut)
    return f"<code>{escaped}</code>" if escaped.strip() else ""


def shorten(markdown: str) -> str:
    """At most what a comment holds, cut at a line, with a note."""
    if len(markdown) <= MOST:
        return markdown + "\n"
    kept = markdown[:MOST].rsplit("\n", 1)[0]
    closing = "\n\n</details>" * (kept.count("<details>") - kept.count("</details>"))
    return f"{kept}{closing}\n\nThe rest is cut off: a comment holds no more. All of it is in the run's report.json.\n"


def folded(title: str, lines: Sequence[str]) -> list[str]:
    """Lines that are shown when their title is clicked."""
    return [f"<details><summary>{title}</summary>", "", *lines, "", "</details>", ""]


def number(value: float | None) -> str:
    """Four decimals, or five digits of what is large."""
    if value is None:
        return ""
    shown = f"{value:.4f}" if abs(value) < 10 else f"{value:.5g}"
    return shown.replace("-", "−")


def signed(value: float | None) -> str:
    """A change, with its sign."""
    return "" if value is None else f"{'+' if value > 0 else ''}{number(value)}"
