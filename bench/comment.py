"""A picture of a report as a comment shows it: artifacts/report/report.md → a PNG (the README's, say)."""

import argparse
import base64
import re
import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt

from harness.core.command import run
from harness.core.errors import ProjectError
from harness.core.paths import REPORT_FOLDER
from harness.core.shell import try_program

BROWSERS = ("chromium", "google-chrome", "chrome")
LIGHT, DARK = ("#ffffff", "#1f2328", "#d1d9e0"), ("#0d1117", "#f0f6fc", "#3d444d")  # ground, ink, lines
PAGE = """<meta charset="utf-8"><style>
body {{ font: 14px/1.5 "Noto Sans", "DejaVu Sans", sans-serif, "Noto Color Emoji"; background: {ground}; color: {ink};
  margin: 16px; width: {width}px }}
table {{ border-collapse: collapse; margin-bottom: 16px; display: block; max-width: 100%; overflow: auto }}
td, th {{ border: 1px solid {line}; padding: 5px 11px }}
code {{ background: {line}66; border-radius: 5px; padding: 2px 5px; font-size: 12px }}
h2 {{ border-bottom: 1px solid {line}; padding-bottom: 6px }}
blockquote {{ border-left: 4px solid {line}; margin: 0 0 12px; padding: 0 12px; opacity: .8 }}
img {{ max-width: 100% }}
</style>{body}"""


def draw_comment(report: Path, picture: Path, dark: bool = False, height: int = 1150, width: int = 1012) -> None:
    """Draw a folder's report.md, with its pictures, as GitHub would. Raises ProjectError without a browser."""
    ground, ink, line = DARK if dark else LIGHT
    body = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render((report / "report.md").read_text("utf-8"))
    for found in sorted(report.glob("*.png")):
        data = base64.b64encode(found.read_bytes()).decode()
        body = re.sub(rf'src="{re.escape(found.name)}"', f'src="data:image/png;base64,{data}"', body)
    with tempfile.TemporaryDirectory() as temporary:
        page = Path(temporary) / "page.html"
        page.write_text(PAGE.format(ground=ground, ink=ink, line=line, body=body, width=width - 32), "utf-8")
        options = (
            "--headless",
            "--no-sandbox",
            "--hide-scrollbars",
            f"--window-size={width},{height}",
            "--disable-gpu",
        )
        for browser in BROWSERS:
            try:
                try_program(browser, *options, f"--screenshot={picture.resolve()}", page.as_uri())
            except ProjectError:
                continue
            if picture.exists():
                return
    raise ProjectError(f"{picture}: needs one of {', '.join(BROWSERS)}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench comment", description=__doc__)
    parser.add_argument("--report", type=Path, default=REPORT_FOLDER, help="folder of report.md and its pictures")
    parser.add_argument("--out", type=Path, default=Path(".github/comment.png"), help="the picture")
    parser.add_argument("--dark", action="store_true", help="as in dark mode")
    parser.add_argument("--height", type=int, default=1150, help="in pixels")
    options = parser.parse_args(sys.argv[1:])
    run(draw_comment, options.report, options.out, options.dark, options.height)


if __name__ == "__main__":
    main()
