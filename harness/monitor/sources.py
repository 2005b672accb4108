"""Where the rows come from: a folder of prediction logs or one file of it, a file that was scored, or an address."""

import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from urllib.request import getproxies

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.batch.read import open_table
from harness.core.contract import Contract, Feature, as_text
from harness.core.errors import ProjectError
from harness.core.files import ending
from harness.core.shell import dvc
from harness.monitor.log_blocks import LogBlocks, first_line
from harness.monitor.log_lines import ENDINGS, LogReader
from harness.monitor.observed import Batch
from harness.project.web_address import one_line
from harness.serve.prediction_log import OPEN_ENDING

SCORED_ROWS = 100_000
REACHED_WITHIN = 10  # seconds for a host to take a connection


@contextmanager
def opened(place: str, what: str = "LOG") -> Iterator[Path]:
    """The folder or file; of an address, a copy that DVC fetches. Raises ProjectError if it is not there."""
    if "://" not in place:
        path = Path(place)
        if not path.exists():
            raise ProjectError(f"{what}={one_line(place)}: no such file or folder")
        yield path
        return
    if place.startswith(("http://", "https://")):
        _check_there(place, what)
    with TemporaryDirectory() as folder:
        copy = Path(folder) / (PurePosixPath(place).name or "log")  # whose ending says how it is read
        try:
            dvc("get-url", place, str(copy))
        except ProjectError as error:  # which shows the address, and so its password
            raise ProjectError(f"{what}: {one_line(re.sub('//[^/@ ]+@', '//', str(error)))}") from None
        yield copy


def _check_there(place: str, what: str) -> None:
    """Raises ProjectError if nobody listens at an address: DVC would try for a minute. A proxy knows more than we."""
    try:
        parts = urlsplit(place)
        if parts.scheme in getproxies() or not parts.hostname:
            return
        host, port = parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]
        socket.create_connection((host, port), REACHED_WITHIN).close()
    except (OSError, ValueError) as error:
        shown = one_line(place.rpartition("@")[2])
        raise ProjectError(f"{what}={shown}: cannot be reached: {one_line(error)}") from None


@dataclass
class LogSource:
    """The batches of a log, and one line about each kind of row that was left out."""

    path: Path
    contract: Contract
    version: str
    keyed: bool = True  # whether labels are looked for by the request
    reader: LogReader = field(init=False)
    ends: dict[str, int] = field(default_factory=dict)  # of the files that were read: the byte where each ended
    copies: int = 0

    def __post_init__(self) -> None:
        self.reader = LogReader(self.contract, self.version, self.keyed)

    @property
    def scored(self) -> str | None:
        """The hash of a scored file, whose rows have no time by which to know them again; None for a log."""
        if self.path.is_dir() or ending(self.path) in ENDINGS:
            return None
        return sha256(self.path.read_bytes()).hexdigest()

    def batches(self, now: np.datetime64) -> Iterator[Batch]:
        """All rows. Raises ProjectError if there is nothing to read."""
        for batch, _ in self.new_and_old(now, {}, True):
            yield batch

    def new_and_old(self, now: np.datetime64, known: Mapping[str, int], old: bool) -> Iterator[tuple[Batch, bool]]:
        """The rows, and whether they are new: beyond the bytes that are `known` of their file; if `old`, others too.

        A file is known by its first line, which names a moment and a request: a copy, or one more name, holds no new
        row. Raises ProjectError if there is nothing to read.
        """
        if self.scored is not None:
            yield from ((batch, True) for batch in self._scored_rows())
            return
        files = [self.path] if self.path.is_file() else sorted(p for p in self.path.rglob("*") if ending(p) in ENDINGS)
        if not files:
            why = "a service with LOG_DIR writes them"
            if any(self.path.rglob(f"*{OPEN_ENDING}")):
                why = f"one of {OPEN_ENDING} is closed when its hour ends or the service stops"
            raise ProjectError(f"{self.path}: holds no closed log ({', '.join(ENDINGS)}); {why}")
        for file in files:
            try:
                name = first_line(file)
                copy = name in self.ends
                self.copies += copy
                begin = self.ends[name] if copy else known.get(name, 0)
                if old and begin and not copy:
                    before = LogReader(self.contract, self.version, self.keyed)  # whose findings were told before
                    for batch in before.read(LogBlocks(file, stop=begin), now):
                        yield batch, False
                blocks = LogBlocks(file, begin)
                for batch in self.reader.read(blocks, now):
                    yield batch, True
                self.ends[name] = blocks.end
            except OSError as error:
                raise ProjectError(f"{file}: cannot be read: {error.strerror}") from None

    def notices(self) -> list[str]:
        """What was left out, a line each."""
        reader, found = self.reader, []
        for version, rows in reader.others.most_common(3):
            found.append(
                f"{rows} rows that model {one_line(version)} answered are left out; this model is {self.version}"
            )
        for count, what in (
            (reader.unreadable, "unreadable lines are left out"),
            (reader.torn, "files end in the middle of a line, which is left out"),
            (reader.future, "rows from the future are left out"),
            (self.copies, "files are copies of another one, and their rows count once"),
        ):
            if count:
                found.append(f"{count} {what}")
        if reader.absent:
            found.append(f"the log lacks columns, which are not judged: {', '.join(sorted(reader.absent)[:10])}")
        return found + (["the log holds a sample of the rows (LOG_SAMPLE)"] if reader.sampled else [])

    def _scored_rows(self) -> Iterator[Batch]:
        table = open_table(self.path)
        names = [f"probability_{as_text(label)}" for label in self.contract.classes] or ["prediction"]
        present = table.schema.names
        for name in names:
            if name not in present:
                cure = "make predict OUT=… writes one"
                raise ProjectError(f"{self.path}: not a scored file: it has no column {name}; {cure}")
        features = [feature for feature in self.contract.features if feature.name in present]
        more = [name for name in (self.contract.id, self.contract.group) if name and name in present]
        wanted = [*names, *(feature.name for feature in features), *more]
        for chunk in table.chunks(list(dict.fromkeys(wanted)), SCORED_ROWS):
            frame = chunk.rows.to_pandas()
            columns = {f.name: _values(frame[f.name], f) for f in features}
            scores = np.column_stack([pd.to_numeric(frame[name]).to_numpy(float) for name in names])
            texts = {name: frame[name].map(as_text).to_numpy(object) for name in more}
            group = texts.get(self.contract.group or "")
            yield Batch(columns, scores, None, None, group, texts.get(self.contract.id or ""))


def _values(column: "pd.Series[str]", feature: Feature) -> NDArray[np.generic]:
    if feature.type == "date":
        return pd.to_datetime(column, errors="coerce", format="ISO8601").to_numpy("datetime64[s]")
    if feature.role == "numeric" and feature.type != "time":
        return pd.to_numeric(column.replace({"true": "1", "false": "0"}), errors="coerce").to_numpy(float)
    return column.astype(object).where(column.notna(), None).to_numpy(object)
