"""kb plan move --from 'Users/*': what is proposed, who decides on it, and what the next run knows of that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from destinations.conftest import GONE, MEMBERS, Site, make_workspace
from destinations.teams import STACKS, labels

from kb.execute.preflight import mirror_state
from kb.ingest.document import Ingested, ingest
from kb.lint.proposals import destinations
from kb.lint.proposals.destinations import DestinationFinder
from kb.mirror.store import Mirror
from kb.model.document import Document
from kb.model.plan import Change, Plan
from kb.plan.destinations.families import fold_place
from kb.plan.propose.destination import Decider
from kb.plan.propose.post import PostHead
from kb.settings.workspace import open_workspace

PERSONAL = ("plan", "move", "-o", "plan.toml", "--from", "Users/*")


def folder_of(change: Change) -> str:
    return str(change.before["category"]).split("/")[1]


def proposed_right(plan: Plan) -> list[bool]:
    known = labels()
    return [fold_place(str(each.after["category"])) == fold_place(known[each.number]["home"]) for each in plan.accepted]


def test_only_pages_of_who_is_gone_are_for_the_lead_and_the_rest_for_their_authors(site: Site) -> None:
    plan, known = site.plan(), labels()
    assert "本人（6 人）に聞くもの" in site.said
    assert "日報や日誌" in site.said
    assert "自分用のメモ" in site.said
    assert "書きかけ（WIP、下書き）" in site.said
    assert "秘密の値があるもの" in site.said
    assert {each.owner for each in plan.changes} == {*MEMBERS, ""}
    for each in plan.changes:
        assert each.owner == ("" if folder_of(each) in GONE else folder_of(each))
        assert not (each.owner and each.accept)
    kept = {known[each.number]["role"] for each in plan.changes}
    assert kept <= {"home", "memo"}  # 「お昼の店」 is a memo only to who knows the place
    sure = proposed_right(plan)
    assert len(sure) >= 5
    assert sum(sure) >= len(sure) - 1
    assert not any(known[each.number]["role"] == "memo" for each in plan.accepted)


def test_the_first_three_places_stand_in_the_file_with_what_spoke_for_them(site: Site) -> None:
    text = (site.folder / "plan.toml").read_text("utf-8")
    reason = next(each.reason for each in site.plan().accepted if "リンク先 #" in each.reason)
    assert [f"{number}. " in reason for number in (1, 2, 3)] == [True] * 3
    assert "%: " in reason
    for name in GONE:  # their folders stand in `before`, and nothing says more of them
        assert f"→ {name}" not in text
        assert f'group = "Users/{name}' not in text
    assert "離れ" not in text
    assert "いない" not in text


def test_accepting_all_moves_pages_of_who_is_gone_and_no_other(site: Site) -> None:
    site.kb("review", "plan.toml", "--accept", "all")
    plan = site.plan()
    assert plan.accepted
    assert {folder_of(each) for each in plan.accepted} <= set(GONE)
    groups = [name for name, _ in plan.groups()]
    asked = next(number for number, name in enumerate(groups, 1) if "本人に聞くため" in name)
    site.kb("review", "plan.toml", "--accept", str(asked))
    assert "本人が決めるので" in site.said
    assert site.plan() == plan
    announced = site.kb("review", "plan.toml", "--announce")
    titles = {str(each.title) for each in plan.changes}
    assert not any(title in announced for title in titles)
    assert not any(name in announced for name in (*GONE, *MEMBERS, "Users"))


def test_who_decides_is_known_only_from_a_whole_list(tmp_path: Path) -> None:
    for number, (state, settings, found) in enumerate(
        (
            ("whole", "", {"kuze": (Decider.LEAD, ""), "minase": (Decider.OWNER, "minase")}),
            ("cut", "", {"kuze": (Decider.OWNER, "kuze"), "minase": (Decider.OWNER, "minase")}),
            ("denied", "", {"kuze": (Decider.OWNER, "kuze")}),
            (None, "", {"kuze": (Decider.OWNER, "kuze")}),
            ("whole", '[people]\nguests = ["kuze"]\nbots = ["yanagi"]\n',
             {"kuze": (Decider.OWNER, "kuze"), "yanagi": (Decider.NOBODY, ""), "old": (Decider.NOBODY, "")}),
        )
    ):  # fmt: skip
        folder = tmp_path / str(number)
        folder.mkdir()
        make_workspace(folder, state, settings, keep=lambda row: int(str(row["number"])) % 40 == 0)
        with Mirror.open(folder / ".kb" / "mirror.db", readonly=True) as mirror:
            finder = DestinationFinder(open_workspace(start=folder), mirror, "Users/*")
            for name, who in found.items():
                author = "" if name == "old" else name
                assert finder.find_decider(PostHead(1, "x", f"Users/{name}", author=author), f"Users/{name}") == who


def test_what_not_all_may_read_is_neither_proposed_nor_a_guide(site: Site) -> None:
    here = site
    (here.folder / "kb.toml").write_text(
        '[esa]\nteam = "biblioteam"\nlimited = ["トラブル/**", "Users/kuze/**"]\n', encoding="utf-8"
    )
    here.kb(*PERSONAL, "--force", code=2)
    assert "kb sync" in here.said  # the mirror does not know yet, and would tell
    with Mirror.open(here.folder / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.mark("esa.limited", json.dumps(["トラブル/**", "Users/kuze/**"]))
    here.kb(*PERSONAL, "--force")
    assert "全員には見えないもの" in here.said
    assert "トラブル" not in (here.folder / "plan.toml").read_text("utf-8")
    assert "kuze" not in {folder_of(each) for each in here.plan().changes}
    assert "トラブル" not in here.kb("plan", "move", "-o", "plan.toml", "--evaluate")


def test_pages_that_were_scanned_for_secrets_are_not_scanned_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    scanned: list[str] = []

    def count(document: Document, *args: Any, **more: Any) -> Ingested:
        scanned.append(str(document.doc))
        return ingest(document, *args, **more)

    monkeypatch.setattr(mirror_state, "ingest", count)
    said = site.kb(*PERSONAL, "-o", "again.toml") + site.said
    once, kept = len(scanned), [each for each in labels().values() if each["role"] == "secret"]
    (site.folder / ".kb" / "known.db").unlink()
    monkeypatch.setattr(destinations, "read_clear_documents", lambda workspace: {})
    assert site.kb(*PERSONAL, "-o", "anew.toml").replace("anew", "again") + site.said.replace("anew", "again") == said
    assert site.plan("again.toml").changes == site.plan("anew.toml").changes == site.plan().changes
    assert 0 < once <= len(kept)
    assert len(scanned) - once > 30


def test_a_refused_home_is_not_proposed_again_and_a_chosen_one_is(site: Site) -> None:
    first = site.plan()
    groups = [name for name, _ in first.groups()]
    group = next(each.group for each in first.accepted)
    gone = {each.target: str(each.after["category"]) for each in first.changes if each.group == group}
    site.kb("review", "plan.toml", "--reject", str(groups.index(group) + 1))
    assert f"決めた {len(gone)} 件を kb-decisions.toml" in site.said
    again = (site.folder / "kb-decisions.toml").read_text("utf-8")
    site.kb("review", "plan.toml", "--reject", str(groups.index(group) + 1))
    assert (site.folder / "kb-decisions.toml").read_text("utf-8") == again
    site.kb(*PERSONAL, "--force")
    second = {each.target: each for each in site.plan().changes}
    for target, place in gone.items():
        assert str(second[target].after["category"]) != place
        assert not second[target].accept
    target, other = next(iter(gone)), "運用/別の場所"
    text = (site.folder / "plan.toml").read_text("utf-8")
    start = text.index(f'target = "{target}"')
    head, tail = text[:start], text[start:]
    accept = head.rindex("accept = false")
    head = head[:accept] + "accept = true" + head[accept + len("accept = false") :]
    now = str(second[target].after["category"])
    (site.folder / "plan.toml").write_text(
        head + tail.replace(f'after = {{category = "{now}"', f'after = {{category = "{other}"', 1), "utf-8"
    )
    site.kb("review", "plan.toml", "--accept", "all")
    site.kb(*PERSONAL, "--force")
    third = {each.target: each for each in site.plan().changes}
    assert third[target].after["category"] == other
    assert third[target].accept
    site.kb("lint", "--exit-zero", "--format", "jsonl")  # decisions on places are none on findings


def test_one_person_or_one_folder_can_be_named(site: Site) -> None:
    site.kb("plan", "move", "--from", "Users/kuze", "-o", "kuze.toml")
    assert {folder_of(each) for each in site.plan("kuze.toml").changes} == {"kuze"}
    site.kb("plan", "move", "--from", "運用", "-o", "other.toml", code=2)
    assert "どこへ（to）" in site.said


def test_a_team_without_shared_pages_gets_no_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_workspace(tmp_path, keep=lambda row: str(row["category"]) == "Users/kuze")
    monkeypatch.chdir(tmp_path)
    here = Site(tmp_path, capsys)
    here.kb(*PERSONAL)
    assert "移す先の手がかりがないもの" in here.said
    assert not (here.folder / "plan.toml").exists()


def test_evaluate_tells_of_the_mirror_in_text_and_json(site: Site) -> None:
    found = json.loads(site.kb("plan", "move", "-o", "plan.toml", "--evaluate", "--format", "json"))
    assert found["judged"] + found["alone"] == found["shared"]
    assert found["signals"]["author"]["spoke"] == found["judged"]
    assert set(found["baselines"]) == {"most-frequent", "title", "nearest"}
    text = site.kb("plan", "move", "-o", "plan.toml", "--evaluate")
    assert "年月をまとめて" in text
    assert "比較: 似た記事（BM25）" in text
    assert f"{found['folded']['top1']:.1%}" in text


def test_evaluate_goes_on_after_a_bad_line_and_takes_no_condition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    here = Site(tmp_path, capsys)  # no workspace is needed
    posts = (STACKS / "docs.jsonl").read_text("utf-8").splitlines(keepends=True)[:40]
    (tmp_path / "posts.jsonl").write_text('{"broken": \n' + "".join(posts), encoding="utf-8")
    out = here.kb("plan", "move", "-o", "plan.toml", "--evaluate", "--input", "posts.jsonl", code=2)
    assert "チームの記事 40 件" in out or "チームの記事 39 件" in out
    assert "1 行目" in here.said
    here.kb("plan", "move", "-o", "plan.toml", "--evaluate", "--from", "Users/*", code=2)
    here.kb("plan", "move", "-o", "plan.toml", "--input", "posts.jsonl", code=2)
    here.kb("plan", "move", "-o", "plan.toml", "--evaluate", "--input", "nothing.jsonl", code=2)
    (tmp_path / "empty.jsonl").write_text("", encoding="utf-8")
    empty = json.loads(
        here.kb("plan", "move", "-o", "plan.toml", "--evaluate", "--input", "empty.jsonl", "--format", "json")
    )
    assert empty["judged"] == 0


def test_the_inventory_shows_the_tree_before_and_after(site: Site) -> None:
    moves = {each.number: str(each.after["category"]) for each in site.plan().accepted}
    found = json.loads(site.kb("inventory", "--plan", "plan.toml", "--format", "json", "--depth", "1"))
    assert found["after"] == found["posts"]
    assert found["personal"]["after"] == found["personal"]["posts"] - len(moves)
    for row in found["categories"]:
        come = sum(place.partition("/")[0] == row["category"] for place in moves.values())
        assert row["after"] == row["posts"] + come
    text = site.kb("inventory", "--plan", "plan.toml", "--depth", "1")
    assert f"{found['personal']['posts']} → {found['personal']['after']}" in text
    assert not any(name in text for name in GONE)
    assert "after" not in site.kb("inventory", "--format", "json")
    site.kb("inventory", "--plan", "plan.toml", "--format", "csv", code=2)
    site.kb("inventory", "--plan", "nothing.toml", code=2)
