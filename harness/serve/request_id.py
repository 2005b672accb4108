"""The id of a request that was logged goes back in a header; truth comes back with it, or with the caller's own ids."""

from collections.abc import Sequence
from contextvars import ContextVar

from harness.core.errors import ProjectError

HEADER = b"x-request-id"
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
row_ids: ContextVar[Sequence[str | int] | None] = ContextVar("row_ids", default=None)  # the caller's, one for each row


def keep_ids(ids: Sequence[str | int] | None, rows: int) -> None:
    """Keep the ids for this request's log. Raises ProjectError unless there is one for each row, or none at all."""
    if ids is not None and len(ids) != rows:
        raise ProjectError(f"ids must hold one id per row: {rows} rows, got {len(ids)} ids")
    row_ids.set(ids)


def request_headers() -> list[tuple[bytes, bytes]]:
    """The header of this request's answer; none where nothing was logged."""
    given = request_id.get()
    return [(HEADER, given.encode())] if given else []
