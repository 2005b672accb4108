"""The page of `make look` in a real browser: on a phone and on a desk, light and dark, with nothing from outside."""

from selenium import webdriver
from selenium.webdriver.common.by import By

from harness.core.paths import LOOK_PATH
from harness.explore.look import look
from tests.support.browser import browser, papers_of, resources_of
from tests.support.project import Project

__all__ = ["browser"]


def test_the_page_is_readable_on_a_phone_and_at_night(browser: webdriver.Chrome, project: Project) -> None:
    project.run(["preprocess"])
    look()
    assert len(papers_of(browser, LOOK_PATH.absolute().as_uri())) == 2
    titles = [heading.text for heading in browser.find_elements(By.TAG_NAME, "h2")]
    assert [link.text for link in browser.find_elements(By.CSS_SELECTOR, "nav a")] == titles
    assert resources_of(browser) == []
