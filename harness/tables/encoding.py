"""The bytes of a file, and the letters that they stand for."""

import codecs
import gzip
from pathlib import Path
from typing import BinaryIO

from charset_normalizer import from_bytes

from harness.core.errors import ProjectError

SAMPLE_BYTES = 1 << 18  # that delimiter and header are found in
BLOCK_BYTES = 1 << 24  # bytes read at once
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
LEGACY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "shift_jis", "gb18030", "big5", "euc_kr", "utf_16_le"]


def open_bytes(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if zipped else path.open("rb")  # type: ignore[return-value]


def find_encoding(path: Path) -> str:
    """By byte order mark, as UTF-8 if all of it can be read so, else by the likelihood of its letters."""
    with open_bytes(path) as file:
        start = file.read(SAMPLE_BYTES)
        for mark, name in BOMS.items():
            if start.startswith(mark):
                return name
        if b"\0" in start[:100]:  # every other byte of ASCII letters
            return "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
        decoder, block = codecs.getincrementaldecoder("utf-8")(), start
        try:
            while block:
                decoder.decode(block)
                block = file.read(BLOCK_BYTES)
        except UnicodeDecodeError:
            # The lines around the first non-ASCII letter show the encoding best.
            lines = [line for line in start.splitlines() + block.splitlines()[:20_000] if not line.isascii()]
            found = list(from_bytes(b"\n".join(lines[:2000]), cp_isolation=LEGACY))
            # Where Western Europe's letters make as much sense as others, they are meant.
            likely = [match for match in found if match.chaos <= found[0].chaos + 0.05]
            western = any("cp1252" in match.could_be_from_charset for match in likely)
            return found[0].encoding if found and not western else "cp1252"
    return "utf-8"


def check_encoding(path: Path, name: str) -> str:
    """The encoding that was asked for. Raises ProjectError if there is none, or if the file cannot be read so."""
    try:
        "".encode(name)  # hex and rot13 are no letters' encodings, and refused so
        decoder = codecs.getincrementaldecoder(name)()
    except LookupError:
        raise ProjectError(
            f"ENCODING={name}: no such encoding; name one of Python's, such as utf-8 or cp1250"
        ) from None
    with open_bytes(path) as file:
        try:
            while block := file.read(BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            reason = error.reason if isinstance(error, UnicodeDecodeError) else error
            raise ProjectError(f"ENCODING={name}: {path} is not in this encoding: {reason}") from None
    return name
