"""The lines of a log file, in blocks, each of which is safe to parse: a bad line costs no more than itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

LOG_BLOCK = 16_000_000  # bytes that are read at once
LONGEST_LINE = 1_000_000  # bytes
NAMED_BY = 4096  # bytes of its first line, by which a file is known again


@dataclass
class LogBlocks:
    """Whole lines of a file, from the byte `begin` to `stop`; iterating counts what is no line of a log."""

    path: Path
    begin: int = 0
    stop: int | None = None
    end: int = 0  # the byte after the last whole line
    bad: int = 0
    torn: bool = False  # the last line of a file that is being written, or was left

    def __iter__(self) -> Iterator[bytes]:
        """Raises OSError if the file cannot be read."""
        self.end, rest = self.begin, b""
        with self.path.open("rb") as file:
            file.seek(self.begin)
            while piece := file.read(self._most(file.tell())):
                block = rest + piece
                cut = block.rfind(b"\n") + 1
                rest = block[cut : cut + LONGEST_LINE + 1]  # which is too long, however much follows
                if cut:
                    self.end = file.tell() - (len(block) - cut)
                    block, bad = good_lines(block[:cut])
                    self.bad += bad
                    if block:
                        yield block
        self.torn = bool(rest.strip())

    def _most(self, place: int) -> int:
        return LOG_BLOCK if self.stop is None else max(min(LOG_BLOCK, self.stop - place), 0)


def first_line(path: Path) -> str:
    """The hash by which a file is known again. Raises OSError if it cannot be read."""
    with path.open("rb") as file:
        return sha256(file.readline(NAMED_BY)).hexdigest()[:16]


def good_lines(block: bytes) -> tuple[bytes, int]:
    """The lines of a block (all end with a newline) that may be objects, and how many may not.

    pyarrow ends the process (a segmentation fault) if what it parses begins with `null`.
    """
    codes = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(codes == ord("\n")) + 1
    begins = np.concatenate([[0], ends[:-1]])
    first = codes[begins]
    good = (first == ord("{")) & (ends - begins <= LONGEST_LINE)
    if good.all() and _is_text(block):
        return block, 0
    lines = [block[a:b] for a, b in zip(begins[good].tolist(), ends[good].tolist(), strict=True)]
    lines = [line for line in lines if _is_text(line)]
    return b"".join(lines), len(begins) - len(lines) - int(np.isin(first, [10, 13]).sum())


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
