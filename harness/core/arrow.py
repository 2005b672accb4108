"""What pyarrow has no word for."""

import pyarrow as pa


def is_text_type(kind: pa.DataType) -> bool:
    """Whether a column of this type holds texts, whatever their layout in memory."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
