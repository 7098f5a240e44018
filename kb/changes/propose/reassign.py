"""Handing the open tickets of one person to another. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from kb.changes.plan import Change, Key, Seen, Verb
from kb.changes.propose.closable import Ticket
from kb.changes.propose.close import PROJECT
from kb.changes.propose.post import Answer, from_to
from kb.errors import UsageError
from kb.lang import t
from kb.model import Confidence
from kb.reading.finished_words import called
from kb.reading.fold import folded


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of Redmine, as the mirror knows them: `had` are the projects in which they had a ticket."""

    id: int
    name: str
    had: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.name} #{self.id}"


def person(written: str, people: Collection[Person], option: str) -> Person:
    """Whom somebody means: `佐藤 健`, `#7` or `佐藤 健 #7`. Raises UsageError for nobody, and for more than one."""
    name, _, number = written.rpartition("#") if "#" in written else (written, "", "")
    bare = _plain(name)
    found = [
        each
        for each in people
        if (not number or (number.isdigit() and each.id == int(number))) and (not bare or _plain(each.name) == bare)
    ]
    if len(found) == 1 and (bare or number):
        return found[0]
    some = sorted(found or [each for each in people if bare and bare in _plain(each.name)], key=lambda each: each.id)
    names = "、".join(map(str, some[:10]))
    raise UsageError(
        t(
            f"{option}「{written[:60]}」は {len(found)} 人います。",
            f"{option} {written[:60]!r} means {len(found)} people.",
        )
        if found
        else t(
            f"{option}「{written[:60]}」という人は写しにいません。",
            f"the mirror knows nobody called {written[:60]!r} ({option}).",
        ),
        t(f"番号も書いてください: {names}", f"give the number too: {names}")
        if names
        else t(
            "Redmine での氏名か、#7 のように番号で書いてください。",
            "give their name in Redmine, or their number as in #7.",
        ),
    )


def reassign(ticket: Ticket, source: Person, target: Person, *, looks_finished: bool) -> Answer:
    """A ticket of one person for another; None for a ticket of somebody else."""
    if ticket.assignee_id != source.id:
        return None
    if not ticket.project_open:
        return PROJECT
    state = ticket.state
    ja, en = f"{called(source.name)}の担当です。", f"{source.name} has it."
    if state.quiet.on:
        ja += f"最後の動きは {state.quiet.on} です。"
        en += f" Last touched on {state.quiet.on}."
    if looks_finished:
        ja += "終わっているように見えるので、kb plan close で閉じられるかもしれません。"
        en += " It looks finished: kb plan close may close it instead."
    because = t("終わっているように見えるもの", "look finished") if looks_finished else t("担当者の変更", "handed over")
    unknown = t(
        f"{called(target.name)}がこのプロジェクトの担当になったことはなく、担当にできないかもしれません",
        f"{target.name} never had a ticket of this project, and perhaps cannot",
    )
    return Change(
        kind=Verb.REASSIGN,
        target=state.key,
        before={Key.ASSIGNEE: str(source)},
        after={Key.ASSIGNEE: str(target)},
        seen=Seen(ticket.updated_at),
        group=from_to(source.name, target.name, because),
        reason=str(t(ja, en)),
        confidence=Confidence.HIGH,
        accept=not looks_finished,
        title=ticket.title,
        note=str(
            t(
                f"担当を{called(source.name)}から{called(target.name)}へ変えます。",
                f"Handed over from {source.name} to {target.name}.",
            )
        ),
        warning="" if ticket.place in target.had else str(unknown),
    )


def people_in(rows: Iterable[tuple[int, str, str]]) -> list[Person]:
    """The people of rows of id, name and the project of a ticket they had ("" where they only wrote)."""
    names: dict[int, str] = {}
    had: dict[int, set[str]] = {}
    for number, name, place in rows:
        names[number] = name
        had.setdefault(number, set()).update({place} - {""})
    return [Person(number, name, frozenset(had[number])) for number, name in names.items()]


def _plain(name: str) -> str:
    return "".join(folded(name).casefold().split())
