"""Check just before sending that a target still is what the change was decided on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from kb.execute.journal.writer import EntryLog
from kb.execute.preflight.fetch_states import NameLocks
from kb.execute.run_control import ResultRecorder
from kb.model.document import Source
from kb.model.masked import EMPTY, Masked
from kb.model.plan import Change, ChangeKey, label_keys, merge_values, page_of
from kb.model.request import ChangeRequest, Outcome, Result, TargetState, build_request
from kb.plan.impact.duration import SURVEY_SIZE
from kb.plan.links.change import LINK_NEED_NOT_CHANGE
from kb.plan.rebase import Contradiction, FindContradiction, rests_on_text
from kb.plan.sections.numbers import NOT_MADE, NUMBER_MOVED, awaited_ticket, fill_in_number, find_measure
from kb.plan.sections.places import compose_places, is_place_edit
from kb.plan.values import differing_keys, differing_settled_keys
from kb.secrets.mask_document import mask_text
from kb.sources.port import CanCreate, Remote
from kb.text.lang import Text, t

PAGE_GONE = t("対策の記事がもう見つかりません", "the post of the measure is gone")
PAGE_RETITLED = t("対策の記事の題名が変わっています", "the post of the measure has another title now")
TARGET_GONE = t("もう見つからないか、読む権限がありません", "it no longer exists, or this account may not read it")


class StalenessCheck:
    """Drops from requests what no longer applies, and records why. `decided` are the targets of the run."""

    def __init__(
        self, journal: EntryLog, recorder: ResultRecorder, names: NameLocks, contradicts: FindContradiction | None
    ) -> None:
        self.decided: set[int] = set()
        self._journal, self._recorder, self._names, self._contradicts = journal, recorder, names, contradicts
        self._read: dict[tuple[str, int, str], Contradiction | None] = {}

    def keep_unchanged(
        self, remote: Remote, request: ChangeRequest, states: Mapping[int, TargetState]
    ) -> ChangeRequest | None:
        """Return the request without the fields touched since; None, with the reason recorded, for nothing left."""
        if (now := states.get(request.number)) is None:
            self._recorder.conclude(remote, request, Result(Outcome.SKIPPED, TARGET_GONE), states, {})
            return None
        if request.creates:
            return self._keep_unmade(remote, request, now, states)
        if not differing_keys(request.after, now.values):
            self._recorder.conclude(remote, request, Result(Outcome.SAME, None, now), states, {})
            return None
        if not (touched := differing_settled_keys(request.before, now.values)):
            filled = self._fill_in(remote, request, states)
            supported = self._keep_supported(remote, filled, states) if filled is not None else None
            composed = self._compose(remote, supported, states) if supported is not None else None
            return self._add_along(remote, composed, states) if composed is not None else None
        stale = [each for each in request.changes if set(touched) & merge_values([each]).keys()]
        keys = label_keys(touched)
        why = t(f"{keys.ja}が変わっていたので、そのままにしました", f"{keys.en} has changed since, and was left alone")
        rest = self._drop(remote, request, stale, why, states)
        return self.keep_unchanged(remote, rest, states) if rest is not None else None

    def _keep_unmade(
        self, remote: Remote, request: ChangeRequest, now: TargetState, states: Mapping[int, TargetState]
    ) -> ChangeRequest | None:
        """Return the request for a ticket that is not there yet; None, recorded, for one that is."""
        made = remote.find_made(request, now) if isinstance(remote, CanCreate) else None
        if made is None:
            return request
        why = t(f"もう #{made.made} があります", f"#{made.made} is there already")
        self._recorder.conclude(remote, request, Result(Outcome.SAME, why, made), states, {})
        return None

    def keep_founded(
        self, pages: Remote | None, requests: Sequence[ChangeRequest], remote: Remote
    ) -> Iterator[ChangeRequest]:
        """Yield the requests but those for tickets whose measure does not stand in its post as it was decided on."""
        numbers = list(dict.fromkeys(page_of(each.target) for each in requests if each.creates))
        found: dict[int, TargetState] = {}
        for at in range(0, len(numbers), SURVEY_SIZE) if pages is not None else ():
            some = numbers[at : at + SURVEY_SIZE]
            self._journal.write("read", system=Source.ESA.value, why="survey", numbers=some)
            found |= pages.look(some) if pages is not None else {}
        for request in requests:
            against = self._against(request, found.get(page_of(request.target))) if request.creates else None
            if against is None:
                yield request
            else:
                self._recorder.conclude(remote, request, Result(Outcome.STALE, against), {}, {})

    @staticmethod
    def _against(request: ChangeRequest, page: TargetState | None) -> Text | None:
        if page is None:
            return PAGE_GONE
        change = request.changes[0]
        if mask_text(str(page.values.get(ChangeKey.TITLE, ""))) != change.title:
            return PAGE_RETITLED
        return None if find_measure(page.text, change.seen, once=True) else NUMBER_MOVED

    def _fill_in(
        self, remote: Remote, request: ChangeRequest, states: Mapping[int, TargetState]
    ) -> ChangeRequest | None:
        """Return the request with the numbers of the tickets that were made; without those of others."""
        if not any(map(awaited_ticket, request.changes)):
            return request
        filled = [fill_in_number(each, self._recorder.made) for each in request.changes]
        waiting = [each for each in filled if awaited_ticket(each)]
        if waiting:
            result = Result(Outcome.SKIPPED, NOT_MADE, states.get(request.number))
            self._recorder.conclude(remote, replace(request, changes=tuple(waiting)), result, states, {})
        left = [each for each in filled if not awaited_ticket(each)]
        return build_request(left) if left else None

    def _compose(
        self, remote: Remote, request: ChangeRequest, states: Mapping[int, TargetState]
    ) -> ChangeRequest | None:
        """Return the request with the digest of its new text; without its places where they cannot be changed."""
        guard, now = self._recorder.guard, states[request.number]
        if guard is not None and (idle := guard.find_idle(request.changes)):
            rest = self._drop(remote, request, idle, LINK_NEED_NOT_CHANGE, states)
            return self._compose(remote, rest, states) if rest is not None else None
        composed = compose_places(request, now.text, str(now.values.get(ChangeKey.TITLE, "")))
        if not isinstance(composed, Text):
            return composed
        return self._drop(remote, request, [each for each in request.changes if is_place_edit(each)], composed, states)

    def _drop(
        self,
        remote: Remote,
        request: ChangeRequest,
        changes: Sequence[Change],
        why: Text,
        states: Mapping[int, TargetState],
        quote: Masked = EMPTY,
    ) -> ChangeRequest | None:
        """Return a request without some of its changes, and record that they are stale; None for nothing left."""
        dropped = set(map(id, changes))
        kept = [each for each in request.changes if id(each) not in dropped]
        result = Result(Outcome.STALE, why, states[request.number], quote=quote)
        self._recorder.conclude(remote, replace(request, changes=tuple(changes)), result, states, {})
        rest = build_request(kept) if kept else None
        return rest if rest is not None and rest.after else None

    def _keep_supported(
        self, remote: Remote, request: ChangeRequest, states: Mapping[int, TargetState]
    ) -> ChangeRequest | None:
        """Return the request without changes an edited text no longer supports; None for nothing left."""
        now = states[request.number]
        found = {id(each): self._contradiction(remote, each, now) for each in request.changes if rests_on_text(each)}
        if (against := next((each for each in found.values() if each is not None), None)) is None:
            return request
        stale = [each for each in request.changes if found.get(id(each)) is not None]
        why = t(
            f"編集された内容では、{against.why.ja}。そのままにしました",
            f"it was edited and no longer supports this: {against.why.en}; it was left alone",
        )
        return self._drop(remote, request, stale, why, states, against.shown)

    def _contradiction(self, remote: Remote, change: Change, now: TargetState) -> Contradiction | None:
        """Return what an edited text says against a change; each version is read once."""
        key = change.identity, now.revision, now.updated_at
        moved = key[1:] != (change.seen.revision, change.seen.updated_at)
        if moved and self._contradicts is not None and key not in self._read:
            if remote.reads_notes_apart:
                self._journal.write("read", system=remote.source.value, why="evidence", numbers=[change.number])
            row = remote.edited(change.seen, change.number, now)
            self._read[key] = self._contradicts(change, row) if row is not None else None
        return self._read.get(key)

    def is_name_taken(self, remote: Remote, request: ChangeRequest, states: Mapping[int, TargetState]) -> bool:
        """Whether another post still has the name this one would get, which is recorded."""
        other = self._names.holder(request.number, states[request.number], request.after)
        if other:
            holder = f"{remote.source}:{other}"
            why = t(f"その名前をまだ {holder} が使っています", f"{holder} still has that name")
            self._recorder.conclude(remote, request, Result(Outcome.SKIPPED, why), states, {})
        return bool(other)

    def _add_along(
        self, remote: Remote, request: ChangeRequest, states: Mapping[int, TargetState]
    ) -> ChangeRequest | None:
        """Return the request with all that changes along; None where that includes an undecided target."""
        along = remote.along(request, states)
        if not (unforeseen := sorted(set(along) - {*request.along, *self.decided})):
            return replace(request, along=tuple(dict.fromkeys((*request.along, *along)))) if along else request
        names = "、".join(f"#{number}" for number in unforeseen)
        why = t(
            f"重複している {names} も終了になってしまうので、そのままにしました",
            f"{names}, a duplicate, would be closed along, so it was left alone",
        )
        self._recorder.conclude(remote, request, Result(Outcome.STALE, why, states[request.number]), states, {})
        return None
