"""An S3 server on loopback that checks who asks: one account may write, another read alone."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.constants import PATIENCE

SERVER = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ml-template"
ROOT_KEY, ROOT_SECRET = "root-account", "root-secret-1"
ACCOUNTS = {"writer": ["s3:*"], "reader": ["s3:GetObject", "s3:ListBucket"]}
BUCKET = "team"
RESOURCES = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
POLICY = """\
import json, sys, botocore.session
address, key, secret, bucket, policy = sys.argv[1:]
client = botocore.session.get_session().create_client(
    "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret
)
client.create_bucket(Bucket=bucket)
client.put_bucket_policy(Bucket=bucket, Policy=policy)
"""


@dataclass(frozen=True)
class S3:
    """A running server."""

    address: str

    def make_bucket(self, python: Path) -> None:
        """The bucket and who may do what with it; `python` is one that has botocore."""
        rules = [
            {"Effect": "Allow", "Principal": {"AWS": [who]}, "Action": actions, "Resource": RESOURCES}
            for who, actions in ACCOUNTS.items()
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": rules})
        command = [str(python), "-c", POLICY, self.address, ROOT_KEY, ROOT_SECRET, BUCKET, policy]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)


def account(who: str) -> dict[str, str]:
    """The environment of one of the accounts."""
    return {"AWS_ACCESS_KEY_ID": who, "AWS_SECRET_ACCESS_KEY": f"{who}-secret-1", "AWS_EC2_METADATA_DISABLED": "true"}


@contextmanager
def s3_server(folder: Path) -> Iterator[S3]:
    """A server that keeps its objects in a folder; skips the test where it cannot be had."""
    program = _program()
    for name in ("objects", "accounts"):
        (folder / name).mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    root = ["--access", ROOT_KEY, "--secret", ROOT_SECRET]
    options = ["--port", f"127.0.0.1:{port}", "--iam-dir", str(folder / "accounts"), "--quiet"]
    with (folder / "log").open("w") as log:
        command = [str(program), *root, *options, "posix", str(folder / "objects")]
        server = subprocess.Popen(command, stdout=log, stderr=log)
    made = S3(f"http://127.0.0.1:{port}")
    try:
        _wait(port)
        for who in ACCOUNTS:
            words = ["create-user", "--access", who, "--secret", f"{who}-secret-1", "--role", "user"]
            subprocess.run([str(program), "admin", *root, "--endpoint-url", made.address, *words], check=True)
        yield made
    finally:
        server.terminate()
        server.wait()


def _wait(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the S3 server does not answer")


def _program() -> Path:
    """Built once, into a cache outside the repository, by one process at a time."""
    if found := shutil.which("versitygw"):
        return Path(found)
    if not shutil.which("go"):
        pytest.skip("neither versitygw nor Go is here")
    CACHE.mkdir(parents=True, exist_ok=True)
    made = CACHE / "bin/versitygw"
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            environment = {**os.environ, "GOBIN": str(made.parent)}
            done = subprocess.run(
                ["go", "install", SERVER], env=environment, capture_output=True, timeout=1500, check=False
            )
            if done.returncode:
                pytest.skip(f"versitygw cannot be built: {done.stderr.decode()[-200:]}")
    return made
