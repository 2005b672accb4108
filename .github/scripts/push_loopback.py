"""Push an image to a registry on this machine's loopback → outputs `image` (by digest) and `digest`.

What the registry holds is what is tried and then copied: a registry sets the digest, a build does not. The registry
itself is a stranger's program, so what it answers is held against what was built.
"""

import json
import os
import subprocess
import sys
import time
from typing import Any

import github_api

TRIES = 60
SKOPEO = ("skopeo", "inspect", "--no-tags", "--tls-verify=false")


def start(engine: str) -> str:
    """Start a registry; its address."""
    name = _output(engine, "run", "--detach", "--publish", "127.0.0.1::5000", os.environ["REGISTRY_IMAGE"])
    return _output(engine, "port", name, "5000").splitlines()[0]


def push(engine: str, image: str, address: str) -> str:
    """Push; the digest. The registry may need a moment before it answers."""
    there = f"{address}/{image.rpartition('/')[2]}"
    _output(engine, "tag", image, there)
    for _ in range(TRIES):
        if subprocess.run([engine, "push", "--quiet", there], check=False).returncode == 0:
            return _output(*SKOPEO, "--format", "{{.Digest}}", f"docker://{there}")
        time.sleep(1)
    sys.exit(f"error: {there}: not pushed in {TRIES} tries")


def check_equal(engine: str, image: str, there: str) -> None:
    """End with an error unless the registry holds the layers and the settings that were built."""
    (built,) = json.loads(_output(engine, "image", "inspect", image))
    held = json.loads(_output(*SKOPEO, "--config", f"docker://{there}"))
    for what, ours, theirs in (
        ("layers", built["RootFS"]["Layers"], held["rootfs"]["diff_ids"]),
        ("settings", _settings(built["Config"]), _settings(held["config"])),
    ):
        if ours != theirs:
            sys.exit(f"error: {there}: the registry holds other {what} than were built")


def _settings(config: dict[str, Any]) -> dict[str, Any]:
    """What decides how an image runs; engines write some of the rest in their own ways."""
    names = ("Cmd", "Entrypoint", "Env", "Labels", "User", "WorkingDir")
    return {name: config.get(name) or None for name in names}


def _output(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def main() -> None:
    engine, image = os.environ.get("CONTAINER_ENGINE") or "docker", sys.argv[1]
    address = start(engine)
    digest = push(engine, image, address)
    name = f"{address}/{image.rpartition('/')[2].partition(':')[0]}@{digest}"
    check_equal(engine, image, name)
    github_api.write_output("image", name)
    github_api.write_output("digest", digest)
    print(name)


if __name__ == "__main__":
    main()
