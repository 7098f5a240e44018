"""What is drawn, before anything is drawn: views, pages, DOT, Mermaid and PlantUML as text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from diagram.kit import KINDS, read, shuffling, system, toml
from hypothesis import example, given
from hypothesis import strategies as st

from kb.diagram.draw import wiki as mermaid_form
from kb.diagram.draw.dot import label_width, render_dot, wrap_label
from kb.diagram.draw.scene import DiagramPicture, DiagramScene, SceneBox, SceneCard, SceneLine
from kb.diagram.draw.views import MAX_LINES, MAX_NODES, layout_views
from kb.diagram.draw.wiki import explain_too_large, render_mermaid, render_plantuml
from kb.diagram.model.nouns import AlertChannel, Model, Node, SystemView

THREE = """
[[group]]
id = "aws"
[[group]]
id = "delivery"
label = "配信"
parent = "aws"
[[node]]
id = "api"
label = "配信 API"
kind = "ec2"
group = "delivery"
count = "2..6"
tags = ["24h"]
[[node]]
id = "db"
kind = "rds"
group = "aws"
lifecycle = "retiring"
until = 2027-03-31
[[node]]
id = "old"
kind = "ec2"
group = "aws"
lifecycle = "retired"
[[node]]
id = "vps"
kind = "vps"
lifecycle = "unknown"
[[edge]]
from = "api"
to = "db"
label = "読む"
proto = "MySQL"
[[edge]]
from = "db"
to = "vps"
sync = false
[[channel]]
id = "alert"
label = "#ad-alert"
of = ["aws"]
"""


def one(view: str = "") -> DiagramScene:
    (picture,) = layout_views(read(THREE + view))
    (scene,) = picture.scenes
    return scene


def test_a_card_says_what_a_node_is_and_what_is_worth_seeing() -> None:
    api, db, vps = one().cards
    assert (api.label, api.detail, api.box) == ("配信 API", "EC2 × 2〜6・24h", "delivery")
    assert (db.label, db.mark, db.faded) == ("db", "終了予定 2027-03-31", True)
    assert vps.mark == "要確認"


def test_what_is_retired_is_not_drawn() -> None:
    assert "old" not in [card.id for card in one().cards]


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        ("", ["api", "db", "vps"]),
        ('groups = ["aws"]', ["api", "db"]),
        ('groups = ["delivery"]', ["api"]),
        ('kinds = ["rds", "vps"]', ["db", "vps"]),
        ('tags = ["24h"]', ["api"]),
        ('groups = ["aws"]\nkinds = ["rds"]', ["db"]),
        ('nodes = ["vps"]', ["vps"]),
        ('nodes = ["vps"]\nhops = 1', ["db", "vps"]),
        ('nodes = ["vps"]\nhops = 9', ["api", "db", "vps"]),
        ('tags = ["none"]', []),
        ('nodes = ["api"]\nchannels = true', ["api", "alert"]),
    ],
)
def test_a_view_shows_what_it_asks_for(view: str, shown: list[str]) -> None:
    assert [card.id for card in one(f'[[view]]\nid = "v"\n{view}\n').cards] == shown


def test_groups_around_what_is_shown_are_drawn_and_empty_ones_are_not() -> None:
    assert [(box.id, box.parent) for box in one('[[view]]\nid="v"\nnodes=["api"]\n').boxes] == [
        ("aws", ""),
        ("delivery", "aws"),
    ]
    assert one('[[view]]\nid="v"\nnodes=["vps"]\n').boxes == ()


def test_edges_say_their_protocol_and_whether_anybody_waits() -> None:
    assert one().lines == (SceneLine("api", "db", "読む (MySQL)"), SceneLine("db", "vps", dashed=True))


def test_a_large_model_is_an_overview_and_a_page_a_group() -> None:
    (picture,) = layout_views(system(300))
    overview, *pages = picture.scenes
    assert overview.overview
    assert [card.opens for card in overview.cards] == [page.id for page in pages]
    own = [card.id for page in pages for card in page.cards if not card.aside]
    assert sorted(own) == [node.id for node in system(300).nodes]
    assert max(len(page.cards) for page in pages) <= MAX_NODES
    assert all(page.back == overview.id for page in pages)


def test_an_overview_draws_only_its_strongest_lines_and_says_so() -> None:
    (picture,) = layout_views(system(1000))
    overview = picture.scenes[0]
    assert len(overview.lines) == MAX_LINES
    assert re.fullmatch(r"つながりの少ない \d+ 本の線は省きました", overview.note)
    ends = [frozenset((line.source, line.target)) for line in overview.lines]
    assert len(set(ends)) == len(ends)


def test_a_group_too_large_for_a_page_is_several() -> None:
    model = system(250, groups=1)
    (picture,) = layout_views(model)
    assert [scene.id for scene in picture.scenes] == ["all", "all.g00.1", "all.g00.2", "all.g00.3"]
    loose = Model(nodes=tuple(replace(node, group="") for node in model.nodes))
    assert [scene.id for scene in layout_views(loose)[0].scenes][1:] == ["all._.1", "all._.2", "all._.3"]


def test_channels_stand_on_each_page_whose_alerts_they_get() -> None:
    channel = AlertChannel("alert", "#ad-alert", of=("g00", "n0003"))
    view = SystemView("all", channels=True)
    overview, *pages = layout_views(replace(system(120), channels=(channel,), views=(view,)))[0].scenes
    assert "alert" not in [card.id for card in overview.cards]
    having = [page.id for page in pages if "alert" in [card.id for card in page.cards]]
    assert having == ["all.g00", "all.g03"]
    assert [line.source for line in pages[3].lines if line.target == "alert"] == ["n0003"]


def all_texts(found: tuple[DiagramPicture, ...]) -> list[str]:
    scenes = [scene for picture in found for scene in picture.scenes]
    return [
        form(scene) for scene in scenes for form in (lambda each: render_dot(each, {}), render_mermaid, render_plantuml)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_file_changes_no_byte(seed: int) -> None:
    model = system(130)
    assert all_texts(layout_views(read(toml(model, rng=shuffling(seed))))) == all_texts(layout_views(read(toml(model))))


# -- wrapping ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("配信 API", 24, ["配信 API"]),
        ("kb.plan.propose 変更案", 20, ["kb.plan.propose", "変更案"]),
        ("管理画面のバックアップ（夜間）", 20, ["管理画面の", "バックアップ（夜間）"]),
        ("図にないコンテナが動いています", 26, ["図にないコンテナが", "動いています"]),  # no line begins with が
        ("あ" * 40, 24, ["あ" * 10] * 4),
        ("", 10, [""]),
        ("a" * 50, 24, ["a" * 17, "a" * 17, "a" * 16]),
    ],
)
def test_labels_are_cut_into_even_lines(text: str, columns: int, lines: list[str]) -> None:
    assert wrap_label(text, columns) == lines


@given(st.text("ァあ亜ー）」、。（「 aB-1.", max_size=60), st.integers(8, 30))
@example("（" * 30, 8)
def test_cutting_loses_nothing_and_keeps_to_the_width(text: str, columns: int) -> None:
    lines = wrap_label(text, columns)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(label_width(line) <= columns for line in lines)


@given(
    st.lists(st.sampled_from(["サーバー", "（夜間）", "配信、", "「入札」", "ァ", "ロード"]), min_size=1),
    st.integers(12, 30),
)
def test_no_mark_stands_where_it_may_not(words: list[str], columns: int) -> None:
    lines = wrap_label("".join(words).replace("ァァァ", "ァ"), columns)
    assert not [line for line in lines[1:] if line[0] in "ーァ）」、"]
    assert not [line for line in lines[:-1] if line[-1] in "（「"]


# -- Mermaid ----------------------------------------------------------------------------------------


def filled(characters: int) -> tuple[str, DiagramScene]:
    """A scene whose Mermaid text has just so many characters."""
    cards = [SceneCard(f"c{number:03}", "あ" * 90) for number in range(480)]
    scene = DiagramScene("s", "t", cards=tuple(cards))
    short = characters - len(render_mermaid(scene))
    scene = replace(scene, cards=(*cards[:-1], replace(cards[-1], label="あ" * (90 + short))))
    return render_mermaid(scene), scene


@pytest.mark.parametrize(("characters", "fine"), [(49_999, True), (50_000, True), (50_001, False)])
def test_mermaid_takes_fifty_thousand_characters(characters: int, fine: bool) -> None:
    text, scene = filled(characters)
    assert len(text) == characters
    assert (explain_too_large(text, scene) is None) is fine


def test_characters_are_counted_as_javascript_does() -> None:
    text, scene = filled(49_999)
    assert explain_too_large(text.replace("ああ", "𠮷", 1), scene) is None
    assert "Mermaid の上限 50,000 字" in str(explain_too_large(text + "𠮷", scene))


@pytest.mark.parametrize(("arrows", "fine"), [(500, True), (501, False)])
def test_mermaid_takes_five_hundred_arrows(arrows: int, fine: bool) -> None:
    cards = tuple(SceneCard(f"c{number}", "x") for number in range(30))
    pairs = [(a.id, b.id) for a in cards for b in cards][:arrows]
    scene = DiagramScene("s", "t", cards=cards, lines=tuple(SceneLine(*pair) for pair in pairs))
    assert (explain_too_large(render_mermaid(scene), scene) is None) is fine


def test_mermaid_is_plain_flowchart_with_links() -> None:
    text = render_mermaid(one())
    assert text.startswith("flowchart LR\n")
    assert '|"読む #40;MySQL#41;"|' in text
    assert "-.->" in text
    card = SceneCard("a", "A", url="https://x.jp/?a=1&b=2")
    assert 'click n1 href "https://x.jp/?a=1&b=2"' in render_mermaid(DiagramScene("s", "t", cards=(card,)))


HOSTILE = (
    '"]; end',
    "<b>x</b>",
    "#quot;",
    "a|b",
    "`x`",
    "1. x",
    "- x",
    "%% x",
    "style x:#a;",
    "subgraph",
    "\\N",
    "@enduml",
)


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_breaks_out_of_the_texts(label: str) -> None:
    scene = DiagramScene(
        "s", label, cards=(SceneCard("a", label), SceneCard("b", label)), lines=(SceneLine("a", "b", label),)
    )
    marks = set(render_mermaid(scene).replace("<br/>", "").split("\n")[1].partition('["')[2].removesuffix('"]'))
    assert not marks & set('"<>[]|`\\')
    assert re.fullmatch(r'rectangle "[^"]*" as n1', render_plantuml(scene).split("\n")[3])
    assert render_plantuml(scene).count("@enduml") == 1


def test_plantuml_tells_groups_of_one_label_apart() -> None:
    boxes = (SceneBox("a", "DB"), SceneBox("b", "DB", parent="a"), SceneBox("c", "DB"))
    text = render_plantuml(
        DiagramScene("s", "t", boxes=boxes, cards=tuple(SceneCard(f"n{box.id}", "x", box=box.id) for box in boxes))
    )
    assert re.findall(r'package "DB" as (\w+) {', text) == ["g1", "g2", "g3"]


@pytest.mark.parametrize("title", ["（＊）", "😀", "――"])
def test_plantuml_gets_a_title_of_marks_as_numbers(title: str) -> None:
    said = render_plantuml(DiagramScene("s", title)).split("\n")[2].removeprefix("title ")
    assert re.fullmatch(r"(<U\+[0-9A-F]+>)+", said)
    assert "title 配信（＊）\n" in render_plantuml(DiagramScene("s", "配信（＊）"))


def test_every_kind_of_the_kit_is_known() -> None:
    assert read("".join(f'[[node]]\nid = "n{n}"\nkind = "{kind}"\n' for n, kind in enumerate(KINDS)))
    assert mermaid_form.MAX_ARROWS == 500


def test_hundreds_of_nodes_on_one_line_are_one_scene_each() -> None:
    many = Model(nodes=tuple(Node(f"n{number}") for number in range(MAX_NODES)))
    assert len(layout_views(many)[0].scenes) == 1
    assert len(layout_views(replace(many, nodes=(*many.nodes, Node("x"))))[0].scenes) > 1
