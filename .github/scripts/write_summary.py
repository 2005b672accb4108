"""Show the report in the job's summary, which cannot show pictures of a folder."""

import os
from pathlib import Path

from project_folder import prefix


def main() -> None:
    text = Path(f"{prefix()}artifacts/report/summary.md").read_text("utf-8")
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
