"""Text of unknown origin, for a terminal or as GitHub Markdown: nothing but our own signs steers either."""

from collections.abc import Sequence

COMMENT_LENGTH = 60_000  # characters of a comment; GitHub takes 65,536


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


def cut_comment(markdown: str) -> str:
    """At most what a comment holds, cut at a line, with a note."""
    if len(markdown) <= COMMENT_LENGTH:
        return markdown + "\n"
    kept = markdown[:COMMENT_LENGTH].rsplit("\n", 1)[0]
    closing = "\n\n</details>" * (kept.count("<details>") - kept.count("</details>"))
    return f"{kept}{closing}\n\nThe rest is cut off: a comment holds no more. All of it is in the run's report.json.\n"


def folded(title: str, lines: Sequence[str]) -> list[str]:
    """Lines that are shown when their title is clicked."""
    return [f"<details><summary>{title}</summary>", "", *lines, "", "</details>", ""]
