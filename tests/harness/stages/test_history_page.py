"""The history of `make models` as people see it: the picture, opened in a real browser."""

from pathlib import Path

import matplotlib.image
import numpy as np
from matplotlib.colors import to_rgb
from selenium import webdriver

from harness.evaluate.colours import BLUE
from harness.stages.history import show_models
from tests.support.browser import browser
from tests.support.tagged import Tagged

__all__ = ["browser"]
FACTS = {"Metric": "roc_auc", "Value": "0.81", "Low": "0.78", "High": "0.84"}


def test_the_versions_and_their_stages_are_seen_on_light_and_dark(
    browser: webdriver.Chrome, tagged: Tagged, tmp_path: Path
) -> None:
    for version, value in (("v1.0.0", "0.81"), ("v1.0.1", "0.80"), ("v1.1.0", "0.83")):
        tagged.register(version, **{**FACTS, "Value": value})
    tagged.assign("v1.1.0", "staging")
    tagged.assign("v1.0.0", "prod")
    tagged.push()
    show_models(tmp_path / "history.png")
    for paper in ("white", "#0d1117"):
        (tmp_path / "page.html").write_text(
            f'<body style="background: {paper}"><img src="history.png"></body>', "utf-8"
        )
        browser.get((tmp_path / "page.html").as_uri())
        width, height = browser.execute_script("const i = document.images[0]; return [i.naturalWidth, i.naturalHeight]")
        assert (width > 400, height > 300) == (True, True)
        browser.save_screenshot(str(tmp_path / "seen.png"))
        seen = matplotlib.image.imread(tmp_path / "seen.png")[:height, :width, :3]
        assert np.isclose(seen, to_rgb(paper), atol=0.02).all(axis=2).mean() > 0.5  # its ground is the page's
        blue = np.isclose(seen, to_rgb(BLUE), atol=0.02).all(axis=2)
        assert len(set(np.flatnonzero(blue.any(axis=0)) // (width // 8))) >= 2  # two versions run somewhere
