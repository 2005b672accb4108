"""Texts and numbers that are moments: dates in many notations, and Unix times."""

import re

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from harness.core.clock import CLOCK_TIME
from harness.tables.column_format import KNOWN, STRANGERS, Texts
from harness.tables.month_names import in_english

NEVER = re.compile(r"^(?:0001|2999|3000|9999)(?=[-/. 年])|[-/. ](?:0001|2999|3000|9999)(?=[ T]|$)")  # no day is meant
DATES_SHARE = 0.9  # share of the texts that has to be read
FIRST_NANOSECOND_YEAR, LAST_NANOSECOND_YEAR = 1678, 2261  # years that pandas' nanoseconds hold
AHEAD = 20  # years: a year of two digits that lies further ahead is of the century before
EPOCH = re.compile(
    r"timestamp|epoch|unix|millis|(^|[^a-z])(ts|time|date|datetime|at|utc|ms|created|modified|updated)$", re.IGNORECASE
)
DAY_NAMED = re.compile("date|day|datum|fecha|data|jour|tag|when|time|sold|at$", re.IGNORECASE)
MONTH_NAMED = re.compile("date|month|monat|period|yyyymm|ym$|mes|mois", re.IGNORECASE)
COMPACT_DAYS = (
    ("%Y%m%d", r"(19|20)\d{6}", DAY_NAMED),
    ("%Y%m", r"(19|20)\d{4}", MONTH_NAMED),
    ("%y%m%d", r"\d{6}", re.compile(r"date|datum|fecha", re.IGNORECASE)),
)
ALL_DAYS = 8  # different numbers of eight digits, each a day of the calendar: one of 30 is, by chance
FORMATS = (
    "ISO8601",
    *(
        f"{day}{time}"
        for time in ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
        for day in (
            "%d.%m.%Y",
            "%m/%d/%Y",
            "%d/%m/%Y",
            "%Y/%m/%d",
            "%d-%m-%Y",
            "%m-%d-%Y",
            "%m/%d/%y",
            "%d/%m/%y",
            "%d.%m.%y",
            "%d-%b-%Y",
            "%b-%d-%Y",
            "%d %b %Y",
            "%b %d, %Y",
            "%b %d %Y",
            "%d %B %Y",
            "%B %d, %Y",
            "%d-%b-%y",
            "%d. %b %Y",
            "%d/%b/%Y",
            "%Y年%m月%d日",
        )
    ),
    "%Y, %B",
    "%Y, %b",
    "%Y %B",
    "%Y %b",
    "%b-%Y",
    "%b-%y",
    "%b %Y",
    "%B %Y",
    "%m/%Y",
    "%Y年%m月",
)


def find_moment_format(texts: Texts, day_first: bool = False) -> str:
    """The first format that reads the texts except a few words, the likelier of two orders; empty if none does."""
    dated = texts.str.contains(r"\d", regex=True)
    never = texts.str.contains(NEVER)
    words = int((~dated | never).sum())
    texts = texts[dated & ~never]
    if words > STRANGERS or words * KNOWN > len(texts) or not texts.str.contains(r"[-/:. 年]|\dT\d").all():
        return ""
    few = texts.sample(200, random_state=0) if len(texts) > 200 else texts
    named = in_english(few)
    for moment in sorted(FORMATS, key=_is_month_first) if day_first else FORMATS:
        if (
            _parsed(named if "%b" in moment else few, moment).notna().all()
            and read_moments(texts, moment).notna().mean() >= DATES_SHARE
        ):
            return moment
    return ""


def find_compact_date(texts: Texts, name: str) -> str:
    """The format of whole numbers that are days (20140513, 140513) or months (201405); empty if they are neither."""
    for moment, form, named in COMPACT_DAYS:
        likely = named.search(name) or (moment == "%Y%m%d" and len(texts) >= ALL_DAYS)
        if likely and texts.str.fullmatch(form).all():
            return moment if read_moments(texts, moment).notna().all() else ""
    return ""


def _is_month_first(moment: str) -> bool:
    return moment.startswith(("%m/", "%m-"))


def read_moments(texts: Texts, moment: str) -> Texts:
    if moment in {"s", "ms"}:
        times = pd.to_numeric(texts, errors="coerce")
        return pd.to_datetime(times, unit=moment, errors="coerce")  # type: ignore[call-overload,no-any-return]
    return _parsed(in_english(texts) if "%b" in moment else texts, moment)


def _parsed(texts: Texts, moment: str) -> Texts:
    parsed = pd.to_datetime(texts, format=moment, errors="coerce", utc=True).dt.tz_localize(None)
    if "%y" in moment:
        past = parsed <= pd.Timestamp.now() + pd.DateOffset(years=AHEAD)
        parsed = parsed.where(past | parsed.isna(), parsed - pd.DateOffset(years=100))
    return parsed.where(parsed.dt.year.between(FIRST_NANOSECOND_YEAR, LAST_NANOSECOND_YEAR))


def are_clock_times(texts: Texts) -> bool:
    """Whether the texts are times of day, except a few words."""
    texts = _with_colon(texts)
    good = texts.str.fullmatch(CLOCK_TIME)
    words = int((~good & ~texts.str.contains(r"\d", regex=True)).sum())
    return bool(good.any() and good.sum() + words == len(texts) and words <= STRANGERS and words * KNOWN <= len(texts))


def read_clock(texts: Texts) -> Texts:
    """The texts, None where one is no time of day."""
    known = _with_colon(texts.astype("str"))
    return known.where(known.str.fullmatch(CLOCK_TIME) == True)  # noqa: E712  (a missing one is neither)


def _with_colon(texts: Texts) -> Texts:
    """20h15, as Portuguese and French write it, as 20:15."""
    return texts.str.replace(r"^(\d{1,2}) ?[hH] ?([0-5]\d)$", r"\1:\2", regex=True)


def at_midnight(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    """Which moments are no more than a date."""
    return pc.equal(pc.floor_temporal(moments, unit="day"), moments)


def find_unit(name: str, least: float, most: float) -> str:
    """s or ms if a column's name and range fit a Unix time (2001 to 2100), otherwise nothing."""
    if EPOCH.search(name):
        for unit, factor in (("s", 1), ("ms", 1000)):
            if 1e9 * factor <= least and most <= 4.1e9 * factor:
                return unit
    return ""
