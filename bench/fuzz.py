"""Bodies that nobody should send, to the real service: never a 5xx, and memory that stays where it was."""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from socket import SHUT_WR
from typing import Any

import httpx

from bench.measure import verdict
from harness.core.files import write_json
from harness.inference.model_file import ModelFile
from harness.model.golden_rows import golden_rows
from tests.support.constants import PATIENCE
from tests.support.models import exported
from tests.support.serving import Server, serving

KINDS = ["application/json"] * 12 + ["application/vnd.bentoml+pickle", "application/octet-stream", "text/plain", ""]
NUMBERS = ["1e400", "-1e400", "9" * 400, "NaN", "-Infinity", "1e-400", "-0", "0.1" * 2, "1" * 5000, "0x1", "01", "1e39"]
TEXTS = ['"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', '"\U0001f600"', '"\\u202e"', '"' + "x" * 50_000 + '"', '"\\x"']
OTHERS = ["null", "true", "{}", "[]", '{"a": 1}', "[[[[]]]]", "undefined", "'a'", "/**/1", "nan"]
GROWTH = 8.0  # MB that memory may grow by after warm-up


def bodies(row: dict[str, Any], seed: int = 0) -> Iterator[bytes]:
    """Endless bodies around a row that is right: values, names, forms and bytes that are not."""
    rng = Random(seed)  # noqa: S311
    while True:
        yield rng.choice([_value, _name, _deep, _form, _bytes, _pickle])(row, rng)


def _value(row: dict[str, Any], rng: Random) -> bytes:
    parts = {name: json.dumps(value) for name, value in row.items()}
    for name in rng.sample(sorted(parts), rng.randint(1, 3)):
        parts[name] = rng.choice(rng.choice([NUMBERS, TEXTS, OTHERS]))
    text = ", ".join(f"{json.dumps(name)}: {value}" for name, value in parts.items())
    return ('{"rows": [' + ", ".join([f"{{{text}}}"] * rng.choice([1, 1, 2, 50])) + "]}").encode(
        "utf-8", "surrogatepass"
    )


def _name(row: dict[str, Any], rng: Random) -> bytes:
    name = rng.choice(["", "x" * 10_000, "\ud800", "\0", "__proto__", "__class__", "rows", *row])
    return json.dumps({"rows": [{**row, name: rng.choice([1, None, name])}], **rng.choice([{}, {name: 1}])}).encode()


def _deep(_row: dict[str, Any], rng: Random) -> bytes:
    depth = rng.choice([10, 190, 210, 1_000, 50_000])
    start, end = rng.choice([("[", "]"), ('{"rows":', "}"), ('[{"a":', "}]")])
    return f'{{"rows": {start * depth}1{end * rng.choice([depth, 0])}}}'.encode()


def _form(row: dict[str, Any], rng: Random) -> bytes:
    forms: list[Any] = [
        [],
        {},
        row,
        [row],
        {"rows": row},
        {"rows": []},
        {"rows": [row] * 101},
        {"rows": [[row]]},
        1,
        None,
    ]
    return json.dumps(rng.choice(forms)).encode()


def _bytes(row: dict[str, Any], rng: Random) -> bytes:
    content = bytearray(json.dumps({"rows": [row]}, ensure_ascii=False).encode())
    for _ in range(rng.randint(1, 4)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    return bytes(content[: rng.choice([len(content), rng.randrange(len(content))])])


def _pickle(_row: dict[str, Any], rng: Random) -> bytes:
    return rng.choice([b"\x80\x04", b"\x80\x05\x95", b"\x1f\x8b", b"PK\x03\x04", b"\xff\xfe", b""]) + rng.randbytes(50)


def fuzz(server: Server, row: dict[str, Any], requests: int) -> tuple[Counter[int], float]:
    """Answers by status, and by how many MB the workers grew after the first fifth of the requests."""
    rng, statuses, before = Random(1), Counter[int](), 0.0  # noqa: S311
    with httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        for number, body in zip(range(requests), bodies(row), strict=False):
            if number == requests // 5:
                before = server.megabytes()
            headers = {"Content-Type": rng.choice(KINDS)}
            statuses[client.post("/predict", content=body, headers=headers).status_code] += 1
            if number % 10 == 0:
                statuses[_wrong_length(server, body, rng.choice([-5, 10]))] += 1
    return statuses, server.megabytes() - before


def _wrong_length(server: Server, body: bytes, off: int) -> int:
    """Status of a request whose length is a lie; 0 if the service hung up, or waited for what did not come."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=5)
    headers = {"Content-Type": "application/json", "Content-Length": str(max(len(body) + off, 0))}
    with closing(connection), suppress(OSError, HTTPException):
        connection.request("POST", "/predict", body, headers)
        connection.sock.shutdown(SHUT_WR)
        return connection.getresponse().status
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    requests = parser.parse_args().requests
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.onnx"
        exported(model)
        write_json(model.with_name("metrics.json"), {})
        with serving(model, MAX_ROWS="100") as server:
            statuses, growth = fuzz(server, golden_rows(ModelFile(model).contract)[0], requests)
    errors = sum(count for status, count in statuses.items() if status >= 500)
    print(f"answers by status   {dict(sorted(statuses.items()))}")
    print(f"5xx                 {errors}   {verdict(errors, 0, '')}")
    print(f"memory grew by      {growth:.1f} MB   {verdict(growth, GROWTH, 'MB')}")
    sys.exit(errors > 0 or growth > GROWTH)


if __name__ == "__main__":
    main()
