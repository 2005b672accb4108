"""GitHub's API on loopback, as far as the workflows call it: stateful, with the real limits, recording every call."""

import datetime
import ipaddress
import json
import re
import ssl
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

REPOSITORY = "team/project"
LONGEST = 65_536  # characters of a comment


class GitHub:
    """What GitHub knows, and the server that tells it."""

    def __init__(self, folder: Path) -> None:
        self.pulls: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, list[dict[str, Any]]] = {}
        self.events: dict[int, list[dict[str, Any]]] = {}
        self.runs: list[dict[str, Any]] = []
        self.artifacts: dict[int, tuple[dict[str, Any], bytes]] = {}
        self.permissions: dict[str, str] = {}
        self.calls: list[str] = []
        self.releases: list[dict[str, Any]] = []
        self.assets: dict[int, bytes] = {}
        self.bare = folder / "server" / REPOSITORY
        self.then: dict[str, Callable[[], object]] = {}  # what happens after a call
        self.certificate = folder / "certificate.pem"
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        server.github = self  # type: ignore[attr-defined]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_certificate(self.certificate))
        server.socket = context.wrap_socket(server.socket, server_side=True)
        self.server = server
        self.url = f"https://localhost:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def open_pull(self, number: int, sha: str, owner: str = "team", branch: str = "change") -> dict[str, Any]:
        """A pull request from a branch, or from a fork where the owner is another."""
        head = {"sha": sha, "ref": branch, "label": f"{owner}:{branch}"}
        self.pulls[number] = {"number": number, "state": "open", "head": head}
        return self.pulls[number]

    def upload(self, run: int, content: bytes, name: str = "report", created: str = "2026-01-01T00:05:00Z") -> None:
        number = 100 + len(self.artifacts)
        self.artifacts[number] = ({"id": number, "name": name, "created_at": created, "run": run}, content)

    def get(self, path: str, query: dict[str, str]) -> Any:
        """The answer to a GET; a KeyError is a 404."""
        match path.split("/"):
            case ["pulls"]:
                opened = [pull for pull in self.pulls.values() if pull["state"] == "open"]
                return [pull for pull in opened if query.get("head") in {None, pull["head"]["label"]}]
            case ["pulls", number]:
                return self.pulls[int(number)]
            case ["issues", number, "comments" | "events" as what]:
                return getattr(self, what).get(int(number), [])
            case ["actions", "runs"]:
                return {"workflow_runs": [run for run in self.runs if run["head_sha"] == query["head_sha"]]}
            case ["actions", "runs", run, "artifacts"]:
                found = [item for item, _ in self.artifacts.values() if item["run"] == int(run)]
                return {"artifacts": [item for item in found if item["name"] == query["name"]]}
        return self._get_repository(path)

    def _get_repository(self, path: str) -> Any:
        match path.split("/"):
            case ["commits", sha, "pulls"]:
                return [pull for pull in self.pulls.values() if pull.get("merge_commit_sha") == sha]
            case ["collaborators", login, "permission"]:
                return {"permission": self.permissions.get(login, "read")}
            case ["compare", commits]:
                return {"status": self._compare(*commits.split("..."))}
            case ["releases"]:
                return sorted(self.releases, key=lambda release: release["id"], reverse=True)
            case ["git", "ref", "tags", tag]:
                return {"ref": f"refs/tags/{tag}", "sha": self._git("rev-parse", "--verify", f"refs/tags/{tag}")}
        raise KeyError(path)

    def write(self, method: str, path: str, query: dict[str, str], content: bytes) -> Any:
        """POST makes something, PATCH changes it."""
        if found := re.fullmatch(r"releases/(\d+)/assets", path):
            return self._add_asset(self.releases[int(found[1]) - 1], query["name"], content)
        values = json.loads(content)
        match method, path.split("/"):
            case "POST", ["releases"]:
                return self._add_release(values)
            case "PATCH", ["releases", number]:
                return self._publish(self.releases[int(number) - 1], values)
            case "POST", ["git", "refs"]:
                self._git("update-ref", values["ref"], values["sha"], "")
                return values
            case "POST", ["pulls"]:
                pull = self.open_pull(
                    len(self.pulls) + 1, self._git("rev-parse", values["head"]), branch=values["head"]
                )
                return pull | {"html_url": f"{self.url}/pull/{pull['number']}", **values}
        return self._comment(method, path, values["body"])

    def _comment(self, method: str, path: str, body: str) -> Any:
        if method == "POST" and (found := re.fullmatch(r"issues/(\d+)/comments", path)):
            number = 1000 + sum(map(len, self.comments.values()))
            comment = {"id": number, "body": body, "html_url": f"{self.url}/comment/{number}"}
            self.comments.setdefault(int(found[1]), []).append(comment)
            return comment
        for comment in (comment for comments in self.comments.values() for comment in comments):
            if method == "PATCH" and path == f"issues/comments/{comment['id']}":
                comment["body"] = body
                return comment
        raise KeyError(path)

    def _add_release(self, values: dict[str, Any]) -> dict[str, Any]:
        """A tag is made by another call: GitHub refuses it here where a later commit has changed a workflow."""
        assert "target_commitish" not in values
        number = len(self.releases) + 1
        here = f"{self.url}/api/v3/repos/{REPOSITORY}/releases/{number}"
        release = {"id": number, "draft": False, "assets": [], "published_at": None, "html_url": here, "url": here}
        self.releases.append(release | {"upload_url": f"{here}/assets{{?name,label}}"})
        return self._publish(self.releases[-1], values)

    def _publish(self, release: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        release.update(values)
        if not release["draft"]:
            self._git("rev-parse", "--verify", f"refs/tags/{release['tag_name']}")
            release["published_at"] = f"2026-01-01T00:00:{release['id']:02}Z"
        return release

    def _add_asset(self, release: dict[str, Any], name: str, content: bytes) -> dict[str, Any]:
        number = 1 + len(self.assets)
        self.assets[number] = content
        release["assets"].append({"id": number, "name": name})
        return {"id": number, "name": name}

    def _compare(self, old: str, new: str) -> str:
        ahead = self._git("rev-list", "--count", f"{old}..{new}") != "0"
        behind = self._git("rev-list", "--count", f"{new}..{old}") != "0"
        return {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}.get(
            (ahead, behind), "identical"
        )

    def _git(self, *arguments: str) -> str:
        """A KeyError where git finds nothing."""
        done = subprocess.run(["git", *arguments], cwd=self.bare, capture_output=True, text=True, check=False)
        if done.returncode:
            raise KeyError(done.stderr)
        return done.stdout.strip()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if found := re.fullmatch(r"/store/(assets|artifacts)/(\d+)", address.path):
            # The store knows its own signed addresses alone.
            stored = {"assets": self._github.assets, "artifacts": {k: v[1] for k, v in self._github.artifacts.items()}}
            self._answer(400 if "Authorization" in self.headers else 200, stored[found[1]][int(found[2])])
            return
        path = self._path("GET")
        if found := re.fullmatch(r"(?:actions|releases)/(artifacts|assets)/(\d+)(?:/zip)?", path):
            assert found[1] == "artifacts" or self.headers["Accept"] == "application/octet-stream"
            self.send_response(302)
            store = f"{self._github.url.replace('localhost', '127.0.0.1')}/store"
            self.send_header("Location", f"{store}/{found[1]}/{found[2]}")
            self.end_headers()
            return
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        try:
            answer = self._github.get(path, query)
        except KeyError:
            self._answer(404, b"{}")
            return
        if isinstance(answer, list):
            size = int(query.get("per_page", 30))
            start = size * (int(query.get("page", 1)) - 1)
            answer = answer[start : start + size]
        self._answer(200, json.dumps(answer).encode())

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        path, query = self._path(self.command), parse_qs(urlsplit(self.path).query)
        if "/comments" in path and len(json.loads(content)["body"]) > LONGEST:
            self._answer(422, b'{"message": "body is too long (maximum is 65536 characters)"}')
            return
        answer = self._github.write(self.command, path, {key: values[0] for key, values in query.items()}, content)
        self._answer(201 if self.command == "POST" else 200, json.dumps(answer).encode())

    do_PATCH = do_POST  # noqa: N815

    @property
    def _github(self) -> GitHub:
        github: GitHub = self.server.github  # type: ignore[attr-defined]
        return github

    def _path(self, method: str) -> str:
        path = urlsplit(self.path).path.removeprefix(f"/api/v3/repos/{REPOSITORY}/")
        self._github.calls.append(f"{method} {path}")
        self._github.then.get(f"{method} {path}", str)()
        return path

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


def _certificate(path: Path) -> Path:
    """A key and a certificate for loopback, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
