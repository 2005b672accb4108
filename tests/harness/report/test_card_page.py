"""The model card in a real browser: on a phone and on a desk, light and dark, with nothing from outside."""

from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By

from harness.core.paths import CARD_HTML
from harness.report.build_card import write_card
from tests.support.browser import browser, papers_of, resources_of
from tests.support.card import card_project

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
