"""The week as HTML in a real Chromium: read, filtered, sorted by keyboard; nothing is run or fetched."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lint.test_formats_html import SIZES, browser, network, requests, show, shown  # noqa: F401 -- browser is a fixture
from reports.week.made import counted, first, full, hostile, huge, quiet, rich
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from kb.reports.week import html
from kb.reports.week.model import Week

LOST = """
return [...document.querySelectorAll('a[href^="#"]')].map(a => a.getAttribute('href'))
  .filter(href => !document.querySelector(href))
"""
BARE = """
return [...document.querySelectorAll('.tallies td.figure, .tiles b, .bars td.figure')]
  .filter(cell => cell.textContent.trim() !== '0' && !cell.querySelector('a') && !cell.closest('a'))
  .map(cell => cell.outerHTML)
"""
MUTE = """
return [...document.querySelectorAll('.rows tbody tr')]
  .filter(row => !row.querySelector('td.title a') || !row.querySelector('td.step').textContent.trim())
  .map(row => row.outerHTML)
"""


WIDE = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
TITLES = """
return [...document.querySelectorAll(`#${arguments[0]} tbody td.title > a`)]
  .filter(each => each.checkVisibility()).map(each => each.innerText.trim())
"""
CLICKED = """
const links = [...document.querySelectorAll(arguments[0])];
const said = links.map(link => link.getAttribute('aria-label') || link.textContent);
const rows = () => [...document.querySelectorAll('#pages tbody td.title > a')].filter(row => row.checkVisibility());
const found = links.map(link => {
  location.hash = '';
  link.scrollIntoView({block: 'center'});
  const {x, y, width, height} = link.getClientRects()[0];
  if (!link.contains(document.elementFromPoint(x + width / 2, y + height / 2))) return [-1, 'covered'];
  link.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
  return [rows().length, location.hash];
});
return [said, found.map(each => each[0]), found.map(each => each[1])];
"""
FOCUS = """
const focus = document.activeElement;
return [focus, focus.tagName, focus.innerText.trim(), getComputedStyle(focus).outlineStyle];
"""


def made(week: Week) -> str:
    return "".join(html.render_html(week))


def emulate(browser: webdriver.Chrome, **given: Any) -> None:  # noqa: F811
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", given)


def titles(browser: webdriver.Chrome, list_: str) -> list[str]:  # noqa: F811
    found: list[str] = browser.execute_script(TITLES, list_)
    return found


def press(browser: webdriver.Chrome, *keys: str) -> WebElement:  # noqa: F811
    """Press keys wherever the focus is, and give back what has it then."""
    webdriver.ActionChains(browser).send_keys(*keys).perform()
    return browser.switch_to.active_element


def tab(browser: webdriver.Chrome) -> tuple[WebElement, str, str, str]:  # noqa: F811
    """Press Tab, and give back what has the focus then: it, its kind, its words, its outline."""
    for kind in ("rawKeyDown", "keyUp"):
        key = {"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
        browser.execute_cdp_cmd("Input.dispatchKeyEvent", key)
    element, name, text, outline = browser.execute_script(FOCUS)
    return element, name, text, outline


# -- shown -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("week", "size"),
    [(rich, "desktop"), *((each, "phone") for each in (rich, full, quiet, first)), (rich, "narrow"), (full, "narrow")],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_it_fits_fetches_nothing_and_says_nothing_to_the_console(
    browser: webdriver.Chrome,  # noqa: F811
    tmp_path: Path,
    size: str,
    week: Any,
) -> None:
    show(browser, tmp_path, made(week()), size)
    assert browser.title == "ナレッジの週報 2026年11月16日（月）〜22日（日）"
    assert requests(browser) == [(tmp_path / "lint.html").as_uri()]
    assert browser.get_log("browser") == []
    assert browser.execute_script(WIDE) <= 0


@pytest.mark.parametrize("size", SIZES)
def test_a_hostile_week_is_text(browser: webdriver.Chrome, tmp_path: Path, size: str) -> None:  # noqa: F811
    show(browser, tmp_path, made(hostile()), size)
    assert browser.title == "ナレッジの週報 2026年11月16日（月）〜22日（日）"
    text = shown(browser)
    for evil in (
        "<img src=x onerror=\"document.title='owned'\">",
        "<script>document.title='owned'</script>",
        "{{7*7}}",
    ):
        assert evil in text
    for elements, count in (("h1", 1), ("script", 1), ("style", 1), ("img, iframe, object, embed, link, form", 0)):
        assert len(browser.find_elements(By.CSS_SELECTOR, elements)) == count
    found = "return [...document.querySelectorAll('a')].map(a => a.getAttribute('href'))"
    assert all(link.startswith(("https://docs.esa.io/", "#")) for link in browser.execute_script(found))
    assert requests(browser) == [(tmp_path / "lint.html").as_uri()]
    assert browser.get_log("browser") == [], "nothing was even tried that the policy had to refuse"
    assert browser.execute_script(WIDE) <= 0


def test_the_policy_stops_what_would_slip_in(browser: webdriver.Chrome, tmp_path: Path) -> None:  # noqa: F811
    """Not needed as long as everything is escaped: the second wall behind it."""
    slip = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    show(browser, tmp_path, re.sub("<header>", lambda _: f"<header>{slip}", made(rich())))
    assert browser.title.startswith("ナレッジの週報")
    assert [event["blockedReason"] for event in network(browser, "loadingFailed")] == ["csp"]


def test_every_number_and_every_part_that_is_linked_is_there(browser: webdriver.Chrome, tmp_path: Path) -> None:  # noqa: F811
    show(browser, tmp_path, made(rich()))
    assert browser.execute_script(LOST) == []
    assert browser.execute_script(BARE) == []
    assert browser.execute_script(MUTE) == []


def test_it_is_whole_without_its_script(browser: webdriver.Chrome, tmp_path: Path) -> None:  # noqa: F811
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        show(browser, tmp_path, made(rich()))
        assert not browser.find_element(By.CSS_SELECTOR, ".tools").is_displayed()
        assert len(titles(browser, "oldest")) == 4
        assert browser.find_elements(By.CSS_SELECTOR, "th button") == []
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_telephone_shows_each_row_as_a_card(browser: webdriver.Chrome, tmp_path: Path) -> None:  # noqa: F811
    show(browser, tmp_path, made(rich()), "phone")
    card = browser.find_element(By.CSS_SELECTOR, "#overdue tbody tr")
    title, step = (card.find_element(By.CSS_SELECTOR, f"td.{name}").rect for name in ("title", "step"))
    assert step["y"] > title["y"]
    assert step["width"] > 300
    label = "return getComputedStyle(document.querySelector('#overdue td.day'), '::before').content"
    assert "期限" in browser.execute_script(label)


# -- used --------------------------------------------------------------------------------------------


def test_words_narrow_the_lists_down_however_they_are_typed(browser: webdriver.Chrome, tmp_path: Path) -> None:  # noqa: F811
    show(browser, tmp_path, made(rich()))
    said = browser.find_element(By.CSS_SELECTOR, "[role=status]")
    assert said.text == "37 行を表示しています"
    box = browser.find_element(By.CSS_SELECTOR, "input[type=search]")
    box.send_keys("ｖｐｎ pst105")
    assert titles(browser, "new") == ["新人向け: VPN の入り方"]
    assert titles(browser, "overdue") == []
    assert browser.find_element(By.CSS_SELECTOR, "#overdue .nobody").is_displayed()
    assert said.text == "37 行のうち 1 行を表示しています"
    browser.find_element(By.CSS_SELECTOR, ".clear").click()
    assert len(titles(browser, "overdue")) == 3
    assert browser.switch_to.active_element == box


def test_an_owner_can_be_chosen(browser: webdriver.Chrome, tmp_path: Path) -> None:  # noqa: F811
    show(browser, tmp_path, made(rich()))
    browser.find_element(By.CSS_SELECTOR, "select").send_keys("佐々木")
    assert titles(browser, "overdue") == ["バッチの二重起動を防ぐ鍵を入れる"]
    assert titles(browser, "new") == ["管理画面にログインできない"]


def test_a_number_of_the_first_page_leads_to_just_those_rows(browser: webdriver.Chrome, tmp_path: Path) -> None:  # noqa: F811
    show(browser, tmp_path, made(rich()))
    browser.find_element(By.CSS_SELECTOR, "a[href='#new'][data-find=INC406]").click()
    assert titles(browser, "new") == ["夜間バッチが二重に走った"]
    assert browser.current_url.endswith("#new")
    browser.find_element(By.CSS_SELECTOR, "a[href='#oldest'][data-find=担当なし]").click()
    assert titles(browser, "oldest") == ["全文検索の索引が壊れた"]


def test_a_number_whose_rows_are_elsewhere_leads_there_or_to_the_command_that_lists_them(
    browser: webdriver.Chrome,  # noqa: F811
    tmp_path: Path,
) -> None:
    show(browser, tmp_path, made(rich()))
    browser.find_element(By.CSS_SELECTOR, "a[href='#oldest'][data-find=INC406]").click()
    assert browser.current_url.endswith("#new")
    assert titles(browser, "new") == ["夜間バッチが二重に走った"]
    browser.find_element(By.CSS_SELECTOR, "a[href='#oldest'][data-find=infra]").click()
    assert titles(browser, "tickets") == ["レプリカの再作成", "監視の通知先を替える"]
    show(browser, tmp_path, made(full()))
    browser.find_element(By.CSS_SELECTOR, "a[href='#oldest'][data-find=INC102]").click()
    said = browser.find_element(By.CSS_SELECTOR, "[role=status]")
    assert said.text == "ここに載せた行にはありません。一覧は: kb lint --select INC102 --all"
    assert 0 <= said.rect["y"] - browser.execute_script("return scrollY") < 900


def test_a_number_of_a_chart_leads_to_just_the_incident_pages_it_counts(
    browser: webdriver.Chrome,  # noqa: F811
    tmp_path: Path,
) -> None:
    show(browser, tmp_path, made(counted(rich())))
    said, shown_, addresses = browser.execute_script(CLICKED, "#incidents a[data-find]")
    counts = [int(re.findall(r"\d+", each)[-1]) for each in said]
    assert min(counts) > 0
    assert list(zip(said, counts, strict=True)) == list(zip(said, shown_, strict=True))
    assert set(addresses) == {"#pages"}
    browser.find_element(By.CSS_SELECTOR, "#hot a[data-find='ノード:batch-prd-job-01']").click()
    assert len(titles(browser, "pages")) == 3
    browser.find_element(By.CSS_SELECTOR, "#incidents a[data-find='発生:2026-10']").send_keys(Keys.ENTER)
    assert len(titles(browser, "pages")) == 8
    assert titles(browser, "pages")[0] == "管理画面にログインできない（7 回目）"


def test_a_word_for_a_node_finds_no_node_whose_name_begins_alike(browser: webdriver.Chrome, tmp_path: Path) -> None:  # noqa: F811
    week = counted(rich())
    first, *others = week.incidents.pages
    pages = (replace(first, nodes=("web-10",)), *others)
    show(browser, tmp_path, made(replace(week, incidents=replace(week.incidents, pages=pages))))
    box = browser.find_element(By.CSS_SELECTOR, "input[type=search]")
    box.send_keys("ノード:web-1")
    assert titles(browser, "pages") == []
    box.send_keys("0")
    assert titles(browser, "pages") == [first.row.title]
    box.clear()
    box.send_keys("ノード：ＷＥＢ-10 状態：対応中")
    assert titles(browser, "pages") == [first.row.title]


def test_a_month_whose_pages_are_not_in_the_file_leads_to_the_command_that_lists_them(
    browser: webdriver.Chrome,  # noqa: F811
    tmp_path: Path,
) -> None:
    show(browser, tmp_path, made(rich()))
    browser.find_element(By.CSS_SELECTOR, "#incidents a[data-find='発生:2026-01']").click()
    said = browser.find_element(By.CSS_SELECTOR, "[role=status]")
    assert said.text == "ここに載せた行にはありません。一覧は: kb incidents --by month"


def test_all_of_it_can_be_used_from_the_keyboard(browser: webdriver.Chrome, tmp_path: Path) -> None:  # noqa: F811
    show(browser, tmp_path, made(rich()))
    skip = press(browser, Keys.TAB)
    assert (skip.text, skip.rect["y"] >= 0) == ("本文へ移る", True)
    assert press(browser, Keys.ENTER).get_attribute("id") == "main"
    seen = []
    for _ in range(120):
        focused, name, _text, outline = tab(browser)
        seen.append(name)
        assert outline == "solid", f"the focus can be seen on {focused.get_attribute('outerHTML')}"
        if name == "INPUT":
            break
    assert seen[-1] == "INPUT"
    press(browser, "db")
    assert titles(browser, "back") == ["DB のレプリカが追いつかない"]
    press(browser, Keys.ESCAPE)
    assert len(titles(browser, "new")) == 5
    while True:
        focused, name, text, _ = tab(browser)
        if name == "BUTTON" and text.startswith("見つかった日"):
            break
    head = focused.find_element(By.XPATH, "..")
    press(browser, Keys.ENTER)
    assert head.get_attribute("aria-sort") == "ascending"
    assert titles(browser, "new")[0] == "管理画面にログインできない"
    press(browser, Keys.SPACE)
    assert head.get_attribute("aria-sort") == "descending"
    assert titles(browser, "new")[0] == "新人向け: VPN の入り方"


def test_what_has_no_day_stands_last_whichever_way_it_is_sorted(browser: webdriver.Chrome, tmp_path: Path) -> None:  # noqa: F811
    show(browser, tmp_path, made(rich()))
    button = browser.find_element(By.CSS_SELECTOR, "#fixed th.day button")
    for _ in range(2):
        button.click()
        assert sorted(titles(browser, "fixed")[2:]) == ["メール通知が届かない", "検索結果が空になる"]


@pytest.mark.parametrize("size", SIZES)
def test_a_huge_week_fits_and_its_lists_are_filtered_at_once(
    browser: webdriver.Chrome,  # noqa: F811
    tmp_path: Path,
    size: str,
) -> None:
    show(browser, tmp_path, made(huge()), size)
    assert browser.execute_script(WIDE) <= 0
    assert browser.execute_script(LOST) == browser.execute_script(BARE) == browser.execute_script(MUTE) == []
    box = "const box = document.querySelector('input[type=search]'); const at = performance.now();"
    box += (
        "box.value = 'その 17'; box.dispatchEvent(new Event('input', {bubbles: true})); return performance.now() - at"
    )
    assert browser.execute_script(box) < 1000
    assert "のうち" in browser.find_element(By.CSS_SELECTOR, "[role=status]").text


def test_charts_say_in_words_what_they_show(browser: webdriver.Chrome, tmp_path: Path) -> None:  # noqa: F811
    show(browser, tmp_path, made(rich()))
    said = [each.get_attribute("aria-label") for each in browser.find_elements(By.CSS_SELECTOR, "figure svg[role]")]
    assert len(said) == 2
    assert "2025年11月 9、" in said[0]
    assert said[1] == "残っている指摘は、2026-09-06 の 231 件から 2026-11-22 の 186 件に。"
    assert browser.find_element(By.CSS_SELECTOR, "html").get_attribute("lang") == "ja"
