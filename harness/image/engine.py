"""The container engine: docker or podman, whichever is there; CONTAINER_ENGINE names another."""

import os
import shlex
import shutil
import subprocess

from harness.core.errors import ProjectError


def engine(*arguments: str, option: str | None = None) -> str:
    """Output of a command of the container engine; `option` names a variable with further options for it.

    Raises ProjectError with the last line of its errors if the command fails.
    """
    program = os.environ.get("CONTAINER_ENGINE") or shutil.which("docker") or shutil.which("podman")
    if not program:
        raise ProjectError("neither docker nor podman is installed; name another with CONTAINER_ENGINE")
    first, *rest = arguments
    extra = shlex.split(os.environ.get(option, "")) if option else []
    errors = subprocess.STDOUT if first == "logs" else subprocess.PIPE  # a container's errors are part of its log
    command = [program, first, *extra, *rest]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=errors, text=True, check=False)
    if done.returncode:
        lines = ((done.stderr or "").strip() or done.stdout.strip() or "failed").splitlines()
        raise ProjectError(f"{program} {first}: {' | '.join(lines[-3:])}")
    return done.stdout.strip()
