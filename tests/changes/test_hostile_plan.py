"""Plans and answers somebody made to hurt: a sentence each, never a traceback, and nothing of it is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import pytest
from changes.made import change, closed, titled
from pace import growth

from kb.commands.change.review.batch import list_groups
from kb.errors import InputError, RefusedError
from kb.execute.preflight.check import check_plan, check_team
from kb.mirror.store import Mirror
from kb.model.plan import Change, ChangeKey, Plan, Verb, digest_group, new_plan
from kb.plan.file.parse import parse_plan
from kb.plan.file.patch import patch_decisions
from kb.plan.file.render import render_plan
from kb.plan.limits import Limit, find_exceeded_limits
from kb.plan.values import check_value
from kb.settings.workspace import Workspace, open_workspace

HUGE = "0x" + "f" * 6000
"""A number Python reads and does not print."""

DEEP = ".".join("a" * 4000)
"""Tables in tables, without a bracket that would stop the reader."""


def plan(*changes: Change) -> Plan:
    return new_plan("docs", "2026-11-26T00:00:00Z", "0.1", changes, redmine="https://redmine.example.jp")


TEXT = render_plan(plan(titled(1, "障害", "【完了】障害"), replace(closed(45), along=("redmine:46",))))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("format = 1", f"format = {HUGE}"),
        ("format = 1", f"format.{DEEP} = 1"),
        ("changes = 2", f"changes = {HUGE}"),
        ("revision = 3", f"revision = {HUGE}"),
        ("revision = 3", "revision = -3"),
        ("accept = true", f"accept = {HUGE}"),
        ('kind = "retitle"', f"kind.{DEEP} = 1"),
        ('after = {title = "【完了】障害"}', f"after = {{title = {HUGE}}}"),
        ('after = {title = "【完了】障害"}', f"after = {{{DEEP} = 1}}"),
    ],
    ids=lambda text: text[:24],
)
def test_a_value_too_large_or_too_deep_to_be_shown_is_a_sentence(old: str, new: str) -> None:
    assert TEXT.count(old) >= 1
    with pytest.raises(InputError) as error:
        parse_plan(TEXT.replace(old, new), "plan.toml")
    assert len(str(error.value)) < 300


def test_a_note_is_as_long_as_every_redmine_takes() -> None:
    fits, over = (plan(replace(closed(4), note="あ" * count)) for count in (20_000, 20_001))
    assert parse_plan(render_plan(fits), "plan.toml") == fits
    with pytest.raises(InputError, match=r"注記が長すぎます.*60,003 バイト") as error:
        parse_plan(render_plan(over), "plan.toml")
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("along", ["x", "redmine:x", "redmine:0", "redmine:99999999999999999999", "esa:4"])
def test_what_changes_along_is_a_ticket(along: str) -> None:
    with pytest.raises(InputError, match="along"):
        parse_plan(TEXT.replace("redmine:46", along), "plan.toml")


def test_nothing_changes_along_with_a_post() -> None:
    with pytest.raises(InputError, match="along"):
        parse_plan(render_plan(plan(replace(titled(1, "障害", "題名"), along=("redmine:46",)))), "plan.toml")


def test_tags_are_as_short_together_as_anything_else_is() -> None:
    assert check_value(ChangeKey.TAGS, tuple(str(number) for number in range(100))) is None
    assert check_value(ChangeKey.TAGS, tuple("x" * 900 for _ in range(10_000))) is not None


def workspace(folder: Path, monkeypatch: pytest.MonkeyPatch, toml: str) -> Workspace:
    (folder / "kb.toml").write_text(toml, encoding="utf-8")
    monkeypatch.chdir(folder)
    return open_workspace()


def test_a_plan_of_no_team_is_for_no_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = workspace(tmp_path, monkeypatch, '[redmine]\nurl = "https://redmine.example.jp"\n')
    with pytest.raises(RefusedError, match="チーム"):
        check_team(here, new_plan("", "2026-11-26T00:00:00Z", "0.1", [titled(1, "障害", "題名")]))
    here = workspace(tmp_path, monkeypatch, '[esa]\nteam = "docs"\n')
    with pytest.raises(RefusedError, match="Redmine"):
        check_team(here, new_plan("docs", "2026-11-26T00:00:00Z", "0.1", [closed(1)]))


def test_a_ticket_is_given_no_status_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = "https://redmine.example.jp"
    here = workspace(tmp_path, monkeypatch, f'[redmine]\nurl = "{url}"\n')
    back = change("redmine:1", Verb.UNDO, status=("終了", ""))
    plan = new_plan("", "2026-11-26T00:00:00Z", "0.1", [back], redmine=url)
    with Mirror.open(here.mirror) as mirror:
        found = check_plan(here, mirror, plan, limited=False)
    assert (found.requests, [request.target for request, _ in found.unsendable]) == ((), ["redmine:1"])


@pytest.mark.parametrize("kind", list(Verb))
def test_no_word_for_it_closes_more_tickets_than_may_be_closed(kind: Verb) -> None:
    many = [change(f"redmine:{number}", kind, status=("解決", "終了")) for number in range(1, 52)]
    assert [each.limit for each in find_exceeded_limits(many, {})] == [Limit.CLOSED]


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\x9b", "\u2028"])
def test_what_turns_text_around_is_neither_sent_nor_left_in_a_comment(sign: str) -> None:
    assert check_value(ChangeKey.TITLE, f"障害{sign}対応") is not None
    text = render_plan(plan(replace(titled(1, "障害", "題名"), group=f"# {sign}\naccept = false")))
    assert not any(sign in line for line in text.splitlines() if line.startswith("#"))


def test_a_key_of_endless_parts_is_refused_before_it_is_read() -> None:
    for line in (f"{DEEP} = 1", f"x = {{{DEEP} = 1}}", f"[{DEEP}]", '"a" . ' * 4000 + "a = 1"):
        with pytest.raises(InputError, match="段"):
            parse_plan(f"{TEXT}\n{line}\n", "plan.toml")


def blank(count: int) -> None:
    parse_plan(TEXT + " " * count, "plan.toml")


def begun(count: int) -> None:
    lines = "reviewed = [\n" * (count // 2)  # a note is no longer than half of this
    now = parse_plan(TEXT.replace('reason = "理由"', f'note = """\n{lines}"""\nreason = "理由"', 1), "plan.toml")
    text = render_plan(now).replace("\\n", "\n").replace('note = "', 'note = """', 1).replace(' [\n"', ' [\n"""', 1)
    patch_decisions(text, now, replace(now, reviewed=(digest_group(*next(now.groups())),)))


@cache
def scattered(count: int) -> Plan:
    return plan(*(titled(number, "障害", "題名", group=f"組 {number}") for number in range(1, count + 1)))


def in_groups(count: int) -> None:
    assert len(list(list_groups(scattered(count)))) >= count


@pytest.mark.parametrize("read", [blank, begun, in_groups])
def test_time_grows_as_the_file_does(read: Callable[[int], None]) -> None:
    assert growth(lambda count: partial(read, count), 2000, 4, below=8) < 8, "sixteen times is each with each"
