"""Changes of single places in a text (links, secrets, numbers, marks): decided one by one, sent as one body."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from kb.errors import RefusedError
from kb.model.plan import PLACE_EDITS, PLACE_KEYS, Change, ChangeKey
from kb.model.request import ChangeRequest, PlacedNumber
from kb.plan.sections.block import digest_text, split_digest
from kb.plan.sections.numbers import (
    NOT_MADE,
    NUMBER_MOVED,
    awaited_ticket,
    find_measure,
    is_number,
    place_numbers,
)
from kb.secrets.find import find_secrets_in
from kb.secrets.masking.mask import locate_secrets
from kb.secrets.page.repeats import add_known_copies
from kb.text.lang import Text, t
from kb.text.lines import find_index, find_line_starts

PLACE_MOVED = t("直す場所のある行が変わっています", "the line of the place has changed")
LINK_MOVED = t("リンクのあった行が変わっています", "the line of the link has changed")
MARK_MOVED = t("確かめた印のあった行が変わっています", "the line of the mark has changed")
SECRET_MOVED = t(
    "秘密の値がその場所に見当たりません（本文が変わったか、もう伏せてあります）",
    "the secret is not where it was: the text has changed, or it is masked already",
)
SECRET_LEFT = t(
    "置き換えたあとも、そこに秘密の値があるように読めます。置き換える言葉を変えてください",
    "what it is replaced with reads like a secret, too: use other words",
)


def digest_whole(text: str) -> str:
    """Return the digest of a whole text."""
    return split_digest(digest_text(text))[""]


def is_place_edit(change: Change) -> bool:
    """Whether a change is of one place in a text."""
    return not PLACE_KEYS.isdisjoint(change.after)


@dataclass(frozen=True, slots=True)
class PlaceEdits:
    """The places of one post that change, as a text to write. `title` is the post's, as context of secrets."""

    changes: tuple[Change, ...]
    title: str = ""

    @classmethod
    def of(cls, changes: Iterable[Change], title: str = "") -> PlaceEdits | None:
        """Return those among some changes; None for none."""
        places = tuple(each for each in changes if is_place_edit(each))
        return cls(places, title) if places else None

    def into(self, present: str) -> str:
        """Return the text with its places changed, all else to the byte. Raises RefusedError where it is another."""
        edits = sorted(self._edits(present))
        if any(one[1] > other[0] for one, other in pairwise(edits)):
            raise _refused(PLACE_MOVED)
        made = replace_spans(present, edits)
        self._check(present, made, edits)
        return made

    def stand_in(self, sent: str, stored: str) -> bool:
        """Whether all of these are in what was stored of a text that was sent, merged with another edit.

        Never so where one is a secret.
        """
        if any(ChangeKey.SECRET in each.after for each in self.changes):
            return False
        words = [str(value).strip() for each in self.changes for value in each.after.values()]
        return all(words) and all(stored.count(each) >= sent.count(each) for each in words)

    def list_numbers(self, present: str) -> tuple[PlacedNumber, ...]:
        """Return where numbers stand in the text that is made of the present one; none where it changes in more."""
        if not all(map(is_number, self.changes)):
            return ()
        spans = zip(self._edits(present), self.changes, strict=True)
        told = sorted(spans, key=lambda each: each[0][:2])
        edits = [edit for edit, _ in told]
        return tuple(place_numbers(replace_spans(present, edits), edits, [change for _, change in told]))

    def _edits(self, present: str) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and new words of each place."""
        starts = find_line_starts(present)
        spans = dict(self._secrets(present))
        for each in self.changes:
            if is_number(each):
                yield _find_number(present, starts, each)
                continue
            start = find_index(starts, each.seen.line, each.seen.column)
            if ChangeKey.SECRET in each.after:
                if start not in spans:
                    raise _refused(SECRET_MOVED)
                yield start, spans[start], str(each.after[ChangeKey.SECRET])
                continue
            key = ChangeKey.MARK if ChangeKey.MARK in each.after else ChangeKey.LINK
            before = str(each.before[key])
            if start < 0 or not present.startswith(before, start):
                raise _refused(MARK_MOVED if key is ChangeKey.MARK else LINK_MOVED)
            yield start, start + len(before), str(each.after[key])

    def _secrets(self, text: str) -> Iterator[tuple[int, int]]:
        if any(ChangeKey.SECRET in each.after for each in self.changes):
            yield from find_values(text, self.title)

    def _check(self, present: str, made: str, edits: Iterable[tuple[int, int, str]]) -> None:
        """Raise RefusedError where a secret is still read in what took its place."""
        left, shift = list(self._secrets(made)), 0
        for start, end, after in edits:
            begin = start + shift
            shift += len(after) - (end - start)
            if any(one < begin + len(after) and other > begin for one, other in left):
                raise RefusedError(SECRET_LEFT, t("--with で言葉を変えてください。", "give other words with --with."))


def _find_number(present: str, starts: list[int], change: Change) -> tuple[int, int, str]:
    """Return start, end and new words of a ticket's number. Raises RefusedError where its measure is not there."""
    if awaited_ticket(change):
        raise RefusedError(NOT_MADE, t("チケットの変更も受け入れてください。", "accept the change of the ticket, too."))
    before = str(change.before[ChangeKey.NUMBER])
    line = find_measure(present, change.seen, once=not before)
    start = find_index(starts, line, change.seen.column)
    if start < 0 or not present.startswith(before, start) or "\n" in present[starts[line - 1] : start]:
        raise _refused(NUMBER_MOVED)
    return start, start + len(before), str(change.after[ChangeKey.NUMBER])


def replace_spans(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """Return a text with these spans (start, end, new words), in order and apart, replaced at once."""
    pieces: list[str] = []
    at = 0
    for start, end, after in edits:
        pieces += (text[at:start], after)
        at = end
    return "".join((*pieces, text[at:]))


def find_values(text: str, title: str) -> Iterator[tuple[int, int]]:
    """Yield where the secrets of a text stand, those of other pages too, in code points."""
    return locate_secrets(text, add_known_copies(text, find_secrets_in(text, title)))


def _refused(why: Text) -> RefusedError:
    return RefusedError(why, t("kb plan refresh で読み直してください。", "see kb plan refresh."))


def compose_places(request: ChangeRequest, text: str, title: str = "") -> ChangeRequest | Text:
    """Return a request whose new body is known, made from the present text; why there is none as a Text."""
    places = PlaceEdits.of(request.changes, title) if ChangeKey.BODY in request.after else None
    composed = not str(request.after.get(ChangeKey.BODY, "")).startswith(f"{PLACE_EDITS}=")
    if places is None or (composed and not all(map(is_number, places.changes))):
        return request  # numbers go into whatever text is there now
    try:
        made = places.into(text)
    except RefusedError as error:
        return error.what
    after = {**request.after, ChangeKey.BODY.value: digest_whole(made)}
    return replace(request, after=after, numbers=places.list_numbers(text))
