"""What becomes of each ticket for closing, as the table of tests/redmine/README.md has it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from contract.subjects import Subject

README = Path(__file__).parents[1] / "redmine" / "README.md"
ROW = re.compile(r"^\| `(\w+)` \| .+? \| ([\w]+) \| ([\w]+) \| (\S+) \|$", re.MULTILINE)
CLOSED, NOTE = 5, "完了のため終了します。"


def table(column: int) -> dict[str, str]:
    """Each ticket's outcome: 1 for bot, 2 for sato, 3 for bot's undoing."""
    return {row[0]: row[column] for row in ROW.findall(README.read_text(encoding="utf-8"))}


def states(redmine: Subject) -> dict[str, tuple[int, bool]]:
    """Status and whether it is closed, by name."""
    ids = redmine.ids["closing"]
    query = f"status_id=*&limit=100&issue_id={','.join(map(str, ids.values()))}"
    rows = {row["id"]: row["status"] for row in redmine.json(f"/issues.json?{query}", "admin")["issues"]}
    return {name: (rows[number]["id"], rows[number]["is_closed"]) for name, number in ids.items()}


def noted(redmine: Subject) -> set[str]:
    """The tickets that carry the note."""
    numbers = set(redmine.rows(f"status_id=*&limit=100&notes=~{NOTE}", "admin"))
    return {name for name, number in redmine.ids["closing"].items() if number in numbers}


def outcome(answer: int, before: tuple[int, bool], after: tuple[int, bool], *, note: bool) -> str:
    """The word of the table for what came of one ticket; 0 as answer if it was not tried."""
    if answer in (422, 403):
        return str(answer) if (before, note) == (after, False) else f"{answer}, changed"
    if answer == 0:
        return "along" if note and after == (CLOSED, True) and not before[1] else "not closed"
    if before[1]:
        return "was" if note and after == before else "lost"
    if after == (CLOSED, True):
        return "closed" if note else "no note"
    return "note" if note and after == before else "changed"


def test_the_table_names_every_ticket_for_closing(closing: Subject) -> None:
    assert set(table(1)) == set(closing.ids["closing"])


@pytest.mark.parametrize(("column", "login"), [(1, "bot"), pytest.param(2, "sato", marks=pytest.mark.long)])
def test_closing_comes_out_as_the_table_says(closing: Subject, column: int, login: str) -> None:
    closing.reset()
    wanted, before = table(column), states(closing)
    answers = {}
    with closing.client(login) as client:
        for name, word in wanted.items():
            body = {"issue": {"status_id": CLOSED, "notes": NOTE}}
            path = f"/issues/{closing.number(name)}.json"
            answers[name] = 0 if word == "along" else client.put(path, json=body).status_code
    after, with_note = states(closing), noted(closing)
    assert {
        name: outcome(answers[name], before[name], after[name], note=name in with_note) for name in wanted
    } == wanted
    if login == "bot":
        undone = undo(closing, before, after)
        assert undone == table(3)


def undo(redmine: Subject, before: dict[str, tuple[int, bool]], after: dict[str, tuple[int, bool]]) -> dict[str, str]:
    """Bot sets the old status of all that closed, from the last to the first."""
    answers = {}
    with redmine.client("bot") as client:
        for name in reversed(table(1)):
            if after[name] != before[name]:
                body = {"issue": {"status_id": before[name][0]}}
                answers[name] = client.put(f"/issues/{redmine.number(name)}.json", json=body).status_code
    now = states(redmine)
    words = {name: "back" if now[name] == before[name] else "stays" for name in now}
    return {
        name: "-" if name not in answers else words[name] if answers[name] == 204 else str(answers[name])
        for name in table(1)
    }
