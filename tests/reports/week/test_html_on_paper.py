"""The week as HTML on paper: the first page is for the five minutes, and nothing is cut through."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from lint.test_formats_html import browser, show  # noqa: F401 -- browser is a fixture
from reports.week.made import full, huge, rich
from reports.week.test_html_in_browser import emulate, made
from selenium import webdriver
from selenium.webdriver.common.by import By

from kb.reports.week import html

A4 = (210 / 25.4 * 72, 297 / 25.4 * 72)  # points


@pytest.mark.parametrize("week", [rich, full], ids=lambda week: week.__name__)
def test_the_first_page_on_paper_is_what_changed_three_things_and_the_hot_spots(
    browser: webdriver.Chrome,  # noqa: F811
    tmp_path: Path,
    week: Any,
) -> None:
    show(browser, tmp_path, made(week()))
    emulate(browser, media="print")
    try:
        room = (297 - 2 * 13) / 25.4 * 96  # CSS pixels that an A4 page has between its margins
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": round((210 - 2 * 14) / 25.4 * 96), "height": 1000, "deviceScaleFactor": 1, "mobile": False},
        )
        rest = browser.find_element(By.CSS_SELECTOR, ".rest")
        assert browser.find_element(By.CSS_SELECTOR, "#hot").rect["y"] < rest.rect["y"] <= room
        assert rest.value_of_css_property("break-before") == "page"
        for hidden in ("nav", ".tools", ".skip"):
            assert not browser.find_element(By.CSS_SELECTOR, hidden).is_displayed()
        assert browser.find_element(By.CSS_SELECTOR, "tbody tr").value_of_css_property("break-inside") == "avoid"
        link = "return getComputedStyle(document.querySelector('#new td.title a'), '::after').content"
        assert browser.execute_script(link) == '" <" attr(href) ">"' or "1412" in browser.execute_script(link)
        colour = browser.find_element(By.CSS_SELECTOR, ".badge").value_of_css_property("color")
        assert colour in ("rgb(0, 0, 0)", "rgba(0, 0, 0, 1)")
    finally:
        emulate(browser, media="")


def test_it_prints_on_a4(browser: webdriver.Chrome, tmp_path: Path) -> None:  # noqa: F811
    show(browser, tmp_path, made(rich()))
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    boxes = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", base64.b64decode(printed["data"]))
    assert 3 < len(boxes) < 9
    assert all(abs(float(wide) - A4[0]) < 2 and abs(float(tall) - A4[1]) < 2 for wide, tall in boxes)


def test_a_long_list_says_how_much_of_it_is_on_paper(browser: webdriver.Chrome, tmp_path: Path) -> None:  # noqa: F811
    show(browser, tmp_path, made(huge()))
    emulate(browser, media="print")
    try:
        displays = "return [...document.querySelectorAll('#new tbody tr')].map(row => getComputedStyle(row).display)"
        assert sum(display != "none" for display in browser.execute_script(displays)) == html.PRINTED_ROWS
        assert f"紙には {html.PRINTED_ROWS} 件まで" in browser.find_element(By.CSS_SELECTOR, "#new .paper").text
        browser.execute_script("find('その 177')")
        assert browser.find_element(By.CSS_SELECTOR, "#new tbody tr:not([hidden])").is_displayed(), (
            "what was looked for"
        )
    finally:
        emulate(browser, media="")
