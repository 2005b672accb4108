"""Text of unknown origin, for a terminal or as GitHub Markdown: nothing but our own signs steers either."""

import re
from collections.abc import Sequence

PLAIN = frozenset(" ,;()+=%/'\"-≥≤…−–")  # signs that are themselves inside a code element
ISSUE_OR_COMMIT = re.compile(r"GH-\d|[0-9a-f]{7}", re.IGNORECASE)  # an issue, a commit
COMMENT_LENGTH = 60_000  # characters of a comment; GitHub takes 65,536


def visible(value: str) -> str:
    """A string of unknown origin in one line, in which nothing steers a terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in value)


def text(value: str, most: int = 100) -> str:
    """A string of unknown origin as text, in code: in it GitHub links no @name, #number or address.

    Between backticks where every sign is plain; otherwise each sign that Markdown, HTML or GitHub could read is an
    entity.
    """
    shown = visible(value)
    cut = shown if len(shown) <= most else shown[: most - 1] + "…"
    if cut.strip() and all(_is_plain(cut, at) for at in range(len(cut))):
        return f"`{cut.strip()}`"
    escaped = "".join(sign if _is_plain(cut, at) else f"&#{ord(sign)};" for at, sign in enumerate(cut))
    return f"<code>{escaped}</code>" if escaped.strip() else ""


def prose(value: str, most: int = 300) -> str:
    """A sentence of unknown origin: as it is where every sign is plain and nothing in it is a link to GitHub."""
    shown = text(value, most)
    return shown if not shown.startswith("`") or ISSUE_OR_COMMIT.search(shown) else shown.strip("`")


def _is_plain(value: str, at: int) -> bool:
    """Whether nobody reads the sign at a position as anything but itself."""
    sign, before, after = value[at], value[at - 1 : at], value[at + 1 : at + 2]
    if sign == "_":  # within a word it emphasises nothing
        return before.isalnum() and after.isalnum()
    if sign == ":":  # neither a scheme nor an emoji's name
        return after in {" ", ""}
    if sign == ".":  # GitHub links www.
        return value[max(0, at - 3) : at].lower() != "www"
    return sign.isalnum() or sign in PLAIN


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
