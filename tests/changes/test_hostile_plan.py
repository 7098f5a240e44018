"""Plans and answers somebody made to hurt: a sentence each, never a traceback, and nothing of it is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from changes.made import closed, titled

from kb.changes.plan import Change, Plan, made
from kb.changes.plan_file import plan_in, written
from kb.errors import InputError

HUGE = "0x" + "f" * 6000
"""A number Python reads and does not print."""

DEEP = ".".join("a" * 4000)
"""Tables in tables, without a bracket that would stop the reader."""


def plan(*changes: Change) -> Plan:
    return made("docs", "2026-11-26T00:00:00Z", "0.1", changes, redmine="https://redmine.example.jp")


TEXT = written(plan(titled(1, "障害", "【完了】障害"), replace(closed(45), along=("redmine:46",))))


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
        plan_in(TEXT.replace(old, new), "plan.toml")
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("along", ["x", "redmine:x", "redmine:0", "redmine:99999999999999999999", "esa:4"])
def test_what_changes_along_is_a_ticket(along: str) -> None:
    with pytest.raises(InputError, match="along"):
        plan_in(TEXT.replace("redmine:46", along), "plan.toml")


def test_nothing_changes_along_with_a_post() -> None:
    with pytest.raises(InputError, match="along"):
        plan_in(written(plan(replace(titled(1, "障害", "題名"), along=("redmine:46",)))), "plan.toml")
