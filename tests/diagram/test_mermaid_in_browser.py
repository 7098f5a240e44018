"""Mermaid's own program, in Chromium, on the texts kb writes: at its limits, and with every label literal."""

from __future__ import annotations

import base64
import hashlib
import tarfile
from itertools import pairwise

import node
import pytest
from diagram.kit import system
from diagram.test_build import HOSTILE, plain
from diagram.test_pictures_as_text import filled
from lint.test_formats_html import browser  # noqa: F401 -- a fixture
from selenium import webdriver

from kb.diagram.draw.scene import DiagramScene, DriftRow, SceneCard, SceneDrift, SceneLine
from kb.diagram.draw.views import layout_views
from kb.diagram.draw.wiki import explain_too_large, render_mermaid

VERSION = "11.17.2"
INTEGRITY = "V6K3C8EBdEsPFZXSKMJe6ppQOENxuHARr9GvHX4hh47lAbhMRD9qf4oEK7LoaRQxULMa80/qt5gHO73aCleBBg=="
pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, browser: webdriver.Chrome) -> webdriver.Chrome:  # noqa: F811
    """A page with Mermaid in it, at the version these tests were written for."""
    folder = tmp_path_factory.mktemp("mermaid")
    node.run("npm", "pack", f"mermaid@{VERSION}", "--ignore-scripts", "--loglevel=error", cwd=folder, check=True)
    packed = folder / f"mermaid-{VERSION}.tgz"
    assert base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode() == INTEGRITY
    with tarfile.open(packed) as archive:
        archive.extract("package/dist/mermaid.min.js", folder, filter="data")
    (folder / "page.html").write_text(
        "<!doctype html><meta charset=utf-8><div id=out></div><script src=package/dist/mermaid.min.js></script>"
    )
    browser.set_script_timeout(120)
    browser.get((folder / "page.html").as_uri())
    browser.execute_script("mermaid.initialize({startOnLoad: false})")
    return browser


def rendered(page: webdriver.Chrome, text: str) -> tuple[list[str], list[str]]:
    """The labels Mermaid drew, of nodes and of arrows; its complaint stands for both."""
    script = (
        "const done = arguments[1]; mermaid.render('picture', arguments[0]).then(({svg}) => {"
        "const out = document.getElementById('out'); out.innerHTML = svg;"
        "const words = (what) => [...out.querySelectorAll(what)].map((each) => each.textContent);"
        "const nodes = words('g.node .nodeLabel'); done([nodes, nodes.length ? words('.edgeLabel p') : words('text')]);"
        "}, (error) => done([[], [String(error)]]))"
    )
    nodes, lines = page.execute_async_script(script, text)
    return nodes, lines


def test_sixty_nodes_with_links_are_drawn(page: webdriver.Chrome) -> None:
    (scene,) = layout_views(system(60))[0].scenes
    nodes, _ = rendered(page, render_mermaid(scene))
    assert len(nodes) == 60
    links = "return [...document.querySelectorAll('#out a')].map((each) => each.getAttribute('xlink:href'))"
    assert "https://docs.esa.example/posts/7" in page.execute_script(links)


def test_every_label_is_drawn_as_it_is_written(page: webdriver.Chrome) -> None:
    cards = tuple(SceneCard(f"c{number:02}", label) for number, label in enumerate(HOSTILE))
    lines = tuple(SceneLine(one.id, other.id, one.label) for one, other in pairwise(cards))
    nodes, arrows = rendered(page, render_mermaid(DiagramScene("s", "t", cards=cards, lines=lines)))
    assert sorted(map(plain, nodes)) == sorted(plain(label) for label in HOSTILE)
    assert sorted(map(plain, arrows)) == sorted(plain(line.label) for line in lines)
    assert page.execute_script("return document.querySelectorAll('#out script, #out b, #out em').length") == 0


def test_what_differs_has_its_sign_and_its_frame(page: webdriver.Chrome) -> None:
    drift = SceneDrift((DriftRow("SYS246", "レプリカが切れています", 3), DriftRow("SYS222", "監視なし", 2)))
    cards = (SceneCard("a", "一時保管", drift=drift), SceneCard("b", "検索"))
    nodes, _ = rendered(page, render_mermaid(DiagramScene("s", "t", cards=cards)))
    assert nodes == ["▲2 一時保管", "検索"]
    script = "return [...document.querySelectorAll('#out g.node rect')].map((each) => getComputedStyle(each).stroke)"
    assert page.execute_script(script)[0] == "rgb(207, 34, 46)"


@pytest.mark.parametrize(("characters", "fine"), [(49_999, True), (50_001, False)])
def test_kb_and_mermaid_agree_on_how_much_text_is_too_much(page: webdriver.Chrome, characters: int, fine: bool) -> None:
    text, scene = filled(characters)
    assert (explain_too_large(text, scene) is None) is fine
    nodes, _ = rendered(page, text)
    if fine:
        assert len(nodes) == len(scene.cards)
    else:
        assert nodes == ["Maximum text size in diagram exceeded"]  # a picture of its own, and no error


@pytest.mark.parametrize(("arrows", "fine"), [(500, True), (501, False)])
def test_kb_and_mermaid_agree_on_how_many_arrows_are_too_many(page: webdriver.Chrome, arrows: int, fine: bool) -> None:
    # Forty pairs and the same pair again and again: what counts is how many arrows there are.
    cards = tuple(SceneCard(f"c{number}", "x") for number in range(40))
    pairs = [(one.id, other.id) for one in cards for other in cards if one.id < other.id][:arrows]
    scene = DiagramScene("s", "t", cards=cards, lines=tuple(SceneLine(*pair) for pair in pairs))
    assert len(scene.lines) == arrows
    assert (explain_too_large(render_mermaid(scene), scene) is None) is fine
    # Read, and not drawn: that is where Mermaid counts, and five hundred arrows take ten seconds to draw.
    script = "const done = arguments[1]; mermaid.parse(arguments[0]).then(() => done(''), (error) => done(`${error}`))"
    said = page.execute_async_script(script, render_mermaid(scene))
    assert (said == "") is fine
    assert fine or "500" in said or "edges" in said


def test_what_is_not_mermaid_is_noticed_by_this_test(page: webdriver.Chrome) -> None:
    assert rendered(page, "flowchart LR\n  a[")[0] == []
