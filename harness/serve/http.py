"""What the service needs of HTTP below its endpoints: bodies with limits, refusals, and no path without a name."""

import asyncio
from collections.abc import Iterable

from pydantic_core import to_json
from starlette.types import ASGIApp, Receive, Scope, Send

from harness.serve.budget import SMALL_BODY, BodyBudget

Reply = tuple[int, bytes, bytes]  # status, media type, body

JSON_TYPE = b"application/json"
STATIC = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-light-32x32.png")
PATHS = {"/", "/docs.json", "/predict", "/model", "/livez", "/readyz", "/healthz", "/metrics"}
PATHS |= {f"/static_content/{name}" for name in STATIC} | {"/schema.json"}  # the last is read by BentoML's client
OTHER = "/other"


class KnownPaths:
    """Outside of BentoML's metrics, which otherwise keep 20 series for ever for every path that anybody tries."""

    def __init__(self, app: ASGIApp, own: Iterable[str] = ()) -> None:
        self._app, self._paths = app, PATHS.union(own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path", "/") not in self._paths:
            scope = {**scope, "path": OTHER}
        await self._app(scope, receive, send)


async def read_body(receive: Receive, longest: int, seconds: float, budget: BodyBudget) -> bytearray | Reply:
    """The request's body, or how it is refused: too long, too slow, or while others hold all that there is room for.

    What it takes of the budget it gives back when it is whole: it is then answered in one go.
    """
    body, more, taken = bytearray(), True, 0
    try:
        async with asyncio.timeout(seconds):
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


def refusal(status: int, text: str) -> Reply:
    return status, JSON_TYPE, to_json({"error": text})
