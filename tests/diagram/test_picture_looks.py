"""How pictures look: every word is there as ink and in one piece, and nothing is a strip nobody can read."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from diagram.kit import SVG, parsed, system
from diagram.test_hostile_labels import inked, plain, text_box
from PIL import Image

from kb.diagram import graphviz
from kb.diagram.build import build_pictures
from kb.diagram.draw.dot import label_width, render_dot
from kb.diagram.draw.scene import DiagramScene, SceneBox, SceneCard, SceneLine
from kb.diagram.draw.svg import finish_svg
from kb.diagram.draw.views import layout_views
from kb.diagram.model.nouns import Edge, Model, Node, SystemView

pytestmark = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


def drawn(scene: DiagramScene) -> ET.Element:
    raw = graphviz.draw_dot(
        render_dot(scene, {}, font=graphviz.find_japanese_font()), None, name=scene.id, with_png=False
    ).svg
    return parsed(finish_svg(raw, scene, {}, ""))


def sides(root: ET.Element) -> tuple[float, float]:
    _, _, across, down = map(float, root.get("viewBox", "").split())
    return across, down


def shift(root: ET.Element) -> list[float]:
    """What the whole graph is moved by."""
    words = next(root.iter(f"{SVG}g")).get("transform", "").partition("translate(")[2].partition(")")[0]
    return [float(word) for word in words.split()]


def test_every_label_of_sixty_nodes_is_ink_in_the_png(tmp_path: Path) -> None:
    build_pictures(layout_views(replace(system(60), views=(SystemView("all", form=("svg", "png")),))), tmp_path)
    root = parsed((tmp_path / "all.svg").read_text("utf-8"))
    moved, (across, down) = shift(root), sides(root)
    with Image.open(tmp_path / "all.png") as image:
        grey = image.convert("L")
    seen = 0
    for node in root.iter(f"{SVG}g"):
        if node.get("class") not in ("node", "edge", "cluster"):
            continue
        for text in node.iter(f"{SVG}text"):
            if plain("".join(text.itertext())):
                assert inked(grey, text_box(text, moved, grey.width / across)), "".join(text.itertext())
                seen += 1
    assert seen > 120  # a name and a kind each, and what arrows and groups say
    white = Image.new("L", grey.size, 255)
    assert not inked(white, (0, 0, 50, 50))
    assert grey.height / down == pytest.approx(grey.width / across, rel=0.01)


def test_no_word_reaches_over_the_edge_of_the_picture() -> None:
    for scene in layout_views(system(120))[0].scenes:
        root = drawn(scene)
        moved, (across, down) = shift(root), sides(root)
        for text in root.iter(f"{SVG}text"):
            size, x, y = (float(text.get(key, "0")) for key in ("font-size", "x", "y"))
            long = label_width("".join(text.itertext())) * size / 2
            start = x + moved[0] - (long / 2 if text.get("text-anchor") == "middle" else 0)
            assert start >= 0
            assert start + long <= across + size
            assert size <= y + moved[1] <= down


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_what_no_arrow_touches_stands_side_by_side(direction: str) -> None:
    nodes = tuple(Node(f"n{number:02}", f"配信サーバー {number}") for number in range(60))
    model = Model(nodes=nodes, edges=(Edge("n00", "n01"),), views=(SystemView("all", direction=direction),))
    root = drawn(layout_views(model)[0].scenes[0])
    across, down = sides(root)
    assert 0.4 < across / down < 2.5
    assert [part.get("id") for part in root.iter(f"{SVG}g") if part.get("class") == "edge"] == ["kb-n00.to.n01"]


def test_the_overview_of_many_groups_is_no_strip() -> None:
    scene = layout_views(system(2000, groups=100))[0].scenes[0]
    across, down = sides(drawn(scene))
    assert down < 3 * across


def test_the_remark_stands_clear_of_the_title() -> None:
    scene = layout_views(system(1000))[0].scenes[0]
    lines = [text for text in drawn(scene).iter(f"{SVG}text") if "".join(text.itertext()) in (scene.title, scene.note)]
    title, note = (float(text.get("y", "0")) for text in lines)
    assert note - title >= 15


def words_of(root: ET.Element, kind: str) -> list[ET.Element]:
    """The lines of text of the first node, edge or cluster."""
    part = next(part for part in root.iter(f"{SVG}g") if part.get("class") == kind)
    return list(part.iter(f"{SVG}text"))


def test_the_lines_of_a_card_stand_clear_of_each_other() -> None:
    """MySQL's Q reaches below its line, where 「終」 began: Graphviz put lines of ten points ten apart."""
    card = SceneCard("a", "旧システム", detail="MySQL", mark="終了予定 2027-03-31")
    heights = [float(text.get("y", "0")) for text in words_of(drawn(DiagramScene("s", "t", cards=(card,))), "node")]
    assert len(heights) == 3
    assert heights[2] - heights[1] >= 11.9


def test_a_title_of_two_lines_can_be_read() -> None:
    title = "広告配信システムとその周辺の、とても長い題名がついている構成図"
    lines = list(drawn(DiagramScene("s", title)).iter(f"{SVG}text"))
    assert "".join("".join(line.itertext()) for line in lines) == title
    assert float(lines[1].get("y", "0")) - float(lines[0].get("y", "0")) >= 20


def test_the_lines_of_a_group_begin_below_each_other() -> None:
    box = SceneBox("g", "二段目のグループ（とても長い名前のグループなので枠からはみ出さないかを見る）")
    scene = DiagramScene("s", "t", boxes=(box,), cards=(SceneCard("a", "い", box="g"),))
    lines = words_of(drawn(scene), "cluster")
    assert len(lines) == 2
    assert len({text.get("x") for text in lines}) == 1


def test_the_words_of_an_arrow_that_runs_down_stand_beside_it() -> None:
    line = SceneLine("a", "b", "https")
    root = drawn(DiagramScene("s", "t", "TB", cards=(SceneCard("a", "あ"), SceneCard("b", "い")), lines=(line,)))
    (text,) = words_of(root, "edge")
    edge = next(part for part in root.iter(f"{SVG}g") if part.get("class") == "edge")
    path = next(edge.iter(f"{SVG}path")).get("d", "")
    across = [float(point.split(",")[0]) for point in re.findall(r"[-\d.]+,[-\d.]+", path)]
    left = float(text.get("x", "0"))
    if text.get("text-anchor") == "middle":
        left -= label_width("https") * 5 / 2
    assert left - max(across) >= 2


def test_a_view_of_nothing_says_so(tmp_path: Path) -> None:
    model = Model(nodes=(Node("a"),), views=(SystemView("none", tags=("x",), form=("svg",)),))
    built = build_pictures(layout_views(model), tmp_path)
    assert [str(note).partition("（")[0] for note in built.notes] == ["ビュー none に当てはまるノードがありません"]
    said = parsed((tmp_path / "none.svg").read_text("utf-8"))
    assert "当てはまるノードがありません" in ["".join(text.itertext()) for text in said.iter(f"{SVG}text")]
