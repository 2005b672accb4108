"""Money of the world: signs, abbreviations and codes before or after an amount."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from harness.tables.column_format import Texts

CURRENCY_SIGNS = "$€£¥₹₽₺₩₪฿₫₱₴₦₡₵₸₮₲﷼円元￥"
DOLLARS = ("US$", "A$", "AU$", "C$", "CA$", "NZ$", "HK$", "S$", "NT$", "MX$", "R$")
CURRENCY_WORDS = (
    "Rs.",
    "Rs",
    "kr.",
    "kr",
    "zł",
    "Kč",
    "Ft",
    "lei",
    "лв",
    "руб.",
    "руб",
    "RM",
    "Rp",
    "Fr.",
    "SFr.",
    "Fr",
)
CURRENCY_CODES = (
    "USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|BRL|MXN|CAD|AUD|NZD|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|TRY|RUB|UAH|ZAR|KRW|SGD"
    "|HKD|TWD|THB|IDR|MYR|PHP|VND|ILS|AED|SAR|EGP|NGN|KES|ARS|CLP|COP|PEN"
)
COMMA_DECIMALS = {
    "R$", "€", "₺", "₽", "BRL", "EUR", "TRY", "RUB", "DKK", "NOK", "SEK", "PLN", "CZK", "HUF", "RON",
    "kr", "kr.", "zł", "Kč", "Ft", "lei", "лв", "руб.", "руб",
}  # fmt: skip
MONEY = re.compile(
    "|".join(
        [
            *(rf"(?<![A-Za-z]){re.escape(word)}" for word in DOLLARS),
            *(rf"(?<!\w){re.escape(word)}(?![A-Za-z])" for word in CURRENCY_WORDS),
            *(rf"(?<=\d){re.escape(word)}(?!\w)" for word in CURRENCY_WORDS),
            rf"(?<![A-Za-z])(?:{CURRENCY_CODES})(?![A-Za-z])",
            f"[{CURRENCY_SIGNS}]",
            r"\\(?=\d)",  # the byte of Shift-JIS that Japan prints as ¥
        ]
    )
)
DASHES = r"(?:/-|[.,](?:-{1,2}|[–—]))$"  # in place of no cents: 20.-  100,-  1,200/-


def find_currencies(texts: Texts) -> set[str]:
    """What stands beside the amounts; more than one: they cannot be compared."""
    around = pc.unique(pc.replace_substring_regex(pa.array(texts, pa.string()), r"[0-9][0-9.,]*", "0"))
    return {found[0] for text in around.to_pylist() if text and (found := MONEY.search(text))}
