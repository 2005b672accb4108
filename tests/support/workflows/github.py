"""GitHub's API on loopback, as far as the workflows call it: stateful, with the real limits, recording every call."""

import datetime
import ipaddress
import itertools
import json
import re
import ssl
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.workflows.releases import BOT, Releases

REPOSITORY = "team/project"
LONGEST = 65_536  # characters of a comment


class GitHub:
    """What GitHub knows, and the server that tells it."""

    def __init__(self, folder: Path) -> None:
        self.pulls: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, list[dict[str, Any]]] = {}
        self.events: dict[int, list[dict[str, Any]]] = {}
        self.runs: list[dict[str, Any]] = []
        self.statuses: list[dict[str, Any]] = []
        self.files: dict[int, list[dict[str, Any]]] = {}  # that a pull request changes
        self.artifacts: dict[int, tuple[dict[str, Any], bytes]] = {}
        self.issues: list[dict[str, Any]] = []
        self.dispatched: list[tuple[str, str]] = []  # workflow and branch
        self.permissions: dict[str, str] = {}
        self.merges_itself = False  # the setting: Allow auto-merge
        self.rules: list[dict[str, Any]] = []  # that rulesets set for the default branch
        self.told: list[tuple[str, str]] = []  # commits, and what was said on them
        self.calls: list[str] = []
        self.clock = itertools.count()
        self.then: dict[str, Callable[[], object]] = {}  # what happens after a call
        self.lost: list[str] = []  # calls that are carried out, and whose answer the caller never gets
        self.certificate = folder / "certificate.pem"
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        server.github = self  # type: ignore[attr-defined]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate(self.certificate))
        # Each caller shakes hands in its own thread: one that is slow keeps nobody else waiting.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        self.server = server
        self.url = f"https://localhost:{server.server_port}"
        self.releases = Releases(folder / "server" / REPOSITORY, f"{self.url}/api/v3/repos/{REPOSITORY}/releases")
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def open_pull(self, number: int, sha: str, owner: str = "team", branch: str = "change") -> dict[str, Any]:
        """A pull request from a branch, or from a fork where the owner is another."""
        head = {"sha": sha, "ref": branch, "label": f"{owner}:{branch}"}
        self.pulls[number] = {"number": number, "state": "open", "head": head, "base": {"ref": "main"}}
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
            case ["issues", number, "comments" | "events" as what] | ["pulls", number, "files" as what]:
                return getattr(self, what).get(int(number), [])
            case ["actions", "runs"]:
                return {"workflow_runs": [run for run in self.runs if run["head_sha"] == query["head_sha"]]}
            case ["actions", "runs", run, "artifacts"]:
                found = [item for item, _ in self.artifacts.values() if item["run"] == int(run)]
                return {"artifacts": [item for item in found if item["name"] == query["name"]]}
        return self._get_more(path, query)

    def _get_more(self, path: str, query: dict[str, str]) -> Any:
        match path.split("/"):
            case ["issues"]:
                return [issue for issue in self.issues if issue["state"] == "open"]
            case ["contents", *names]:
                return self.releases.content(query["ref"], "/".join(names))
            case ["rules", "branches", "main"]:
                return self.rules
            case ["collaborators", login, "permission"]:
                if self.permissions.get(login) == "nobody":
                    raise KeyError(login)
                return {"permission": self.permissions.get(login, "read")}
            case ["commits", sha, "pulls"]:
                return [pull for pull in self.pulls.values() if pull.get("merge_commit_sha") == sha]
        return self.releases.get(path)

    def write(self, method: str, path: str, body: str, login: str = BOT) -> dict[str, Any]:
        """POST makes a comment, PATCH changes one."""
        now = next(self.clock)
        if path.startswith("commits/"):
            self.told.append((path.split("/")[1], body))
            return {"body": body}
        if method == "POST" and (found := re.fullmatch(r"issues/(\d+)/comments", path)):
            url = f"{self.url}/{REPOSITORY}/pull/{found[1]}#issuecomment-{1000 + now}"
            comment: dict[str, Any] = {"id": 1000 + now, "user": {"login": login}, "html_url": url}
            self.comments.setdefault(int(found[1]), []).append(comment)
        else:
            comment, _ = self._comment(path)
        comment |= {"body": body, "updated_at": f"2026-01-01T02:{now // 60:02}:{now % 60:02}Z"}
        return comment

    def add(self, method: str, path: str, values: dict[str, Any]) -> Any:
        """POST and PATCH of what is no comment."""
        if path.startswith("statuses/"):
            self.statuses.append({"sha": path.removeprefix("statuses/"), **values})
            return values
        if found := re.fullmatch(r"actions/workflows/(.+)/dispatches", path):
            self.dispatched.append((found[1], values["ref"]))
            return values
        if found := re.fullmatch(r"pulls/(.+)/auto_merge", path):
            if not self.merges_itself:
                raise KeyError(path)
            (pull,) = (pull for pull in self.pulls.values() if pull["head"]["ref"] == found[1])
            pull["auto_merge"] = True
            return pull
        if path.startswith("issues"):
            return self._change_issue(path, values)
        if path != "pulls":
            return self.releases.write(method, path, values)
        head = values["head"]
        pull = self.open_pull(len(self.pulls) + 1, self.releases.commit(head), branch=head)
        return {**pull, **values, "html_url": f"{self.url}/pull/{pull['number']}"}

    def _change_issue(self, path: str, values: dict[str, Any]) -> dict[str, Any]:
        if path == "issues":
            self.issues.append({"number": 500 + len(self.issues), "state": "open", "user": {"login": BOT}})
        issue = self.issues[-1 if path == "issues" else int(path.removeprefix("issues/")) - 500]
        issue.update(values)
        return issue

    def delete(self, path: str) -> None:
        """DELETE takes a comment away."""
        comment, siblings = self._comment(path)
        siblings.remove(comment)

    def _comment(self, path: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        for siblings in self.comments.values():
            for comment in siblings:
                if path == f"issues/comments/{comment['id']}":
                    return comment, siblings
        raise KeyError(path)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if found := re.fullmatch(r"/store/(artifacts|assets)/(\d+)", address.path):
            # The store knows its own signed addresses alone.
            self._answer(400 if "Authorization" in self.headers else 200, self._stored(found[1], int(found[2])))
            return
        path = self._path("GET")
        if found := re.fullmatch(r"(?:actions|releases)/(artifacts|assets)/(\d+)(?:/zip)?", path):
            assert found[1] == "artifacts" or self.headers["Accept"] == "application/octet-stream"
            store = f"{self._github.url.replace('localhost', '127.0.0.1')}/store"
            self.send_response(302)
            self.send_header("Location", f"{store}/{found[1]}/{found[2]}")
            self.end_headers()
            return
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        try:
            answer = self._github.get(path, query)
        except KeyError:
            self._answer(404, b"{}")
            return
        if isinstance(answer, bytes):
            assert self.headers["Accept"] == "application/vnd.github.raw+json"
            self._answer(200, answer)
            return
        link = {}
        if isinstance(answer, list):
            size = int(query.get("per_page", 30))
            start = size * (int(query.get("page", 1)) - 1)
            more = f"{address.path}?{urlencode({**query, 'page': start // size + 2})}"
            link = {"Link": f'<{self._github.url}{more}>; rel="next"'} if start + size < len(answer) else {}
            answer = answer[start : start + size]
        self._answer(200, json.dumps(answer).encode(), link)

    do_HEAD = do_GET  # noqa: N815

    def do_DELETE(self) -> None:
        self._github.delete(self._path("DELETE"))
        self._answer(204, b"")

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        path = self._path(self.command)
        status, answer = 201 if self.command == "POST" else 200, {}
        if name := re.search(r"[?&]name=([^&]+)", self.path):
            answer = self._github.releases.upload(path, name[1], content)
        elif "/comments" not in path:
            try:
                answer = self._github.add(self.command, path, json.loads(content))
            except KeyError:
                status = 422
        elif len(body := json.loads(content)["body"]) <= LONGEST:
            answer = self._github.write(self.command, path, body)
        else:
            status, answer = 422, {"message": "body is too long (maximum is 65536 characters)"}
        self._answer(status, json.dumps(answer).encode())

    do_PATCH = do_POST  # noqa: N815

    def _stored(self, what: str, number: int) -> bytes:
        return self._github.releases.assets[number] if what == "assets" else self._github.artifacts[number][1]

    @property
    def _github(self) -> GitHub:
        github: GitHub = self.server.github  # type: ignore[attr-defined]
        return github

    def _path(self, method: str) -> str:
        path = urlsplit(self.path).path.removeprefix(f"/api/v3/repos/{REPOSITORY}/")
        self._github.calls.append(f"{method} {path}")
        self._github.then.get(f"{method} {path}", str)()
        return path

    def _answer(self, status: int, content: bytes, headers: Mapping[str, str] | None = None) -> None:
        call = self._github.calls[-1]
        if call in self._github.lost:
            self._github.lost.remove(call)
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


def certificate(path: Path) -> Path:
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
