"""200 labels that mean something to Graphviz, SVG, HTML, Mermaid or PlantUML, and ids like their words.

Each is drawn as it is written, as a node, an arrow and a group, in every form, or refused with a sentence that
names it. Nothing of it runs in a browser or makes it ask for anything.
"""

from __future__ import annotations

import io
import json
import re
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from diagram.hostile_labels import EVIL, HOSTILE, PAGES, hostile, plain, written
from diagram.kit import SVG, parsed, read
from diagram.test_mermaid_in_browser import page, rendered  # noqa: F401 -- page is a fixture
from lint.test_formats_html import browser, network, requests  # noqa: F401 -- browser is a fixture
from PIL import Image
from selenium import webdriver

from kb.diagram.build import build_pictures
from kb.diagram.draw.dot import render_dot
from kb.diagram.draw.scene import DiagramScene, SceneCard, SceneLine
from kb.diagram.draw.views import layout_views
from kb.diagram.draw.wiki import explain_too_large, render_mermaid, render_plantuml
from kb.errors import ConfigError

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pictures of all of them, drawn once."""
    folder = tmp_path_factory.mktemp("hostile")
    build_pictures(layout_views(hostile()), folder)
    return folder


def svgs(out: Path) -> str:
    return "".join(path.read_text("utf-8") for path in sorted(out.glob("*.svg")))


def said(svg: str, kind: str) -> dict[str, str]:
    """What nodes, edges or clusters of a picture say, by id."""
    found = {}
    for part in parsed(svg).iter(f"{SVG}g"):
        if part.get("class") == kind:
            words = "".join("".join(text.itertext()) for text in part.iter(f"{SVG}text"))
            found[(part.get("id") or "").removeprefix("kb-")] = plain(words)
    return found


def test_there_are_two_hundred() -> None:
    assert len(set(HOSTILE)) == 200
    assert hostile() == hostile()


@needs_dot
@pytest.mark.parametrize("number", [0, 1])
def test_the_svg_says_what_is_written_of_nodes_arrows_and_groups(out: Path, number: int) -> None:
    svg = (out / f"v{number}.svg").read_text("utf-8")
    labels = PAGES[number]
    assert said(svg, "node") == {f"n{number}-{at:02}": plain(f"{label}担当{label}") for at, label in enumerate(labels)}
    assert said(svg, "edge") == {
        f"n{number}-{at:02}.to.n{number}-{(at + 1) % len(labels):02}": plain(label) for at, label in enumerate(labels)
    }
    groups = {f"v{number}-{at}": plain(labels[at * 10]) for at in range(10)}
    assert said(svg, "cluster") == {f"v{number}": plain(labels[0]), **groups}
    titles = [title.text or "" for title in parsed(svg).iter(f"{SVG}title")]
    assert {plain(f"{label}\n担当: {label}") for label in labels} <= set(map(plain, titles))
    assert not [part for part in parsed(svg).iter() if part.tag == f"{SVG}script"]
    assert not [name for part in parsed(svg).iter() for name in part.attrib if name.lower().startswith("on")]


@needs_dot
def test_the_png_has_ink_where_each_of_them_stands(out: Path) -> None:
    for number in (0, 1):
        root = parsed((out / f"v{number}.svg").read_text("utf-8"))
        left, top, width, _ = map(float, root.get("viewBox", "").split())
        transform = next(root.iter(f"{SVG}g")).get("transform", "")
        shift = [float(each) for each in re.findall(r"translate\(([-\d.]+) ([-\d.]+)\)", transform)[0]]
        with Image.open(io.BytesIO((out / f"v{number}.png").read_bytes())) as image:
            grey = image.convert("L")
        scale = grey.width / width
        empty = [
            "".join(text.itertext())
            for text in root.iter(f"{SVG}text")
            if plain("".join(text.itertext())) and not inked(grey, text_box(text, shift, scale))
        ]
        assert (left, top, empty) == (0, 0, [])


def text_box(text: object, shift: list[float], scale: float) -> tuple[int, int, int, int]:
    """Where the first two characters of a text stand in the picture, in points of it."""
    get = text.get  # type: ignore[attr-defined]
    size, x, base = float(get("font-size", "0")), float(get("x", "0")) + shift[0], float(get("y", "0")) + shift[1]
    start = x - size if get("text-anchor") == "middle" else x
    box = (start, base - size, start + 2 * size, base + size / 4)
    return tuple(round(edge * scale) for edge in box)  # type: ignore[return-value]


def inked(grey: Image.Image, box: tuple[int, int, int, int]) -> bool:
    """Whether at least one row of points in the box holds dark ones."""
    darkest, _ = grey.crop(box).getextrema()
    return bool(darkest < 150)  # type: ignore[operator]


@needs_dot
def test_nothing_of_them_runs_or_fetches_in_a_browser(browser: webdriver.Chrome, out: Path) -> None:  # noqa: F811
    for name in ("v0.svg", "v1.svg", "v0.html", "v1.html"):
        for log in ("performance", "browser"):
            browser.get_log(log)
        browser.get((out / name).as_uri())
        asked = [url for url in requests(browser) if not url.startswith("data:")]
        assert asked == [(out / name).as_uri()]
        assert network(browser, "loadingFailed") == []
        assert browser.get_log("browser") == []
        assert browser.execute_script("return window.kbRan") is None
        labels = PAGES[int(name[1])]
        words = browser.execute_script(
            "return [...document.querySelectorAll('g.node')].map((node) => node.querySelectorAll('text')).map("
            "(lines) => [...lines].map((line) => line.textContent).join(''))"
        )
        assert sorted(map(plain, words)) == sorted(plain(f"{label}担当{label}") for label in labels)


@needs_dot
def test_the_search_of_the_page_finds_each_by_its_words_and_lists_it_literally(
    browser: webdriver.Chrome,  # noqa: F811
    out: Path,
) -> None:
    browser.get((out / "v0.html").as_uri())
    found = browser.execute_script(
        "const words = document.querySelector('input[type=search]');"
        "return arguments[0].map((label) => { words.value = label; words.dispatchEvent(new Event('input'));"
        "return [...document.querySelectorAll('.hits button')].map((button) => button.textContent); })",
        PAGES[0],
    )
    assert [label for label, names in zip(PAGES[0], found, strict=True) if label not in names] == []
    assert browser.execute_script("return [window.kbRan, document.querySelectorAll('.hits img, .hits b').length]") == [
        None,
        0,
    ]


@pytest.mark.node
def test_mermaid_itself_draws_each_of_them(page: webdriver.Chrome) -> None:  # noqa: F811
    for number, picture in enumerate(layout_views(hostile())):
        (scene,) = picture.scenes
        assert explain_too_large(render_mermaid(scene), scene) is None
        nodes, arrows = rendered(page, render_mermaid(scene))
        assert sorted(map(plain, nodes)) == sorted(map(plain, PAGES[number]))
        assert sorted(map(plain, arrows)) == sorted(map(plain, PAGES[number]))
    assert page.execute_script("return [window.kbRan, document.querySelectorAll('#out img, #out script').length]") == [
        None,
        0,
    ]


def unmarked(text: str) -> str:
    """What PlantUML makes of kb's words: characters by their numbers."""
    return re.sub(r"<U\+([0-9A-F]{4,6})>", lambda found: chr(int(found[1], 16)), text)


def test_plantuml_gets_them_without_any_mark_of_its_own() -> None:
    for number, picture in enumerate(layout_views(hostile())):
        (scene,) = picture.scenes
        lines = render_plantuml(scene).splitlines()
        assert [line for line in lines if line.lstrip().startswith(("@", "!"))] == ["@startuml", "@enduml"]
        quoted = [found[1] for line in lines if (found := re.match(r'\s*rectangle "([^"]*)" as n\d+$', line))]
        arrows = [line.partition(" : ")[2] for line in lines if re.match(r"n\d+ -->", line)]
        for words in (quoted, arrows):
            assert sorted(plain(unmarked(word)) for word in words) == sorted(map(plain, PAGES[number]))
            bare = re.sub(r"<U\+[0-9A-F]+>", "", "\n".join(words))
            assert not re.search(r'["\\<>*~`\[\]{}|#%$@!]|--|//|__|==', bare)


def test_dot_gets_every_word_inside_quotes_or_as_entities() -> None:
    for number, picture in enumerate(layout_views(hostile())):
        text = render_dot(picture.scenes[0], {})
        assert text.count(" [label=<<TABLE") == len(PAGES[number])
        assert text.count(" -> ") == len(PAGES[number])
        assert "<script" not in text
        assert not re.search(r"(?<!&#92;)\\[NGETHL]", text)


# -- ids ------------------------------------------------------------------------------------------

WORDS = [
    "node", "edge", "graph", "digraph", "subgraph", "strict", "end", "click", "class", "style", "default", "o", "x",
    "picture", "cards", "all", "page-all", "kb", "to", "0", "1e5", "007", "a-", "a--b", "a-to-b", "null", "true",
    "constructor", "cluster", "symbols", "icon-ec2", "a" * 60,
]  # fmt: skip


@needs_dot
def test_ids_that_are_words_of_the_forms_are_ids_like_any_other(tmp_path: Path) -> None:
    nodes = "".join(f'[[node]]\nid = "{name}"\ngroup = "g-{name[:50]}"\n' for name in WORDS)
    groups = "".join(f'[[group]]\nid = "g-{name[:50]}"\nlabel = "同じ名前"\n' for name in WORDS)
    edges = "".join(
        f'[[edge]]\nfrom = "{one}"\nto = "{other}"\n{how}\n'
        for one, other in pairwise(WORDS)
        for how in ('label = "呼ぶ"', "sync = false")
    )
    build_pictures(
        layout_views(read(nodes + groups + edges + '[[view]]\nid = "graph"\nform = ["svg", "html"]\n')), tmp_path
    )
    svg = (tmp_path / "graph.svg").read_text("utf-8")
    assert said(svg, "node") == {name: name for name in WORDS}
    assert said(svg, "cluster") == {f"g-{name[:50]}": "同じ名前" for name in WORDS}
    for text in (svg, (tmp_path / "graph.html").read_text("utf-8")):
        ids = re.findall(r' id="([^"]*)"', text)
        assert len(ids) == len(set(ids))
        assert len([name for name in ids if ".to." in name]) == 2 * (len(WORDS) - 1)


@pytest.mark.parametrize(
    "name",
    ["-", "", "A", "api:8080", "a b", "日本", "a.b", "a/b", "../x", "_page.x", "\\N", '"', "<b>", "a->b", "a" * 61,
     "__proto__", "javascript:x", "x;y", "ａ"],
)  # fmt: skip
def test_other_ids_are_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(f'[[node]]\nid = "ok"\n[[node]]\nid = {written(name)}\n')
    assert name[:40] in str(caught.value)
    assert "diagrams/system.toml 4 行目" in str(caught.value)
    assert "英小文字" in str(caught.value)


# -- what nobody can see --------------------------------------------------------------------------

INVISIBLE = [
    "\x00", "\x07", "\x08", "\x1b[31m", "\x7f", "\x85", "\x9b", "\n", "\t", "\r\n", "\u200b", "\u200e", "\u200f",
    "\u202e", "\u2028", "\u2060", "\u2066", "\u061c", "\ufeff", "\ufffe", "\U000e0041",
]  # fmt: skip


@pytest.mark.parametrize("mark", INVISIBLE, ids=ascii)
def test_what_cannot_be_seen_is_refused_with_the_name_of_its_field(mark: str) -> None:
    escaped = "".join(f"\\U{ord(one):08x}" for one in mark)
    for table, field in (("node", "label"), ("node", "owner"), ("group", "label"), ("view", "label")):
        with pytest.raises(ConfigError) as caught:
            read(f'[[{table}]]\nid = "a"\n{field} = "配信{escaped}系"\n')
        assert field in str(caught.value)
        assert mark.strip() == "" or mark not in str(caught.value)


@pytest.mark.parametrize("blank", [" ", "\u3000", "\u3164", "\u00ad", "\u115f\u1160", "\u200d", "\u2800"], ids=ascii)
def test_a_label_of_blanks_alone_is_refused(blank: str) -> None:
    for table in ("node", "group"):
        with pytest.raises(ConfigError, match="見える文字がありません"):
            read(f'[[{table}]]\nid = "a"\nlabel = {json.dumps(blank)}\n')


@pytest.mark.parametrize(
    "url",
    [f"javascript:{EVIL}", f"https:{EVIL}", f"data:text/html,<script>{EVIL}</script>", "file:///etc/passwd",
     "http://x.example/", 'https://x.example/"onclick="x', "https://user:word@x.example/", "//x.example", "https://[x"],
)  # fmt: skip
def test_links_that_are_not_https_are_refused(url: str) -> None:
    for field in ("runbook", "repo"):
        with pytest.raises(ConfigError, match=f"{field} は https://"):
            read(f'[[node]]\nid = "a"\n{field} = {written(url)}\n')


def test_a_scene_made_by_hand_is_literal_too() -> None:
    scene = DiagramScene(
        "s", r"\G", cards=(SceneCard("a", r"\N"), SceneCard("b", "<b>")), lines=(SceneLine("a", "b", r"\E"),)
    )
    assert r"&#92;&#92;N" in render_dot(scene, {})
    assert r"&#92;&#92;G" in render_dot(scene, {})
    assert "&lt;b&gt;" in render_dot(scene, {})
