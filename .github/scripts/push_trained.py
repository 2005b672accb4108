"""Push what was trained to the DVC remote, with the credentials of DVC_CONFIG, which are gone afterwards.

A remote that is away keeps nobody from publishing; the next run brings what is missing.
"""

import subprocess

from project_folder import prefix
from write_dvc_config import CONFIG_LOCAL, write_dvc_config


def main() -> None:
    write_dvc_config()
    try:
        if subprocess.run([".venv/bin/dvc", "push"], cwd=prefix() or ".", check=False).returncode:
            print("::warning::dvc push failed: the model of this run is not at the DVC remote")
    finally:
        CONFIG_LOCAL.unlink()


if __name__ == "__main__":
    main()
