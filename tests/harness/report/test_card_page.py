"""The model card in a real browser: on a phone and on a desk, light and dark, with nothing from outside."""

from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By

from harness.core.paths import CARD_HTML, MODEL_PATH
from harness.report.build_card import write_card
from tests.support.browser import browser, papers_of, resources_of
from tests.support.card import card_project
from tests.support.serving import serving

__all__ = ["browser"]


def test_the_card_is_readable_on_a_phone_and_at_night(browser: webdriver.Chrome, tmp_path: Path, model: Path) -> None:
    write_card(card_project(tmp_path / "project", model))
    page = (tmp_path / "project" / CARD_HTML).as_uri()
    assert len(papers_of(browser, page)) == 2
    assert browser.find_element(By.TAG_NAME, "h1").text == "Model card: churned"
    titles = [heading.text for heading in browser.find_elements(By.TAG_NAME, "h2")]
    assert [link.text for link in browser.find_elements(By.CSS_SELECTOR, "nav a")] == titles
    assert {"Intended use", "Fairness: the slices", "Monitoring limits", "Contact"} <= set(titles)
    assert resources_of(browser) == []


def test_the_service_shows_the_very_card(browser: webdriver.Chrome, tmp_path: Path, model: Path) -> None:
    """GET /model/card: its policy lets the page's own style through, and nothing else is asked for."""
    folder = card_project(tmp_path / "project", model)
    write_card(folder)
    looks = []
    with serving(folder / MODEL_PATH) as service:
        for page in ((folder / CARD_HTML).as_uri(), f"{service.url}/model/card"):
            browser.get(page)
            browser.save_screenshot(str(tmp_path / "seen.png"))
            looks.append((browser.find_element(By.TAG_NAME, "body").text, (tmp_path / "seen.png").read_bytes()))
    assert looks[0] == looks[1]
    assert looks[0][0].startswith("Model card: churned")
