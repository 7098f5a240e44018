"""A section written into a ticket: Redmine merges nothing, and its journal keeps what stood there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from changes.site import Site, posts
from changes.test_apply_redmine import WORLD
from changes.test_apply_redmine import ticket as described
from changes.written import put, text_of, ticket

TICKET = 1
TARGET = f"redmine:{TICKET}"
SECRET = "DB_PASSWORD=Momiji_" + "8841"


@pytest.fixture
def here(site: Callable[..., Site]) -> Site:
    """A workspace whose ticket 1 has a description of three lines."""
    rows = [*posts(1), WORLD, described(TICKET, description="一\r\n二\r\n三")]
    return site(data=rows, redmine=True)


def puts(here: Site) -> int:
    """How many edits the server has seen."""
    return sum(count for name, count in here.counted("redmine").items() if name.startswith("PUT"))


def test_a_section_is_one_put_that_is_read_back(here: Site) -> None:
    done = put(here, TARGET, "新しい指摘 3 件、直ったもの 5 件。")
    assert (done.stats.done, puts(here)) == (1, 1)
    assert text_of(here, TARGET).replace("\r\n", "\n").startswith("一\n二\n三\n\n<!-- kb:report begin sha256=")
    assert not any(each["notes"] for each in ticket(here, TICKET)["journals"])
    again = put(here, TARGET, "新しい指摘 3 件、直ったもの 5 件。")
    assert (again.stats.done, puts(here)) == (0, 1)


def test_undo_puts_back_what_the_tickets_own_journal_keeps(here: Site) -> None:
    put(here, TARGET, "先週")
    run = put(here, TARGET, "今週").run
    text = text_of(here, TARGET).replace("一\r\n", "直した一\r\n")
    here.sandbox.edit("redmine", "update", id=TICKET, fields={"description": text})
    back = here.undo(run)
    assert back["done"] == 1
    assert "先週" in text_of(here, TARGET)
    assert text_of(here, TARGET).startswith("直した一")
    assert here.undo(back["run"])["done"] == 1
    assert text_of(here, TARGET) == text


def test_undo_of_the_first_section_leaves_the_description_as_it_was(here: Site) -> None:
    run = put(here, TARGET, "今週").run
    here.undo(run)
    assert text_of(here, TARGET) == "一\r\n二\r\n三"


def test_somebody_who_writes_in_between_keeps_what_they_wrote(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from kb.sources.redmine.requests import RedmineWrites

    put(here, TARGET, "先週")
    right, left = RedmineWrites.update, ["一"]

    def wrong(self: RedmineWrites, number: int, fields: dict[str, object]) -> object:
        if left:
            theirs = text_of(here, TARGET).replace(left.pop(), "ほかの人の一")
            here.sandbox.edit("redmine", "update", id=TICKET, fields={"description": theirs})
        return right(self, number, fields)

    monkeypatch.setattr(RedmineWrites, "update", wrong)
    done = put(here, TARGET, "今週")
    assert (done.stats.done, len(done.stats.crossed)) == (1, 1)
    assert text_of(here, TARGET).startswith("ほかの人の一")
    assert "今週" in text_of(here, TARGET)


def test_somebody_who_writes_into_the_section_in_between_gets_their_text_back(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kb.sources.redmine.requests import RedmineWrites

    put(here, TARGET, "先週")
    theirs = text_of(here, TARGET).replace("先週", "人が直した先週")
    right, left = RedmineWrites.update, [theirs]

    def wrong(self: RedmineWrites, number: int, fields: dict[str, object]) -> object:
        if left:
            here.sandbox.edit("redmine", "update", id=TICKET, fields={"description": left.pop()})
        return right(self, number, fields)

    monkeypatch.setattr(RedmineWrites, "update", wrong)
    done = put(here, TARGET, "今週")
    assert (done.stats.done, done.stats.failed) == (0, 1)
    assert "その人の文章に戻しました" in str(done.stats.reported[0][1].why)
    assert text_of(here, TARGET) == theirs


@pytest.mark.parametrize("kind", ["reset", "reset-after", "500"])
def test_an_answer_that_never_came_is_told_by_its_effect(here: Site, kind: str) -> None:
    here.sandbox.fault(system="redmine", kind=kind, times=1, method="PUT")
    assert put(here, TARGET, "週報").stats.done == 1
    assert text_of(here, TARGET).count("kb:report begin") == 1
    assert sum(bool(each["details"]) for each in ticket(here, TICKET)["journals"]) == 1


def test_what_the_server_takes_and_does_not_do_is_no_success(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from kb.sources.redmine.requests import RedmineWrites

    right = RedmineWrites.update
    monkeypatch.setattr(RedmineWrites, "update", lambda self, number, fields: right(self, number, {}))
    done = put(here, TARGET, "週報")
    assert (done.stats.done, done.stats.failed) == (0, 1)


def test_a_description_that_holds_a_secret_is_not_sent(here: Site) -> None:
    here.sandbox.edit("redmine", "update", id=TICKET, fields={"description": f"接続先 db01、{SECRET} です。"})
    done = put(here, TARGET, "週報")
    assert (done.stats.skipped, puts(here)) == (1, 0)


def test_an_old_description_no_journal_has_is_left(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from kb.sources.redmine.requests import RedmineWrites

    run = put(here, TARGET, "今週").run
    made = text_of(here, TARGET)
    monkeypatch.setattr(RedmineWrites, "whole", lambda self, number: None)
    assert here.undo(run, code=4)["skipped"] == 1
    assert text_of(here, TARGET) == made
