"""git against GitHub, as the bot and with this job's token."""

import base64
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

BOT = "github-actions[bot]"
TRIES = 6


def git(folder: Path, *arguments: str) -> str:
    """Output of a git command. Raises CalledProcessError if it fails."""
    done = try_git(folder, *arguments, stderr=None)
    done.check_returncode()
    return done.stdout.strip()


def try_git(folder: Path, *arguments: str, stderr: int | None = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """Run a git command to its end, whatever that is."""
    command = ["git", *arguments]
    environment = bot_environment()
    return subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True, check=False
    )


def until_not_overtaken(attempt: Callable[[Path], str], what: str) -> str:
    """What an attempt to push came to; one that another push overtook is made again, from a new folder."""
    for number in range(TRIES):
        with tempfile.TemporaryDirectory() as folder:
            outcome = attempt(Path(folder))
        if outcome != "overtaken":
            return outcome
        time.sleep(random.uniform(0.2, 1) * 2**number)  # noqa: S311 no secret
    sys.exit(f"error: {what} changed {TRIES} times while it was written")


def repository_url() -> str:
    return f"{os.environ['GITHUB_SERVER_URL']}/{os.environ['GITHUB_REPOSITORY']}"


def bot_environment() -> dict[str, str]:
    """An author, and the token as a setting: on a command line others could read it."""
    person = {f"GIT_{who}_NAME": BOT for who in ("AUTHOR", "COMMITTER")}
    address = {f"GIT_{who}_EMAIL": f"{BOT}@users.noreply.github.com" for who in ("AUTHOR", "COMMITTER")}
    login = base64.b64encode(f"x-access-token:{os.environ['GITHUB_TOKEN']}".encode()).decode()
    setting = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{os.environ['GITHUB_SERVER_URL']}/.extraheader",
        "GIT_CONFIG_VALUE_0": f"AUTHORIZATION: basic {login}",
    }
    return {**os.environ, **person, **address, **setting}
