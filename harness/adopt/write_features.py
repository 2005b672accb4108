"""src/features.py of an adopted table: the worked example's columns are not there, so its features go."""

import re

BODY = re.compile(r'(^def features\(.*?\n    """.*?"""\n).*\Z', re.DOTALL | re.MULTILINE)


def features_text(old: str) -> str:
    """The file with its explanation, and a function that makes no column."""
    return BODY.sub(r"\1    del xp, row\n    return {}\n", old)
