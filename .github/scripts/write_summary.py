"""The report into the job's summary. Neither a summary nor a release shows pictures of a folder."""

import os
from pathlib import Path

from project_folder import prefix


def without_pictures(folder: Path) -> str:
    """The report without its pictures: summary.md, or of an older version report.md without the lines that show one."""
    if (folder / "summary.md").exists():
        return (folder / "summary.md").read_text("utf-8")
    lines = (folder / "report.md").read_text("utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("!["))


def main() -> None:
    folder = Path(f"{prefix()}artifacts/report")
    text = without_pictures(folder)
    (folder / "summary.md").write_text(text, "utf-8")
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
