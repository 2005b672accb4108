"""Columns that say who a person is: by their name, and by what their values look like."""

import re
from collections.abc import Mapping

from harness.adopt.column_facts import Facts
from harness.adopt.key_columns import ENTITY, ID
from harness.adopt.personal_words import (
    BARE_NAMES,
    BORN,
    PERSONS_CALLED,
    PERSONS_NAMES,
    PERSONS_NUMBERS,
    PERSONS_PLACES,
    POSTCODE,
    plain_name,
)
from harness.adopt.plan import Wishes

LONG_NUMBER = 10_000  # a number that stands for a person has five digits at least: 3SsnPorch is an area
LAST_DIGITS = re.compile(r"last_?4")
RANGE = re.compile(r"(\d+) ?[-–] ?(\d+)")
POSITION = re.compile(r"(^|_)(lat(itude)?|lon(g|gitude)?|lng)$")
HOME = 3  # decimals of a coordinate that tell a house: a hundred metres
PERSON_LIKE = re.compile(r"[A-ZÀ-Þ][^\d\s]*(\s[^\d\s]+){0,4}")  # at most five words
TITLE = r"(Mr|Mrs|Ms|Miss|Master|Dr|Prof)\.? "
CAPITAL = r"[A-ZÀ-ÞĀ-ŽА-Я]"
OF = r"(?:d[aeio]s?|de la|del|della|van|vo[nm]|zu|der|den|ter|la|le|al|el|bin|y|e)"
PERSONS = re.compile(rf"({TITLE})?{CAPITAL}[\w'-]+,? ({TITLE})?(({CAPITAL}\.?|{OF}) )*{CAPITAL}[\w'-]+")
WHOLE_NAMES = re.compile(rf"({TITLE})?({CAPITAL}[\w.'-]*,? |{OF} ){{1,5}}{CAPITAL}[\w'-]+")
CHINESE = re.compile(r"[\u4e00-\u9fff]{2,3}")  # a person's name; what is built has longer ones
JAPANESE = re.compile(r"[\u4e00-\u9fff々]{1,3}[ \u3000]?[\u4e00-\u9fff々\u3040-\u30ff]{1,4}")
HANDLE = re.compile(r"\w*[\d_]\w*")  # how people call themselves: eva_7
PATTERN_OF_NAMES = "persons' names"
PATTERNS = {
    "e-mail addresses": re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"),
    "IP addresses": re.compile(r"(\d{1,3}\.){3}\d{1,3}|([0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}"),
    "devices' addresses (MAC)": re.compile(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}"),
    "bank accounts (IBAN)": re.compile(r"[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?"),
    "national numbers": re.compile(
        r"\d{3}-\d{2}-\d{4}|\d{3}\.\d{3}\.\d{3}-\d{2}|[A-CEGHJ-PR-TW-Z]{2} ?(\d{2} ?){3}[A-D]|756\.\d{4}\.\d{4}\.\d{2}"
    ),
    "addresses": re.compile(
        r"\d+[a-z]? [\w .'-]+ (St|Street|Ave|Avenue|Rd|Road|Lane|Ln|Blvd|Dr|Drive|Court|Ct|Way)\.?(,.*)?"
        r"|[\w .-]+(str\.|straße|strasse|weg|allee|gasse|platz) \d+ ?[a-z]?(,.*)?",
        re.IGNORECASE,
    ),
    "phone numbers": re.compile(
        r"(?!(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d$|\d{4}[-/.]\d\d[-/.]\d\d$|97[89][- ])"  # 1998-1999, a day, an ISBN
        r"(?=(?:\D*\d){8,15}\D*$)(?:\+|00|\()?\d[\d ()/.-]*[ ()/-][\d ()/.-]*\d|\+\d{8,15}"
    ),
    PATTERN_OF_NAMES: PERSONS,
}
THING = re.compile(  # what is called so has names that look like a person's: Acura Integra, New York
    r"(^|_)(make|model|brand|car|vehicle|product|item|title|city|town|county|district|region|country|state|company"
    r"|species|team|club|school|store|shop|venue|airport|station)($|_)"
)
FEW_VALUES = 2  # at most: yes and no
NAMED_VALUES = 20  # different values from which on a column's name is believed: phone_service is yes or no
MATCHING = 0.8  # share of a column's texts


def find_personal(facts: Mapping[str, Facts], wishes: Wishes) -> dict[str, str]:
    """By column: what personal data it seems to hold; those that KEEP names are left alone.

    Where the rows are about persons, their postcodes and positions are personal, too; a column that is called no more
    than `name` does not show that they are.
    """
    found = {name: personal_data(column) for name, column in facts.items() if name not in wishes.keep}
    telling = (what for name, what in found.items() if not BARE_NAMES.fullmatch(plain_name(name)) or what in PATTERNS)
    persons = any(telling) or any(ENTITY.search(plain_name(name)) for name in facts)
    if persons:
        found |= {name: _whereabouts(facts[name]) for name, what in found.items() if not what}
    return {name: what for name, what in found.items() if what}


def personal_data(facts: Facts) -> str:
    """What personal data a column seems to hold; empty if none."""
    name, kind, known = plain_name(facts.name), facts.form.kind, facts.rows - facts.missing
    named, believed = _named(name, facts), _varied(facts)
    for what, pattern in PATTERNS.items():
        enough = (2 * facts.distinct > known and not THING.search(name)) if pattern is PERSONS else True
        numbered = (
            what == "phone numbers"
            and not named
            and bool(ID.search(name) or POSTCODE.search(name) or _are_ranges(facts))
        )
        if _share(facts, pattern) >= MATCHING and enough and not numbered:
            return what  # New York repeats, a person's name hardly does; order_no is 2024-0012345
    if kind == "moment" and BORN.search(name) and believed:
        return "dates of birth"
    if PERSONS_CALLED.search(name) and max(_share(facts, WHOLE_NAMES), _share(facts, JAPANESE)) >= MATCHING:
        return PATTERN_OF_NAMES
    if kind == "text" and ((named and believed) or (PERSONS_NAMES.search(name) and facts.distinct > FEW_VALUES)):
        return f"its name is {facts.name}"
    long = (
        kind == "integer" and PERSONS_NUMBERS.search(name) and (facts.high >= LONG_NUMBER or LAST_DIGITS.search(name))
    )
    return f"its name is {facts.name}" if long and believed else ""


def _named(name: str, facts: Facts) -> bool:
    bare = BARE_NAMES.fullmatch(name) or (PERSONS_CALLED.match(name) and re.search(r"_name$", name))
    listed = any(words.search(name) for words in (PERSONS_NAMES, PERSONS_NUMBERS, PERSONS_PLACES))
    return bool(listed or (bare and not _names_things(facts)))


def _varied(facts: Facts) -> bool:
    """Whether there are so many values that the column's name is believed."""
    known = facts.rows - facts.missing
    return facts.distinct >= NAMED_VALUES or FEW_VALUES < facts.distinct > known / 2


def _are_ranges(facts: Facts) -> bool:
    """Whether each text is two numbers, the second one the larger: 50000-50500."""
    found = [RANGE.fullmatch(text) for text in facts.texts]
    return all(match and int(match[1]) < int(match[2]) for match in found)


def _share(facts: Facts, pattern: re.Pattern[str]) -> float:
    """Share of the different texts that look so; 0 without any."""
    return sum(bool(pattern.fullmatch(text)) for text in facts.texts) / max(1, len(facts.texts))


def _whereabouts(facts: Facts) -> str:
    """What tells who or where a person is, in rows that are about persons."""
    name = plain_name(facts.name)
    if BARE_NAMES.fullmatch(name) and _share(facts, WHOLE_NAMES) >= MATCHING:
        return PATTERN_OF_NAMES
    if POSTCODE.search(name) and _varied(facts):
        return "where a person lives: postcodes"
    fine = facts.form.kind == "number" and len(facts.sample) and _is_fine(facts)
    return "where a person is: coordinates" if POSITION.search(name) and fine else ""


def _is_fine(facts: Facts) -> bool:
    values = facts.sample.dropna().astype(float)
    return bool((values.round(HOME - 1) != values).mean() > 0.5)


def _names_things(facts: Facts) -> bool:
    """Whether what is called no more than `name` names things: words with digits, in small letters, many.

    Or what is in several rows each, and is no name of a person: storms, estates.
    """
    known = facts.rows - facts.missing
    things = sum(" " in text and not PERSON_LIKE.fullmatch(text) for text in facts.texts)
    people = sum(any(kind.fullmatch(text) for kind in (PERSONS, CHINESE, HANDLE)) for text in facts.texts)
    repeated = known >= 2 * facts.distinct and people < len(facts.texts) / 2
    return bool(BARE_NAMES.fullmatch(plain_name(facts.name))) and (things > len(facts.texts) / 2 or repeated)
