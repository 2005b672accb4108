"""Push an image to a registry on this machine's loopback → outputs `image` (by digest) and `digest`.

What the registry holds is what is tried and then copied: a registry sets the digest, a build does not.
"""

import os
import subprocess
import sys
import time

import api

TRIES = 60


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
            command = ["skopeo", "inspect", "--no-tags", "--tls-verify=false", "--format", "{{.Digest}}"]
            return _output(*command, f"docker://{there}")
        time.sleep(1)
    sys.exit(f"error: {there}: not pushed in {TRIES} tries")


def _output(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def main() -> None:
    engine, image = os.environ.get("CONTAINER_ENGINE") or "docker", sys.argv[1]
    address = start(engine)
    digest = push(engine, image, address)
    name = f"{address}/{image.rpartition('/')[2].partition(':')[0]}"
    api.write_output("image", f"{name}@{digest}")
    api.write_output("digest", digest)
    print(f"{name}@{digest}")


if __name__ == "__main__":
    main()
