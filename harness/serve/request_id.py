"""The id of a request that was logged: it goes back in a header, and the truth comes back with it."""

from contextvars import ContextVar

HEADER = b"x-request-id"
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def request_headers() -> list[tuple[bytes, bytes]]:
    """The header of this request's answer; none where nothing was logged."""
    given = request_id.get()
    return [(HEADER, given.encode())] if given else []
