"""Reading a request's body: never more than allowed, never for ever."""

import asyncio
from typing import Any

from harness.serve.budget import BodyBudget
from harness.serve.http import read_body


def read(*messages: dict[str, Any], longest: int = 10, seconds: float = 180, budget: BodyBudget | None = None) -> Any:
    """What is read of these messages, after which none comes."""
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        while not waiting:
            await asyncio.sleep(0.01)
        return waiting.pop(0)

    return asyncio.run(read_body(receive, longest, budget or BodyBudget(10**6), seconds))


def test_a_body_comes_in_parts() -> None:
    parts: list[dict[str, Any]] = [
        {"body": b"12345", "more_body": True},
        {"body": b"", "more_body": True},
        {"body": b"67890"},
    ]
    assert read(*parts) == b"1234567890"


def test_a_body_that_is_too_long_is_not_read_to_its_end() -> None:
    status, _, text, _ = read({"body": b"123456", "more_body": True}, {"body": b"78901", "more_body": True})
    assert (status, text) == (413, b'{"error":"the request must be at most 10 bytes long"}')


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    status, _, text, _ = read({"body": b"1", "more_body": True}, seconds=0.05)
    assert (status, text) == (408, b'{"error":"the request must arrive within 0.05 seconds"}')


def test_a_client_that_goes_away_sends_no_more() -> None:
    assert read({"body": b"1", "more_body": True}, {"type": "http.disconnect"}) == b"1"
