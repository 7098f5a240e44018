"""Names that would collide, from `kb plan` to `kb apply`: held back, told, left by --accept, refused by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from changes.site import Site

from kb.commands.change.review.sitting import ReviewSession
from kb.execute.plan_store import PlanFile
from kb.model.plan import Plan
from kb.plan.file.parse import parse_plan
from kb.text import lang

BODY = "# 障害\n\n- 発生日時: 2026-03-05 10:00\n\n再起動で復旧しました。\n"


def post(number: int, name: str, category: str = "不具合共有/2026", body: str = "本文") -> dict[str, object]:
    made = f"2026-04-{number:02}T09:00:00+09:00"
    return {
        "number": number,
        "name": name,
        "category": category,
        "body_md": body,
        "created_at": made,
        "updated_at": made,
    }


ROWS = [
    post(1, "[障害] 決済", body=BODY),
    post(2, "【障害】決済"),
    post(3, "[障害] 配送"),
    post(4, "[障害]  配送"),
    post(5, "[障害] 検索"),
]
RETITLE = ("plan", "retitle", "-o", "plan.toml", "--match", r"^\[障害\]\s*", "--to", "【障害】")


@pytest.fixture
def here(site: Callable[..., Site]) -> Iterator[Site]:
    yield site(data=ROWS)
    lang.set_language("ja")


def plan(here: Site) -> Plan:
    return parse_plan((here.folder / "plan.toml").read_text("utf-8"), "plan.toml")


def edit(here: Site, old: str, new: str) -> None:
    path = here.folder / "plan.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def accepted(here: Site) -> list[str]:
    return [each.target for each in plan(here).accepted]


def test_what_collides_comes_undecided_with_a_warning_and_is_counted(here: Site) -> None:
    here.kb(*RETITLE)
    assert here.said.splitlines()[:2] == [
        "plan.toml に変更 4 件（2 グループ）を書きました。",
        "うち 3 件は、名前がほかの記事と重なるので、このままでは送りません（accept = false。warning に、"
        "空いている題名があります）。",
    ]
    made = plan(here)
    assert (accepted(here), made.reviewed, made.decided) == (["esa:5"], (), False)
    warnings = {each.target: each.warning for each in made.changes}
    assert "esa:2「【障害】決済」" in warnings["esa:1"]
    assert "「【障害】決済 (2026-03-05)」" in warnings["esa:1"], "the day of the incident, not of the page"
    assert "「【障害】配送 (2026-04-03)」" in warnings["esa:3"]
    assert "「【障害】配送 (2026-04-04)」" in warnings["esa:4"]
    assert {each.after["title"] for each in made.changes} == {"【障害】決済", "【障害】配送", "【障害】検索"}


def test_everything_else_is_sent(here: Site) -> None:
    here.kb(*RETITLE)
    here.kb("review", "plan.toml", "--accept", "all")
    assert "グループ 2 の 3 件は、名前がほかの記事と重なるので、accept = false のまま残しました" in here.said
    assert accepted(here) == ["esa:5"]
    assert here.apply()["done"] == 1
    assert here.post(5)["name"] == "【障害】検索"
    assert here.post(1)["name"] == "[障害] 決済"


def test_a_group_of_such_changes_is_not_accepted_by_its_number_either(here: Site) -> None:
    here.kb(*RETITLE)
    here.kb("review", "plan.toml", "--accept", "2")
    assert "グループ 2 の 3 件は、名前がほかの記事と重なるので、accept = false のまま残しました" in here.said
    assert (accepted(here), plan(here).reviewed) == (["esa:5"], ())
    here.kb("--lang", "en", "review", "plan.toml", "--accept", "2")
    assert "group 2: 3 changes collide with the names of other posts and keep accept = false" in here.said


def test_with_the_free_title_it_is_accepted_and_sent(here: Site) -> None:
    here.kb(*RETITLE)
    edit(here, 'after = {title = "【障害】決済"}', 'after = {title = "【障害】決済 (2026-03-05)"}')
    here.kb("review", "plan.toml", "--accept", "2")
    assert "グループ 2 の 2 件は、名前が" in here.said
    assert sorted(accepted(here)) == ["esa:1", "esa:5"]
    assert here.apply("--yes")["done"] == 2
    assert here.post(1)["name"] == "【障害】決済 (2026-03-05)"


def test_what_a_person_accepts_by_hand_is_refused_whole(here: Site) -> None:
    here.kb(*RETITLE)
    edit(here, "accept = false", "accept = true")
    here.sandbox.reset(counters=True)
    found = here.apply("--yes", code=5)
    assert (found["run"], found["done"]) == (None, 0)
    assert here.counted()["total"] == 0


def test_the_sitting_shows_the_warning(here: Site) -> None:
    here.kb(*RETITLE)
    shown: list[str] = []
    typed = iter(["s\n", "q\n"])
    ReviewSession(PlanFile(Path("plan.toml")), lambda prompt: next(typed, None), shown.append).run()
    words = "".join(shown).replace("\n", "").replace(" ", "")
    assert "!同じ名前の記事があります（esa:2「【障害】決済」）" in words
    assert "after の題名を「【障害】決済 (2026-03-05)」にすれば送れます".replace(" ", "") in words


def test_all_the_rest_in_the_sitting_leaves_them(here: Site) -> None:
    here.kb(*RETITLE)
    typed = iter(["a\n", "y\n"])
    ReviewSession(PlanFile(Path("plan.toml")), lambda prompt: next(typed, None), lambda text: None).run()
    assert accepted(here) == ["esa:5"]
    assert len(plan(here).reviewed) == 1


def test_a_name_that_was_taken_since_is_left_by_accept(here: Site) -> None:
    here.kb(*RETITLE)
    here.sandbox.edit("esa", "create", fields={"name": "【障害】検索", "category": "不具合共有/2026", "body_md": "x"})
    here.kb("sync")
    here.kb("review", "plan.toml", "--accept", "all")
    assert "グループ 1 の 1 件は、名前がほかの記事と重なるので" in here.said
    assert (accepted(here), plan(here).reviewed) == ([], ())


def test_refresh_holds_back_what_collides_by_now_and_keeps_other_decisions(here: Site) -> None:
    here.kb("plan", "retitle", "-o", "plan.toml",
        "--match", r"^\[障害\] (決済|検索)", "--to", r"【対応】\1", "--match", r"^\[障害\] 配送",
            "--to", "【対応】配送")  # fmt: skip
    here.kb("review", "plan.toml", "--accept", "all")
    assert len(accepted(here)) == 3
    before = len(plan(here).reviewed)
    here.sandbox.edit("esa", "create", fields={"name": "【対応】検索", "category": "不具合共有/2026", "body_md": "x"})
    here.kb("sync")
    here.kb("plan", "refresh", "plan.toml")
    assert "名前がほかの記事と重なる 1 件" in here.said
    assert sorted(accepted(here)) == ["esa:1", "esa:3"]
    assert len(plan(here).reviewed) == before, "what else was decided stays decided"
    assert plan(here).undecided == ()
    assert here.apply()["done"] == 2
    again = (here.folder / "plan.toml").read_bytes()
    here.kb("plan", "refresh", "plan.toml")
    assert b"esa:5" in again


def test_refresh_says_of_a_name_that_has_become_free(here: Site) -> None:
    here.kb(*RETITLE)
    here.sandbox.edit("esa", "update", number=2, fields={"title": "別の記事"})
    here.kb("sync")
    here.kb("plan", "refresh", "plan.toml")
    change = next(each for each in plan(here).changes if each.target == "esa:1")
    assert (change.accept, change.warning) == (False, "重なっていた名前は、今は空いています。")
    here.kb("review", "plan.toml", "--accept", "2")
    assert sorted(accepted(here)) == ["esa:1", "esa:5"]


def test_a_refresh_that_finds_nothing_new_leaves_the_file(here: Site) -> None:
    here.kb(*RETITLE)
    before = (here.folder / "plan.toml").read_bytes()
    here.kb("plan", "refresh", "plan.toml")
    assert "今の写しのとおりです" in here.said
    assert (here.folder / "plan.toml").read_bytes() == before


def test_a_table_that_accepts_what_collides_is_told_so(here: Site) -> None:
    here.kb(*RETITLE)
    here.kb("plan", "to-csv", "plan.toml", "plan.csv")
    table = here.folder / "plan.csv"
    table.write_bytes(table.read_bytes().replace(b"FALSE", b"TRUE"))
    here.kb("plan", "from-csv", "plan.csv", "plan.toml")
    assert "受け入れた変更のうち 3 件は、名前がほかの記事と重なるので、このままでは kb apply が断ります" in here.said


@pytest.mark.parametrize("synced", [True, False])
def test_a_post_not_everybody_may_read_is_not_called_by_its_title(site: Callable[..., Site], synced: bool) -> None:
    here = site(data=[post(1, "監査の手順", "公開"), post(2, "監査の手順", "限定")])
    with (here.folder / "kb.toml").open("a", encoding="utf-8") as file:
        file.write('limited = ["限定"]\n')
    if synced:
        here.kb("sync")
    here.kb("plan", "move", "-o", "plan.toml", "--from", "公開", "--to", "限定")
    (change,) = plan(here).changes
    assert change.warning.startswith("同じ名前の記事があります（esa:2）。")


def test_english_counts_them_too(here: Site) -> None:
    here.kb("--lang", "en", *RETITLE)
    assert here.said.splitlines()[1] == (
        "3 of them collide with the names of other posts, and are not sent as they are "
        "(accept = false; warning names a free title)."
    )


def test_without_a_mirror_review_goes_by_what_the_plan_says(here: Site) -> None:
    here.kb(*RETITLE)
    (here.folder / ".kb").rename(here.folder / "elsewhere")
    here.kb("review", "plan.toml", "--accept", "all", "--accept", "2")
    assert "グループ 2 の 3 件は、名前がほかの記事と重なるので" in here.said
    assert accepted(here) == ["esa:5"]


def test_a_second_refresh_of_what_was_held_back_writes_nothing_new(here: Site) -> None:
    here.kb(*RETITLE)
    edit(here, "accept = false", "accept = true")
    here.kb("plan", "refresh", "plan.toml")
    assert accepted(here) == ["esa:5"]
    once = (here.folder / "plan.toml").read_bytes()
    here.kb("plan", "refresh", "plan.toml")
    assert "今の写しのとおりです" in here.said
    assert (here.folder / "plan.toml").read_bytes() == once
    assert once.count("にすれば送れます".encode()) == 3


def test_a_title_that_the_plan_masks_in_a_warning_stays_in_the_plan_on_refresh(here: Site) -> None:
    value = "hunter2Kq9" + "Zw81"
    category = "不具合共有/2026"
    here.sandbox.edit("esa", "create", fields={"name": f"パスワード: {value}", "category": category, "body_md": "x"})
    here.sandbox.edit("esa", "create", fields={"name": "[障害] 認証", "category": category, "body_md": "x"})
    here.kb("sync")
    rules = ("--match", r"^(\[障害\] 認証|パスワード: .*)$", "--to", "認証")
    here.kb("plan", "retitle", "-o", "plan.toml", *rules)
    text = (here.folder / "plan.toml").read_text("utf-8")
    assert value not in text + here.said
    here.kb("plan", "refresh", "plan.toml")
    assert "今の写しのとおりです" in here.said
