"""Who gets a mail: the sandbox counts those that the real Redmine delivers."""

from __future__ import annotations

from typing import Any

import pytest
from contract.subjects import Subject

CLOSE = {"status_id": 5, "notes": "完了のため終了します。"}
NOTE = {"notes": "確認しました。"}
HIDDEN = {**NOTE, "private_notes": True}
KATO = 12
ALL = "ito kato sato suzuki"

CASES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a close: author, assignee and members who want all": ("bug", "bot", CLOSE, ALL),
    "watchers, but none that is locked or wants none": ("bug_watched", "bot", CLOSE, f"guest {ALL}"),
    "an urgent ticket: members who want those": ("bug_urgent", "bot", CLOSE, f"{ALL} viewer"),
    "nobody's ticket": ("bug_unassigned", "tanaka", CLOSE, "ito kato suzuki tanaka"),
    "not to oneself": ("bug_version", "sato", CLOSE, "ito kato suzuki"),
    "to oneself if wished: a watcher by now": ("bug_doing", "tanaka", NOTE, f"{ALL} tanaka"),
    "not to who has left": ("bug_of_left", "bot", CLOSE, "ito kato suzuki"),
    "a private ticket: only to who sees it": ("bug_private_of_bot", "bot", CLOSE, "tanaka"),
    "made private: only to who still sees it": ("support_of_bot", "tanaka", {"is_private": True}, "suzuki tanaka"),
    "an assignment: old and new assignee": ("bug_new", "tanaka", {"assigned_to_id": KATO}, f"{ALL} tanaka"),
    "a private note: only to who may read it": ("bug_feedback", "sato", HIDDEN, "kato"),
    "a private note with a change: two mails to some": (
        *("routine", "tanaka", {**HIDDEN, "status_id": 2}),
        "ito kato kato sato sato suzuki tanaka tanaka",
    ),
    "a note that a forbidden close leaves": ("feature_new", "bot", CLOSE, ALL),
    "nothing changed, nobody told": ("feature_new", "bot", {"status_id": 5}, ""),
    "mentions of people one sees": ("support_doing", "kato", {"notes": "@guest @bot さん"}, "ito sato suzuki"),
    "mentions by who sees all": ("support_doing", "tanaka", {"notes": "@guest さん、@bot も"}, f"guest {ALL} tanaka"),
    "no mentions in code": ("leaf_open", "tanaka", {"notes": "```\n@guest\n```"}, f"{ALL} tanaka"),
    "duplicates: a mail for each": ("original_mixed", "bot", CLOSE, " ".join(f"{name} " * 3 for name in ALL.split())),
    "no mail of the parent that moves along": ("child_last", "bot", CLOSE, ALL),
    "a ticket out of sight closed along": ("original_far", "bot", CLOSE, f"{ALL} sato"),
}


def told(redmine: Subject, name: str, login: str, **fields: Any) -> list[str]:
    """Whom one write sends mails to, by login; twice who gets two."""
    before = len(redmine.mails())
    assert redmine.put(name, login, **fields).status_code == 204
    return sorted(redmine.mails()[before:])


@pytest.mark.parametrize("case", CASES)
def test_mails_go_to_whom_the_real_one_sends_them(closing: Subject, case: str) -> None:
    name, login, fields, wanted = CASES[case]
    assert told(closing, name, login, **fields) == sorted(wanted.split())
