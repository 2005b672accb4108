"""A real browser, as root in a container too, with nothing of its own that would go out to the network."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
PHONE, DESK = 390, 1200  # widths
FLAGS = (
    "headless", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "disable-quic", "no-first-run", "disable-sync",
    "disable-background-networking", "disable-component-update", "window-size=1200,1600",
)  # fmt: skip


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    if not (CHROMIUM and DRIVER):
        pytest.skip("no browser: apt-get install chromium chromium-driver (Debian)")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    started = webdriver.Chrome(options, Service(str(DRIVER)))
    yield started
    started.quit()


def papers_of(browser: webdriver.Chrome, page: str) -> set[str]:
    """The grounds of a page on a phone and on a desk, by day and by night; it is nowhere wider than the screen."""
    papers = set()
    for width in (PHONE, DESK):
        for scheme in ("light", "dark"):
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width == PHONE}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            features = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", features)
            browser.get(page)
            assert browser.execute_script("return document.documentElement.scrollWidth") <= width
            papers.add(browser.find_element(By.TAG_NAME, "body").value_of_css_property("background-color"))
    return papers


def resources_of(browser: webdriver.Chrome) -> list[str]:
    """What the page that is open has loaded."""
    found: list[str] = browser.execute_script("return performance.getEntriesByType('resource').map(one => one.name)")
    return found
