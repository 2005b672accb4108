"""Times of day in an Arrow column → seconds since midnight."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from harness.core.clock import CLOCK_TIME, clock_seconds

DATE_AND_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?P<time>[0-9:.]+)$"


def seconds_of_moments(values: pa.Array, valid: pa.Array) -> NDArray[np.float64]:
    """Whole seconds since midnight of moments, dates or texts of them that are `valid`; NaN for the others."""
    if pa.types.is_timestamp(values.type):
        hours, minutes = pc.multiply(pc.hour(values), 3600), pc.multiply(pc.minute(values), 60)
        seconds = pc.add(pc.add(hours, minutes), pc.second(values))
    elif pa.types.is_temporal(values.type):  # dates
        seconds = pa.array(np.zeros(len(values)))
    else:
        texts = pc.ascii_trim_whitespace(values.cast(pa.string()))
        times = pc.struct_field(pc.extract_regex(texts, DATE_AND_TIME), "time")
        seconds = clock_times(times.fill_null("0:00"))
    return as_numbers(pc.if_else(valid, seconds.cast(pa.float64()), None))


def clock_times(values: pa.Array) -> pa.Array:
    """Whole seconds since midnight (float64) of times, or of texts such as 1:08 PM; null where they are neither."""
    coded = values.cast(pa.string()).dictionary_encode()
    good = pc.match_substring_regex(coded.dictionary, f"^{CLOCK_TIME}$").to_pylist()
    texts = coded.dictionary.to_pylist()
    known = [clock_seconds(text) if fits else None for text, fits in zip(texts, good, strict=True)]
    return pa.array(known, pa.float64()).take(coded.indices)


def as_numbers(values: pa.Array) -> NDArray[np.float64]:
    """Null becomes NaN."""
    numbers: NDArray[np.float64] = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return numbers
