"""A picture of a report as a comment shows it: artifacts/report/report.md → a PNG.

`python -m bench.comment --example` makes the README's: of the worked example with a tenth of its trees.
"""

import argparse
import base64
import re
import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from harness.core.command import run
from harness.core.errors import ProjectError
from harness.core.paths import EXAMPLE_PICTURE, REPORT_FOLDER
from harness.core.shell import git, run_program, try_program

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


def example_report(project: Path) -> Path:
    """Make the report of a tenth of the trees in a clone of the worked example; its folder."""
    params = project / "params.yaml"
    few = params.read_text("utf-8").replace("max_iter: 100\n", "max_iter: 10\n")
    params.write_text(few, "utf-8")
    run_program(sys.executable, "-m", "harness", "report", "--base", "HEAD", folder=project)
    return project / REPORT_FOLDER


def text_shown(report: Path) -> str:
    """What a picture shows of a report's text: all before the first part that is folded."""
    return (report / "report.md").read_text("utf-8").partition("<details>")[0]


def text_of(picture: Path) -> str:
    """What `text_shown` was when a picture was drawn; it is kept in the PNG."""
    with Image.open(picture) as image:
        return str(image.info.get("report", ""))


def draw_example(picture: Path, height: int) -> None:
    """Draw the report of the worked example, as committed."""
    with tempfile.TemporaryDirectory() as temporary:
        git("clone", "--quiet", ".", temporary)
        draw_comment(example_report(Path(temporary)), picture, height=height)


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
        size = f"--window-size={width},{height}"
        options = ("--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu", size)
        for browser in BROWSERS:
            try:
                try_program(browser, *options, f"--screenshot={picture.resolve()}", page.as_uri())
            except ProjectError:
                continue
            if picture.exists():
                _keep_text(picture, text_shown(report))
                return
    raise ProjectError(f"{picture}: needs one of {', '.join(BROWSERS)}")


def _keep_text(picture: Path, text: str) -> None:
    kept = PngInfo()
    kept.add_itxt("report", text)
    with Image.open(picture) as image:
        image.save(picture, pnginfo=kept, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench comment", description=__doc__)
    parser.add_argument("--report", type=Path, default=REPORT_FOLDER, help="folder of report.md and its pictures")
    parser.add_argument("--out", type=Path, default=EXAMPLE_PICTURE, help="the picture")
    parser.add_argument("--dark", action="store_true", help="as in dark mode")
    parser.add_argument("--height", type=int, default=1150, help="in pixels")
    parser.add_argument(
        "--example", action="store_true", help="the report of the worked example with a tenth of its trees"
    )
    options = parser.parse_args(sys.argv[1:])
    if options.example:
        run(draw_example, options.out, options.height)
        return
    run(draw_comment, options.report, options.out, options.dark, options.height)


if __name__ == "__main__":
    main()
