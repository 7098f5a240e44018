"""The HTML page in a real Chromium: what a page says is text, and nothing is run or fetched."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from lint.formats_kit import (
    ACCEPTED,
    EVIL,
    FILE,
    FOUND,
    NOTED,
    PAGE,
    PRIVATE,
    SECRET,
    WAIVED,
    WARNED,
    Out,
    at,
    hostile,
    pages,
    written,
)
from properties import examples
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from kb.lint.formats.html import HtmlWriter
from kb.lint.people.audience import Anonymizer, find_names
from kb.model.finding import Finding
from kb.rules.judge import Judgement
from kb.secrets.mask_document import mask_text
from kb.text import lang
from kb.text.lang import t

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
SIZES = {"desktop": (1280, 900), "phone": (375, 812), "narrow": (320, 640)}


def html(*judgements: Judgement, waived: tuple[Finding, ...] = (), **options: Any) -> str:
    out = Out()
    return written(out, HtmlWriter(out.append, **options), *judgements, waived=waived)


def test_days_are_those_of_the_team() -> None:
    page = at(PAGE, updated_at="2026-11-24T22:00:00Z")
    assert ("2026-11-25" in html(page), "2026-11-24" in html(page)) == (True, False)
    assert "2026-11-24" in html(page, zone="America/New_York")


def evil_page(evil: str, number: int) -> Judgement:
    """A document that is hostile in all it says."""
    found = replace(FOUND, message=t(evil, evil), code=f"INC{number % 3}", rule=evil)
    return at(PAGE, (found,), doc=evil, title=evil, url=f"https://docs.esa.io/{evil}", updated_at=evil)


EVIL_PAGES = tuple(evil_page(evil, number) for number, evil in enumerate(EVIL))


# -- without a browser ----------------------------------------------------------------------------


class Tags(HTMLParser):
    """The elements of a page and the addresses they name."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


OWN = {
    "a", "b", "body", "button", "caption", "code", "details", "div", "h1", "h2", "head", "header", "html", "input",
    "label", "li", "main", "meta", "p", "q", "script", "small", "span", "style", "summary", "table", "tbody", "td",
    "th", "thead", "title", "tr", "ul",
}  # fmt: skip


@settings(max_examples=examples(60), deadline=None)
@given(pages(), hostile)
def test_hostile_pages_add_no_element_and_no_handler(page: tuple[Judgement, list[Finding]], rule: str) -> None:
    judgement, waived = page
    judgement = Judgement(judgement.entry, (replace(judgement.findings[0], rule=rule), judgement.findings[1]))
    tags = Tags()
    tags.feed(html(judgement, waived=tuple(waived)))
    assert set(tags.seen) <= OWN
    assert tags.seen.count("script") == tags.seen.count("style") == 1
    assert not {name for name in tags.attributes if name.startswith("on") or name == "style"}
    assert all(link.lower().startswith(("https://", "http://")) for link in tags.links if link != "#main")


def test_secrets_are_a_count_and_private_documents_are_left_out() -> None:
    text = html(at(PAGE, (SECRET, SECRET), doc="esa:4711", title="接続情報"), PRIVATE, waived=(WAIVED, ACCEPTED))
    assert "SEC101 vendor-token: 2 件" in text
    assert "読める人が限られた文書の 1 件" in text
    assert "出していないもの 2 件" in text
    for word in ("4711", "接続情報", "人事"):
        assert word not in text


def test_what_all_rows_of_a_rule_say_stands_once() -> None:
    assert html(PAGE, FILE).count("まだ決まっていません。") == 1
    other = replace(FOUND, message=t("ほかの文です。", "another."))
    text = html(PAGE, at(FILE, (other,)))
    assert text.count("まだ決まっていません。") == text.count("ほかの文です。") == 1


def test_the_page_speaks_english_too() -> None:
    lang.set_language("en")
    assert "What kb lint found" in html()
    assert "Nothing to mend." in html()


# -- in the browser -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """One headless Chromium that logs its requests."""
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("chromium and chromium-driver are not installed")
    options = Options()
    options.binary_location = CHROMIUM
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


def show(browser: webdriver.Chrome, folder: Path, text: str, size: str = "desktop") -> None:
    """Open the page, as somebody would who got it as a file."""
    file = folder / "lint.html"
    file.write_text(text, encoding="utf-8")
    width, height = SIZES[size]
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size != "desktop"},
    )
    for log in ("performance", "browser"):
        browser.get_log(log)
    browser.get(file.as_uri())


def requests(browser: webdriver.Chrome) -> list[str]:
    """What the page has asked for since it was opened, whether it was let or not."""
    return [event["request"]["url"] for event in network(browser, "requestWillBeSent")]


def network(browser: webdriver.Chrome, method: str) -> list[dict[str, Any]]:
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [event["params"] for event in events if event["method"] == f"Network.{method}"]


def shown(browser: webdriver.Chrome) -> str:
    return str(browser.execute_script("return document.body.innerText"))


@pytest.mark.parametrize("size", SIZES)
def test_hostile_words_are_shown_and_neither_run_nor_fetched(
    browser: webdriver.Chrome, tmp_path: Path, size: str
) -> None:
    show(browser, tmp_path, html(*EVIL_PAGES), size)
    assert browser.title == "kb lint の結果"
    text = shown(browser)
    for evil in ("<img src=x onerror=document.title='owned'>", "<script>document.title='owned'</script>", "</title>"):
        assert evil in text
    assert (
        browser.execute_script("return document.querySelectorAll('img, iframe, object, embed, link, h1').length") == 1
    )
    assert requests(browser) == [(tmp_path / "lint.html").as_uri()]
    assert browser.get_log("browser") == [], "nothing was even tried that the policy had to refuse"
    wide, room = browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= room


@pytest.mark.parametrize("size", SIZES)
def test_long_words_do_not_widen_the_page(browser: webdriver.Chrome, tmp_path: Path, size: str) -> None:
    long = at(PAGE, doc="x" * 400, title="長" * 300, url="https://docs.esa.io/" + "y" * 400)
    show(browser, tmp_path, html(long, at(long, (WARNED, NOTED))), size)
    wide, room = browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= room


def test_the_policy_stops_what_would_slip_in(browser: webdriver.Chrome, tmp_path: Path) -> None:
    """Not needed as long as everything is escaped: the second wall behind it."""
    slip = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    text = re.sub("<main[^>]*>", lambda found: f"{found[0]}{slip}", html(PAGE))
    show(browser, tmp_path, text)
    assert browser.title == "kb lint の結果"
    assert [event["blockedReason"] for event in network(browser, "loadingFailed")] == ["csp"]
    refused = [entry for entry in browser.get_log("browser") if "Content Security Policy" in entry["message"]]
    assert len(refused) >= 2


def test_the_page_is_whole_without_its_script(browser: webdriver.Chrome, tmp_path: Path) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        show(browser, tmp_path, html(PAGE, at(FILE, (WARNED,))))
        box = browser.find_element("css selector", ".tools")
        assert not box.is_displayed()
        for summary in browser.find_elements("css selector", "summary"):
            summary.click()
        assert len([row for row in browser.find_elements("css selector", "tbody tr") if row.is_displayed()]) == 2
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_rows_can_be_filtered(browser: webdriver.Chrome, tmp_path: Path) -> None:
    show(browser, tmp_path, html(PAGE, at(FILE, (WARNED,), title="配信ＡＰＩが止まる")))

    def rows() -> list[str]:
        found = browser.find_elements("css selector", "td.title")
        return [row.text.splitlines()[0] for row in found if row.is_displayed()]

    words = browser.find_element("css selector", "input[type=search]")
    status = browser.find_element("css selector", "[role=status]")
    assert (rows(), status.text) == ([], "2 行を表示しています"), "the groups are closed"
    words.send_keys("api inc203")
    assert rows() == ["配信ＡＰＩが止まる"]
    words.clear()
    words.send_keys("どこにもない")
    assert (rows(), status.text) == ([], "2 行のうち 0 行を表示しています")
    words.clear()
    browser.find_element("css selector", "input[value=warning]").click()
    assert status.text == "2 行のうち 1 行を表示しています"
    browser.find_element("css selector", ".clear").click()
    assert status.text == "2 行を表示しています"


def test_a_row_shows_the_words_it_is_about_and_whose_it_is(browser: webdriver.Chrome, tmp_path: Path) -> None:
    found = replace(FOUND, quote=mask_text("TODO"))
    show(browser, tmp_path, html(at(PAGE, (found,)), owner_of=lambda entry, finding: "真鍋 大輔"))
    browser.find_element("css selector", "summary").click()
    row = browser.find_element("css selector", "tbody tr")
    assert row.find_element("css selector", "q").text == "TODO"
    assert row.find_element("css selector", ".owner").text == "真鍋 大輔"


def test_words_that_name_somebody_and_those_of_a_secret_are_not_shown() -> None:
    named = replace(FOUND, quote=mask_text("佐藤さんが対応"))
    text = html(at(PAGE, (named,)), unnamed=Anonymizer(find_names(frozenset({"佐藤"}))))
    assert "<q>" not in text
    assert "<q>" not in html(at(PAGE, (replace(SECRET, quote=mask_text("あいことば")),)), secret_places=True)


def test_on_paper_there_is_no_filter_and_all_is_black(browser: webdriver.Chrome, tmp_path: Path) -> None:
    show(browser, tmp_path, html(PAGE))
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not browser.find_element("css selector", ".tools").is_displayed()
        colour = browser.execute_script("return getComputedStyle(document.querySelector('.badge')).color")
        assert colour == "rgb(0, 0, 0)"
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
