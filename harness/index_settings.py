"""Pass pip's settings of the package index to uv, which does not read them.

Standard library only: it is used before anything is installed.
"""

import ast
import os
import subprocess
from pathlib import Path

FORMS = {  # pip's setting, which takes _ for - too → uv's variable, and what stands between two values
    "index_url": ("UV_DEFAULT_INDEX", " "),
    "extra_index_url": ("UV_INDEX", " "),
    "trusted_host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", ""),
    "proxy": ("ALL_PROXY", ""),
}
PIP_SECTIONS = ("global", "install", ":env:")  # the later one counts, as for pip
UV_NAMES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_CONFIG_FILE")


def index_settings(python: str, project: Path) -> dict[str, str]:
    """Variables for uv: none where uv has settings of an index of its own, or where the variable is set already.

    `python` is one that has pip; `project` is the folder of pyproject.toml.
    """
    if any(os.environ.get(name) for name in UV_NAMES) or any(map(_names_index, _files_of_uv(project))):
        return {}
    done = subprocess.run(
        [python, "-m", "pip", "--disable-pip-version-check", "config", "list"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False,
    )  # fmt: skip
    found: dict[str, str] = {}
    for section in PIP_SECTIONS:
        for line in done.stdout.splitlines():
            name, _, value = line.partition("=")
            if name.rpartition(".")[0] == section:
                found[name.rpartition(".")[2].replace("-", "_")] = str(ast.literal_eval(value))
    made = {FORMS[key][0]: FORMS[key][1].join(value.split()) for key, value in found.items() if key in FORMS}
    return {name: value for name, value in made.items() if value and not os.environ.get(name)}


def _files_of_uv(project: Path) -> list[Path]:
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return [project / "uv.toml", project / "pyproject.toml", home / "uv/uv.toml", Path("/etc/uv/uv.toml")]


def _names_index(path: Path) -> bool:
    """Whether a file of uv's settings says anything about an index."""
    try:
        text = path.read_text("utf-8")
    except OSError:
        return False
    own = text.partition("[tool.uv")[2] if path.name == "pyproject.toml" else text
    return any(
        line.split("=")[0].strip().replace("-", "_") in {"index", "index_url", "extra_index_url", "no_index", "url"}
        for line in own.splitlines()
    )
