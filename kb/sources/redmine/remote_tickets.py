"""The description of a ticket as it is written: Redmine merges nothing, and keeps every old text in its journal.

So the journal tells whose text an edit replaced: where somebody wrote between the look and the edit, the section
is put into their text (measured on Redmine 6.0.5: no condition on a PUT is looked at).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kb.mirror.store import Mirror
from kb.model.document import Markup
from kb.model.plan import Key, Value
from kb.model.request import Request, State
from kb.plan.sections import block
from kb.plan.sections.patch import Texts, to_send
from kb.sources.redmine.client import Redmine
from kb.sources.redmine.rows import own
from kb.sources.transport.call import Answer
from kb.text.json_fields import table, tables, text, utc, whole
from kb.text.lang import Text, t

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
        return next((each for each in old if block.same(wanted, block.value_of(each))), None)

    def _details(self, number: int) -> Sequence[Mapping[str, Any]]:
        row = self.redmine.writes.whole(number)
        return list(edits(tables(row.get("journals")))) if row else []

    def replaced(self, request: Request, seen: State, sent: str) -> str | None:
        """Another person's description that this edit replaced: written after the look; None where there was none."""
        expected, now = block.value_of(sent), block.value_of(text(seen.row.get(NAME)))
        for detail in reversed(self._details(request.number)):
            if block.value_of(text(detail.get("new_value"))) == expected:
                old = text(detail.get("old_value"))
                return None if block.value_of(old) == now else old
        return None

    @staticmethod
    def clashes(request: Request, theirs: str) -> bool:
        """Whether somebody edited just what is written."""
        return not block.same(str(request.before[Key.BODY]), block.value_of(theirs))


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
        and block.same(str(wanted), block.value_of(text(detail.get("new_value"))))
    )


# What a ticket's journal tells of an edit by kb: which fields it set, and whose values it replaced. Pure.
#
# A list of tickets shows no journals, and a value set just before is gone from the ticket itself: the journal alone
# still has it, as the old value of kb's own entry (measured on Redmine 6.0.5).


FIELDS: Mapping[str, str] = {Key.STATUS: "status_id", Key.ASSIGNEE: "assigned_to_id"}
"""What a journal calls what a change can touch."""

Journal = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trace:
    """An edit in a journal: the keys it set (`made`), the ids it `replaced` that were not there at the look.

    `crossed` says that a person did something with the ticket between the look and the edit; `noted` that the journal
    has an entry of the edit, whether it set anything or not.
    """

    noted: bool
    made: frozenset[str]
    replaced: Mapping[str, str]
    crossed: bool


def trace(
    journals: Sequence[Journal],
    wanted: Mapping[str, str],
    stood: Mapping[str, str],
    is_ours: Callable[[Journal], bool],
    since: str,
) -> Trace:
    """The edit that set the `wanted` ids, by key, of a ticket that `stood` so when it was looked at.

    `since` is when the ticket had last moved at the look (UTC).
    """
    replaced: dict[str, str] = {}
    made: set[str] = set()
    last, noted = 0, False
    for place, journal in enumerate(journals):
        if not is_ours(journal):
            continue
        noted = True
        for key, value in wanted.items():
            old = _replaced(journal, FIELDS[key], value)
            if old is None:
                continue
            made.add(key)
            last = place
            replaced.pop(key, None)
            if old != stood.get(key, old):
                replaced[key] = old
    before = journals[:last]
    crossed = any(utc(each.get("created_on")) > since and not own(each, text(each.get("notes"))) for each in before)
    return Trace(noted, frozenset(made), replaced, crossed or bool(replaced))


def _replaced(journal: Journal, field: str, value: str) -> str | None:
    """The id an entry replaced with this one in a field, "" for none; None where it did not set that."""
    for each in tables(journal.get("details")):
        if each.get("property") == "attr" and each.get("name") == field and text(each.get("new_value")) == value:
            return text(each.get("old_value"))
    return None


GONE = t("もう Redmine にないか、このキーでは読めません", "it is not in Redmine any more, or not for this key")
REFUSED = t(
    "Redmine は受け付けましたが、変わっていません（ワークフローか権限の設定です）",
    "Redmine took it, and nothing changed (its workflow or the key's rights)",
)
BACK = t(
    "送ったとおりになりましたが、そのあとほかの人が変えています", "it was done, and somebody changed it after that"
)
LEFT_NOTE = t("。注記は残っています", "; the note was posted")


def _with_notes(mirror: Mirror, row: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """A ticket as a list shows it, with what only the ticket itself tells, as the mirror has it; whether it has it."""
    known = mirror.ticket(whole(row.get("id")))
    if known is None:
        return row, False
    notes = [{**json.loads(raw), "notes": said} for raw, said in known.notes]
    besides = {key: known.raw[key] for key in _APART if key in known.raw}
    return {**besides, **row, "journals": notes}, True


_APART = ("children", "watchers", "attachments", "relations")
"""What lists do not show, unless they are asked: of all else, what is missing from a row is empty."""


def state_of(row: Mapping[str, Any]) -> State:
    """A ticket as a state."""
    person = table(row.get("assigned_to"))
    values: dict[str, Value] = {
        Key.STATUS.value: text(table(row.get("status")).get("name")),
        Key.ASSIGNEE.value: f"{text(person.get('name'))} #{whole(person.get('id'))}" if person else "",
        Key.BODY.value: block.value_of(text(row.get(NAME))),
    }
    return State(values, 0, utc(row.get("updated_on")), "", row)


def _status_id(state: State) -> int:
    return whole(table(state.row.get("status")).get("id"))


def _duplicates(number: int, state: State) -> Iterator[int]:
    for each in tables(state.row.get("relations")):
        if each.get("relation_type") == "duplicates" and each.get("issue_to_id") == number:
            yield whole(each.get("issue_id"))


def _said(answer: Answer) -> list[str]:
    """Redmine's own sentences on a 422, the first few."""
    data = answer.data if isinstance(answer.data, dict) else {}
    said = data.get("errors")
    return [each for each in said if isinstance(each, str)][:5] if isinstance(said, list) else []


_LONGEST = 2000
"""Characters of a sentence that are looked at: many times what is shown."""
