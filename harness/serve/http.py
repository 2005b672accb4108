"""What the service needs of HTTP below its endpoints: bodies with limits, refusals, and no path without a name."""

import asyncio
from collections.abc import Iterable

from pydantic_core import to_json
from starlette.types import ASGIApp, Receive, Scope, Send

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


async def read_body(receive: Receive, longest: int, seconds: float) -> bytearray | Reply:
    """The request's body, or how it is refused: too long, or too slow in coming."""
    body, more = bytearray(), True
    try:
        async with asyncio.timeout(seconds):
            while more:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > longest:
                    return refusal(413, f"the request must be at most {longest} bytes long")
                more = message.get("more_body", False)
    except TimeoutError:
        return refusal(408, f"the request must arrive within {seconds:g} seconds")
    return body


def refusal(status: int, text: str) -> Reply:
    return status, JSON_TYPE, to_json({"error": text})
