"""A base that was reproduced here before: its results come out of DVC's cache again, without asking DVC.

What DVC recorded then is kept by commit beside the cache, on this machine alone, and believed as the cache is. Each
file is placed only if its bytes have the MD5 of the record; where one is missing, DVC reproduces the base again.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from harness.core.files import read_json, replacing, write_json
from harness.core.params import read_yaml
from harness.core.paths import DVC_LOCK
from harness.project.store import md5_of

KEPT_RESULTS = "results.json"  # path → MD5 of each file or folder; written last, for it tells that all is there


def keep_base(commit: str, folder: Path, cache: Path) -> None:
    """Keep what DVC recorded of a base's results, and the files that DVC does not cache."""
    place = cache / "bases" / commit
    stages = read_yaml(folder / DVC_LOCK)["stages"].values()
    results = {out["path"]: out["md5"] for stage in stages for out in stage.get("outs", [])}
    for path, md5 in results.items():
        if not _object(cache, md5).exists():
            _copy(folder / path, place / md5)
    _copy(folder / DVC_LOCK, place / DVC_LOCK)
    write_json(place / KEPT_RESULTS, results)


def place_kept(commit: str, folder: Path, cache: Path) -> bool:
    """Put the kept results into a base's folder; whether all of them were there."""
    place = cache / "bases" / commit
    if not (place / KEPT_RESULTS).exists():
        return False
    for path, md5 in read_json(place / KEPT_RESULTS).items():
        for target, found, name in _files(folder / path, md5, cache, place):
            if not found.exists() or md5_of(found) != name.removesuffix(".dir"):
                return False
            _copy(found, target)
    _copy(place / DVC_LOCK, folder / DVC_LOCK)
    return True


def _files(path: Path, md5: str, cache: Path, place: Path) -> Iterator[tuple[Path, Path, str]]:
    """Each file of a result: where it belongs, where its bytes are, and their MD5."""
    if not md5.endswith(".dir"):
        found = _object(cache, md5)
        yield path, found if found.exists() else place / md5, md5
    elif _object(cache, md5).exists():
        for file in json.loads(_object(cache, md5).read_text("utf-8")):
            yield path / file["relpath"], _object(cache, file["md5"]), file["md5"]
    else:
        yield path, _object(cache, md5), md5


def _object(cache: Path, md5: str) -> Path:
    return cache / "files/md5" / md5[:2] / md5[2:]


def _copy(source: Path, target: Path) -> None:
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)
