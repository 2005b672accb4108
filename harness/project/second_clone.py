"""Prove that the data is where the next commit says: a second clone gets it from there."""

import re
import shutil
import tempfile
from pathlib import Path

from harness.core.errors import ProjectError
from harness.core.paths import DATA_DVC, DVC_CONFIG, DVC_TMP
from harness.core.shell import git
from harness.project.dvc_config import DVC_LOCAL, use_own_cache
from harness.project.store import pull_data

NEEDED = (DATA_DVC, DVC_CONFIG, DVC_LOCAL, Path(".dvcignore"))


def prove_pull() -> None:
    """Pull what data.dvc names into a second clone, whose cache is empty and which knows nothing of earlier pushes.

    Its bytes are hashed and held against data.dvc. Raises ProjectError with the reason if the data does not come.
    """
    DVC_TMP.mkdir(parents=True, exist_ok=True)  # on the disk of the cache, and not git's
    with tempfile.TemporaryDirectory(prefix="second-clone-", dir=DVC_TMP) as name:
        clone = Path(name)
        git("init", "--quiet", folder=clone)
        for path in NEEDED:
            if path.exists():
                (clone / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, clone / path)
        use_own_cache(clone)
        try:
            pull_data(clone, {"DVC_SITE_CACHE_DIR": str(clone / "site")})
        except ProjectError as error:
            hint = (
                "; if the remote already held a part of the data, empty it first"
                if re.search("failed to transfer|has no object", str(error))
                else ""
            )
            raise ProjectError(f"a second clone could not pull the data, so nothing was moved: {error}{hint}") from None
