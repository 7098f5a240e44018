"""The blind sets of actions are sound: labels stand where they say, and perfect output scores 1.0.

A failure names a set, a page and a line, never the text of a page: whoever runs this has not spoilt a blind set.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).parent
#: Least numbers of pages, of pages without an action, and of actions.
SIZES = {
    "errands": (90, 5, 250),
    "ledger": (60, 4, 170),
    "rota": (95, 6, 290),
    "dossier": (149, 80, 140),
    "scriptorium": (201, 95, 210),
    "lantern": (308, 230, 185),
}
#: Sets whose owners may stand in a heading over their measures.
HEADED = {"rota", "dossier", "scriptorium", "lantern"}
each_set = pytest.mark.parametrize("folder", SIZES)


def rows(folder: str, name: str) -> list[dict[str, Any]]:
    text = (CORPUS / folder / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


def labelled(folder: str) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """The label row of every page with the lines of its body."""
    bodies = {doc["id"]: (doc["body_md"] if "body_md" in doc else doc["body"]) for doc in rows(folder, "docs.jsonl")}
    for label in rows(folder, "labels.jsonl"):
        yield label, bodies[label["doc"]].split("\n")


def items(folder: str) -> Iterator[dict[str, Any]]:
    fields = ("owner", "due", "state", "tickets", "weak")
    for label in rows(folder, "labels.jsonl"):
        for action in label["actions"]:
            said = {field: action[field] for field in fields}
            yield {"doc": label["doc"], "item": {"line": action["first"], **said}}


@each_set
def test_every_page_has_one_label_row_and_there_is_enough_to_measure(folder: str) -> None:
    docs, labels = rows(folder, "docs.jsonl"), rows(folder, "labels.jsonl")
    pages, silent, actions = SIZES[folder]
    assert [doc["id"] for doc in docs] == [label["doc"] for label in labels]
    assert len({doc["id"] for doc in docs}) == len(docs) >= pages
    assert sum(not label["actions"] for label in labels) >= silent
    assert sum(len(label["actions"]) for label in labels) >= actions


def one_line(action: dict[str, Any]) -> tuple[int, int]:
    """Where an action stands that shares its line with the one before: 「Aが…し、Bが…する」."""
    return action["first"], action["last"]


@each_set
def test_actions_follow_one_another_and_stand_on_lines_with_text(folder: str) -> None:
    for label, lines in labelled(folder):
        last = 0
        for action in label["actions"]:
            place = (label["doc"], action["first"])
            assert last < action["first"] <= action["last"] <= len(lines) or (last, last) == one_line(action), place
            last = action["last"]
            assert lines[action["first"] - 1].strip() != "", place
            assert all(action["first"] < line <= last for line in action.get("sub", ())), place
        taken = {n for action in label["actions"] for n in range(action["first"], action["last"] + 1)}
        assert not taken & set(label["ignore"]), label["doc"]


@each_set
def test_owners_and_tickets_are_named_where_their_action_stands(folder: str) -> None:
    for label, lines in labelled(folder):
        for action in label["actions"]:
            span = "\n".join(lines[action["first"] - 1 : action["last"]])
            above = "\n".join(lines[: action["last"]]) if folder in HEADED else span
            unnamed = sum(word not in above for word in action["owner"])
            unnamed += sum(word not in span for word in action["tickets"])
            assert unnamed == 0, (label["doc"], action["first"])


@each_set
def test_days_and_states_are_well_formed(folder: str) -> None:
    for label, _ in labelled(folder):
        date.fromisoformat(label["as_of"])
        for action in label["actions"]:
            assert action["state"] in {"open", "done", "cancelled"}, (label["doc"], action["first"])
            if action["due"] is not None:
                date.fromisoformat(action["due"])


@each_set
def test_items_that_say_what_the_labels_say_score_one(folder: str, tmp_path: Path) -> None:
    said = tmp_path / "items.jsonl"
    said.write_text("".join(json.dumps(item) + "\n" for item in items(folder)), encoding="utf-8")
    command = [sys.executable, str(CORPUS / "score_actions.py"), str(CORPUS / folder), str(said), "--json"]
    figures = json.loads(subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout)
    judged = ("precision", "recall", "f1", "owner", "due", "state", "tickets", "weak")
    assert [figures[field] for field in judged] == [1.0] * len(judged)
