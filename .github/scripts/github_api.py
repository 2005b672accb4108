"""GitHub's REST API, as little of it as the workflows need, with the standard library alone."""

import json
import os
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from http.client import HTTPMessage
from pathlib import Path
from typing import IO, Any

PAGE = 100
JSON_ANSWER = "application/vnd.github+json"


class _WithoutToken(urllib.request.HTTPRedirectHandler):
    """A download is redirected to a store of another host: the token stays here."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request is not None:
            request.remove_header("Authorization")
        return request


_opener = urllib.request.build_opener(_WithoutToken)


Query = Mapping[str, str | int]


def get(path: str, query: Query | None = None, most: int = 10_000_000, accept: str = JSON_ANSWER) -> bytes:
    """The answer to GET /repos/{this repository}/{path}. ValueError if it is longer than `most` bytes."""
    full = f"{_url(path)}?{urllib.parse.urlencode(query)}" if query else _url(path)
    request = urllib.request.Request(full, headers=_headers(accept))  # noqa: S310 the runner's own address
    with _opener.open(request, timeout=60) as answer:
        content: bytes = answer.read(most + 1)
    if len(content) > most:
        raise ValueError(f"longer than {most:,} bytes")
    return content


def post(path: str, **values: str | list[str]) -> Any:
    """What POST to /repos/{this repository}/{path} answers."""
    return _send("POST", path, json.dumps(values).encode())


def patch(path: str, **values: str) -> None:
    """PATCH /repos/{this repository}/{path}."""
    _send("PATCH", path, json.dumps(values).encode())


def delete(path: str) -> None:
    """DELETE /repos/{this repository}/{path}."""
    _send("DELETE", path, None)


def _send(method: str, path: str, content: bytes | None) -> Any:
    headers = _headers(JSON_ANSWER)
    request = urllib.request.Request(_url(path), content, headers, method=method)  # noqa: S310 the runner's own address
    with _opener.open(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def _url(path: str) -> str:
    return f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/{path}"


def _headers(accept: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}", "Accept": accept}


def get_json(path: str, **query: str | int) -> Any:
    """The answer as JSON."""
    return json.loads(get(path, query))


def pages(path: str, **query: str | int) -> Iterator[Any]:
    """Every item of a list that comes in pages."""
    page, items = 0, [None] * PAGE
    while len(items) == PAGE:
        page += 1
        items = get_json(path, per_page=PAGE, page=page, **query)
        yield from items


def event() -> Any:
    """What started this workflow."""
    return json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text("utf-8"))


def write_output(name: str, value: str) -> None:
    """Set an output of this step."""
    if "\n" in value or "\r" in value:
        raise ValueError(f"{name}: must be one line")
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.write(f"{name}={value}\n")
