"""Zip files as actions/upload-artifact does: paths are relative to the folder that all of them have in common."""

import os
import zipfile
from pathlib import Path

paths = [Path(line) for line in os.environ["PATHS"].split()]
files = [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*"))) if file.is_file()]
assert files, paths
root = Path(os.path.commonpath([path if path.is_dir() else path.parent for path in paths]))
with zipfile.ZipFile(Path(os.environ["ARTIFACTS"]) / f"{os.environ['NAME']}.zip", "w") as archive:
    for file in files:
        archive.write(file, file.relative_to(root))
