"""What `kb init` asks of those who write without being on the list of members, and what it writes down of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kb.commands.setup import init_people
from kb.commands.setup.init_people import settle_people
from kb.reading.pages.category_tree import SettingsProposal, propose_settings
from kb.settings.propose import render_config
from kb.settings.workspace import parse_settings
from kb.sources.esa.people import find_unlisted

UNLISTED = (("kurokawa", "黒川 修", 12), ("ci-runner", "", 5), ("deploy-bot", "", 3), ("esa_bot", "esa bot", 2),
            ("partner", "阿部 外", 1))  # fmt: skip
PROPOSAL = replace(propose_settings({}), unlisted=UNLISTED)


def answer(monkeypatch: pytest.MonkeyPatch, *lines: str) -> list[str]:
    """Answer `kb init`'s questions on a terminal; return the list of those it asked."""
    left: Iterator[str] = iter(lines)
    asked: list[str] = []

    def read_line(question: object) -> str:
        asked.append(str(question))
        return next(left)

    monkeypatch.setattr(init_people, "can_ask", lambda: True)
    monkeypatch.setattr(init_people, "read_line", read_line)
    return asked


def written(proposal: SettingsProposal) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    text = render_config({"esa": "docs"}, proposal)
    people = parse_settings(text).people
    return text, people.bots, people.guests


def test_yes_asks_nothing_and_writes_what_a_name_tells(capsys: pytest.CaptureFixture[str]) -> None:
    text, bots, guests = written(settle_people(PROPOSAL, yes=True))
    assert (bots, guests) == (("deploy-bot",), ())
    assert "# guests = " in text
    said = capsys.readouterr()
    assert said.out == ""
    assert "一覧にいない人（3 人）" in said.err
    assert "kurokawa（黒川 修）  12 件" in said.err


def test_kb_toml_says_nothing_of_who_left(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "")
    for yes in (True, False):
        text, _, _ = written(settle_people(PROPOSAL, yes=yes))
        assert "kurokawa" not in text
        assert "黒川" not in text


def test_a_person_is_asked_once_and_may_name_guests_and_bots(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer(monkeypatch, "阿部　外、bot：ci-runner")
    _, bots, guests = written(settle_people(PROPOSAL, yes=False))
    assert (bots, guests) == (("deploy-bot", "ci-runner"), ("partner",))
    assert len(asked) == 1


def test_a_name_that_was_not_shown_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = answer(monkeypatch, "partner, a\x1b[2Jbe", "partner")
    _, bots, guests = written(settle_people(PROPOSAL, yes=False))
    assert (bots, guests) == (("deploy-bot",), ("partner",))
    assert len(asked) == 2
    said = capsys.readouterr().err
    assert "は上の一覧にいません" in said
    assert "\x1b" not in said


def test_where_everybody_is_listed_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer(monkeypatch)
    proposal = replace(PROPOSAL, unlisted=UNLISTED[2:4])
    assert settle_people(proposal, yes=False).bots == ("deploy-bot",)
    assert settle_people(propose_settings({}), yes=False).bots == ()
    assert asked == []


def test_who_wrote_is_counted_by_post_and_members_are_not() -> None:
    miura = {"screen_name": "miura", "name": "三浦"}
    posts = [
        {"created_by": miura, "updated_by": miura},
        {"created_by": {"screen_name": "sato"}, "updated_by": miura},
        {"created_by": {"screen_name": "abe", "name": "阿部"}, "updated_by": None},
        {"created_by": "?", "updated_by": {"screen_name": 3}},
    ]
    assert find_unlisted(posts, ["sato"]) == (("miura", "三浦", 2), ("abe", "阿部", 1))
