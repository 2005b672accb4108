"""The service's pages in a real browser: what a person who opens them can do."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from harness.evaluate.build_reference import build_reference, write_reference
from harness.inference.predictor import Predictor
from tests.support.browser import browser
from tests.support.constants import PATIENCE
from tests.support.models import exported
from tests.support.serving import serving
from tests.support.tables import customers

__all__ = ["browser"]


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


def test_the_model_is_asked_by_hand_and_explains_itself(browser: webdriver.Chrome, tmp_path: Path) -> None:
    exported(tmp_path / "model.onnx")
    predictor = Predictor(tmp_path / "model.onnx")
    write_reference(build_reference(customers(400), predictor, predictor.contract), tmp_path / "reference.json")
    with serving(tmp_path / "model.onnx", EXPLAIN="1") as service:
        browser.get(f"{service.url}/try")
        when_there(browser, "button", pressed)
        answer = when_there(browser, "#answer h2", lambda found: found.text)
        when_there(browser, "table:nth-of-type(2) caption", lambda found: found.text)  # it comes a moment later
        captions = [each.text for each in browser.find_elements(By.CSS_SELECTOR, "caption")]
        bars = [float(each.get_attribute("width") or 0) for each in browser.find_elements(By.CSS_SELECTOR, "rect")]
        labelled = browser.find_elements(By.CSS_SELECTOR, "label > input, label > select")
        usual = {each.get_attribute("name"): each.get_attribute("value") for each in labelled}
        fields = browser.find_elements(By.CSS_SELECTOR, "input, select")
        visits = browser.find_element(By.NAME, "visits")
        visits.clear()
        visits.send_keys("-5")
        when_there(browser, "button", pressed)
        told = when_there(browser, "[role=alert]", lambda found: found.text)
        asked, complaints = requests_of(browser), log_of(browser, "browser")
    assert answer in {"Answer: no", "Answer: yes"}
    assert captions[0] == "Probability of each class"
    assert captions[1].startswith("Change of the probability of yes (")
    assert {name: usual[name] for name in ("plan", "visits")} == {"plan": "pro", "visits": "5"}
    assert len(bars) == 5
    assert max(bars) == 100
    assert len(labelled) == len(fields) == len(predictor.contract.features)
    assert told.splitlines()[0] == "1 error in the request"
    assert told.splitlines()[1].startswith("visits: Input should be greater than or equal to 0")
    assert {urlsplit(address).netloc for address in asked} == {urlsplit(service.url).netloc}
    assert [each["message"] for each in complaints if "400" not in each["message"]] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_page_without_scrolling_sideways(
    browser: webdriver.Chrome, tmp_path: Path, scheme: str
) -> None:
    exported(tmp_path / "model.onnx")
    with serving(tmp_path / "model.onnx") as service:
        size = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        feature = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", feature)
        browser.get(f"{service.url}/try")
        when_there(browser, "button", pressed)
        when_there(browser, "#answer table", lambda found: found.text)
        width = browser.execute_script("return document.documentElement.scrollWidth")
        paper = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        browser.save_screenshot(str(tmp_path / "phone.png"))
    assert width <= 360
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 24, 28)"}[scheme]


def test_the_card_is_shown_as_it_was_shipped_and_runs_nothing(browser: webdriver.Chrome, tmp_path: Path) -> None:
    exported(tmp_path / "model.onnx")
    card = tmp_path / "card.html"
    with serving(tmp_path / "model.onnx") as service:
        missing = service.get("/model/card")
        card.write_text("<!DOCTYPE html><title>Card</title><h1>Is a card</h1><script>document.title = 'ran'</script>")
        browser.get(f"{service.url}/model/card")
        heading, title = when_there(browser, "h1", lambda found: found.text), browser.title
    told = "this model was shipped without a card (card.html beside the model file)"
    assert (missing.status_code, missing.json()) == (404, {"error": told})
    assert (heading, title) == ("Is a card", "Card")
