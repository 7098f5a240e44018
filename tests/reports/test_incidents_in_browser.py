"""The list as HTML in a real Chromium: hostile titles are text, nothing is fetched, it fits a telephone."""

from __future__ import annotations

from pathlib import Path

import pytest
from lint.test_formats_html import SIZES, browser, requests, show, shown  # noqa: F401 -- browser is a fixture
from reports.test_incident_forms import hostile, listed, whole  # noqa: F401 -- hostile is a fixture
from selenium import webdriver

from kb.reports.incidents import render as forms
from kb.reports.incidents.groups import GroupBy, group_incidents
from kb.reports.incidents.rows import Incident


@pytest.mark.parametrize("size", SIZES)
def test_hostile_titles_are_shown_and_neither_run_nor_fetched(
    browser: webdriver.Chrome,  # noqa: F811
    hostile: list[Incident],  # noqa: F811
    tmp_path: Path,
    size: str,
) -> None:
    show(browser, tmp_path, "".join(forms.render_html(group_incidents(hostile, GroupBy.CAUSE))), size)
    assert browser.title == "過去のトラブル一覧"
    text = shown(browser)
    for evil in ('<img src=x onerror="alert(1)">', "</title><script>alert(1)</script>", "{{7*7}}"):
        assert evil in text
    assert browser.execute_script("return document.querySelectorAll('img, iframe, object, script, svg').length") == 1
    assert len(requests(browser)) == 1
    assert browser.get_log("browser") == []
    wide, room = browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= room


def test_a_telephone_shows_each_incident_as_a_card(browser: webdriver.Chrome, tmp_path: Path) -> None:  # noqa: F811
    show(browser, tmp_path, "".join(forms.render_html(whole(listed()))), "phone")
    assert browser.find_element("css selector", "tbody tr").value_of_css_property("display") == "block"
    label = "return getComputedStyle(document.querySelector('td.cause'), '::before').content"
    assert "原因" in browser.execute_script(label)
    assert "配信API が止まった | 5/8 夜" in shown(browser)
