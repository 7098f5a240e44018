"""`kb plan done` and `from-findings`: from pages and tickets of a mirror to a plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lint.ticket_kit import issue, note, put_tickets

from kb.execute.journal.writer import RunJournal
from kb.mirror.store import Mirror
from kb.model.document import Source, Visibility
from kb.model.facts import Confidence
from kb.model.finding import Edit, Field, Safety, Severity
from kb.model.page import Entry
from kb.model.plan import Change, Verb
from kb.plan.file.parse import parse_plan
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.sources.redmine import rows as redmine_rows
from kb.sources.redmine.rows import RowContext as Tickets
from kb.text.lang import t
from kb.text.lines import Span

Call = Callable[..., Any]

HERE, DONE = "不具合共有/2025", "不具合共有/対応完了/2025"
NOW = ("--now", "2025-07-01")

PAGE = """## 影響
2024/12/28 の 09:40 から、新規登録 62 件で番号が空になった。

## 原因
番号の表の残りが 0 件になった。残数を知らせる仕組みがなかった。

## 対応
番号を 20 万件補充した。

## 再発防止
- {measure}
"""
FINISHED = PAGE.format(measure="[x] 残数が 1 万件を切ったら通知する（担当: noguchi）")
OPEN = PAGE.format(measure="[ ] 残数が 1 万件を切ったら通知する（担当: noguchi）")
BY_TICKET = PAGE.format(measure="残数が 1 万件を切ったら通知する（担当: noguchi） #45")
PLAIN = PAGE.format(measure="残数が 1 万件を切ったら通知する（担当: noguchi）")


@pytest.fixture
def team(posts: Any, workspace: Path) -> Path:
    with (workspace / "kb.toml").open("a", encoding="utf-8") as file:
        file.write('\n[redmine]\nurl = "https://redmine.example.jp"\n')
    return workspace


@pytest.fixture
def proposed(kb: Call, team: Path) -> Callable[..., dict[str, Change]]:
    """The changes of `kb plan done`, by target."""

    def call(*words: str, verb: str = "done") -> dict[str, Change]:
        (team / "plan.toml").unlink(missing_ok=True)
        said = kb("plan", verb, "-o", "plan.toml", *NOW, *words)
        assert said.code == 0, said.err
        call.said = said.err  # type: ignore[attr-defined]
        if not (team / "plan.toml").exists():
            return {}
        plan = parse_plan((team / "plan.toml").read_text("utf-8"), "plan.toml")
        return {each.target: each for each in plan.changes}

    return call


def close(root: Path, said: str = "", who: str = "佐藤") -> None:
    """Ticket 45, closed by somebody with a note."""
    row = {
        "id": 45,
        "project": {"id": 1},
        "subject": "残数の通知",
        "status": {"id": 5, "name": "終了"},
        "description": "",
        "created_on": "2025-05-01T00:00:00Z",
        "updated_on": "2025-05-12T00:00:00Z",
        "journals": [
            {
                "id": 1,
                "user": {"name": who},
                "created_on": "2025-05-12T00:00:00Z",
                "notes": said,
                "details": [{"property": "attr", "name": "status_id", "old_value": "1", "new_value": "5"}],
            }
        ],
    }
    place = redmine_rows.ProjectPlace("infra", Visibility.MEMBERS)
    world = Tickets("https://redmine.example.jp", {1: place}, frozenset({5}), None)
    with Mirror.open(root / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.things(Source.REDMINE, "status", {"1": {"id": 1}, "5": {"id": 5, "is_closed": True}})
        write.put(redmine_rows.ticket_rows(row, world, notes=True))


def test_a_finished_page_gets_its_mark_and_its_place_in_one_change(
    posts: Any, proposed: Callable[..., dict[str, Change]]
) -> None:
    posts.put((1, "番号が発行されない", FINISHED), (2, "番号が発行されない 2", OPEN), (3, "昼", "昼の献立。\n"))
    found = proposed()
    assert list(found) == ["esa:1"]
    change = found["esa:1"]
    assert change.kind is Verb.DONE
    assert change.before == {"title": "番号が発行されない", "category": HERE}
    assert change.after == {"title": "【完了】番号が発行されない", "category": "不具合共有/対応完了/2024"}
    assert change.group == f"{HERE} → 不具合共有/対応完了/2024: 対策がすべて済んでいるため"
    assert change.reason == "対策がすべて済んでいます。発生日 2024-12-28 の年です。"
    assert change.accept


def test_without_a_day_of_occurrence_the_year_is_that_of_creation_and_the_reason_says_so(
    posts: Any, proposed: Callable[..., dict[str, Change]]
) -> None:
    posts.put((1, "番号が発行されない", FINISHED.replace("2024/12/28 の 09:40 から、", "朝から、")))
    change = proposed()["esa:1"]
    assert change.after["category"] == DONE
    assert "作成日 2025-05-01 の年です。" in change.reason


def test_a_ticket_is_evidence_with_who_and_when(posts: Any, proposed: Callable[..., dict[str, Change]]) -> None:
    posts.put((1, "番号が発行されない", BY_TICKET))
    assert proposed() == {}
    close(posts.root)
    assert proposed()["esa:1"].reason.startswith("#45 は 5/12 に佐藤さんが完了にしています。対策がすべて済んでいます。")


@pytest.mark.parametrize("said", ["kb 20250512-1", "対応が終わっているので閉じます。\n\nkb 20250512-12"])
def test_a_ticket_that_kb_closed_proves_nothing(
    posts: Any, proposed: Callable[..., dict[str, Change]], said: str
) -> None:
    posts.put((1, "番号が発行されない", BY_TICKET))
    close(posts.root, said)
    assert proposed() == {}
    assert "変更するものはありません" in proposed.said  # type: ignore[attr-defined]


def test_a_ticket_that_kb_closed_without_a_note_proves_nothing_either(
    posts: Any, proposed: Callable[..., dict[str, Change]]
) -> None:
    posts.put((1, "番号が発行されない", BY_TICKET))
    close(posts.root)
    assert list(proposed()) == ["esa:1"]
    with RunJournal(posts.root / ".kb" / "runs" / "20250512-1.jsonl", lambda: "2025-05-12T00:00:00Z") as journal:
        values = {"before": {"status": "新規"}, "after": {"status": "終了"}}
        journal.write("run", format=1, plan="x", team="docs")
        journal.write("intend", target="redmine:45", title="件 45", kinds=["close"], **values)
        journal.write("done", target="redmine:45", state={"values": {"status": "終了"}})
    assert proposed() == {}


def test_marks_are_written_the_teams_way_and_marked_pages_go_where_they_belong(
    posts: Any, proposed: Callable[..., dict[str, Change]]
) -> None:
    posts.put(
        (1, "[完了] 止まった", FINISHED), (2, "【完了】止まった 2", FINISHED), (3, "【解決】止まった 3", FINISHED)
    )
    posts.put((4, "止まった 4（済）", FINISHED), category="不具合共有/対応完了/2024")
    found = proposed()
    place = "不具合共有/対応完了/2024"
    assert found["esa:1"].after == {"title": "【完了】止まった", "category": place}
    assert found["esa:2"].after == {"category": place}
    assert found["esa:3"].after == {"title": "【完了】止まった 3", "category": place}
    assert found["esa:4"].after == {"title": "【完了】止まった 4"}
    assert {target: each.accept for target, each in found.items()} == {
        "esa:1": True, "esa:2": True, "esa:3": False, "esa:4": True,
    }  # fmt: skip


def test_pages_in_the_done_place_get_the_mark_where_nothing_is_open(
    posts: Any, proposed: Callable[..., dict[str, Change]]
) -> None:
    posts.put((1, "止まった", FINISHED), (2, "止まった 2", PLAIN), category=DONE)
    posts.put((3, "止まった 3", PLAIN))
    found = proposed()
    assert {target: dict(each.after) for target, each in found.items()} == {
        "esa:1": {"title": "【完了】止まった"},
        "esa:2": {"title": "【完了】止まった 2"},
    }
    assert (found["esa:1"].confidence, found["esa:2"].confidence) == (Confidence.HIGH, Confidence.MEDIUM)
    assert "対応完了の場所にあるため" in found["esa:2"].group


def test_what_was_done_too_early_is_for_a_person_to_take_back(
    posts: Any, proposed: Callable[..., dict[str, Change]]
) -> None:
    posts.put((1, "【完了】止まった", OPEN))
    posts.put((2, "【完了】止まった 2", OPEN), (3, "止まった 3", OPEN), category=DONE)
    found = proposed()
    back = "不具合共有/2024"
    assert {target: dict(each.after) for target, each in found.items()} == {
        "esa:1": {"title": "止まった"},
        "esa:2": {"title": "止まった 2", "category": back},
        "esa:3": {"category": back},
    }
    assert not any(each.accept for each in found.values())
    assert "うち 3 件は、決めてから送るもの" in proposed.said  # type: ignore[attr-defined]


def test_what_a_person_set_aside_is_left_out_and_counted(
    posts: Any, kb: Call, proposed: Callable[..., dict[str, Change]]
) -> None:
    posts.put((1, "止まった", FINISHED), (2, "止まった 2", FINISHED + "\n<!-- kb:ignore-page INC501 理由 -->\n"))
    rows = kb("lint", "--format", "jsonl", "--exit-zero", *NOW).rows
    mark = next(row["fingerprint"] for row in rows if row["doc"] == "esa:1" and row["code"] == "INC501")
    (posts.root / "kb-decisions.toml").write_text(
        f'[[decision]]\nfingerprint = "{mark}"\ndoc = "esa:1"\ncode = "INC501"\nwhat = "accept"\nreason = "x"\n',
        encoding="utf-8",
    )
    assert proposed() == {}
    assert "コメントで抑えた指摘のもの 2 件" in proposed.said  # type: ignore[attr-defined]


def test_what_a_baseline_knows_is_mended_all_the_same(
    posts: Any, kb: Call, proposed: Callable[..., dict[str, Change]]
) -> None:
    posts.put((1, "止まった", FINISHED))
    kb("lint", "--update-baseline", "--exit-zero", *NOW)
    assert (posts.root / "kb-baseline.toml").exists()
    assert list(proposed()) == ["esa:1"]


def test_pages_in_personal_folders_stay_where_they_are(posts: Any, proposed: Callable[..., dict[str, Change]]) -> None:
    with (posts.root / "kb.toml").open("a", encoding="utf-8") as file:
        file.write('\n[incidents]\nplaces = ["不具合共有/**", "Users/*/障害/**"]\n')
    posts.put((1, "止まった", FINISHED), category="Users/sato/障害")
    assert proposed() == {}
    assert "個人のフォルダー 1 件" in proposed.said  # type: ignore[attr-defined]


def test_a_second_run_after_the_changes_proposes_nothing(
    posts: Any, proposed: Callable[..., dict[str, Change]]
) -> None:
    posts.put((1, "止まった", FINISHED), (2, "[完了] 止まった 2", FINISHED))
    for target, change in proposed().items():
        number = int(target.partition(":")[2])
        posts.put((number, str(change.after["title"]), FINISHED), category=str(change.after["category"]))
    assert proposed() == {}


# -- from findings ------------------------------------------------------------------------------


def test_all_that_findings_would_change_is_one_plan_with_several_verbs(
    posts: Any, proposed: Callable[..., dict[str, Change]], registry: Callable[[], None]
) -> None:
    def dated(entry: Entry, world: World) -> Any:
        if entry.title == "定例":
            edit = Edit(Field.TITLE, entry.title, "2025-05-01 定例", Safety.SAFE, says)
            yield Hit(says, Span(1, 1, 1, 2), Confidence.MEDIUM, part="title", content="a", edits=(edit,))
        if entry.title == "昔の手順":
            edit = Edit(Field.CATEGORY, entry.category, f"Archived/{entry.category}", Safety.UNSAFE, says)
            yield Hit(says, Span(1, 1, 1, 2), Confidence.MEDIUM, part="title", content="b", edits=(edit,))

    says = t("題名に日付がありません。", "no date.")
    Rule("TST001", "linters.posts.tst_dated", Severity.WARNING, None, dated)
    registry()
    posts.put((1, "止まった", FINISHED))
    posts.put((2, "定例", "議題は 3 つです。\n"), category="議事録")
    posts.put((3, "昔の手順", "使っていません。\n"), category="運用")
    found = proposed(verb="from-findings")
    assert {target: (each.kind, each.accept) for target, each in found.items()} == {
        "esa:1": (Verb.DONE, True),
        "esa:2": (Verb.RETITLE, True),
        "esa:3": (Verb.ARCHIVE, False),
    }
    assert found["esa:2"].reason == "題名に日付がありません。"
    assert set(proposed("--select", "TST", verb="from-findings")) == {"esa:2", "esa:3"}


def test_finished_tickets_are_in_the_same_plan_unless_other_rules_are_asked_for(
    posts: Any, proposed: Callable[..., dict[str, Change]]
) -> None:
    posts.put((1, "止まった", FINISHED))
    told = note("佐藤 健", "2025-05-20T00:00:00Z", "リリースしました。", status=("新規", "解決"), done=(0, 100))
    put_tickets(posts.root, issue(46, told, status="解決", done_ratio=100))
    found = proposed("--without-check", verb="from-findings")
    assert {target: each.kind for target, each in found.items()} == {"esa:1": Verb.DONE, "redmine:46": Verb.CLOSE}
    assert 'redmine = "https://redmine.example.jp"' in (posts.root / "plan.toml").read_text("utf-8")
    assert set(proposed("--select", "INC", verb="from-findings")) == {"esa:1"}
    assert set(proposed("--select", "TKT101", "--without-check", verb="from-findings")) == {"redmine:46"}
