"""What the service needs of HTTP below its endpoints: replies, refusals, and bodies with limits."""

import asyncio
from collections.abc import Iterable
from contextlib import nullcontext
from typing import NamedTuple

from pydantic_core import to_json
from starlette.types import Receive, Scope

from harness.serve.budget import SMALL_BODY, BodyBudget

Headers = tuple[tuple[bytes, bytes], ...]
JSON_TYPE = b"application/json"
ARRIVAL_SECONDS = 15.0  # for a request to arrive in
WHOLE = "whole"  # key of a scope's state: the request had arrived to its end before it was looked at


class Reply(NamedTuple):
    """An answer as it goes over the wire."""

    status: int
    kind: bytes  # media type
    body: bytes
    headers: Headers = ()


async def read_body(
    receive: Receive, longest: int, budget: BodyBudget, seconds: float | None = ARRIVAL_SECONDS
) -> bytearray | Reply:
    """The request's body, or how it is refused: too long, too slow, or while others hold all that there is room for.

    What it takes of the budget it gives back when it is whole: it is then answered in one go. Without `seconds` it is
    there already, and no timer is set.
    """
    body, more, taken = bytearray(), True, 0
    try:
        async with asyncio.timeout(seconds) if seconds else nullcontext():
            while more:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > longest:
                    return too_long(longest)
                if len(body) > SMALL_BODY:
                    if not budget.take(len(body) - taken):
                        return refusal(503, "too many large requests at once; send it again later")
                    taken = len(body)
                more = message.get("more_body", False)
    except TimeoutError:
        return refusal(408, f"the request must arrive within {seconds:g} seconds")
    finally:
        budget.give(taken)
    return body


def arrival_seconds(scope: Scope) -> float | None:
    """How long a request's body is waited for; None if it is there."""
    return None if WHOLE in scope.get("state", ()) else ARRIVAL_SECONDS


def refuse_headers(headers: Iterable[tuple[bytes, bytes]], longest: int) -> Reply | None:
    """How a request is refused whose headers say that its body is no JSON, packed, or too long; None if it is not."""
    kinds = []
    for name, value in headers:
        if name == b"content-type":
            kinds.append(value.split(b";")[0].strip().lower())
        elif name == b"content-encoding" and value.strip().lower() not in {b"", b"identity"}:
            return refusal(415, "Content-Encoding must be identity: send the body unpacked")
        elif name == b"content-length" and int(value) > longest:
            return too_long(longest)
    if len(kinds) > 1:
        return refusal(400, f"Content-Type must be given once, got {len(kinds)}")
    if kinds and kinds[0] != JSON_TYPE:
        return refusal(415, "the content type must be application/json")
    return None


def too_long(longest: int) -> Reply:
    return refusal(413, f"the request must be at most {longest} bytes long")


def refusal(status: int, text: str, headers: Headers = ()) -> Reply:
    return Reply(status, JSON_TYPE, to_json({"error": text}), headers)
