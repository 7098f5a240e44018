"""The description of a ticket as it is written: Redmine merges nothing, and keeps every old text in its journal.

So the journal tells whose text an edit replaced: where somebody wrote between the look and the edit, the section
is put into their text (measured on Redmine 6.0.5: no condition on a PUT is looked at).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kb.changes import bodies
from kb.changes.plan import Key
from kb.changes.remote import Request, State
from kb.changes.written import Texts, to_send
from kb.lang import Text, t
from kb.mirror.rows import tables, text
from kb.model import Markup
from kb.sources.redmine import Redmine

NAME = "description"
"""What a journal calls it."""

CLASHED = t(
    "同じところをほかの人が書き換えていたので、その人の文章に戻しました",
    "somebody was editing the same section, and their text was put back",
)
STILL = t(
    "同じところをほかの人が書き換えていましたが、その人の文章に戻せませんでした。チケットの履歴で確かめてください",
    "somebody was editing the same section, and their text could not be put back: look at the ticket's history",
)


@dataclass(frozen=True, slots=True)
class RedmineBodies:
    """The texts of one run. `texts` are those that are new; what is put back is found in the tickets' own journals."""

    redmine: Redmine
    texts: Texts = field(default_factory=dict)
    markup: Markup = Markup.MARKDOWN

    def made(self, request: Request, row: Mapping[str, Any]) -> str | Text:
        """The description that is sent for a ticket that stands so; why there is none, where it cannot be."""
        present = text(row.get(NAME))

        def past(wanted: str) -> str | None:
            return self._past(request.number, wanted)

        return to_send(request, present, self.texts, past, text(row.get("subject")), self.markup)

    def _past(self, number: int, wanted: str) -> str | None:
        """The last description that is what is wanted, of those the journal says were replaced."""
        old = (text(detail.get("old_value")) for detail in reversed(self._details(number)))
        return next((each for each in old if bodies.same(wanted, bodies.value_of(each))), None)

    def _details(self, number: int) -> Sequence[Mapping[str, Any]]:
        row = self.redmine.writes.whole(number)
        return list(edits(tables(row.get("journals")))) if row else []

    def replaced(self, request: Request, seen: State, sent: str) -> str | None:
        """Another person's description that this edit replaced: written after the look; None where there was none."""
        expected, now = bodies.value_of(sent), bodies.value_of(text(seen.row.get(NAME)))
        for detail in reversed(self._details(request.number)):
            if bodies.value_of(text(detail.get("new_value"))) == expected:
                old = text(detail.get("old_value"))
                return None if bodies.value_of(old) == now else old
        return None

    @staticmethod
    def clashes(request: Request, theirs: str) -> bool:
        """Whether somebody edited just what is written."""
        return not bodies.same(str(request.before[Key.BODY]), bodies.value_of(theirs))


def edits(journals: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """What some journals say of descriptions, the oldest first."""
    for journal in journals:
        for detail in tables(journal.get("details")):
            if detail.get("property") == "attr" and detail.get("name") == NAME:
                yield detail


def wrote(detail: Mapping[str, Any], request: Request) -> bool:
    """Whether a detail of a journal tells of the description a request writes."""
    wanted = request.after.get(Key.BODY)
    return (
        wanted is not None
        and detail.get("name") == NAME
        and bodies.same(str(wanted), bodies.value_of(text(detail.get("new_value"))))
    )
