"""Columns that say who a person is: by their name, and by what their values look like."""

import re

from harness.adopt.column_facts import Facts
from harness.adopt.key_columns import ID, snake

PERSONAL = re.compile(
    r"(^|_)(e?_?mail|phone(_?(no|nr|number))?|mobile|telephone|fax|(first|last|full|sur|given|family|maiden|middle|nick)_?name"
    r"|vorname|nachname|familienname|prenom|apellidos?|telefon|handy|strasse|anschrift|steuer_?(id|nr|nummer)|street|address|ssn|social_security\w*|passport\w*|iban|credit_card\w*|card_(no|number)|ip(_address)?|tax_id)($|_)"
)
BARE_NAME = re.compile(
    r"^(user|customer|client|patient|passenger|employee|member|contact|person|student|host|guest|owner|driver|applicant)?"
    r"_?name$"
)
PERSON_LIKE = re.compile(r"[A-ZÀ-Þ]\D*(\s\D+){0,4}")  # at most five words
TITLE = r"(Mr|Mrs|Ms|Miss|Master|Dr|Prof)\.? "
PERSONS = re.compile(rf"({TITLE})?[A-ZÀ-Þ][\w'-]+,? ({TITLE})?([A-ZÀ-Þ]\.? )*[A-ZÀ-Þ][\w'-]+")
PATTERNS = {
    "e-mail addresses": re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"),
    "phone numbers": re.compile(r"(?=(?:\D*\d){8,15}\D*$)(?:\+|00|\()?\d[\d ()/.-]*[ ()/-][\d ()/.-]*\d|\+\d{8,15}"),
    "IP addresses": re.compile(r"(\d{1,3}\.){3}\d{1,3}"),
    "bank accounts (IBAN)": re.compile(r"[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?"),
    "persons' names": PERSONS,
}
NAMED_VALUES = 20  # different values from which on a column's name is believed: phone_service is yes or no
MATCHING = 0.8  # share of a column's texts


def personal_data(facts: Facts) -> str:
    """What personal data a column seems to hold; empty if none."""
    name = snake(facts.name)
    named = PERSONAL.search(name) or (BARE_NAME.search(name) and not _names_things(facts))
    for what, pattern in PATTERNS.items():
        seen = sum(bool(pattern.fullmatch(text)) for text in facts.texts)
        enough = 2 * facts.distinct > facts.rows - facts.missing if pattern is PERSONS else True
        numbered = what == "phone numbers" and ID.search(name) and not named  # order_no 2024-0012345
        if seen and seen >= MATCHING * len(facts.texts) and enough and not numbered:
            return what  # New York repeats, a person's name hardly does
    if named and facts.distinct >= NAMED_VALUES and facts.form.kind in {"text", "integer"}:
        return f"its name is {facts.name}"
    return ""


def _names_things(facts: Facts) -> bool:
    """Whether a column that is called no more than `name` holds several words with digits, in small letters, many."""
    things = sum(" " in text and not PERSON_LIKE.fullmatch(text) for text in facts.texts)
    return snake(facts.name) == "name" and things > len(facts.texts) / 2
