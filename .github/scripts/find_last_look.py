"""Say in a run of publish.yml how old the last look at the running model is: a schedule that stops tells nobody."""

import tempfile
import time
from pathlib import Path

from bot_git import git, repository_url
from record_monitoring import BRANCH

DAYS = 3
DAY = 86_400


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        git(folder, "init", "--quiet", "--bare")
        if not git(folder, "ls-remote", repository_url(), BRANCH):
            print("::notice::nobody has looked at the running model yet (docs/monitor.md)")
            return
        git(folder, "fetch", "--quiet", "--depth=1", repository_url(), BRANCH)
        days = (time.time() - int(git(folder, "log", "-1", "--format=%ct", "FETCH_HEAD"))) / DAY
    kind = "warning" if days > DAYS else "notice"
    print(f"::{kind}::the last look at the running model is {days:.1f} days old")


if __name__ == "__main__":
    main()
