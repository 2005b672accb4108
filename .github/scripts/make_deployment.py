"""Deploy and verify → outputs `outcome` (verified or failed), `reason`. Environment: deploy_image.py's, DEPLOY_URL.

What runs afterwards must answer the version's golden rows, under traffic; FOLDER holds its model file.
Call: make_deployment.py FOLDER.
"""

import os
import subprocess
import sys
from pathlib import Path

import github_api
from project_folder import prefix

WITHIN, SECONDS = "180", "20"


def tried(command: list[str]) -> str:
    """The last line of a command's errors; empty if it has none."""
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    print(done.stderr, file=sys.stderr)
    if done.returncode == 0:
        return ""
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return lines[-1].removeprefix("error: ") if lines else f"{Path(command[0]).name} failed"


def main() -> None:
    model, image = Path(sys.argv[1]).resolve() / "model.onnx", os.environ["IMAGE"]
    reason = tried([sys.executable, str(Path(__file__).with_name("deploy_image.py"))])
    if not reason and image and os.environ.get("DEPLOY_URL"):
        settings = [f"URL={os.environ['DEPLOY_URL']}", f"VERSION={os.environ['VERSION']}", f"MODEL={model}"]
        limits = [f"WITHIN={os.environ.get('WITHIN') or WITHIN}", f"SECONDS={os.environ.get('SECONDS') or SECONDS}"]
        reason = tried(["make", "-C", prefix() or ".", "verify", *settings, *limits])
    github_api.write_output("outcome", "failed" if reason else "verified")
    github_api.write_output("reason", " ".join(reason.split())[:300])
    if reason:
        sys.exit(f"::error::{reason}")


if __name__ == "__main__":
    main()
