"""What differs, in pictures: on which cards, by which signs, and nothing that only a source knows."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from diagram.kit import system
from estate.kit import MODEL, NOW, RULES, findings, snapshots
from estate.test_drift_commands import NOW as AT
from estate.test_drift_commands import Kb, estate  # noqa: F401 -- a fixture
from lint.conftest import folder, kb  # noqa: F401 -- fixtures
from lint.test_formats_html import browser  # noqa: F401 -- a fixture
from selenium import webdriver

from kb.diagram.build import build_pictures
from kb.diagram.build_files import hash_source
from kb.diagram.draw.dot import render_dot
from kb.diagram.draw.drift_marks import NodeIncident, describe_standings, mark_pictures
from kb.diagram.draw.scene import DiagramPicture, DiagramScene, SceneCard
from kb.diagram.draw.views import layout_views
from kb.diagram.draw.wiki import render_mermaid, render_plantuml
from kb.diagram.model.nouns import SystemView
from kb.estate.drift.estate import Estate
from kb.model.finding import Finding, Severity, Waiver, WaiverKind
from kb.model.masked import Masked

drawing = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


@cache
def told() -> tuple[Finding, ...]:
    return tuple(findings(snapshots()))


def marked(found: tuple[Finding, ...] | None = None, **incidents: list[NodeIncident]) -> DiagramScene:
    sources = describe_standings(Estate(MODEL, snapshots(), NOW).standings, ())
    given = told() if found is None else found
    (picture,) = mark_pictures(layout_views(MODEL), given, RULES, incidents, sources)
    return picture.scenes[0]


def card(scene: DiagramScene, name: str) -> SceneCard:
    return next(each for each in scene.cards if each.id == name)


def test_a_card_carries_the_sign_of_its_worst_finding_and_how_many_there_are() -> None:
    scene = marked()
    for each in scene.cards:
        own = [one for one in told() if each.id in (one.node, one.target.partition("/")[0])]
        assert (each.drift.count if each.drift else 0) == len(own), each.id
        if own:
            sign = {Severity.ERROR: "▲", Severity.WARNING: "△", Severity.INFO: "◇"}[max(one.severity for one in own)]
            assert each.title == f"{sign}{len(own)} {each.label}"
            assert {row.code for row in each.drift.rows} == {one.code for one in own}  # type: ignore[union-attr]
    assert card(scene, "cache").title.startswith("▲")
    assert "redis のレプリカ" not in repr(card(scene, "cache").drift)  # titles, not messages


def test_what_no_card_shows_is_counted_below_the_title() -> None:
    scene = marked()
    counts = [int(number) for number in re.findall(r"(?:エラー|警告|情報|もの) (\d+)", scene.note)]
    assert sum(counts) == len([each for each in told() if not each.target.startswith("source:")])
    assert "取り込み（2026-11-28 まで）: codedeploy、csv、ec2、hosts、repos、zabbix" in scene.note


def test_what_is_set_aside_is_not_drawn() -> None:
    waiver = Waiver(WaiverKind.SUPPRESSED, Masked("調整中"), "2027-01-31", Masked(""))
    scene = marked(tuple(replace(each, waiver=waiver) for each in told()))
    assert all(each.drift is None for each in scene.cards)
    assert "実物との違い: なし" in scene.note


def test_no_picture_tells_what_only_a_source_knows() -> None:
    scene = marked(cache=[NodeIncident("2026-11-10")])
    drawn = "\n".join([render_dot(scene, {}), render_mermaid(scene), render_plantuml(scene), repr(scene)])
    drawn += "".join(text for each in scene.cards if each.drift for text in each.drift.texts)
    secret = set()
    for snapshot in snapshots():
        secret |= set(
            re.findall(r"\bi-[0-9a-f]{8,}|\bkr-[a-z0-9-]+|\b10\.\d+\.\d+\.\d+", bytes(snapshot.items).decode())
        )
    assert len(secret) > 40
    assert [word for word in sorted(secret) if word in drawn] == []
    for each in told():
        assert all(str(what) not in drawn for _, _, what in each.proof)
        assert str(each.message) not in drawn


def test_a_card_says_what_is_lacking_and_which_incidents_there_were() -> None:
    incidents = [NodeIncident("2026-10-02"), NodeIncident("2026-11-10", "https://team.esa.io/posts/7")]
    drift = card(marked(cache=incidents, proxyb=incidents[:1]), "cache").drift
    assert drift is not None
    assert "障害 2 件（90 日以内、最後は 2026-11-10）" in drift.texts
    assert drift.links == (("2026-11-10 の障害", "https://team.esa.io/posts/7"),)
    quiet = card(marked(cache=incidents, proxyb=incidents[:1]), "proxyb")
    assert quiet.title == quiet.label  # an incident alone is no difference
    assert "障害 1 件" in render_dot(marked(proxyb=incidents[:1]), {})
    bare = replace(MODEL, nodes=tuple(replace(node, owner="", runbook="") for node in MODEL.nodes))
    (picture,) = mark_pictures(layout_views(bare), told(), RULES, {}, "")
    assert "担当なし、手順なし" in card(picture.scenes[0], "cache").drift.texts  # type: ignore[union-attr]


def test_each_form_has_the_sign_in_the_label_beside_the_colour() -> None:
    scene = marked()
    dot, mermaid, plantuml = render_dot(scene, {}), render_mermaid(scene), render_plantuml(scene)
    label = card(scene, "cache").title
    assert all(label in text for text in (dot, mermaid, plantuml))
    assert 'COLOR="#cf222e"' in dot
    assert "classDef drift3 stroke:#cf222e" in mermaid
    assert not re.search(r">[▲△◇] ?<", dot)  # the sign of a finding never stands alone on its line


def big(*named: str) -> DiagramPicture:
    given = tuple(replace(told()[0], target=name, node="", severity=Severity.ERROR) for name in named)
    (picture,) = mark_pictures(layout_views(system(240)), given, RULES, {}, "")
    return picture


def test_the_card_of_a_page_carries_what_is_on_the_page() -> None:
    picture = big("n0003", "n0015", "i-1")
    overview, *pages = picture.scenes
    for page in pages:
        own = sum(each.drift.count for each in page.cards if each.drift and not each.aside)
        (front,) = [each for each in overview.cards if each.opens == page.id]
        assert (front.drift.count if front.drift else 0) == own
        assert all(each.title.startswith("▲") == bool(each.drift) for each in page.cards)
        stand_ins = replace(page, cards=tuple(each for each in page.cards if each.aside), lines=(), boxes=())
        assert "#cf222e" not in render_dot(stand_ins, {})  # a sign, and no more, for what is elsewhere
    assert overview.note.endswith("実物との違い: ▲ エラー 2（ほかに、この図にないもの 1 件）")


def test_pictures_of_the_model_alone_are_made_from_the_same_as_ever() -> None:
    plain, again = SceneCard("a", "A"), marked()
    assert "drift" not in repr(plain)
    without = replace(again, cards=tuple(replace(each, drift=None) for each in again.cards))
    assert repr(without) == repr(again)
    assert hash_source(without, {}) != hash_source(again, {})
    assert render_dot(layout_views(MODEL)[0].scenes[0], {}) == render_dot(replace(without, note=""), {})


@drawing
def test_drift_is_drawn_apart_and_changes_no_other_picture(kb: Kb, estate: Path) -> None:  # noqa: F811
    assert kb("diagram", "build").code == 0
    pictures, own = estate / "diagrams/pictures", estate / ".kb/pictures"
    before = {path.name: path.read_bytes() for path in pictures.iterdir()}
    said = kb("diagram", "build", "--drift", *AT)
    assert (said.code, said.out) == (0, "5 ファイルを .kb/pictures に書きました（そのまま 0）。\n")
    assert kb("diagram", "build", "--drift", *AT).out.startswith("変わったものはありません")
    first = {path.name: path.read_bytes() for path in own.iterdir()}
    shutil.rmtree(own)
    assert kb("diagram", "build", "--drift", *AT).code == 0
    assert {path.name: path.read_bytes() for path in own.iterdir()} == first
    assert {path.name: path.read_bytes() for path in pictures.iterdir()} == before
    assert "SYS107" not in kb("diagram", "check", "--drift", *AT).out
    assert "▲ SYS246 レプリカが切れています" in first["all.svg"].decode()
    said = kb("diagram", "build", "--drift", "--out", "diagrams/pictures")
    assert (said.code, "--out" in said.err) == (2, True)


def test_a_card_with_incidents_alone_says_what_its_node_lacks() -> None:
    nodes = tuple(replace(node, runbook="", owner="") if node.id == "nas" else node for node in MODEL.nodes)
    (picture,) = mark_pictures(
        layout_views(replace(MODEL, nodes=nodes)), (), RULES, {"nas": [NodeIncident("2026-11-10")]}, ""
    )
    shown = card(picture.scenes[0], "nas").drift
    assert shown is not None
    assert shown.remarks == ("担当なし、手順なし", "障害 1 件（90 日以内、最後は 2026-11-10）")


def test_drift_needs_something_collected(kb: Kb, folder: Path) -> None:  # noqa: F811
    assert kb("diagram", "init").code == 0
    said = kb("diagram", "build", "--drift")
    assert (said.code, "kb diagram collect ec2" in said.err) == (2, True)
    said = kb("diagram", "build", *AT)
    assert (said.code, "--drift" in said.err) == (2, True)


INCIDENT = """# {day} キャッシュ停止の障害報告

## 概要
kr-prd-cache-01 の Redis が停止し、配信が 20 分止まりました。

## 発生日時
{day} 10:20

## 原因
メモリー不足で止められた。

## 対応
再起動した。
"""


@drawing
def test_incidents_of_the_last_90_days_stand_on_their_node(kb: Kb, estate: Path) -> None:  # noqa: F811
    (estate / "pages").mkdir()
    for day in ("2026-11-10", "2026-10-02", "2026-07-10"):
        name = "10.5.4.1" if day == "2026-11-10" else "kr-prd-cache-01"
        text = INCIDENT.replace("kr-prd-cache-01", name)
        (estate / f"pages/{day}.md").write_text(text.format(day=day), encoding="utf-8")
    source = '[[source]]\nkind = "files"\nname = "wiki"\npath = "pages"\nvisibility = "members"\n'
    (estate / "kb.toml").write_text(source)
    with (estate / "diagrams/system.toml").open("a") as model:
        model.write('[[view]]\nid = "all"\nform = ["svg"]\n')
    assert kb("sync").code == 0
    for hosts in ("", '[hosts]\npattern = "kr-prd-[a-z]+-[0-9]+"\n'):
        (estate / "kb.toml").write_text(source + hosts)
        assert kb("diagram", "build", "--drift", *AT).code == 0
        picture = (estate / ".kb/pictures/all.svg").read_text("utf-8")
        assert re.findall(r"障害 \d+ 件（90 日以内、最後は [\d-]+）", picture) == [
            "障害 2 件（90 日以内、最後は 2026-11-10）"
        ]
        assert "10.5.4.1" not in picture


@drawing
def test_the_page_lists_what_differs_worst_first(browser: webdriver.Chrome, tmp_path: Path) -> None:  # noqa: F811
    pages = layout_views(replace(MODEL, views=(SystemView("all", form=("html",)),)))
    build_pictures(mark_pictures(pages, told(), RULES, {}, ""), tmp_path)
    page = tmp_path / "all.html"
    browser.get_log("browser")
    browser.get(page.as_uri())
    browser.find_element("css selector", "[data-drift]").click()
    listed = [each.text for each in browser.find_elements("css selector", ".hits li p")]
    assert len(listed) == sum(bool(each.drift) for each in marked().cards)
    signs = [found.groups() for text in listed if (found := re.search(r"([▲△◇])(\d+) 実物との違い", text))]
    assert len(signs) == len(listed)
    assert signs == sorted(signs, key=lambda each: ("▲△◇".index(each[0]), -int(each[1])))  # of as bad ones the most
    browser.find_element("css selector", "[data-drift]").click()
    assert browser.find_elements("css selector", ".hits li") == []
    assert browser.get_log("browser") == []
    island = re.search(r'id="cards">(.*?)</script>', page.read_text("utf-8"))
    assert island is not None
    assert json.loads(island[1])[0]["links"] != []
