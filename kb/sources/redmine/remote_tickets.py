"""Write descriptions of tickets, and read what their journals tell of edits.

Redmine merges nothing and looks at no condition of a PUT, but keeps every replaced value in the journal (measured on
Redmine 6.0.5): where somebody wrote between the look and the edit, the section is put into their text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kb.mirror.store import Mirror
from kb.model.document import Markup
from kb.model.plan import ChangeKey, Value
from kb.model.request import ChangeRequest, TargetState
from kb.plan.sections import block
from kb.plan.sections.patch import NewTexts, compose_text
from kb.sources.redmine.client import Redmine
from kb.sources.redmine.rows import is_own_edit
from kb.sources.transport.call import Answer
from kb.text.json_fields import int_field, object_field, objects_field, text_field, utc_field
from kb.text.lang import Text, t

DESCRIPTION_FIELD = "description"
"""What a journal calls it."""

TEXT_RESTORED = t(
    "同じところをほかの人が書き換えていたので、その人の文章に戻しました",
    "somebody was editing the same section, and their text was put back",
)
TEXT_NOT_RESTORED = t(
    "同じところをほかの人が書き換えていましたが、その人の文章に戻せませんでした。チケットの履歴で確かめてください",
    "somebody was editing the same section, and their text could not be put back: look at the ticket's history",
)


@dataclass(frozen=True, slots=True)
class RedmineBodies:
    """The texts of one run. `texts` are new ones; restored ones are found in the tickets' journals.

    `with_secrets`: those are put back as they were, with the secrets in them.
    """

    redmine: Redmine
    texts: NewTexts = field(default_factory=dict)
    markup: Markup = Markup.MARKDOWN
    with_secrets: bool = False

    def made(self, request: ChangeRequest, row: Mapping[str, Any]) -> str | Text:
        """Return the description to send for a ticket, or why there is none."""
        present, title = text_field(row.get(DESCRIPTION_FIELD)), text_field(row.get("subject"))
        past = partial(self._past, request.number)
        return compose_text(request, present, self.texts, past, title, self.markup, with_secrets=self.with_secrets)

    def _past(self, number: int, wanted: str) -> str | None:
        """Return the last replaced description with the digest `wanted`."""
        old = (text_field(detail.get("old_value")) for detail in reversed(self._details(number)))
        return next((each for each in old if block.is_same_digest(wanted, block.digest_text(each))), None)

    def _details(self, number: int) -> Sequence[Mapping[str, Any]]:
        row = self.redmine.writes.whole(number)
        return list(find_description_edits(objects_field(row.get("journals")))) if row else []

    def replaced(self, request: ChangeRequest, seen: TargetState, sent: str) -> str | None:
        """Return the description of another person, written after the look, that this edit replaced."""
        expected, now = block.digest_text(sent), block.digest_text(text_field(seen.row.get(DESCRIPTION_FIELD)))
        for detail in reversed(self._details(request.number)):
            if block.digest_text(text_field(detail.get("new_value"))) == expected:
                old = text_field(detail.get("old_value"))
                return None if block.digest_text(old) == now else old
        return None

    @staticmethod
    def clashes(request: ChangeRequest, theirs: str) -> bool:
        return not block.is_same_digest(str(request.before[ChangeKey.BODY]), block.digest_text(theirs))


def find_description_edits(journals: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield what journals say of descriptions, oldest first."""
    for journal in journals:
        for detail in objects_field(journal.get("details")):
            if detail.get("property") == "attr" and detail.get("name") == DESCRIPTION_FIELD:
                yield detail


def is_our_description(detail: Mapping[str, Any], request: ChangeRequest) -> bool:
    wanted = request.after.get(ChangeKey.BODY)
    return (
        wanted is not None
        and detail.get("name") == DESCRIPTION_FIELD
        and block.is_same_digest(str(wanted), block.digest_text(text_field(detail.get("new_value"))))
    )


JOURNAL_FIELDS: Mapping[str, str] = {
    ChangeKey.STATUS: "status_id",
    ChangeKey.ASSIGNEE: "assigned_to_id",
    ChangeKey.PRIVATE: "is_private",
}
"""What a journal calls what a change can touch."""

JournalEntry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EditTrace:
    """An edit in a journal: the keys it set (`made`), the ids it `replaced` that were not there at the look.

    `crossed`: a person touched the ticket between look and edit; `noted`: the edit has an entry, whatever it set.
    """

    noted: bool
    made: frozenset[str]
    replaced: Mapping[str, str]
    crossed: bool


def trace_edit(
    journals: Sequence[JournalEntry],
    wanted: Mapping[str, str],
    stood: Mapping[str, str],
    is_ours: Callable[[JournalEntry], bool],
    since: str,
) -> EditTrace:
    """Find the edit that set the `wanted` ids by key, of a ticket that `stood` so at the look, last moved `since`."""
    replaced: dict[str, str] = {}
    made: set[str] = set()
    last, noted = 0, False
    for place, journal in enumerate(journals):
        if not is_ours(journal):
            continue
        noted = True
        for key, value in wanted.items():
            old = _replaced(journal, JOURNAL_FIELDS[key], value)
            if old is None:
                continue
            made.add(key)
            last = place
            replaced.pop(key, None)
            if old != stood.get(key, old):
                replaced[key] = old
    before = journals[:last]
    crossed = any(
        utc_field(each.get("created_on")) > since and not is_own_edit(each, text_field(each.get("notes")))
        for each in before
    )
    return EditTrace(noted, frozenset(made), replaced, crossed or bool(replaced))


def _replaced(journal: JournalEntry, field: str, value: str) -> str | None:
    """Return the id an entry replaced with `value`, "" for none; None where it did not set that."""
    for each in objects_field(journal.get("details")):
        if each.get("property") == "attr" and each.get("name") == field and text_field(each.get("new_value")) == value:
            return text_field(each.get("old_value"))
    return None


TICKET_GONE = t("もう Redmine にないか、このキーでは読めません", "it is not in Redmine any more, or not for this key")
NOT_CHANGED = t(
    "Redmine は受け付けましたが、変わっていません（ワークフローか権限の設定です）",
    "Redmine took it, and nothing changed (its workflow or the key's rights)",
)
TICKET_EDITED_SINCE = t(
    "送ったとおりになりましたが、そのあとほかの人が変えています", "it was done, and somebody changed it after that"
)
OUT_OF_SIGHT = t(
    "送ったあと、このキーでは読めなくなったので、確かめられません。読める人に見てもらってください"
    "（kb からは戻せません）",
    "after it was sent this key sees it no more, so nothing is proved: ask somebody who does (kb cannot undo it)",
)
NOTE_REMAINS = t("。注記は残っています", "; the note was posted")


def merge_mirrored_notes(mirror: Mirror, row: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """Return a listed ticket with what the mirror has of it besides, and whether it has it."""
    known = mirror.ticket(int_field(row.get("id")))
    if known is None:
        return row, False
    limits = {int_field(each.get("id")): each.get("private_notes") for each in objects_field(row.get("journals"))}
    notes = [{**json.loads(raw), "notes": said} for raw, said in known.notes]
    notes = [
        {**each, "private_notes": limits.get(int_field(each.get("id")), each.get("private_notes"))} for each in notes
    ]
    besides = {key: known.raw[key] for key in UNLISTED_FIELDS if key in known.raw}
    return {**besides, **row, "journals": notes}, True


UNLISTED_FIELDS = ("children", "watchers", "attachments", "relations")
"""What lists do not show, unless they are asked: of all else, what is missing from a row is empty."""


def ticket_state(row: Mapping[str, Any]) -> TargetState:
    person = object_field(row.get("assigned_to"))
    values: dict[str, Value] = {
        ChangeKey.STATUS.value: text_field(object_field(row.get("status")).get("name")),
        ChangeKey.ASSIGNEE.value: f"{text_field(person.get('name'))} #{int_field(person.get('id'))}" if person else "",
        ChangeKey.PRIVATE.value: row.get("is_private") is True,
        ChangeKey.BODY.value: block.digest_text(text_field(row.get(DESCRIPTION_FIELD))),
    }
    if "journals" in row:
        values[ChangeKey.NOTES.value] = tuple(
            f"{int_field(each.get('id'))} {'private' if each.get('private_notes') is True else 'public'}"
            for each in objects_field(row.get("journals"))
        )
    return TargetState(values, 0, utc_field(row.get("updated_on")), "", row)


def status_id(state: TargetState) -> int:
    return int_field(object_field(state.row.get("status")).get("id"))


def find_duplicates(number: int, state: TargetState) -> Iterator[int]:
    for each in objects_field(state.row.get("relations")):
        if each.get("relation_type") == "duplicates" and each.get("issue_to_id") == number:
            yield int_field(each.get("issue_id"))


def list_error_sentences(answer: Answer) -> list[str]:
    """Return Redmine's first few sentences on a 422."""
    data = answer.data if isinstance(answer.data, dict) else {}
    said = data.get("errors")
    return [each for each in said if isinstance(each, str)][:5] if isinstance(said, list) else []


MAX_SENTENCE_READ = 2000
"""Characters of a sentence that are looked at: many times what is shown."""
