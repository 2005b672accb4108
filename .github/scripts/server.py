"""git against GitHub, as the bot and with this job's token."""

import base64
import os
import subprocess
from pathlib import Path


def git(folder: Path, *arguments: str) -> str:
    """Output of a git command. Raises CalledProcessError if it fails."""
    command = ["git", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()


def environment() -> dict[str, str]:
    """An author, and the token as a setting: on a command line others could read it."""
    person = {f"GIT_{who}_NAME": "github-actions[bot]" for who in ("AUTHOR", "COMMITTER")}
    address = {f"GIT_{who}_EMAIL": "github-actions[bot]@users.noreply.github.com" for who in ("AUTHOR", "COMMITTER")}
    login = base64.b64encode(f"x-access-token:{os.environ['GITHUB_TOKEN']}".encode()).decode()
    setting = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{os.environ['GITHUB_SERVER_URL']}/.extraheader",
        "GIT_CONFIG_VALUE_0": f"AUTHORIZATION: basic {login}",
    }
    return {**os.environ, **person, **address, **setting}
