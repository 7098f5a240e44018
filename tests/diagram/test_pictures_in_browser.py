"""SVG and HTML in a real Chromium: they show without asking for anything, are searched, zoomed and walked through."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from diagram.kit import system
from lint.test_formats_html import browser, network, requests  # noqa: F401 -- browser is a fixture
from selenium import webdriver
from selenium.webdriver.common.keys import Keys

from kb.diagram.build import build_pictures
from kb.diagram.draw.views import layout_views
from kb.diagram.model.nouns import SystemView

pytestmark = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sixty")
    build_pictures(layout_views(replace(system(60), views=(SystemView("all", form=("svg", "html")),))), out)
    return out


def opened(browser: webdriver.Chrome, path: Path) -> None:  # noqa: F811
    browser.set_window_size(1400, 900)
    for log in ("performance", "browser"):
        browser.get_log(log)
    browser.get(path.as_uri())


def hits(browser: webdriver.Chrome) -> list[str]:  # noqa: F811
    script = "return [...document.querySelectorAll('.node.hit')].map((node) => node.id)"
    return sorted(browser.execute_script(script))


def view_box(browser: webdriver.Chrome) -> list[float]:  # noqa: F811
    script = "return document.querySelector('.page:not([hidden]) svg').getAttribute('viewBox')"
    return [float(number) for number in browser.execute_script(script).split()]


def test_a_picture_shows_with_its_icons_wherever_it_is_moved(
    browser: webdriver.Chrome,  # noqa: F811
    sixty: Path,
    tmp_path: Path,
) -> None:
    moved = tmp_path / "elsewhere" / "moved.svg"
    moved.parent.mkdir()
    shutil.copy(sixty / "all.svg", moved)
    opened(browser, moved)
    asked = [url for url in requests(browser) if not url.startswith("data:")]
    assert asked == [moved.as_uri()]
    assert network(browser, "loadingFailed") == []
    assert browser.get_log("browser") == []
    sizes = browser.execute_script("return [...document.querySelectorAll('use')].map((use) => use.getBBox().width)")
    assert len(sizes) == 60
    assert min(sizes) > 20
    assert browser.execute_script("return document.querySelectorAll('a').length") == 60


def test_as_an_image_of_a_page_it_has_its_icons_too(
    browser: webdriver.Chrome,  # noqa: F811
    sixty: Path,
    tmp_path: Path,
) -> None:
    page = tmp_path / "wiki.html"
    shutil.copy(sixty / "all.svg", tmp_path / "all.svg")
    page.write_text('<!doctype html><canvas></canvas><img src="all.svg">')
    opened(browser, page)
    assert browser.execute_script("return document.images[0].naturalWidth") > 500
    picture = (sixty / "all.svg").read_text("utf-8")
    opened(browser, tmp_path / "all.svg")
    box = browser.execute_script(
        "const box = document.querySelector('use').getBoundingClientRect();"
        "return [box.x + scrollX, box.y + scrollY, box.width, box.height]"
    )
    opened(browser, page)
    colours = browser.execute_script(
        "const [x, y, w, h] = arguments[0]; const image = new Image();"
        "image.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(arguments[1]);"
        "return image.decode().then(() => { const canvas = document.querySelector('canvas');"
        "canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;"
        "const pen = canvas.getContext('2d'); pen.drawImage(image, 0, 0);"
        "const points = pen.getImageData(x, y, w, h).data; const seen = new Set();"
        "for (let at = 0; at < points.length; at += 4) seen.add(points.slice(at, at + 3).join());"
        "return seen.size; })",
        box,
        picture,
    )
    assert colours > 5


def test_no_two_cards_lie_on_each_other_and_words_stay_inside(
    browser: webdriver.Chrome,  # noqa: F811
    sixty: Path,
) -> None:
    opened(browser, sixty / "all.svg")
    boxes = browser.execute_script(
        "return [...document.querySelectorAll('.node')].map((node) => {"
        "const card = node.querySelector('path').getBBox();"
        "const words = [...node.querySelectorAll('text')].map((text) => text.getBBox());"
        "return [card.x, card.y, card.x + card.width, card.y + card.height,"
        " Math.max(...words.map((word) => word.x + word.width)), Math.min(...words.map((word) => word.x))]; })"
    )
    assert len(boxes) == 60
    for at, one in enumerate(boxes):
        assert one[0] + 8 <= one[5]
        assert one[4] + 8 <= one[2]
        for other in boxes[at + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one, other)


def test_the_page_finds_what_is_asked_in_any_width_and_goes_there(
    browser: webdriver.Chrome,  # noqa: F811
    sixty: Path,
) -> None:
    opened(browser, sixty / "all.html")
    assert browser.title == "広告配信システム"
    words = browser.find_element("css selector", "input[type=search]")
    words.send_keys("ＲＥＤＩＳ")
    assert hits(browser) == [f"p0-n{number:04}" for number in range(2, 60, 12)]
    assert "5 件" in browser.find_element("css selector", ".found").text
    links = [each.get_attribute("href") for each in browser.find_elements("css selector", ".hits a")]
    assert links[0] == "https://docs.esa.example/posts/2"
    words.send_keys(Keys.ENTER)
    whole = browser.execute_script("return [innerWidth, innerHeight]")
    here = browser.execute_script(
        "const box = document.querySelector('.node.here').getBoundingClientRect(); return [box.x, box.y]"
    )
    assert 0 < here[0] < whole[0]
    assert 0 < here[1] < whole[1]
    words.send_keys(Keys.BACKSPACE * 5 + "基盤チーム")
    assert len(hits(browser)) == 30
    words.send_keys(Keys.BACKSPACE * 5 + "<img src=x onerror=alert(1)>")
    assert hits(browser) == []
    asked = [url for url in requests(browser) if not url.startswith("data:")]
    assert asked == [(sixty / "all.html").as_uri()]
    assert browser.get_log("browser") == []


def test_the_page_zooms_by_wheel_and_by_buttons_and_comes_back(
    browser: webdriver.Chrome,  # noqa: F811
    sixty: Path,
) -> None:
    opened(browser, sixty / "all.html")
    browser.find_element("css selector", "[data-zoom=all]").click()
    whole = view_box(browser)
    browser.find_element("css selector", "[data-zoom=in]").click()
    nearer = view_box(browser)
    assert nearer[2] < whole[2]
    assert nearer[2] / nearer[3] == pytest.approx(whole[2] / whole[3], rel=0.01)
    wheel = (
        "document.querySelector('.page svg').dispatchEvent(new WheelEvent('wheel',"
        "{deltaY: -100, clientX: 700, clientY: 400, cancelable: true}))"
    )
    browser.execute_script(wheel)
    assert view_box(browser)[2] < nearer[2]
    browser.find_element("css selector", "[data-zoom=all]").click()
    assert view_box(browser) == pytest.approx(whole, abs=0.01)


def test_an_overview_leads_to_its_pages(browser: webdriver.Chrome, tmp_path: Path) -> None:  # noqa: F811
    build_pictures(layout_views(replace(system(120), views=(SystemView("all", form=("html",)),))), tmp_path)
    opened(browser, tmp_path / "all.html")
    shown = "return document.querySelector('.page:not([hidden])').dataset.page"
    assert browser.execute_script(shown) == "all"
    browser.execute_script(
        "document.querySelector('#p0-g03 a').dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )
    browser.execute_async_script("setTimeout(arguments[0], 50)")
    assert browser.execute_script(shown) == "all.g03"
    browser.find_element("css selector", "input[type=search]").send_keys("n0001" + Keys.ENTER)
    assert browser.execute_script(shown) == "all.g01"
    assert browser.get_log("browser") == []


def test_on_a_telephone_the_page_begins_where_it_can_be_read(browser: webdriver.Chrome, sixty: Path) -> None:  # noqa: F811
    emulation = {"width": 375, "height": 812, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", emulation)
    try:
        browser.get((sixty / "all.html").as_uri())
        heights, titles = browser.execute_script(
            "const lines = [...document.querySelectorAll('.page:not([hidden]) .node text')];"
            "const said = [...document.querySelectorAll('h1, .page:not([hidden]) text')]"
            ".filter((each) => each.textContent === document.title && each.checkVisibility());"
            "return [lines.map((line) => line.getBoundingClientRect().height), said.length]"
        )
        assert min(heights) >= 10
        assert titles == 1
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
