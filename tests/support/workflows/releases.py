"""What GitHub knows of a repository's commits, tags and releases; the commits are those of the bare repository."""

import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote

BOT = "github-actions[bot]"


class Releases:
    """Releases and their files. A KeyError is a 404."""

    def __init__(self, bare: Path, here: str) -> None:
        self.bare = bare
        self.here = here  # their address
        self.made: list[dict[str, Any]] = []
        self.assets: dict[int, bytes] = {}
        self.made_tags = 0

    def get(self, path: str) -> Any:
        match path.split("/"):
            case ["compare", commits]:
                return self._compare(*commits.split("..."))
            case ["releases"]:
                return self.made[::-1]
            case ["releases", "tags", tag]:
                return {release["tag_name"]: release for release in self.made if not release["draft"]}[tag]
            case ["git", *names]:
                return self._git_object(names)
        raise KeyError(path)

    def _git_object(self, names: list[str]) -> Any:
        match names:
            case ["ref", "heads", branch]:
                return {"object": {"sha": self.commit(f"refs/heads/{branch}")}}
            case ["ref", "tags", tag]:
                return {"ref": f"refs/tags/{tag}", "object": {"sha": self.commit(f"refs/tags/{tag}")}}
            case ["matching-refs", "tags", start]:
                return self._refs(f"refs/tags/{start}")
            case ["tags", sha]:
                message = self._git("cat-file", "tag", sha).partition("\n\n")[2]
                return {"sha": sha, "object": {"sha": self.commit(f"{sha}^{{commit}}")}, "message": message}
        raise KeyError(names)

    def write(self, method: str, path: str, values: dict[str, Any]) -> Any:
        match method, path.split("/"):
            case "POST", ["releases"]:
                return self._add(values)
            case "PATCH", ["releases", number]:
                return self._change(self.made[int(number) - 1], values)
            case "POST", ["git", "refs"]:
                self._git("update-ref", values["ref"], values["sha"], "")
                return values
            case "POST", ["git", "tags"]:
                return {"sha": self._make_tag(values)}
        raise KeyError(path)

    def upload(self, path: str, name: str, content: bytes) -> dict[str, Any]:
        """Add a file to a release."""
        release = self.made[int(re.fullmatch(r"releases/(\d+)/assets", path)[1]) - 1]  # type: ignore[index]
        number = 1 + len(self.assets)
        self.assets[number] = content
        asset = {"id": number, "name": name, "uploader": release["author"]}
        release["assets"].append(asset)
        return asset

    def commit(self, revision: str) -> str:
        """The hash of what a name means on the server."""
        return self._git("rev-parse", "--verify", "--quiet", revision)

    def _add(self, values: dict[str, Any]) -> dict[str, Any]:
        """A tag is made by another call: GitHub refuses it here where a later commit has changed a workflow."""
        assert not values.get("target_commitish")
        url = f"{self.here}/{len(self.made) + 1}"
        release = {"id": len(self.made) + 1, "draft": False, "assets": [], "published_at": None, "url": url}
        release["author"] = {"login": BOT}
        self.made.append(release | {"html_url": url, "upload_url": f"{url}/assets{{?name,label}}"})
        return self._change(self.made[-1], values)

    def _change(self, release: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        release.update(values)
        if not release["draft"]:
            self.commit(f"refs/tags/{release['tag_name']}")
            release["published_at"] = f"2026-01-01T00:00:{release['id']:02}Z"
        return release

    def content(self, revision: str, name: str) -> bytes:
        """A file of a commit."""
        return self._git("show", f"{revision}:{name}").encode()

    def _compare(self, old: str, new: str) -> dict[str, Any]:
        behind, ahead = map(int, self._git("rev-list", "--left-right", "--count", f"{old}...{new}").split())
        status = ("diverged" if behind else "ahead") if ahead else "behind" if behind else "identical"
        shared = {"sha": self._git("merge-base", old, new)}
        return {"status": status, "ahead_by": ahead, "behind_by": behind, "merge_base_commit": shared}

    def _refs(self, start: str) -> list[dict[str, Any]]:
        """Those whose names begin so; of a tag with a message the hash is the tag's own."""
        start = unquote(start)
        lines = self._git("for-each-ref", "--format=%(refname) %(objectname) %(objecttype)").splitlines()
        found = [line.split() for line in lines if line.startswith(start)]
        return [{"ref": ref, "object": {"sha": sha, "type": kind}} for ref, sha, kind in found]

    def _make_tag(self, values: dict[str, Any]) -> str:
        """The tag's object, which no name leads to yet. The token's owner is the one who made it."""
        self.made_tags += 1
        who = f"tagger {BOT} <{BOT}@users.noreply.github.com> {1_800_000_000 + self.made_tags} +0000"
        head = f"object {values['object']}\ntype {values['type']}\ntag {values['tag']}\n{who}\n"
        return self._git("mktag", text=f"{head}\n{values['message'].rstrip()}\n")

    def _git(self, *arguments: str, text: str | None = None) -> str:
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=self.bare, input=text, capture_output=True, text=True, check=False)
        if done.returncode:
            raise KeyError(done.stderr)
        return done.stdout.strip()
