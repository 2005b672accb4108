"""Write DVC's settings of this runner to where DVC reads them, and hide the credentials' parts in the log.

They are DVC_CONFIG, the credentials of a remote, and where jobs may share results (SHARED is true) the folder that the
runner's own environment names: DVC_CACHE_DIR. Output: `shared`.
"""

import os
from pathlib import Path

import github_api
from project_folder import prefix

CONFIG_LOCAL = Path(f"{prefix()}.dvc/config.local")
SHORTEST = 8  # letters of what is hidden: a user called `dvc` would be hidden all over the log


def write_dvc_config() -> bool:
    """Nothing where there is nothing to write; whether a shared cache is among it."""
    text, folder = os.environ["DVC_CONFIG"], os.environ.get("DVC_CACHE_DIR", "")
    for line in text.splitlines():
        value = line.partition("=")[2].strip()
        if len(value) >= SHORTEST:
            print(f"::add-mask::{value}", flush=True)  # GitHub itself hides whole secrets and lines alone
    shared = bool(folder) and os.environ.get("SHARED") == "true" and "[cache]" not in text.replace("'", "")
    if shared:
        text = f"{text}\n[cache]\n    dir = {folder}\n    shared = group"
    if text:
        CONFIG_LOCAL.write_text(f"{text}\n", "utf-8")
    return shared


if __name__ == "__main__":
    github_api.write_output("shared", "true" if write_dvc_config() else "false")
