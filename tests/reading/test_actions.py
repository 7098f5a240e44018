"""Actions as people write them: pages and lines below `actions/`, each with its marks, read in one go.

The marks were written before the code that reads them. A miss prints its line, what is marked and what was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kb.ingest.document import ingest
from kb.lint.formats.json import item_rows
from kb.model.document import Document, Kind, Markup, Source
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts
from kb.rules.judge import build_entry

FOLDER = Path(__file__).parent / "actions"
MARK = re.compile("⟦(?P<owner>[^|⟧]*)\\|(?P<due>[^|⟧]*)\\|(?P<rest>[^⟧]*)⟧")
HEAD = {
    Markup.MARKDOWN: "## 概要\n件数が合わなかった。\n\n## 原因\n{day} の変更で検査が外れた。\n\n"
    "## 対応\n件数を作り直した。\n\n## 再発防止\n",
    Markup.TEXTILE: "h2. 概要\n\n件数が合わなかった。\n\nh2. 原因\n\n{day} の変更で検査が外れた。\n\nh2. 対応\n\n"
    "件数を作り直した。\n\nh2. 再発防止\n\n",
}
WORDS_DAY = "2025-05-20"


@dataclass(frozen=True, slots=True)
class Action:
    """A marked action: its line and what it must give; `*` is not judged."""

    line: int
    owner: str
    due: str
    state: str
    tickets: tuple[str, ...]
    weak: bool
    loose: bool


@dataclass(frozen=True, slots=True)
class ActionPage:
    """A page of the files, without its marks."""

    day: str
    markup: Markup
    path: str
    text: str
    actions: tuple[Action, ...]


def pages(path: Path) -> Iterator[ActionPage]:
    lines = [line for line in path.read_text("utf-8").split("\n") if not line.startswith("# ") or "⟦" in line]
    if path.name in ("whole.txt", "agreed.txt"):
        yield from whole_pages(lines)
        return
    if path.name in ("words.txt", "phrases.txt", "further.txt"):
        for line in filter(None, lines):
            yield make_page(WORDS_DAY, Markup.MARKDOWN, [f"- {line}"])
        return
    day, markup = "", Markup.MARKDOWN
    said: list[str] = []
    for line in [*lines, "=== end"]:
        if line.startswith("=== "):
            if day:
                yield make_page(day, markup, said)
            *kinds, day = line.split()[1:]
            markup, said = Markup.TEXTILE if kinds else Markup.MARKDOWN, []
        else:
            said.append(line)


def whole_pages(lines: list[str]) -> Iterator[ActionPage]:
    """The pages of a file of whole pages: `=== day category/title`, then the body."""
    day, path, said = "", "", list[str]()
    for line in [*lines, "=== - end"]:
        if not line.startswith("=== "):
            said.append(line)
            continue
        if day:
            yield make_page(day, Markup.MARKDOWN, said, path)
        _, day, path = line.split(maxsplit=2)
        said = []


def make_page(day: str, markup: Markup, said: list[str], path: str = "") -> ActionPage:
    head = "" if path else HEAD[markup].format(day=day)
    above, actions = head.count("\n"), []
    for number, line in enumerate(said, 1):
        if found := MARK.search(line):
            state, *more = found["rest"].split()
            tickets = tuple(word for word in more if word not in ("weak", "*"))
            actions.append(
                Action(above + number, found["owner"], found["due"], state, tickets, "weak" in more, "*" in more)
            )
    text = head + "\n".join(MARK.sub("", line) for line in said)
    return ActionPage(day, markup, path or "障害報告/2025/件数が合わない", text, tuple(actions))


def read(page: ActionPage) -> list[dict[str, object]]:
    category, _, title = page.path.rpartition("/")
    document = Document(
        *("x", Source.ESA, Kind.POST, title, page.text, page.markup),
        category=category,
        created_at=f"{page.day}T18:00:00+09:00",
    )
    masked = ingest(document, None, b"", body=True, reads=True).document
    rows = item_rows(build_entry(masked, read_facts(masked, PagePolicy())))
    return [row["item"] for row in rows if isinstance(row["item"], dict)]


def differences(page: ActionPage) -> Iterator[str]:
    """What is read otherwise than it is marked, a line a field."""
    found = {item["line"]: item for item in reversed(read(page))}
    lines = page.text.split("\n")
    for action in page.actions:
        item = found.pop(action.line, None)
        said = lines[action.line - 1]
        if item is None:
            yield f"missed: {said}"
            continue
        owner = "、".join(name.lstrip("@") for name in item["owner"])  # type: ignore[attr-defined]
        tickets = tuple(re.sub("^.*/", "#", ticket) for ticket in item["tickets"])  # type: ignore[attr-defined]
        for field, marked, given in (
            ("owner", action.owner, owner),
            ("due", action.due, item["due"] or ""),
            ("state", action.state, item["state"]),
            ("tickets", action.tickets, tickets),
            ("weak", action.weak, item["weak"]),
        ):
            if marked not in ("*", given) and not (field == "weak" and action.loose):
                yield f"{field} {marked!r}, read {given!r}: {said}"
    for line in found:
        yield f"no action: {lines[int(str(line)) - 1]}"


FLOORS = {
    "lists": 1.0,
    "prose": 1.0,
    "tables": 1.0,
    "words": 1.0,
    "more": 1.0,
    "phrases": 0.95,
    "forms": 0.91,
    "whole": 0.8,
    "ends": 0.6,
    "further": 0.86,
    "beside": 0.78,
    "teams": 1.0,
    "agreed": 0.75,
}


@pytest.mark.parametrize("name", FLOORS)
def test_actions_are_read_as_they_are_marked(name: str) -> None:
    every = list(pages(FOLDER / f"{name}.txt"))
    wrong = [list(differences(page)) for page in every]
    right = sum(not each for each in wrong) / len(every)
    assert right >= FLOORS[name], "\n".join(line for each in wrong for line in each)


def test_a_sentence_of_two_people_with_their_days_is_two_actions() -> None:
    line = "- 片岡が 2/20 までに型を一つに減らし、受付班が 2/27 までに札を替える。"
    found = read(make_page("2026-02-10", Markup.MARKDOWN, [line]))
    assert [(each["owner"], each["due"]) for each in found] == [
        (("片岡",), "2026-02-20"),
        (("受付班",), "2026-02-27"),
    ]
