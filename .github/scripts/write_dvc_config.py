"""Write the credentials of a DVC remote, DVC_CONFIG, to where DVC reads them, and hide their parts in the log."""

import os
from pathlib import Path

from project_folder import prefix

CONFIG_LOCAL = Path(f"{prefix()}.dvc/config.local")
SHORTEST = 8  # letters of what is hidden: a user called `dvc` would be hidden all over the log


def write_dvc_config() -> None:
    for line in os.environ["DVC_CONFIG"].splitlines():
        value = line.partition("=")[2].strip()
        if len(value) >= SHORTEST:
            print(f"::add-mask::{value}", flush=True)  # GitHub itself hides whole secrets and lines alone
    CONFIG_LOCAL.write_text(os.environ["DVC_CONFIG"] + "\n", "utf-8")


if __name__ == "__main__":
    write_dvc_config()
