"""Pages whose mark of having been read is old: asked of their owners on a post, and renewed by who ticked, undoably."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from changes.site import Site
from changes.test_the_window import around
from changes.written import text_of

from kb.errors import Exit
from kb.model.document import Document, Kind, Markup, Source
from kb.model.plan import Change, ChangeKey
from kb.plan.propose.post import PostHead
from kb.plan.propose.verify import EDITED_SINCE, MARKED_SINCE, NO_DAY, NO_MARK, propose_verified
from kb.plan.ticks.questions import Question, QuestionKind, parse_questions, render_questions
from kb.text.lang import Text

__all__ = ["around"]  # a fixture

HERE = 10
OLD, NEW = "<!-- kb:verified 2020-01-10 sato -->", "<!-- kb:verified 2020-02-20 ono（手順を一通り実行） -->"
PEOPLE = {"sato": "佐藤 健", "ono": "小野 蘭"}


def post(number: int, by: str, body: str, category: str = "運用", **more: Any) -> dict[str, Any]:
    who = {"screen_name": by, "name": PEOPLE[by]}
    return {
        "number": number, "name": f"手順 {number}", "category": category, "body_md": body, "tags": [],
        "created_by": who, "updated_by": who,
        "created_at": "2019-12-01T10:00:00+09:00", "updated_at": "2020-01-05T10:00:00+09:00",
    } | more  # fmt: skip


@pytest.fixture
def team(site: Callable[..., Site]) -> Site:
    """Posts 1 and 2 were read long ago; 3 never was; 4 was edited since, and 5 is for a part of the team."""
    made = site(
        data=[
            post(1, "sato", f"# 手順\n\n{OLD}\n\n1. 止める\n"),
            post(2, "ono", f"一行目\n{NEW}\n"),
            post(3, "sato", "印のない手順\n"),
            post(4, "sato", f"{OLD}\n", updated_at="2020-03-01T10:00:00+09:00"),
            post(5, "ono", f"{OLD}\n", "限られた"),
            post(HERE, "sato", "# 確かめる\n"),
        ]
    )
    toml = made.folder / "kb.toml"
    toml.write_text(
        toml.read_text().replace('team = "docs"', 'team = "docs"\nlimited = ["限られた"]'), encoding="utf-8"
    )
    for name, full in PEOPLE.items():
        made.sandbox.edit("esa", "add-member", fields={"screen_name": name, "name": full})
    made.kb("sync")
    return made


def share(team: Site, *words: str, code: int = 0) -> str:
    return team.kb("plan", "share", "queue.toml", "--expired", "--to", f"esa:{HERE}", *words, code=code) + team.said


def tick(team: Site, number: int, by: str) -> None:
    body = text_of(team, f"esa:{HERE}")
    line = next(each for each in body.splitlines() if f"[esa:{number} " in each and "[ ]" in each)
    new = body.replace(line, line.replace("[ ]", "[x]"))
    team.sandbox.edit("esa", "update", number=HERE, as_=by, fields={"body_md": new})


def test_the_queue_names_what_was_read_long_ago_by_owner_and_nothing_else(team: Site) -> None:
    said = share(team, "--yes")
    assert "2 人に 2 件をたずねます" in said
    parts = re.split(r"^### @", text_of(team, f"esa:{HERE}"), flags=re.M)
    assert [part.split("\n")[0] for part in parts[1:]] == ["ono", "sato"]
    assert re.search(
        r"- \[ \] 読んだ、今も正しい: \[esa:2 手順 2\]\(/posts/2\) （前回 2020-02-20） `[0-9a-f]{8}`", parts[1]
    )
    assert "[esa:1 手順 1](/posts/1) （前回 2020-01-10）" in parts[2]
    assert not re.search(r"esa:[345] ", "".join(parts))


def test_a_look_at_the_queue_leaves_no_plan(team: Site) -> None:
    assert "手順 1" in share(team, "--dry-run")
    assert not (team.folder / "queue.toml").exists()


def test_a_queue_that_is_empty_says_of_what(team: Site) -> None:
    toml = team.folder / "kb.toml"
    toml.write_text(f"{toml.read_text()}\n[owners]\nverified_days = 36500\n", encoding="utf-8")
    team.kb("plan", "share", "queue.toml", "--expired", "--to", f"esa:{HERE}")
    assert "36,500 日を過ぎた記事がありません。印のない記事は、--unverified 分類 で" in team.said
    assert not (team.folder / "queue.toml").exists()


def test_a_queue_that_nobody_can_be_asked_about_is_not_called_empty(team: Site) -> None:
    for name in PEOPLE:
        team.sandbox.edit("esa", "remove-member", fields={"screen_name": name})
    team.kb("sync")
    said = share(team, "--dry-run")
    assert "聞く人が決まらないもの（[owners] steward がありません） 2 件" in said
    assert "を過ぎた記事がありません" not in said


def test_a_tick_renews_the_mark_by_name_and_day_and_is_taken_back(team: Site) -> None:
    share(team, "--yes")
    tick(team, 1, "sato")
    tick(team, 2, "sato")  # nobody asked sato about ono's page
    team.kb("plan", "collect", "queue.toml")
    assert "次は: kb plan verify queue.toml" in team.said
    assert "新しい答え" not in team.said  # nothing of the plan was asked
    assert "読んで正しかった記事は左の箱に" in text_of(team, f"esa:{HERE}")
    team.kb("plan", "verify", "queue.toml")
    plan = (team.folder / "verify.toml").read_text("utf-8")
    old, day = re.findall(r"kb:verified (\d{4}-\d{2}-\d{2}) sato", plan)
    assert old == "2020-01-10"
    assert plan.count("[[change]]") == 1
    before = text_of(team, "esa:1")
    team.kb("review", "verify.toml")
    team.kb("review", "verify.toml", "--accept", "all")
    team.kb("apply", "verify.toml", "--yes")
    assert text_of(team, "esa:1") == before.replace(OLD, f"<!-- kb:verified {day} sato -->")
    assert text_of(team, "esa:2") == f"一行目\n{NEW}\n"
    team.kb("sync")
    assert "1 人に 1 件" in share(team, "--dry-run")  # ono is still to answer
    assert team.undo("last")["done"] == 1
    assert text_of(team, "esa:1") == before


def test_a_page_that_was_edited_after_it_was_read_is_left_as_it_is(team: Site) -> None:
    share(team, "--yes")
    tick(team, 1, "sato")
    team.kb("plan", "collect", "queue.toml")
    team.kb("plan", "verify", "queue.toml")
    new = text_of(team, "esa:1").replace(OLD, "")
    team.sandbox.edit("esa", "update", number=1, as_="ono", fields={"body_md": new})
    team.kb("apply", "verify.toml", "--yes", code=Exit.CHANGE)
    assert text_of(team, "esa:1") == new


def test_a_plan_that_asks_about_no_page_says_how_to(team: Site) -> None:
    team.plan([], "empty.toml")
    team.kb("plan", "verify", "empty.toml", code=Exit.USAGE)
    assert "--expired" in team.said
    team.kb("plan", "verify", "nowhere.toml", code=Exit.USAGE)
    assert "nowhere.toml というファイルがありません" in team.said


def test_a_day_to_come_that_somebody_wrote_into_the_answers_is_no_mark(team: Site) -> None:
    share(team, "--yes")
    tick(team, 1, "sato")
    team.kb("plan", "collect", "queue.toml")
    path = team.folder / "queue.questions.toml"
    answers = path.read_text("utf-8")
    path.write_text(re.sub(r'(?m)^day = ".+"$', 'day = "2999-01-01"', answers), encoding="utf-8")
    team.kb("plan", "verify", "queue.toml")
    assert "いつの答えか読めないもの 1 件" in team.said
    path.write_text(re.sub(r'(?m)^day = ".+"$', 'day = "9999-99-99"', answers), encoding="utf-8")
    for words in (("verify", "queue.toml"), ("share", "queue.toml", "--expired", "--to", f"esa:{HERE}", "--dry-run")):
        team.kb("plan", *words, code=Exit.USAGE)
        assert "day は日付で書きます（今は「9999-99-99」）" in team.said


# -- one page -----------------------------------------------------------------------------------------

ASKED = Question(QuestionKind.VERIFY, "esa:1", "2026-11-20", "sato", answer="yes esa:10@57", day="2026-11-28")


def propose(
    body: str, question: Question = ASKED, edited_on: str = "2026-01-01", lead: str = ""
) -> Change | Text | None:
    document = Document("esa:1", Source.ESA, Kind.POST, "手順", body=body, markup=Markup.MARKDOWN)
    return propose_verified(PostHead(1, "手順", revision=3), document, question, edited_on, lead)


@pytest.mark.parametrize(
    ("body", "question", "edited_on", "why"),
    [
        ("印のない手順\n", ASKED, "2026-01-01", NO_MARK),
        (f"```\n{OLD}\n```\n", ASKED, "2026-01-01", NO_MARK),
        ("<!-- kb:verified\n2020-01-10 sato -->\n", ASKED, "2026-01-01", NO_MARK),
        (OLD, ASKED, "2026-11-29", EDITED_SINCE),
        ("<!-- kb:verified 2026-11-28 ono -->", ASKED, "2026-01-01", MARKED_SINCE),
        (OLD, replace(ASKED, day=""), "2026-01-01", NO_DAY),
    ],
)
def test_why_a_mark_is_not_renewed(body: str, question: Question, edited_on: str, why: Text) -> None:
    assert propose(body, question, edited_on) == why


@pytest.mark.parametrize("front", ["", "序\n\n", "㈱ 𠮷野家\n", "|a|b|\n|-|-|\n|1|2|\n\n"])
@pytest.mark.parametrize("mark", [OLD, NEW, "<!--kb:verified: 2020/1/5, 佐藤 健-->"])
def test_the_newest_mark_is_replaced_where_it_stands(front: str, mark: str) -> None:
    from kb.plan.sections.places import PlaceEdits

    body = f"{front}<!-- kb:verified 2019-01-01 ono -->\n\n{mark}\n\n終わり\n"
    made = propose(body)
    assert isinstance(made, Change)
    assert made.before == {ChangeKey.MARK: mark}
    edits = PlaceEdits.of([made])
    assert edits is not None
    assert edits.into(body) == body.replace(mark, "<!-- kb:verified 2026-11-28 sato -->")


def test_who_answered_for_another_is_named() -> None:
    made = propose(OLD, replace(ASKED, answer="yes lead esa:10@57"), lead="mori")
    assert isinstance(made, Change)
    assert made.after == {ChangeKey.MARK: "<!-- kb:verified 2026-11-28 mori -->"}


def test_the_day_of_an_answer_is_kept_in_the_file() -> None:
    assert parse_questions(render_questions([ASKED]), "q.toml") == (ASKED,)
