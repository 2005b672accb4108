"""Whether a column's texts are numbers, and how those are written: as money, with units, with ranges among them."""

import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from harness.tables.column_format import KNOWN, STRANGERS, Form, Texts
from harness.tables.date_forms import find_compact_date, find_unit
from harness.tables.money import COMMA_DECIMALS, DASHES, find_currencies
from harness.tables.numbers import read_loosely, read_numbers, units_in

TYPOS = 0.01  # share of the values that may be none, and yet hold a digit
UNIT = re.compile(r"\d ?((?:[^\W\d_]|[°/]){1,6})$")  # letters of any script: 74 bhp, 60 м², 1992年
UNITS_SHOWN = 1000  # texts, most of which have the unit
QUANTITIES = 20  # different texts with the same unit that are a quantity; fewer are names: 36 months
NUMBERS_SHARE = 0.9  # share of a column's values that has to be numbers
SCALE = 10  # different numbers that are a scale, on which a range has a middle
LARGEST_WHOLE = 2**53  # beyond it a whole number is a name: floats do not hold it
BELOW_ONE = re.compile(r"(?:^|[^\d.])0,\d")
BRACKETS = "(%"  # a bracket stands for the minus of ($1,234.00)
SPACED = re.compile(r"\d['’ \u00a0\u2009\u202f]\d{3}(?!\d)")
WHOLE_NUMBER = re.compile(r"[-+(]?[-+]?[\d,.\s'’]+\)?")
GROUPED = re.compile(r"\D*\d{1,3}(\.\d{3})*\D*")
LEADING_ZERO = re.compile(r"-?0\d+")


def find_number_form(texts: Texts, weights: NDArray[np.int64], name: str, decimal_comma: bool = False) -> Form | None:
    """How to read these texts as numbers; None where too many of them, or too different ones, are not numbers."""
    currencies = find_currencies(texts)
    if texts.empty or len(currencies) > 1 or texts.str.fullmatch(LEADING_ZERO).any():  # $5 is not 5 €; 007 is a code
        return None
    unit = "" if currencies else _usual_unit(texts)
    signs = _find_signs(texts, currencies) + unit
    decimal_comma = decimal_comma or bool(texts.str.contains(BELOW_ONE).any())
    for form in _candidates(texts, signs, currencies, decimal_comma):
        good = read_numbers(texts, form).notna().to_numpy()
        if good.all() or _stand_for_gaps(texts, weights, good):
            found = form
        elif are_loose(texts, weights, good, form):
            # Square metres and acres beside bare numbers are no amounts of one unit.
            units = units_in(texts[~good], form) | ({unit.casefold().strip(" .")} - {""})
            found = replace(form, loose=True, unitless=len(units) > 1)
        else:
            continue
        return _as_whole(texts[good], currencies, found, name)
    return None


def numbers_among(texts: Texts) -> NDArray[np.bool_]:
    """Which of the texts are numbers, in the one notation that reads most of them."""
    currencies = find_currencies(texts)
    signs = _find_signs(texts, currencies) + ("" if currencies else _usual_unit(texts))
    masks = [read_numbers(texts, form).notna().to_numpy() for form in _candidates(texts, signs, currencies, False)]
    best: NDArray[np.bool_] = max(masks, key=lambda mask: int(mask.sum()))
    return best


def _candidates(texts: Texts, signs: str, currencies: set[str], decimal_comma: bool) -> list[Form]:
    """The likeliest first."""
    plain = Form("number", signs=signs)
    comma, point = replace(plain, thousands=","), replace(plain, thousands=".", decimal=",")
    grouped = [point, comma] if decimal_comma else [comma, point]
    spaced = _spaced_forms(texts, signs)
    # Money has no three decimals: R$ 208.490 are thousands where people part them so.
    thousands = bool(currencies) and (decimal_comma or bool(currencies & COMMA_DECIMALS))
    if thousands and texts.str.fullmatch(GROUPED).all() and texts.str.contains(".", regex=False).any():
        return [point, plain, comma, *spaced]
    return [plain, *grouped, *spaced]


def _as_whole(texts: Texts, currencies: set[str], form: Form, name: str) -> Form:
    """The form of whole numbers or of moments, where these are some."""
    numbers = read_numbers(texts, replace(form, loose=False))
    bare = texts
    for currency in currencies:
        bare = bare.str.replace(currency, "", regex=False).str.strip().str.replace(DASHES, "", regex=True)
    whole = bare.str.fullmatch(WHOLE_NUMBER).all() and not numbers.mod(1).any() and not form.loose
    if not whole or (form == Form("number", signs=form.signs) and bare.str.contains(".", regex=False).any()):
        return form
    if numbers.abs().max() >= LARGEST_WHOLE:
        return Form("text")
    compact = find_compact_date(texts, name)
    unit = compact or find_unit(name, numbers.min(), numbers.max())
    return Form("moment", moment=unit) if unit else replace(form, kind="integer")


def _stand_for_gaps(texts: Texts, weights: NDArray[np.int64], good: NDArray[np.bool_]) -> bool:
    """Whether what is no number is a few words: neither categories beside 0, nor 3+ or E885."""
    strangers = (~good).sum()
    if strangers > STRANGERS or strangers * KNOWN > good.sum():
        return False
    values = ~good & texts.str.contains(r"\d").to_numpy(dtype=bool)
    return bool(weights[good].sum() >= NUMBERS_SHARE * weights.sum() and weights[values].sum() <= TYPOS * weights.sum())


def _find_signs(texts: Texts, currencies: set[str]) -> str:
    """Brackets, per cent, and the letters of the one currency."""
    signs = "".join(sign for sign in BRACKETS if texts.str.contains(sign, regex=False).any())
    if currencies:
        return signs + "".join(dict.fromkeys("".join(currencies)))
    return signs


def _usual_unit(texts: Texts) -> str:
    """The unit of most of the first texts, empty if they have none: one column, one unit."""
    if len(texts) <= QUANTITIES:
        return ""
    found = texts.head(UNITS_SHOWN).str.extract(UNIT)[0]
    return str(found.mode().iloc[0]) if 2 * found.notna().sum() > len(found) else ""


def _spaced_forms(texts: Texts, signs: str) -> list[Form]:
    """1 234,50 and 1'234.50; what is always equally long, as 601 234 567, is rather a number of a person or a place."""
    if not texts.str.contains(SPACED).any() or texts.str.len().nunique() == 1:
        return []
    pairs = [(" ", ","), (" ", "."), ("'", ".")]
    return [Form("number", thousands=thousands, decimal=decimal, signs=signs) for thousands, decimal in pairs]


def are_loose(texts: Texts, weights: NDArray[np.int64], good: NDArray[np.bool_], form: Form) -> bool:
    """Whether at most a tenth of the cells are ranges and the like, and almost nothing else is left."""
    if good.sum() < SCALE:
        return False
    read = good | read_loosely(texts, form)[0].notna().to_numpy()
    few = weights[good].sum() >= NUMBERS_SHARE * weights.sum() and read.sum() > good.sum()
    return bool(few and (read.all() or _stand_for_gaps(texts, weights, read)))
