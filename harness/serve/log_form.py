"""What a line of the prediction log holds: never a personal column as it is."""

import hmac
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, islice
from typing import Literal, NamedTuple

from pydantic_core import to_json

from harness.core.contract import Contract, as_text
from harness.inference.predictor import Scores
from harness.serve.log_settings import LogSettings

OwnId = Literal["as it is", "hashed", "left out"]
HASH_DIGITS = 16  # hexadecimal, of a keyed hash
PIECE_ROWS = 32  # of a piece: whoever writes one keeps the rest of the process waiting
BETWEEN, APART = b'},{"time":', b'}\n{"time":'  # no text holds the first: its quotes would be escaped


class Asked(NamedTuple):
    """An answered request: its moment, its id in the log, rows and scores, and the caller's own id of each row."""

    moment: float
    request: str
    rows: Sequence[Mapping[str, object]]
    scores: Scores
    ids: Sequence[str | int] | None


@dataclass(frozen=True)
class LogForm:
    """Makes lines of answered requests.

    Personal columns are left out, or, where there is a key, stand under `hashed` as keyed hashes (HMAC-SHA256): equal
    values have equal hashes, and nobody without the key can try values out. What is left out is named in each line.
    """

    version: str
    sample: float
    kept: frozenset[str]
    left_out: tuple[str, ...]
    hashed: tuple[str, ...]  # of what is left out
    own_id: OwnId
    key: bytes

    @classmethod
    def of(cls, contract: Contract, version: str, settings: LogSettings) -> "LogForm":
        """The form for the rows of one model."""
        names = [feature.name for feature in contract.features]
        wanted = [name for name in names if settings.columns is None or name in settings.columns]
        kept = frozenset(wanted).difference(contract.personal)
        hashed = tuple(name for name in wanted if name not in kept) if settings.key else ()
        own_id: OwnId = "as it is" if contract.id not in contract.personal else "hashed" if settings.key else "left out"
        left_out = tuple(name for name in names if name not in kept)
        return cls(version, settings.sample, kept, left_out, hashed, own_id, settings.key.encode())

    def pieces(self, asked: Sequence[Asked]) -> Iterator[tuple[int, bytes]]:
        """Numbers of rows and their lines, so few at a time that no request waits long for them."""
        lines = chain.from_iterable(map(self._lines, asked))
        while piece := list(islice(lines, PIECE_ROWS)):
            yield len(piece), to_json(piece)[1:-1].replace(BETWEEN, APART) + b"\n"

    def _lines(self, asked: Asked) -> Iterator[dict[str, object]]:
        head: dict[str, object] = {"time": _utc(asked.moment), "model": self.version, "request": asked.request}
        head["sample"] = self.sample
        if self.left_out:
            head["omitted"] = self.left_out
        for number, (row, scores) in enumerate(zip(asked.rows, asked.scores.tolist(), strict=True)):
            columns = {name: value for name, value in row.items() if name in self.kept} if self.left_out else row
            line = {**head, "row": number, "columns": columns, "scores": scores}
            if self.hashed:
                line["hashed"] = {name: self._hash(row.get(name)) for name in self.hashed}
            if asked.ids and self.own_id != "left out":
                own = asked.ids[number]
                line["id"] = self._hash(own) if self.own_id == "hashed" else as_text(own)
            yield line

    def _hash(self, value: object) -> str | None:
        text = as_text(value)
        return hmac.new(self.key, text.encode(), sha256).hexdigest()[:HASH_DIGITS] if text else None


def _utc(moment: float) -> str:
    seconds, part = divmod(moment, 1)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{int(part * 1e6):06}Z"
