"""Names of months in several languages, as three letters of English: the formats of dates know those alone."""

import re

from harness.tables.column_format import Texts

ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# English, German, Portuguese, Spanish, French, Italian, Dutch.
NAMES = (
    "january januar jänner janeiro enero janvier gennaio januari jan ene janv genn",
    "february februar fevereiro febrero février fevrier febbraio februari fev feb févr fevr febb",
    "march märz maerz março marco marzo mars maart mär mar mrt mrz",
    "april abril avril aprile abr avr apr",
    "may mai maio mayo maggio mei magg",
    "june juni junho junio juin giugno jun giu",
    "july juli julho julio juillet luglio jul juil lug",
    "august agosto août aout augustus ago aug",
    "september setembro septiembre septembre settembre set sept sep",
    "october oktober outubro octubre octobre ottobre okt out oct ott",
    "november novembro noviembre novembre nov",
    "december dezember dezembro diciembre décembre decembre dicembre dez dic déc dec",
)
MONTH_OF_WORD = {word: number for number, words in enumerate(NAMES, start=1) for word in words.split()}
NAMED_MONTH = re.compile(r"[^\W\d_]{3,}\.?")


def in_english(texts: Texts) -> Texts:
    """The texts, each name of a month as three letters of English, and `de` left out: 13 de maio de 2014."""
    plain = texts.str.replace(r"(?<=\w)\.? de (?=[\w])", " ", regex=True)
    return plain.str.replace(NAMED_MONTH, _english, regex=True)


def month_number(word: str) -> int | None:
    """1 to 12; None for a word that is no month."""
    word = word.casefold().rstrip(".")
    short = word.title()[:3]
    return MONTH_OF_WORD.get(word) or (ENGLISH.index(short) + 1 if short in ENGLISH else None)


def _english(found: re.Match[str]) -> str:
    number = MONTH_OF_WORD.get(found[0].casefold().rstrip("."))
    return ENGLISH[number - 1] if number else found[0]
