"""A stand-in for a cluster: as much of Kubernetes' API, over TLS, as kubectl asks for. No pod runs behind it.

It keeps what is written, and plays the controller of deployments: pods of an image get ready, unless the image is one
that never does; those of the image before answer until then, as `maxUnavailable: 0` has it.
"""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.workflows.github import certificate

Object = dict[str, Any]
# group/version → (resource, kind, whether it is of a namespace): what deploy/kubernetes is made of
KINDS = {
    "v1": (("namespaces", "Namespace", False), ("services", "Service", True),
           ("serviceaccounts", "ServiceAccount", True)),
    "apps/v1": (("deployments", "Deployment", True),),
    "autoscaling/v2": (("horizontalpodautoscalers", "HorizontalPodAutoscaler", True),),
    "policy/v1": (("poddisruptionbudgets", "PodDisruptionBudget", True),),
    "networking.k8s.io/v1": (("networkpolicies", "NetworkPolicy", True),),
}  # fmt: skip
VERBS = ["create", "delete", "get", "list", "patch", "watch"]


class Cluster:
    """What is in the cluster, who may ask it, and which images never get ready."""

    def __init__(self, folder: Path, token: str) -> None:
        self.objects: dict[str, Object] = {}  # by path
        self.broken: set[str] = set()
        self.answering: str | None = None  # the image whose pods are ready
        self.token, self.certificate = token, folder / "cluster.pem"
        self.calls: list[str] = []
        self.changed = threading.Condition()
        self.closed = False
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate(self.certificate))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.server.cluster = self  # type: ignore[attr-defined]
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://127.0.0.1:{self.server.server_port}"

    @property
    def authority(self) -> str:
        """The certificate without its key."""
        text = self.certificate.read_text("utf-8")
        return text[text.index("-----BEGIN CERTIFICATE") :]

    def kubeconfig(self) -> str:
        data = base64.b64encode(self.authority.encode()).decode()
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "c", "cluster": {"server": self.url, "certificate-authority-data": data}}],
                "users": [{"name": "u", "user": {"token": self.token}}],
                "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
                "current-context": "x",
            }
        )

    def write(self, path: str, value: Object) -> Object:
        """Keep an object; of a deployment, with what its controller makes of it."""
        with self.changed:
            about = value["metadata"]
            about |= {"resourceVersion": str(len(self.calls)), "uid": path, "generation": len(self.calls)}
            if value["kind"] == "Deployment":
                value["status"] = self._rolled_out(value)
            self.objects[path] = value
            self.changed.notify_all()
        return value

    def _rolled_out(self, value: Object) -> Object:
        image = value["spec"]["template"]["spec"]["containers"][0]["image"]
        ready = image not in self.broken
        stays = 0 if ready or not self.answering else 1
        if ready:
            self.answering = image
        return {
            "observedGeneration": value["metadata"]["generation"],
            "replicas": 1 + stays,
            "updatedReplicas": 1,
            "availableReplicas": 1 if ready else stays,
        }

    def delete(self, path: str) -> None:
        if self.objects.pop(path)["kind"] == "Deployment":
            self.answering = None


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        address = urlsplit(self.path)
        asked, path = parse_qs(address.query), address.path
        if not self._allowed("GET"):
            return
        if found := _discovery(path):
            self._answer(200, found)
        elif path in self._cluster.objects:
            self._answer(200, self._cluster.objects[path])
        elif "fieldSelector" in asked:  # a list of one, or what becomes of it
            name = asked["fieldSelector"][0].removeprefix("metadata.name=")
            one = self._cluster.objects[f"{path}/{name}"]
            if "watch" in asked:
                self._watch(f"{path}/{name}")
            else:
                about = {"resourceVersion": one["metadata"]["resourceVersion"]}
                self._answer(200, {**_kind("apps/v1", "DeploymentList"), "metadata": about, "items": [one]})
        else:
            self._fail(404, "NotFound")

    def do_POST(self) -> None:
        if self._allowed("POST"):
            value = self._read()
            self._answer(201, self._cluster.write(f"{urlsplit(self.path).path}/{value['metadata']['name']}", value))

    def do_PATCH(self) -> None:
        if self._allowed("PATCH"):
            path = urlsplit(self.path).path
            self._answer(200, self._cluster.write(path, _merged(self._cluster.objects[path], self._read())))

    def do_DELETE(self) -> None:
        if not self._allowed("DELETE"):
            return
        path = urlsplit(self.path).path
        if path not in self._cluster.objects:
            self._fail(404, "NotFound")
            return
        self._cluster.delete(path)
        self._answer(200, {**_kind("v1", "Status"), "status": "Success"})

    def _watch(self, path: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        cluster, seen = self._cluster, ""
        while not cluster.closed:
            with cluster.changed:
                one = cluster.objects.get(path)
                if one and one["metadata"]["resourceVersion"] != seen:
                    seen = one["metadata"]["resourceVersion"]
                    self.wfile.write(json.dumps({"type": "MODIFIED", "object": one}).encode() + b"\n")
                cluster.changed.wait(0.2)

    def _allowed(self, method: str) -> bool:
        self._cluster.calls.append(f"{method} {urlsplit(self.path).path}")
        allowed: bool = self.headers["Authorization"] == f"Bearer {self._cluster.token}"
        if not allowed:
            self._fail(401, "Unauthorized")
        return allowed

    @property
    def _cluster(self) -> Cluster:
        cluster: Cluster = self.server.cluster  # type: ignore[attr-defined]
        return cluster

    def _read(self) -> Object:
        read: Object = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return read

    def _fail(self, status: int, reason: str) -> None:
        failed = {"status": "Failure", "reason": reason, "code": status, "message": reason}
        self._answer(status, {**_kind("v1", "Status"), **failed})

    def _answer(self, status: int, value: Object) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


def _kind(version: str, kind: str) -> Object:
    return {"apiVersion": version, "kind": kind}


def _discovery(path: str) -> Object | None:
    """What the cluster knows, and that it checks every field of what is written."""
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        groups = []
        for version in list(KINDS)[1:]:
            known = {"groupVersion": version, "version": version.partition("/")[2]}
            groups.append({"name": version.partition("/")[0], "versions": [known], "preferredVersion": known})
        return {**_kind("v1", "APIGroupList"), "groups": groups}
    if path == "/openapi/v3":
        return {
            "paths": {_root(version)[1:]: {"serverRelativeURL": f"/openapi/v3{_root(version)}"} for version in KINDS}
        }
    for version, kinds in KINDS.items():
        if path == _root(version):
            resources = [{"name": name, "kind": kind, "namespaced": own, "verbs": VERBS, "singularName": ""}
                         for name, kind, own in kinds]  # fmt: skip
            return {**_kind("v1", "APIResourceList"), "groupVersion": version, "resources": resources}
        if path == f"/openapi/v3{_root(version)}":
            return {"openapi": "3.0.0", "info": {"title": "k", "version": "1"}, "paths": _paths(version)}
    return None


def _paths(version: str) -> Object:
    group, _, number = version.rpartition("/")
    checked = [{"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}]
    found = {}
    for name, kind, _ in KINDS[version]:
        about = {"x-kubernetes-group-version-kind": {"group": group, "version": number, "kind": kind}}
        found[f"{_root(version)}/{name}/{{name}}"] = {"patch": {**about, "parameters": checked, "responses": {}}}
    return found


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def _merged(old: Object, new: Object) -> Object:
    """A strategic merge as far as these objects need one: lists of objects are merged by their names."""
    merged = dict(old)
    for key, value in new.items():
        if key.startswith("$"):
            continue
        held = merged.get(key)
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(held, dict):
            merged[key] = _merged(held, value)
        elif isinstance(value, list) and value and isinstance(value[0], dict) and "name" in value[0] and held:
            by_name = {one["name"]: one for one in value}
            merged[key] = [_merged(one, by_name.get(one["name"], {})) for one in held]
        else:
            merged[key] = value
    return merged


@contextmanager
def cluster(folder: Path, token: str = "secret") -> Iterator[Cluster]:  # noqa: S107 of the stand-in
    made = Cluster(folder, token)
    threading.Thread(target=made.server.serve_forever, daemon=True).start()
    yield made
    made.closed = True
    made.server.shutdown()
    made.server.server_close()
