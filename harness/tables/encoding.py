"""The bytes of a file, and the letters that they stand for."""

import codecs
import gzip
import io
import os
from pathlib import Path
from typing import BinaryIO

from charset_normalizer import from_bytes

from harness.core.errors import ProjectError
from harness.tables.archive import is_archive, open_member
from harness.tables.letters import FOREIGN_WORD, LETTERS_OF, likely_readings, wide_readings

SAMPLE_BYTES = 1 << 18  # that delimiter and header are found in
BLOCK_BYTES = 1 << 24  # bytes read at once
END_BYTES, DOS_END = 4096, b"\x1a"
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
LEGACY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp932", "euc_jp", "gb18030", "big5", "euc_kr", "utf_16_le"]


ONE_BYTE_SCRIPTS = {"cp1251", "cp1253"}  # as which two-byte letters may look like words


class _Beginning(io.RawIOBase):
    """A file up to some byte."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.size = file, size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self.file.seek(self.size + offset if whence == os.SEEK_END else offset, whence % os.SEEK_END)

    def tell(self) -> int:
        return self.file.tell()

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        left = max(0, self.size - self.file.tell())
        data = self.file.read(min(left, len(buffer)))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.file.close()
        super().close()


def open_bytes(path: Path) -> BinaryIO:
    """A file's bytes, unzipped, and without the byte 26 that DOS writes at the end of a text."""
    file = path.open("rb")
    start = file.read(2)
    zipped = start == b"\x1f\x8b"
    if start == b"PK" and is_archive(path):
        file.close()
        return open_member(path)
    end = file.seek(-min(END_BYTES, path.stat().st_size), os.SEEK_END)
    marks = len(last := file.read()) - len(last.rstrip(DOS_END))
    file.seek(0)
    if zipped:
        file.close()
        return gzip.open(path)  # type: ignore[return-value]
    return io.BufferedReader(_Beginning(file, end + len(last) - marks)) if marks else file  # type: ignore[type-var]


def find_encoding(path: Path) -> str:
    """By byte order mark, as UTF-8 if all of it can be read so, else by the likelihood of its letters."""
    with open_bytes(path) as file:
        start = file.read(SAMPLE_BYTES)
        for mark, name in BOMS.items():
            if start.startswith(mark):
                return name
        sides = [place % 2 for place, byte in enumerate(start[:100]) if not byte]  # every other byte of ASCII letters
        if len(sides) > len(start[:100]) / 8 and len(set(sides)) == 1:
            return "utf-16-le" if sides[0] else "utf-16-be"
        decoder, block = codecs.getincrementaldecoder("utf-8")(), start
        try:
            while block:
                decoder.decode(block)
                block = file.read(BLOCK_BYTES)
        except UnicodeDecodeError:
            # The lines around the first non-ASCII letter show the encoding best.
            lines = [line for line in start.splitlines() + block.splitlines()[:20_000] if not line.isascii()]
            return _legacy_encoding(path, b"\n".join(lines[:2000]))
    return "utf-8"


def _legacy_encoding(path: Path, lines: bytes) -> str:
    """By the likelihood of the letters in these lines. Raises ProjectError if no likely one reads the whole file."""
    seen = lines.decode("utf-8", "replace")
    spoilt = seen.count("\ufffd")
    if sum(not letter.isascii() for letter in seen) > 2 * spoilt:  # other encodings' bytes hardly ever look like UTF-8
        raise ProjectError(
            f"DATA={path}: {_not_utf8(path)}, although most are; correct it, or name the encoding: ENCODING=…"
        )
    readings = [name for name in likely_readings(lines, list(LETTERS_OF)) if _error_of(path, name) is None]
    if len(readings) > 1:
        words = " and ".join(f"{_first_word(lines, name)!r} ({name})" for name in readings[:2])
        raise ProjectError(f"DATA={path}: {words} are equally likely; name the encoding: ENCODING=…")
    if readings:
        return readings[0]
    found = list(from_bytes(lines, cp_isolation=LEGACY))
    # Where Western Europe's letters make as much sense as others, they are meant.
    likely = [match for match in found if match.chaos <= found[0].chaos + 0.05]
    wide = [] if found else wide_readings(lines)
    western = (not found and not wide) or any("cp1252" in match.could_be_from_charset for match in likely)
    others = sorted((match.encoding for match in found), key=lambda name: name in ONE_BYTE_SCRIPTS)
    names = [*(["cp1252"] if western else []), *others, *(wide if len(wide) == 1 else [])]
    readable = (name for name in names if _error_of(path, name) is None)
    name = next(readable, "")
    if not name:
        raise ProjectError(f"DATA={path}: {_not_utf8(path)}, its encoding is not recognised; name it: ENCODING=…")
    return name


def _first_word(lines: bytes, name: str) -> str:
    """The first word with a letter beyond ASCII."""
    found = FOREIGN_WORD.search(lines.decode(name))
    return found[0] if found else ""


def _not_utf8(path: Path) -> str:
    """The first byte of a file that is no UTF-8, and its line."""
    with open_bytes(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return f"line {number:,} is not UTF-8 (byte 0x{line[error.start]:02x})"
    return "not UTF-8"


def _error_of(path: Path, name: str) -> UnicodeError | None:
    """Why an encoding does not read a whole file."""
    decoder = codecs.getincrementaldecoder(name)()
    with open_bytes(path) as file:
        try:
            while block := file.read(BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            return error
    return None


def check_encoding(path: Path, name: str) -> str:
    """The encoding that was asked for. Raises ProjectError if there is none, or if the file cannot be read so."""
    try:
        "".encode(name)  # hex and rot13 are no letters' encodings, and refused so
        codecs.getincrementaldecoder(name)(errors="replace").decode(b"a")  # nor are idna and punycode
    except (LookupError, UnicodeError):
        raise ProjectError(
            f"ENCODING={name}: no such encoding; name one of Python's, such as utf-8 or cp1250"
        ) from None
    if error := _error_of(path, name):
        reason = error.reason if isinstance(error, UnicodeDecodeError) else error
        raise ProjectError(f"ENCODING={name}: {path} is not in this encoding: {reason}")
    return name
