"""Make the release that says that a commit is published, unless a newer one is by now. Call: make_release.py RESULTS.

Its version is registered first (the tag model@v1.2.0): who repeats this job finds either both or what is missing.
Environment: IMAGE, the image's name with its digest. The next publication is compared with what this release holds.
"""

import os
import subprocess
import sys
import urllib.error
from pathlib import Path

import github_api
from last_published import why_not
from version_tags import register

FILES = ("artifacts/model/model.onnx", "artifacts/evaluation/metrics.json", "artifacts/report/report.json")
CARD = ("artifacts/model/card.md", "artifacts/model/card.html")  # a project on an older harness has none


def make_release(results: Path, commit: str, image: str) -> None:
    Path("image.txt").write_text(f"{image}\n", "utf-8")
    summary = (results / "artifacts/report/summary.md").read_text("utf-8")
    Path("notes.md").write_text(f"Image: `{image}`\n\n{summary}", "utf-8")
    tag = f"model-{commit}"
    _tag(tag, commit)
    version = register(results / "artifacts/report/version.json", commit, image)
    command = ["gh", "release", "create", f"--repo={os.environ['GITHUB_REPOSITORY']}"]
    command += [f"--title=Model {version} of {commit[:12]}", "--notes-file=notes.md", tag]
    files = [results / name for name in FILES] + [path for name in CARD if (path := results / name).exists()]
    subprocess.run([*command, *map(str, files), "sbom.spdx.json", "image.txt"], check=True)


def _tag(tag: str, commit: str) -> None:
    """The tag first: a release may not make one where a later commit has changed a workflow."""
    try:
        found = github_api.get_json(f"git/ref/tags/{tag}")["object"]["sha"]
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        github_api.post("git/refs", ref=f"refs/tags/{tag}", sha=commit)
    else:
        if found != commit:
            sys.exit(f"error: the tag {tag} names another commit: {found}")


def main() -> None:
    commit = os.environ["GITHUB_SHA"]
    reason = why_not(commit)
    if reason:
        print(f"::notice::no release: {reason}")
    else:
        make_release(Path(sys.argv[1]), commit, os.environ["IMAGE"])


if __name__ == "__main__":
    main()
