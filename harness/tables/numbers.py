"""Texts that are numbers, with thousands' separators, decimal commas, currency and per cent signs."""

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.tables.column_format import KNOWN, STRANGERS, Form, Texts
from harness.tables.date_forms import find_unit

TYPOS = 0.01  # share of the values that may be none, and yet hold a digit
UNIT = re.compile(r"\d ?([A-Za-zµ°]{1,6})$")
QUANTITIES = 50  # different texts with the same unit that are a quantity; fewer are names: 36 months
NUMBERS = 0.9  # share of a column's values that has to be numbers
LARGEST_WHOLE = 2**53  # beyond it a whole number is a name: floats do not hold it
BELOW_ONE = re.compile(r"(?:^|[^\d.])0,\d")
CURRENCIES = "$€£¥₹₽₺"
NUMBER_SIGNS = f"({CURRENCIES}%"  # a bracket stands for the minus of ($1,234.00)
CODE = re.compile("USD|EUR|GBP|CHF|JPY|CNY|INR|BRL|MXN|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|TRY|RUB|ZAR|KRW|SGD|HKD")
SPACED = re.compile(r"\d['’ \u00a0\u2009\u202f]\d{3}(?!\d)")
ALIKE_MARKS = str.maketrans("’\u00a0\u2009\u202f", "'   ")
WHOLE = re.compile(rf"[-+(]?[A-Z{CURRENCIES} ]*[-+]?[\d,.\s'’]+[A-Z{CURRENCIES} )]*")
LEADING_ZERO = re.compile(r"-?0\d+")


def find_number_form(texts: Texts, weights: NDArray[np.int64], name: str, decimal_comma: bool = False) -> Form | None:
    """How to read these texts as numbers; None where too many or too different ones are none."""
    signs = _find_signs(texts)
    mixed = len(set(signs) & set(CURRENCIES)) > 1  # $5 is not 5 €
    if texts.empty or mixed or texts.str.fullmatch(LEADING_ZERO).any():  # 007 is a code
        return None
    plain = Form("number", signs=signs)
    grouped = [Form("number", thousands=",", signs=signs), Form("number", thousands=".", decimal=",", signs=signs)]
    decimal_comma = decimal_comma or bool(texts.str.contains(BELOW_ONE).any())
    spaced = _spaced_forms(texts, signs)
    for form in [plain, *(grouped[::-1] if decimal_comma else grouped), *spaced]:
        numbers = read_numbers(texts, form)
        good = numbers.notna().to_numpy()
        if good.all() or _stand_for_gaps(texts, weights, good):
            break
    else:
        return None
    whole = texts[good].str.fullmatch(WHOLE).all() and not numbers.mod(1).any()
    if not whole or (form == plain and texts[good].str.contains(".", regex=False).any()):
        return form
    if numbers.abs().max() >= LARGEST_WHOLE:
        return None
    if re.search("date|day", name, re.IGNORECASE) and texts.str.fullmatch(r"(19|20)\d{6}").all():
        return Form("moment", moment="%Y%m%d")
    unit = find_unit(name, numbers.min(), numbers.max())
    return (
        Form("moment", moment=unit)
        if unit
        else Form("integer", thousands=form.thousands, decimal=form.decimal, signs=signs)
    )


def _stand_for_gaps(texts: Texts, weights: NDArray[np.int64], good: NDArray[np.bool_]) -> bool:
    """Whether what is no number is a few words: neither categories beside 0, nor 3+ or E885."""
    strangers = (~good).sum()
    if strangers > STRANGERS or strangers * KNOWN > good.sum():
        return False
    values = ~good & texts.str.contains(r"\d").to_numpy(dtype=bool)
    return bool(weights[good].sum() >= NUMBERS * weights.sum() and weights[values].sum() <= TYPOS * weights.sum())


def _find_signs(texts: Texts) -> str:
    """Brackets, currency and per cent signs, and the letters of one currency's code or of a unit."""
    signs = "".join(sign for sign in NUMBER_SIGNS if texts.str.contains(sign, regex=False).any())
    first = texts.iloc[0] if len(texts) else ""  # one column, one unit: others are no numbers
    unit = CODE.search(first) or (UNIT.search(first) if len(texts) > QUANTITIES else None)
    return signs + (unit[unit.lastindex or 0] if unit else "")


def _spaced_forms(texts: Texts, signs: str) -> list[Form]:
    """1 234,50 and 1'234.50; what is always equally long, as 601 234 567, is rather a number of a person or a place."""
    if not texts.str.contains(SPACED).any() or texts.str.len().nunique() == 1:
        return []
    pairs = [(" ", ","), (" ", "."), ("'", ".")]
    return [Form("number", thousands=thousands, decimal=decimal, signs=signs) for thousands, decimal in pairs]


def _plainly(text: str) -> str:
    return text.translate(ALIKE_MARKS)


def read_numbers(texts: Texts, form: Form) -> Texts:
    """As numbers, NaN where a text is none."""
    bare = texts.map(_plainly, na_action="ignore") if form.thousands in {" ", "'"} else texts
    if form.signs:
        bare = bare.str.replace(r"^\((.+)\)$", r"-\1", regex=True)
        bare = bare.str.replace(rf"^([-+]?)[{form.signs} ]+|[{form.signs} ]+$", r"\1", regex=True)
    if form.thousands:
        groups = (
            rf"[-+]?[1-9]\d{{0,2}}(?:\{form.thousands}\d{{3}})+(?:\{form.decimal}\d+)?|[-+]?\d+(?:\{form.decimal}\d+)?"
        )
        bare = bare.where(bare.str.fullmatch(groups)).str.replace(form.thousands, "", regex=False)
    bare = bare.str.replace(form.decimal, ".", regex=False) if form.decimal != "." else bare
    numbers = pd.to_numeric(bare.where(bare.str.isascii() == True), errors="coerce")  # noqa: E712  (None is neither)
    return numbers.where(np.isfinite(numbers.astype(float)))
