"""What `kb apply` and `kb undo` do to Redmine, told by the sandbox's own tickets and counters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sample_rows
from changes.site import Site
from sample_rows import SATO
from servers import Row

from kb.mirror.store import Mirror, TicketRow
from kb.model.document import Kind, Source
from kb.model.facts import Confidence
from kb.model.plan import Change, SeenState, Value, Verb

WORLD: Row = {
    "issue_statuses": [
        {"id": 1, "name": "新規", "is_closed": False},
        {"id": 3, "name": "解決", "is_closed": False},
        {"id": 5, "name": "終了", "is_closed": True},
    ],
    "roles": [{"id": 3, "name": "開発者", "assignable": True, "permissions": ["view_issues"]}],
    "projects": [{"id": 1, "name": "基盤", "identifier": "infra", "status": 1, "is_public": True}],
    "users": [{"id": 11, "login": "sato", "name": "佐藤"}, {"id": 12, "login": "suzuki", "name": "鈴木"}],
    "memberships": [
        {"id": each, "project": {"id": 1}, "user": {"id": each, "name": name}, "roles": [{"id": 3}]}
        for each, name in ((11, "佐藤"), (12, "鈴木"))
    ],
}


def ticket(number: int, **fields: Any) -> Row:
    """A row of a data file: a ticket that is 解決, and of 佐藤."""
    return sample_rows.ticket(number, **{"status": {"id": 3, "name": "解決"}, "assigned_to": SATO, **fields})


def close(number: int, **given: Any) -> Change:
    """A ticket that is closed."""
    return set_(number, Verb.CLOSE, {"status": "解決"}, {"status": "終了"}, **given)


def set_(number: int, verb: Verb, before: dict[str, Value], after: dict[str, Value], **given: Any) -> Change:
    """A change of a ticket."""
    return Change(
        verb, f"redmine:{number}", before, after, SeenState("2026-01-01T00:00:00Z"), "終了", "理由", Confidence.HIGH,
        title=f"件名 {number}", **given,
    )  # fmt: skip


def status(here: Site, number: int) -> str:
    """The status of a ticket, as the API shows it."""
    with here.sandbox.redmine_client() as client:
        return str(client.get(f"/issues/{number}.json").json()["issue"]["status"]["name"])


def notes(here: Site, number: int) -> list[str]:
    """The notes of a ticket."""
    with here.sandbox.redmine_client() as client:
        found = client.get(f"/issues/{number}.json", params={"include": "journals"}).json()["issue"]["journals"]
    return [str(each["notes"]) for each in found if each.get("notes")]


@pytest.fixture
def here(site: Callable[..., Site]) -> Callable[..., Site]:
    """Opens a workspace with some tickets."""

    def open_(*rows: Row) -> Site:
        return site(data=[WORLD, *rows], redmine=True)

    return open_


def planned(here: Site, *changes: Change) -> None:
    """Write a plan for the sandbox's Redmine."""
    here.plan(changes, redmine=here.sandbox.redmine)


def test_tickets_are_closed_with_a_note_and_read_back(here: Callable[..., Site]) -> None:
    box = here(*(ticket(number) for number in range(1, 8)))
    planned(box, *(close(number, note="解決して 30 日が過ぎました。") for number in range(1, 7)))
    figures = box.apply()
    assert (figures["done"], [status(box, number) for number in range(1, 8)]) == (6, ["終了"] * 6 + ["解決"])
    assert notes(box, 1) == [f"解決して 30 日が過ぎました。\n\nkb {figures['run']}"]
    assert figures["requests"] == 1 + 1 + 6 + 6  # who it is, how they stand, six edits, how each stands now


def test_without_note_leaves_none(here: Callable[..., Site]) -> None:
    box = here(ticket(1), ticket(2))
    planned(box, close(1))
    assert box.apply("--without-note")["done"] == 1
    assert (status(box, 1), notes(box, 1)) == ("終了", [])


def test_a_close_that_does_nothing_is_a_failure_and_says_that_its_note_stands(here: Callable[..., Site]) -> None:
    box = here(ticket(1), ticket(2, parent={"id": 1}, status={"id": 1, "name": "新規"}), ticket(3))
    planned(box, close(1), close(3))
    figures = box.apply(code=4)
    assert (figures["done"], figures["failed"], status(box, 1), status(box, 3)) == (1, 1, "解決", "終了")
    assert "注記は残っています" in str(box.journal(figures["run"]))


def test_children_are_closed_before_their_parents_and_reopened_after_them(here: Callable[..., Site]) -> None:
    box = here(ticket(1), ticket(2, parent={"id": 1}), ticket(3, parent={"id": 2}))
    planned(box, *(close(number) for number in (1, 2, 3)))
    figures = box.apply()
    assert (figures["done"], [status(box, number) for number in (1, 2, 3)]) == (3, ["終了"] * 3)
    assert box.undo(figures["run"])["done"] == 3
    assert [status(box, number) for number in (1, 2, 3)] == ["解決"] * 3


def test_a_ticket_is_told_in_words_that_it_is_taken_back(here: Callable[..., Site]) -> None:
    box = here(ticket(1))
    planned(box, close(1))
    run = box.apply()["run"]
    back = box.undo(run)["run"]
    assert notes(box, 1)[-1] == f"前の変更（{run}）を元に戻します。\n\nkb {back}"
    box.undo(back, "--without-note")
    assert (status(box, 1), len(notes(box, 1))) == ("終了", 2)


def test_duplicates_that_close_along_are_in_the_journal_and_reopen_with_it(here: Callable[..., Site]) -> None:
    relation = {"id": 1, "issue_id": 2, "issue_to_id": 1, "relation_type": "duplicates"}
    box = here(ticket(1, relations=[relation]), ticket(2, status={"id": 1, "name": "新規"}, relations=[relation]))
    planned(box, close(1, along=("redmine:2",)))
    run = box.apply()["run"]
    assert [status(box, number) for number in (1, 2)] == ["終了", "終了"]
    assert box.undo(run)["done"] == 2
    assert [status(box, number) for number in (1, 2)] == ["解決", "新規"]


def test_what_somebody_changed_since_is_left(here: Callable[..., Site]) -> None:
    box = here(ticket(1), ticket(2))
    planned(box, close(1), close(2))
    box.sandbox.edit("redmine", "update", id=1, fields={"status": "新規"})
    box.sandbox.edit("redmine", "note", id=2, fields={"notes": "確認しました"})
    figures = box.apply(code=4)
    assert (figures["done"], figures["stale"], status(box, 1), status(box, 2)) == (1, 1, "新規", "終了")


def test_an_assignee_is_set_and_taken_back(here: Callable[..., Site]) -> None:
    box = here(ticket(1), ticket(2, assigned_to={"id": 12, "name": "鈴木"}))
    planned(box, set_(1, Verb.REASSIGN, {"assignee": "佐藤 #11"}, {"assignee": "鈴木 #12"}))
    run = box.apply()["run"]
    assert assignee(box, 1) == "鈴木"
    box.undo(run)
    assert assignee(box, 1) == "佐藤"


def assignee(here: Site, number: int) -> str:
    """Whose ticket it is."""
    with here.sandbox.redmine_client() as client:
        return str(client.get(f"/issues/{number}.json").json()["issue"]["assigned_to"]["name"])


@pytest.mark.parametrize("kind", ["reset", "reset-after", "500"])
def test_an_answer_that_never_came_is_looked_for(here: Callable[..., Site], kind: str) -> None:
    box = here(ticket(1), ticket(2))
    planned(box, close(1), close(2))
    box.sandbox.fault(system="redmine", kind=kind, times=1, method="PUT")
    figures = box.apply()
    assert (figures["done"], [len(notes(box, number)) for number in (1, 2)]) == (2, [1, 1])


def test_a_status_nobody_knows_is_one_sentence_and_nothing_is_sent(here: Callable[..., Site]) -> None:
    box = here(ticket(1))
    planned(box, set_(1, Verb.CLOSE, {"status": "解決"}, {"status": "完成"}))
    box.kb("apply", "plan.toml", code=5)
    assert "完成" in box.said
    assert not any(name.startswith("PUT") for name in box.counted("redmine"))


def test_a_key_that_loses_its_rights_ends_the_run(here: Callable[..., Site]) -> None:
    box = here(*(ticket(number) for number in range(1, 9)))
    planned(box, *(close(number) for number in range(1, 9)))
    box.sandbox.fault(system="redmine", kind="403", times=99, method="PUT")
    figures = box.apply(code=4)
    assert (figures["done"], figures["failed"]) == (0, 3)
    box.sandbox.clear_faults()
    assert box.apply()["done"] == 8


def test_a_key_that_is_refused_at_the_first_write_leaves_nothing_unknown(here: Callable[..., Site]) -> None:
    box = here(*(ticket(number) for number in range(1, 4)))
    planned(box, *(close(number) for number in range(1, 4)))
    box.sandbox.fault(system="redmine", kind="401", times=1, method="PUT")
    name = box.apply(code=3)["run"]
    assert [each["what"] for each in box.journal(name)][-3:] == ["intend", "limited", "end"]
    assert box.apply()["done"] == 3


def test_what_the_mirror_knows_of_a_ticket_besides_stays_and_a_sync_brings_the_note(here: Callable[..., Site]) -> None:
    said = {
        "id": 900,
        "user": {"id": 12, "name": "鈴木"},
        "created_on": "2026-01-05T00:00:00Z",
        "notes": "完了しました。",
    }
    relation = {"id": 1, "issue_id": 3, "issue_to_id": 1, "relation_type": "relates"}
    row = ticket(1, journals=[said], updated_on="2026-01-05T00:00:00Z", relations=[relation])
    box = here(row, ticket(2, parent={"id": 1}, status={"id": 5, "name": "終了"}), ticket(3, relations=[relation]))
    before = mirrored(box, 1)
    planned(box, replace(close(1), seen=SeenState("2026-01-05T00:00:00Z")))
    box.apply()
    now = mirrored(box, 1)
    assert (now.raw["status"]["name"], now.raw["children"], now.raw["relations"]) == (
        "終了", before.raw["children"], before.raw["relations"],
    )  # fmt: skip
    assert human(box, 1) == ("2026-01-05T00:00:00Z", "鈴木")
    box.kb("sync")
    assert mirrored(box, 1).notes[-1][1].startswith("kb ")
    assert human(box, 1) == ("2026-01-05T00:00:00Z", "鈴木")


def mirrored(here: Site, number: int) -> TicketRow:
    """A ticket as the mirror has it."""
    with Mirror.open(here.folder / ".kb" / "mirror.db", readonly=True) as mirror:
        found = mirror.ticket(number)
    assert found is not None
    return found


def human(here: Site, number: int) -> tuple[str, str]:
    """The last edit of a ticket by a person, as the mirror knows it."""
    with Mirror.open(here.folder / ".kb" / "mirror.db", readonly=True) as mirror:
        found = mirror.find(Source.REDMINE, Kind.TICKET, str(number))
    assert found is not None
    return found.document.human_at, found.document.human_by


def duplicates(*pairs: tuple[int, int]) -> list[Row]:
    """Relations: the first is a duplicate of the second."""
    return [
        {"id": number, "issue_id": one, "issue_to_id": other, "relation_type": "duplicates"}
        for number, (one, other) in enumerate(pairs, start=1)
    ]


def test_what_would_close_a_duplicate_nobody_decided_on_is_left(here: Callable[..., Site]) -> None:
    two, three = duplicates((2, 1), (3, 2))
    box = here(ticket(1, relations=[two]), ticket(2, relations=[two, three]), ticket(3, relations=[three]), ticket(4))
    planned(box, close(1, along=("redmine:2",)), close(4))
    figures = box.apply(code=4)
    assert (figures["done"], figures["stale"]) == (1, 1)
    assert "#3 も終了になってしまう" in str(box.journal(figures["run"]))
    assert [status(box, number) for number in (1, 2, 3, 4)] == ["解決", "解決", "解決", "終了"]


def test_taking_back_an_undo_closes_duplicates_and_knows_that_it_did(here: Callable[..., Site]) -> None:
    (two,) = duplicates((2, 1))
    box = here(ticket(1, relations=[two]), ticket(2, relations=[two]))
    planned(box, close(1, along=("redmine:2",)))
    run = box.apply()["run"]
    back = box.undo(run)["run"]
    again = box.undo(back)["run"]
    assert [status(box, number) for number in (1, 2)] == ["終了", "終了"]
    box.sandbox.edit("redmine", "update", id=2, fields={"assigned_to": 12})
    box.undo(again)
    assert [status(box, number) for number in (1, 2)] == ["解決", "解決"]
    assert assignee(box, 2) == "鈴木"


def test_a_lost_request_is_not_taken_for_an_earlier_one_of_the_run(here: Callable[..., Site]) -> None:
    box = here(ticket(1), ticket(2))
    changes = [close(1), set_(1, Verb.REASSIGN, {"assignee": "佐藤 #11"}, {"assignee": "鈴木 #12"})]
    planned(box, *changes)
    path = box.folder / "plan.toml"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("\naccept = true", "\naccept = false", 1), encoding="utf-8")
    run = box.apply()["run"]
    path.write_text(whole, encoding="utf-8")
    box.sandbox.fault(system="redmine", kind="500", times=1, method="PUT")
    figures = box.apply()
    assert (figures["run"], figures["done"], figures["failed"]) == (run, 1, 0)
    assert (status(box, 1), assignee(box, 1), len(notes(box, 1))) == ("終了", "鈴木", 2)
