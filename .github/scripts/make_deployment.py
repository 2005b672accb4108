"""Deploy and verify → outputs `outcome` (verified or failed), `reason`. Environment: deploy_image.py's, DEPLOY_URL.

What runs afterwards must answer the version's golden rows, under traffic; FOLDER holds its model file. What the machine
and the service say is printed, and is no command of the runner; who asks the service knows no secret.
Call: make_deployment.py FOLDER.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import github_api
from project_folder import prefix

WITHIN, SECONDS = "180", "20"
SECRET = ("ACTIONS_", "DEPLOY_", "GITHUB_")  # how the names begin that give a right, or lead to a file of the runner


def tried(command: list[str], environment: Mapping[str, str] = os.environ) -> str:
    """The last line of a command's errors; empty if it has none."""
    done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, check=False)
    errors = done.stderr.decode(errors="backslashreplace")  # text would end a line at \r too
    print_text(errors)
    if done.returncode == 0:
        return ""
    lines = [line for line in errors.split("\n") if line.startswith("error: ")]
    shown = "".join(sign if sign.isprintable() else "?" for sign in lines[-1].rstrip("\r")) if lines else ""
    return shown.removeprefix("error: ") if lines else f"{Path(command[0]).name} failed"


def print_text(text: str) -> None:
    """Print what others wrote: between these two lines the runner takes no line for a command."""
    word = secrets.token_hex(16)
    print(f"::stop-commands::{word}", text, f"::{word}::", sep="\n", flush=True)


def without_secrets() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(SECRET)}


def main() -> None:
    model, image = Path(sys.argv[1]).resolve() / "model.onnx", os.environ["IMAGE"]
    reason = tried([sys.executable, str(Path(__file__).with_name("deploy_image.py"))])
    if not reason and image and os.environ.get("DEPLOY_URL"):
        settings = [f"URL={os.environ['DEPLOY_URL']}", f"VERSION={os.environ['VERSION']}", f"MODEL={model}"]
        limits = [f"WITHIN={os.environ.get('WITHIN') or WITHIN}", f"SECONDS={os.environ.get('SECONDS') or SECONDS}"]
        reason = tried(["make", "-C", prefix() or ".", "verify", *settings, *limits], without_secrets())
    github_api.write_output("outcome", "failed" if reason else "verified")
    github_api.write_output("reason", " ".join(reason.split())[:300])
    if reason:
        sys.exit(f"::error::{reason}")


if __name__ == "__main__":
    main()
