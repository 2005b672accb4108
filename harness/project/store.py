"""Where DVC keeps the data: in the repository's own store or at a remote; how it gets here, and that it is the data.

What DVC is told to check can be changed by the pull request that is checked, so nothing here asks DVC's settings:
the bytes are hashed, and held against data.dvc.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.params import read_yaml
from harness.core.paths import DATA_DVC, DVC_CONFIG, DVC_TMP, STORE
from harness.core.shell import try_program
from harness.project.conflicts import refuse_conflicts
from harness.project.dvc_config import read_config
from harness.project.transfer import transfer

LARGE = 10_000_000  # bytes; more does not belong into the embedded store
PULLED = DVC_TMP / "pulled"  # data.dvc as it was when its data was fetched
OF_GIT = re.compile(r"\.dvc/(config|\.gitignore|(store|plots)/.*)")  # what of .dvc/ git may track
IGNORED = Path(".dvcignore")


def is_embedded(folder: Path = Path()) -> bool:
    """Whether the data lives in the repository's own store."""
    return _out(folder).get("remote") == "store"


def fetch_data() -> None:
    """Get the data that data.dvc names, unless that was done. Raises ProjectError with DVC's reason if it fails.

    After a changed data.dvc this must come before `dvc repro`, which would take the old files for new data.
    """
    if not DATA_DVC.exists():
        raise ProjectError(f"{DATA_DVC}: not found; restore it: git checkout -- {DATA_DVC}")
    refuse_conflicts()
    check_settings(Path())
    here = Path(str(_out(Path())["path"])).exists()  # not deleted since
    if here and PULLED.exists() and PULLED.read_bytes() == DATA_DVC.read_bytes():
        return
    pull_data(Path())
    note_fetched()


def note_fetched() -> None:
    """Note that the data that data.dvc names is here."""
    PULLED.parent.mkdir(parents=True, exist_ok=True)
    PULLED.write_bytes(DATA_DVC.read_bytes())


def pull_data(folder: Path, environment: Mapping[str, str] | None = None) -> None:
    """Pull a project's data and check its hash. Raises ProjectError if one of them fails."""
    check_settings(folder)
    check_store(folder)
    try:
        transfer("pull", folder, environment)
    except ProjectError as error:
        hint = ""
        if is_embedded(folder) and not _object(folder / STORE, str(_out(folder)["md5"])).exists():
            hint = f"; it is missing in {STORE}, which is part of the repository; restore it: git checkout -- {STORE}"
        raise ProjectError(f"{DATA_DVC}: its data could not be fetched: {error}{hint}") from None
    verify_data(folder)


def lend_data(root: Path, folder: Path) -> bool:
    """Copy this project's data into another commit's folder if both name the same data; returns whether they do.

    Raises ProjectError if the copy does not have the hash in data.dvc.
    """
    source = root / str(_out(root)["path"])
    if (root / DATA_DVC).read_bytes() != (folder / DATA_DVC).read_bytes() or not source.exists():
        return False
    check_settings(folder)
    check_store(folder)
    target = folder / str(_out(folder)["path"])
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)
    verify_data(folder)
    return True


def check_settings(folder: Path) -> None:
    """Raises ProjectError if git tracks what is one machine's own: DVC's local settings, its notes, its cache.

    Settings there overrule the others, and DVC takes from a cache what it believes to be a stage's results: a branch
    could bring a model that nobody has trained.
    """
    for name in try_program("git", "ls-files", "-z", "--", ".dvc", folder=folder).stdout.split("\0"):
        if name and not OF_GIT.fullmatch(name):
            raise ProjectError(
                f"{name}: is tracked by git, but belongs to one machine; take it out: git rm --cached {name}"
            )
    cache = read_config(folder / DVC_CONFIG).get("cache", {}).get("dir")
    if cache and _is_of_repository(folder / DVC_CONFIG.parent / cache, folder):
        raise ProjectError(
            f"{DVC_CONFIG}: cache.dir={cache}: is a folder of the repository; DVC trusts the results in a cache, so "
            "it must be this machine's own: dvc config --unset cache.dir"
        )


def _is_of_repository(place: Path, folder: Path) -> bool:
    root = try_program("git", "rev-parse", "--show-toplevel", folder=folder).stdout.rstrip("\n")
    own = (folder / ".dvc/cache").resolve()
    return bool(root) and place.resolve() != own and place.resolve().is_relative_to(Path(root).resolve())


def check_store(folder: Path) -> None:
    """Raises ProjectError for the first object of the embedded store whose name is not the MD5 of its bytes."""
    for path in sorted((folder / STORE).glob("files/md5/??/*")):
        name = f"{path.parent.name}{path.name}"
        found = md5_of(path)
        if name.removesuffix(".dir") != found:
            raise ProjectError(
                f"{path.relative_to(folder)}: is damaged: its MD5 must be its name, got {found}; restore it from git"
            )


def verify_data(folder: Path) -> None:
    """Raises ProjectError unless the data are the bytes that data.dvc names: each file's MD5, or that of their list."""
    out = _out(folder)
    expected, place = str(out["md5"]), folder / str(out["path"])
    if not expected.endswith(".dir"):
        found = md5_of(place) if place.is_file() else "nothing"
    else:
        listed = [{"md5": md5_of(path), "relpath": name} for name, path in _files(place, folder)]
        # As DVC writes the list of a folder.
        found = hashlib.md5(json.dumps(listed, sort_keys=True).encode(), usedforsecurity=False).hexdigest() + ".dir"
    if found != expected:
        raise ProjectError(f"{out['path']}: must be the data that {DATA_DVC} names (MD5 {expected}), got {found}")


def md5_of(path: Path) -> str:
    """MD5 of a file's bytes: DVC's name for them."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _out(folder: Path) -> dict[str, object]:
    """What data.dvc says of the data. Raises ProjectError if it does not name them by MD5."""
    content = read_yaml(folder / DATA_DVC)
    outs = content.get("outs") if isinstance(content, dict) else None
    if not (isinstance(outs, list) and len(outs) == 1 and isinstance(outs[0], dict) and "path" in outs[0]):
        raise ProjectError(f"{DATA_DVC}: must have one output, the data")
    out: dict[str, object] = outs[0]
    return out


def _files(place: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """The files of a folder in DVC's order, without those that .dvcignore excludes."""
    ignored = (folder / IGNORED).read_text("utf-8").splitlines() if (folder / IGNORED).exists() else []
    patterns = [line.strip() for line in ignored if line.strip() and not line.startswith(("#", "!"))]
    found = {path.relative_to(place).as_posix(): path for path in place.rglob("*") if path.is_file()}
    for name in sorted(found):
        parts = name.split("/")
        if not any(fnmatch(part, pattern.strip("/")) for part in parts for pattern in patterns):
            yield name, found[name]


def _object(store: Path, md5: str) -> Path:
    return store / "files/md5" / md5[:2] / md5[2:]
