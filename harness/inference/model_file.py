"""What a model file says of itself, read without onnxruntime: a process that only starts others need not hold it."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TypedDict

from harness.core.contract import Contract
from harness.core.errors import ProjectError
from harness.inference.conformal import Conformal

FORMAT = "1"  # of the metadata; raised when a reader of the old one would go wrong
METADATA, KEY, VALUE = 14, 1, 2  # numbers of fields of ModelProto and StringStringEntryProto in onnx.proto
SIZES = {1: 8, 5: 4}  # bytes of protobuf's fixed wire types


class Golden(TypedDict):
    """Rows with the answers given at export, and how far from them an answer may be."""

    rows: list[dict[str, object]]
    answers: list[list[float]]
    tolerance: float


class ModelFile:
    """The description that a model file carries: contract, threshold, hashes and golden rows.

    Raises ProjectError if the file is missing, truncated or not a model of this project.
    """

    def __init__(self, path: Path) -> None:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise ProjectError(f"{path}: no model file; run: make pipeline") from None
        try:
            entries = [dict(_fields(value)) for number, value in _fields(memoryview(content)) if number == METADATA]
            metadata = {_decode(entry[KEY]): _decode(entry[VALUE]) for entry in entries}
        except (IndexError, KeyError, ValueError):
            raise ProjectError(f"{path}: not an ONNX model, or a truncated one") from None
        if metadata.get("format") != FORMAT:
            found = metadata.get("format")
            raise ProjectError(f"{path}: not a model file of this template (format must be {FORMAT}, got {found})")
        try:
            self.contract = Contract.from_json(json.loads(metadata["contract"]))
            self.threshold: float | None = json.loads(metadata["threshold"])
            self.hashes: dict[str, str] = json.loads(metadata["hashes"])
            self.golden: Golden = json.loads(metadata["golden"])
            conformal = json.loads(metadata.get("conformal", "null"))
            self.conformal = None if conformal is None else Conformal.from_json(conformal)
            # By which cluster it was trained, if by one: by, workers, partitions.
            self.distributed: dict[str, object] = json.loads(metadata.get("distributed", "{}"))
            graph = metadata["graph"]
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise ProjectError(f"{path}: its description cannot be read: {error!r}") from None
        # Seen here, before it runs: a damaged graph can crash onnxruntime.
        if graph_hash(content) != graph:
            raise ProjectError(f"{path}: a damaged model: its graph does not match its description")
        self.sha256 = sha256(content).hexdigest()
        self.version = self.sha256[:12]


def graph_hash(content: bytes) -> str:
    """SHA-256 of a model file without its description."""
    digest = sha256()
    for number, value in _fields(memoryview(content)):
        if number != METADATA:
            digest.update(b"%d %d " % (number, len(value)))
            digest.update(value)
    return digest.hexdigest()


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Number and bytes of each field of a protobuf message. IndexError or ValueError if it ends early."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        start = at
        if wire == 0:
            _, at = _varint(message, at)
        elif wire == 2:
            size, start = _varint(message, at)
            at = start + size
        else:
            at += SIZES[wire]
        if at > len(message):
            raise ValueError("truncated")
        yield number, message[start:at]


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, ten bytes at most, and where the next one begins."""
    value = 0
    for place in range(10):
        byte = message[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    raise ValueError("no number")


def _decode(value: memoryview) -> str:
    return bytes(value).decode()
