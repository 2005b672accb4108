"""The Swagger page in a real browser: what a person who opens the service's address can do with it."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.support.constants import PATIENCE
from tests.support.models import exported
from tests.support.serving import serving

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
# As root in a container, and with nothing of the browser's own that would go out to the network.
FLAGS: tuple[str, ...] = (
    "headless",
    "no-sandbox",
    "disable-gpu",
    "disable-dev-shm-usage",
    "disable-quic",
    "no-first-run",
)
FLAGS += ("disable-background-networking", "disable-component-update", "disable-sync", "window-size=1200,1600")

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="no browser: apt-get install chromium chromium-driver (Debian)"
)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    started = webdriver.Chrome(options, Service(str(DRIVER)))
    yield started
    started.quit()


def when_there(browser: webdriver.Chrome, selector: str, act: Callable[[WebElement], Any]) -> Any:
    """What comes of an element, once it is there and something does: the page may draw it anew when it was found."""
    wait = WebDriverWait(browser, PATIENCE, ignored_exceptions=(NoSuchElementException, StaleElementReferenceException))
    return wait.until(lambda page: act(page.find_element(By.CSS_SELECTOR, selector)))


def pressed(button: WebElement) -> bool:
    button.click()
    return True


def requests_of(browser: webdriver.Chrome) -> list[str]:
    """Addresses that the page asked for."""
    events = [json.loads(entry["message"])["message"] for entry in log_of(browser, "performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    return [address for address in asked if not address.startswith(("data:", "chrome:"))]


def log_of(browser: webdriver.Chrome, kind: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = browser.get_log(kind)  # type: ignore[no-untyped-call]
    return entries


def test_try_it_out_gives_a_prediction_and_nothing_comes_from_outside(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    exported(tmp_path / "model.onnx")
    with serving(tmp_path / "model.onnx") as service:
        browser.get(service.url)
        for selector in (".opblock-post .opblock-summary", ".try-out__btn", "button.execute"):
            when_there(browser, selector, pressed)
        shown = ".live-responses-table .response"
        answer = when_there(browser, shown, lambda found: "predictions" in (text := found.text) and text)
        title = when_there(browser, ".info .title", lambda found: found.text)
        asked = requests_of(browser)
        complaints = log_of(browser, "browser")
    assert answer.startswith("200\n")
    assert '"probabilities": {' in answer
    assert title.startswith("Prediction of churned")
    assert f"{service.url}/predict" in asked
    assert {urlsplit(address).netloc for address in asked} == {urlsplit(service.url).netloc}
    assert complaints == []
