"""Check whether pages and tickets still support a proposal, with the code that made it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from kb.clock import lint_time
from kb.execute.preflight.mirror_state import PostTexts
from kb.lint.engine.request import Request, SurveyedDocument
from kb.lint.engine.survey import Survey
from kb.lint.engine.world_builder import WorldBuilder
from kb.lint.proposals.incidents import CODES, mark_closed_by_kb, propose_finished, tickets_closed_by_kb
from kb.lint.proposals.tickets import OpenTickets
from kb.mirror import queries
from kb.mirror.documents import document_from_row
from kb.mirror.store import Mirror, TicketRow
from kb.model.document import Document, Kind, Source, Visibility
from kb.model.facts import TitleMark
from kb.model.masked import EMPTY, Masked, reshape
from kb.model.plan import Change, ChangeKey, Plan, Verb
from kb.plan.propose.close import find_ticket_contradiction
from kb.plan.propose.post import PostHead
from kb.plan.propose.ship import EMPTY_POSTS, POSTS_WITH_SECRETS, ShipRule, find_draft_mark, propose_ship
from kb.plan.rebase import Contradiction
from kb.plan.values import is_same_value
from kb.reading.pages.marks import strip_title_mark
from kb.reading.tickets.notes import find_unfinished_sentence
from kb.reading.tickets.state import NoteMeaning
from kb.rules.world import World
from kb.secrets.mask_document import mask_text
from kb.settings.workspace import Workspace
from kb.sources.esa import rows
from kb.sources.redmine import rows as redmine_rows
from kb.text.lang import Text, t
from kb.text.lines import Span
from linters.incident.measures import FINISHED, measure_states
from linters.incident.status.marked_but_open import OpenPoint, first_open

_SENT = (
    "title", "category", "tags", "wip", "author", "created_at", "updated_at", "revision", "url", "visibility",
)  # fmt: skip
"""What a post's head takes from its row."""

_DRAFTS: Mapping[Text, Text] = {
    EMPTY_POSTS: t("本文がまだないか、ひな形のままになっています", "nothing is written in it, or a template as it was"),
    POSTS_WITH_SECRETS: t("秘密の値が書かれています", "there is a secret in it"),
}
_LEFT: Mapping[OpenPoint, Text] = {
    OpenPoint.MEASURE: t("残っている対策があります", "a measure is still open"),
    OpenPoint.UNDECIDED: t("再発防止が決まっていません", "prevention is not decided"),
    OpenPoint.STATUS: t("状態が完了になっていません", "its status is not done"),
}
_NOT_INCIDENT = t("障害の記事として読めなくなっています", "it no longer reads as an incident page")
_UNSTATED = t("済んだかどうかが書かれていない対策があります", "of a measure it is not said whether it is done")
_NOTHING_OPEN = t("残っている対策がなくなっています", "nothing is open on it any more")
_UNPROVED = t("済んだことを示すものがなくなっています", "nothing says any more that it is done")


@dataclass(slots=True)
class EvidenceCheck:
    """Judges a plan's targets again, without requests to esa or Redmine.

    The time since the last edit, by which proposals are chosen (`quiet_days`, `--older-than`), does not count: an
    edit alone refutes nothing.
    """

    workspace: Workspace
    mirror: Mirror
    plan: Plan
    now: str = ""
    _tickets: OpenTickets | None = None
    _lint: tuple[Survey, WorldBuilder] | None = None
    _texts: PostTexts = field(init=False)

    def __post_init__(self) -> None:
        self._texts = PostTexts(self.mirror)

    def against(
        self, change: Change, row: Mapping[str, Any] | None = None, naming: Collection[int] = ()
    ) -> Contradiction | None:
        """Return what in a target's text speaks against its change, None if nothing does.

        `row` is the target as its system sends it, a ticket with notes; without it the mirror is read. With `naming`
        a page is judged only if it names one of these tickets.
        """
        if change.kind is Verb.CLOSE:
            return self._of_ticket(change, row)
        found = self._post(change.number, row)
        if found is None:
            return None
        post, document, structure = found
        if change.kind is Verb.SHIP:
            return self._of_draft(change, post, document)
        return self._of_page(change, post, document, structure, naming)

    def _post(self, number: int, row: Mapping[str, Any] | None) -> tuple[PostHead, Document, bytes | None] | None:
        """Return a post with its text; None if the mirror lacks it."""
        if row is None:
            post, stored = queries.post_head(self.mirror, number), self.mirror.find(Source.ESA, Kind.POST, str(number))
            return (post, stored.document, stored.structure) if post is not None and stored is not None else None
        sent = next(rows.post_rows(row))
        document = document_from_row(sent)
        same = {name: getattr(sent, name) for name in _SENT}
        return PostHead(number, human_at=document.human_at, **same), document, None

    def _of_draft(self, change: Change, post: PostHead, document: Document) -> Contradiction | None:
        settings = self.workspace.settings
        zone, today = ZoneInfo(settings.timezone), self._today
        newer = replace(document, title=post.title)
        answer = propose_ship(
            post, ShipRule(place=post.category), lambda each: self._texts.look(each, newer), (), today, zone
        )
        if isinstance(answer, Text):
            return Contradiction(_DRAFTS.get(answer, answer))
        words = find_draft_mark(post.title)
        if words and not find_draft_mark(change.title):
            return Contradiction(t(f"題名に「{words}」とあります", f'its title says "{words}"'))
        return None

    def _of_page(
        self, change: Change, post: PostHead, document: Document, structure: bytes | None, naming: Collection[int]
    ) -> Contradiction | None:
        survey, around = self._linting()
        each = survey.judge_one(document, structure, around)
        entry = each.judgement.entry
        if naming and around.ticket_stamps(entry).keys().isdisjoint(naming):
            return None
        if each.judgement.crashes:
            return Contradiction(t("読み直せませんでした（規則の誤りです）", "a rule failed on it"))
        world = mark_closed_by_kb(around.world([entry]), tickets_closed_by_kb(self.workspace))
        answers = propose_finished(post, each, world, self.workspace.settings.people.folders)
        made = next((one for one in answers if isinstance(one, Change)), None)
        if made is not None and self._agree(change, made):
            return None
        found = self._open(change, each, world, made)
        return replace(found, sentence=EMPTY) if post.visibility < Visibility.MEMBERS else found

    def _agree(self, change: Change, made: Change) -> bool:
        """Return whether a page still leads to a change; values set by hand always do."""
        for key, value in change.after.items():
            if key not in made.after:
                return False
            if not change.edited and not is_same_value(key, made.after[key], value):
                return False
        titles = [str(each.after[ChangeKey.TITLE]) for each in (change, made) if ChangeKey.TITLE in each.after]
        return len({self._marked(title) for title in titles}) < 2

    def _marked(self, title: str) -> bool:
        return strip_title_mark(title, self.workspace.settings.policy.done_mark) != title.strip()

    def _open(self, change: Change, each: SurveyedDocument, world: World, made: Change | None) -> Contradiction:
        """Return what is open on a page that speaks against a change."""
        facts = each.judgement.entry.facts
        if facts is None or not facts.is_incident:
            return Contradiction(_NOT_INCIDENT)
        left = first_open(facts, world)
        if left is not None:
            ja, en = (f"（{left.ticket_note.ja}）", f" ({left.ticket_note.en})") if left.ticket_note else ("", "")
            why = t(f"{_LEFT[left.what].ja}{ja}", f"{_LEFT[left.what].en}{en}")
            return Contradiction(why, _words(each, left.item.span if left.item else None))
        unstated = next((one.item for one in measure_states(facts, world) if one.state not in FINISHED), None)
        if unstated is not None:
            return Contradiction(_UNSTATED, _words(each, unstated.span))
        if made is not None:
            value = "、".join(mask_text(str(one)) for one in made.after.values())
            return Contradiction(t(f"今の本文からの案は「{value}」です", f'by its text it would be "{value}"'))
        reverse = facts.title_mark is not TitleMark.NONE and not self._marked(
            str(change.after.get(ChangeKey.TITLE, ""))
        )
        return Contradiction(_NOTHING_OPEN if reverse else _UNPROVED)

    def _linting(self) -> tuple[Survey, WorldBuilder]:
        if self._lint is None:
            survey = Survey(Request(select=tuple(CODES), now=self.now), self.workspace)
            self._lint = survey, WorldBuilder(self.workspace.settings, self._today, self.mirror)
        return self._lint

    @property
    def _today(self) -> date:
        return lint_time(self.now, self.workspace.settings.timezone).date()

    def _of_ticket(self, change: Change, sent: Mapping[str, Any] | None) -> Contradiction | None:
        row = self.mirror.ticket(change.number) if sent is None else self._row(change.number, sent)
        if row is None:
            return None
        if self._tickets is None:
            self._tickets = OpenTickets(self.workspace, self.mirror, self._today, self.now)
            self._tickets.look()
        state = self._tickets.state(change.number, row)
        if state.closed:
            return None
        closing = {each.target for each in self.plan.accepted if each.kind is Verb.CLOSE}
        policy, pages = self.workspace.settings.ticket_policy, self._tickets.pages(state.key)
        why = find_ticket_contradiction(change, state, policy, self._today, pages, closing)
        if why is None:
            return None
        private = row.visibility < Visibility.MEMBERS or row.meta.get("private") is True
        quote, hidden = _last_note(row, state.said.at) if state.says is NoteMeaning.STILL else (EMPTY, False)
        if hidden:  # who wrote it is for those who may read it, too
            return Contradiction(t("最後の注記に続きがあります", "the last note says that it goes on"))
        return Contradiction(why, EMPTY if private else quote)

    def _row(self, number: int, sent: Mapping[str, Any]) -> TicketRow | None:
        """Return a ticket with notes as the mirror would hold it, with what only the mirror knows."""
        from kb.sources.redmine.source import RedmineSource

        settings, known = self.workspace.settings.redmine, self.mirror.ticket(number)
        if settings is None:
            return None
        main, *parts = redmine_rows.ticket_rows(sent, RedmineSource(settings).row_context(self.mirror), notes=True)
        notes = tuple((json.dumps(dict(each.raw)), each.body) for each in parts if each.kind is Kind.NOTE)
        raw = {**(known.raw if known else {}), **main.raw}
        meta = dict(main.meta)
        return TicketRow(main.doc, main.title, main.url, b"", main.updated_at, meta, raw, notes, main.visibility)


def _last_note(row: TicketRow, at: str) -> tuple[Masked, bool]:
    """Return the sentence of the note at that time that says work goes on; and if it is private."""
    for raw, note in reversed(row.notes):
        entry = json.loads(raw)
        if note.strip() and entry.get("created_on") == at:
            sentence = reshape(mask_text(note, row.title), find_unfinished_sentence)
            return sentence, entry.get("private_notes") is True
    return EMPTY, False


def _words(each: SurveyedDocument, span: Span | None) -> Masked:
    """Return the words at a place of a page."""
    return next((words for place, words in each.judgement.quotes if place == span), EMPTY)
