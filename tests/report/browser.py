"""A real browser, without a window, that tells what a page does."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 60.0


def need_browser() -> tuple[str, str]:
    """Return the paths of a browser and its driver; without them skip, or fail where CI is set."""
    browser = next((found for name in NAMES if (found := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    if browser and driver:
        return browser, driver
    why = "pages are opened in Chromium: install the packages chromium and chromium-driver"
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@contextmanager
def opened(path: Path, width: int = 1280, *, dark: bool = False) -> Iterator[Tab]:
    """Open a file as a reader would, and wait until its figures are drawn."""
    browser, driver = need_browser()
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for switch in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage"):
        options.add_argument(f"--{switch}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(driver))
    try:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        chrome.get(path.as_uri())
        tab = Tab(chrome)
        tab.wait("document.documentElement.dataset.ready === 'yes'")
        yield tab
    finally:
        chrome.quit()


class Tab:
    """A page that is open."""

    def __init__(self, chrome: webdriver.Chrome) -> None:
        self.chrome = chrome

    def ask(self, expression: str) -> object:
        """Return the value of an expression of JavaScript."""
        return self.chrome.execute_script(f"return {expression}")

    def wait(self, condition: str) -> None:
        """Wait until an expression is true."""
        WebDriverWait(self.chrome, PATIENCE, 0.05).until(lambda _: self.ask(condition))

    def count(self, selector: str) -> int:
        """Return how many elements there are."""
        return len(self.chrome.find_elements(By.CSS_SELECTOR, selector))

    def text(self, selector: str) -> str:
        """Return the text of the first such element."""
        return str(self.chrome.find_element(By.CSS_SELECTOR, selector).text)

    def choose(self, selector: str, value: str) -> None:
        """Choose from a list as a reader would."""
        Select(self.chrome.find_element(By.CSS_SELECTOR, selector)).select_by_value(value)

    def click(self, selector: str) -> None:
        """Click on the first such element."""
        place = self.chrome.find_element(By.CSS_SELECTOR, selector)
        self.chrome.execute_script("arguments[0].click()", place)

    def complaints(self) -> list[str]:
        """Return what the console has to complain about."""
        return [str(entry["message"]) for entry in self.chrome.get_log("browser")]

    def requests_beyond(self) -> list[str]:
        """Return the addresses of requests that left the page."""
        found = []
        for entry in self.chrome.get_log("performance"):
            event = json.loads(entry["message"])["message"]
            if event["method"] == "Network.requestWillBeSent":
                found.append(event["params"]["request"]["url"])
        return [url for url in found if not url.startswith(("file:", "data:", "blob:"))]
