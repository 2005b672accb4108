"""Columns that say who a person is: by their name, and by what their values look like."""

import re
from collections.abc import Mapping

from harness.adopt.column_facts import Facts
from harness.adopt.key_columns import ENTITY, ID
from harness.adopt.plan import Wishes
from harness.tables.header import snake

PERSONAL = re.compile(
    r"(^|_)(e?_?mail|phone(_?(no|nr|number))?|mobile|telephone|fax"
    r"|(first|last|full|sur|given|family|maiden|middle|nick)_?name|vorname|nachname|familienname|prenom|apellidos?"
    r"|telefon|handy|strasse|anschrift|steuer_?(id|nr|nummer)|street|address|ssn(_?(no|nr|number|hash|last_?4))?"
    r"|social_security\w*|passport\w*|iban|credit_card\w*|card_(no|number)|ip(_address)?|tax_id"
    r"|national_id|cpf|dni|nino|pesel|ahv(_nr)?|bsn|aadhaar)($|_)"
)
OF_A_PERSON = re.compile(r"ssn|phone|mobile|fax|card|tax|national|cpf|dni|pesel|ahv|bsn|aadhaar|passport")
LONG_NUMBER = 10_000  # a number that stands for a person has five digits at least: 3SsnPorch is an area
BORN = re.compile(r"birth_?(date|day)?$|date_of_birth|(^|_)(dob|born|geburts\w*|naissance|nacimiento)($|_)")
POSTCODE = re.compile(r"(^|_)(zip(_?code)?|post(al)?_?code|plz|cep)$")
POSITION = re.compile(r"(^|_)(lat(itude)?|lon(g|gitude)?|lng)$")
HOME = 3  # decimals of a coordinate that tell a house: a hundred metres
BARE_NAME = re.compile(
    r"^(user|customer|client|patient|passenger|employee|member|contact|person|student|host|guest|owner|driver"
    r"|applicant)?_?name$"
)
PERSON_LIKE = re.compile(r"[A-ZÀ-Þ][^\d\s]*(\s[^\d\s]+){0,4}")  # at most five words
TITLE = r"(Mr|Mrs|Ms|Miss|Master|Dr|Prof)\.? "
PERSONS = re.compile(rf"({TITLE})?[A-ZÀ-Þ][\w'-]+,? ({TITLE})?([A-ZÀ-Þ]\.? )*[A-ZÀ-Þ][\w'-]+")
CHINESE = re.compile(r"[\u4e00-\u9fff]{2,3}")  # a person's name; what is built has longer ones
HANDLE = re.compile(r"\w*[\d_]\w*")  # how people call themselves: eva_7
PATTERNS = {
    "e-mail addresses": re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"),
    "IP addresses": re.compile(r"(\d{1,3}\.){3}\d{1,3}|([0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}"),
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
        r"(?!(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d$)"  # a season: 1998-1999
        r"(?=(?:\D*\d){8,15}\D*$)(?:\+|00|\()?\d[\d ()/.-]*[ ()/-][\d ()/.-]*\d|\+\d{8,15}"
    ),
    "persons' names": PERSONS,
}
THING = re.compile(  # what is called so has names that look like a person's: Acura Integra, New York
    r"(^|_)(make|model|brand|car|vehicle|product|item|title|city|town|county|district|region|country|state|company"
    r"|species|team|club|school|store|shop|venue|airport|station)($|_)"
)
NAMED_VALUES = 20  # different values from which on a column's name is believed: phone_service is yes or no
MATCHING = 0.8  # share of a column's texts


def find_personal(facts: Mapping[str, Facts], wishes: Wishes) -> dict[str, str]:
    """By column: what personal data it seems to hold; those that KEEP names are left alone.

    Where the rows are about persons, their postcodes and positions are personal, too; a column that is called no more
    than `name` does not show that they are.
    """
    found = {name: personal_data(column) for name, column in facts.items() if name not in wishes.keep}
    telling = (what for name, what in found.items() if snake(name) != "name" or what in PATTERNS)
    persons = any(telling) or any(ENTITY.search(snake(name)) for name in facts)
    if persons:
        found |= {name: _whereabouts(facts[name]) for name, what in found.items() if not what}
    return {name: what for name, what in found.items() if what}


def personal_data(facts: Facts) -> str:
    """What personal data a column seems to hold; empty if none."""
    name, known = snake(facts.name), facts.rows - facts.missing
    named = PERSONAL.search(name) or (BARE_NAME.search(name) and not _names_things(facts))
    for what, pattern in PATTERNS.items():
        seen = sum(bool(pattern.fullmatch(text)) for text in facts.texts)
        enough = (2 * facts.distinct > known and not THING.search(name)) if pattern is PERSONS else True
        numbered = what == "phone numbers" and ID.search(name) and not named  # order_no 2024-0012345
        if seen and seen >= MATCHING * len(facts.texts) and enough and not numbered:
            return what  # New York repeats, a person's name hardly does
    if facts.form.kind == "moment" and BORN.search(name) and facts.distinct >= NAMED_VALUES:
        return "dates of birth"
    small = facts.form.kind == "integer" and not (OF_A_PERSON.search(name) and facts.high >= LONG_NUMBER)
    if named and facts.distinct >= NAMED_VALUES and facts.form.kind in {"text", "integer"} and not small:
        return f"its name is {facts.name}"
    return ""


def _whereabouts(facts: Facts) -> str:
    name = snake(facts.name)
    if POSTCODE.search(name) and facts.distinct >= NAMED_VALUES:
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
    return snake(facts.name) == "name" and (things > len(facts.texts) / 2 or repeated)
