"""The proxy of docs/service.md in front of the service: the example as it is printed there, in a real nginx."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from harness.inference.predictor import Predictor
from tests.support.constants import PATIENCE, ROOT
from tests.support.serving import free_port, serving

NGINX, OPENSSL = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin"), shutil.which("openssl")
pytestmark = pytest.mark.skipif(
    not (NGINX and OPENSSL), reason="no nginx or openssl: apt-get install nginx-light openssl"
)
NEW_KEY = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost")
AROUND = "daemon off;\npid {0}/pid;\nerror_log {0}/log;\nevents {{}}\nhttp {{\naccess_log off;\n{1}}}\n"


@contextmanager
def proxy(folder: Path, service: int) -> Iterator[str]:
    """The example's address, with the ports and files of a test in place of its own."""
    key, certificate = folder / "tls.key", folder / "tls.crt"
    command = [str(OPENSSL), *NEW_KEY, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    (example,) = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs/service.md").read_text("utf-8"), re.DOTALL)
    port = free_port()
    ours = {"443": f"127.0.0.1:{port}", "127.0.0.1:3000": f"127.0.0.1:{service}", "/etc/nginx": str(folder)}
    for theirs, mine in ours.items():
        assert theirs in example
        example = example.replace(theirs, mine)
    (folder / "nginx.conf").write_text(AROUND.format(folder, example))
    process = subprocess.Popen([str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def test_the_documented_proxy_ends_tls_and_limits_how_often_somebody_asks(model: Path, tmp_path: Path) -> None:
    rows = Predictor(model).golden["rows"][:1]
    with (
        serving(model) as server,
        proxy(tmp_path, server.port) as url,
        httpx.Client(base_url=url, timeout=PATIENCE, verify=False) as client,  # noqa: S501  its own certificate
    ):
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = client.post("/predict", json={"rows": rows})
                break
            except httpx.ConnectError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        assert answer.status_code == 200
        statuses = [client.get("/livez").status_code for _ in range(400)]
    assert set(statuses) <= {200, 429}
