"""The rows of a request, as ModelService.predict takes them, whichever form they came in."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import overload

RequestRow = dict[str, object]
RequestRows = Sequence[RequestRow]


class ColumnRows(Sequence[RequestRow]):
    """Rows that came as columns: dicts that may be changed, made when they are first looked at."""

    def __init__(self, columns: Mapping[str, Sequence[object]], count: int) -> None:
        self._columns, self._count = columns, count

    @property
    def columns(self) -> Mapping[str, Sequence[object]] | None:
        """The columns as they came; None once the rows were looked at, for they may have been changed."""
        return None if "_rows" in self.__dict__ else self._columns

    @cached_property
    def _rows(self) -> list[RequestRow]:
        names = list(self._columns)
        return [dict(zip(names, values, strict=True)) for values in zip(*self._columns.values(), strict=True)]

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> RequestRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[RequestRow]: ...
    def __getitem__(self, index: int | slice) -> RequestRow | list[RequestRow]:
        return self._rows[index]
