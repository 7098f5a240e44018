"""What lint says of cause and prevention speaks against every verb that calls a page or ticket finished."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import pytest
from changes.site import Site
from changes.test_apply_redmine import WORLD, ticket
from changes.test_expired_evidence import PAGE, changes, page

NO_CAUSE = PAGE.replace("番号の表の残りが 0 件になった。残数を知らせる仕組みがなかった。\n", "")
UNKNOWN = PAGE.replace("番号の表の残りが 0 件になった。残数を知らせる仕組みがなかった。", "不明。調査中です。")
SECRET = PAGE + "\nパスワード: Momiji_" + "8841\n"
REPORT = """h2. 影響

2024/12/28 の 09:40 から、新規登録 62 件で番号が空になった。

h2. 原因

h2. 対応

番号を 20 万件補充した。
"""


def test_an_incident_without_a_cause_is_marked_only_by_who_decides_so(site: Callable[..., Site]) -> None:
    here = site(data=[page(1), page(2, body_md=NO_CAUSE), page(3, body_md=SECRET)])
    here.kb("plan", "done", "-o", "plan.toml")
    found = changes(here)
    assert {target: each.accept for target, each in found.items()} == {"esa:1": True, "esa:2": False, "esa:3": True}
    assert "INC201" in found["esa:2"].warning
    assert found["esa:1"].warning == ""
    assert "秘密の値" in found["esa:3"].warning
    assert "Momiji" not in (here.folder / "plan.toml").read_text("utf-8")


def test_a_finding_that_was_set_aside_is_no_objection(site: Callable[..., Site]) -> None:
    here = site(data=[page(1, body_md=f"<!-- kb:ignore-page INC201 書き直さないことにした -->\n\n{NO_CAUSE}")])
    here.kb("plan", "done", "-o", "plan.toml")
    assert (changes(here)["esa:1"].accept, changes(here)["esa:1"].warning) == (True, "")


def test_a_ticket_whose_own_report_lacks_its_cause_is_closed_only_by_who_decides_so(site: Callable[..., Site]) -> None:
    rows = [ticket(1), ticket(2, subject="新規登録で番号が空になる障害", description=REPORT)]
    here = site(data=[WORLD, *rows], redmine=True)
    here.kb("plan", "close", "--without-check", "-o", "plan.toml")
    found = changes(here)
    assert {target: each.accept for target, each in found.items()} == {"redmine:1": True, "redmine:2": False}
    assert "。原因が未記入です（INC201）" in found["redmine:2"].warning
    assert "INC401" in found["redmine:2"].warning


@pytest.mark.parametrize(
    ("body", "accept", "code"), [(PAGE, True, ""), (NO_CAUSE, False, "INC201"), (UNKNOWN, True, "INC202")]
)
def test_a_draft_of_an_incident_is_shipped_with_a_word_on_what_is_not_known(
    site: Callable[..., Site], body: str, accept: bool, code: str
) -> None:
    here = site(data=[page(1, body_md=body, wip=True)])
    here.kb("plan", "ship", "--in", "不具合共有", "-o", "plan.toml")
    made = changes(here)["esa:1"]
    assert (made.accept, code in made.warning, bool(made.warning)) == (accept, True, bool(code))


def test_a_draft_that_is_handed_over_is_judged_like_any_other(site: Callable[..., Site]) -> None:
    theirs = {"wip": True, "created_by": {"screen_name": "mori", "name": "森 一"}}
    here = site(data=[page(1, body_md=NO_CAUSE, **theirs), page(2, **theirs)])
    with (here.folder / "kb.toml").open("a", encoding="utf-8") as settings:
        settings.write('[lint]\nignore = ["INC201"]\n')  # what the team reads, not what drafts are asked
    here.kb("handover", "mori")
    (plan,) = here.folder.glob(".kb/private/handover/*/ship.toml")
    found = {each["target"]: each for each in tomllib.loads(plan.read_text("utf-8"))["change"]}
    assert {target: each["accept"] for target, each in found.items()} == {"esa:1": False, "esa:2": True}
    assert "INC201" in found["esa:1"]["warning"]
    here.kb("plan", "ship", "--author", "mori", "-o", "plan.toml")
    assert {target: (each.accept, each.warning) for target, each in changes(here).items()} == {
        target: (each["accept"], each.get("warning", "")) for target, each in found.items()
    }


def test_accepting_all_shows_each_warning_it_accepts_past(site: Callable[..., Site]) -> None:
    here = site(data=[page(1), page(2, body_md=SECRET)])
    here.kb("plan", "done", "-o", "plan.toml")
    said = here.kb("review", "plan.toml", "--accept", "all") + here.said
    assert "esa:2" in said
    assert changes(here)["esa:2"].warning in said
    assert changes(here)["esa:2"].accept
