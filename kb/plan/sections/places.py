"""Changes of single places in a text, links and secrets: decided one by one, sent as one body of their post."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from kb.errors import RefusedError
from kb.model.plan import PLACE_EDITS, PLACE_KEYS, Change, ChangeKey
from kb.model.request import ChangeRequest
from kb.plan.sections.block import digest_text, split_digest
from kb.secrets.find import find_secrets_in
from kb.secrets.masking.mask import locate_secrets
from kb.text.lang import Text, t
from kb.text.lines import find_index, find_line_starts

PLACE_MOVED = t("直す場所のある行が変わっています", "the line of the place has changed")
LINK_MOVED = t("リンクのあった行が変わっています", "the line of the link has changed")
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
        """Whether these are links that all are in what was stored of a text that was sent, merged with another edit."""
        if any(ChangeKey.LINK not in each.after for each in self.changes):
            return False
        links = [str(each.after[ChangeKey.LINK]) for each in self.changes]
        return all(stored.count(each) >= sent.count(each) for each in links)

    def _edits(self, present: str) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and new words of each place."""
        starts = find_line_starts(present)
        spans = dict(self._secrets(present))
        for each in self.changes:
            start = find_index(starts, each.seen.line, each.seen.column)
            if ChangeKey.SECRET in each.after:
                if start not in spans:
                    raise _refused(SECRET_MOVED)
                yield start, spans[start], str(each.after[ChangeKey.SECRET])
                continue
            before = str(each.before[ChangeKey.LINK])
            if start < 0 or not present.startswith(before, start):
                raise _refused(LINK_MOVED)
            yield start, start + len(before), str(each.after[ChangeKey.LINK])

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


def replace_spans(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """Return a text with these spans (start, end, new words), in order and apart, replaced at once."""
    pieces: list[str] = []
    at = 0
    for start, end, after in edits:
        pieces += (text[at:start], after)
        at = end
    return "".join((*pieces, text[at:]))


def find_values(text: str, title: str) -> Iterator[tuple[int, int]]:
    """Yield where the secrets of a text stand, in code points."""
    return locate_secrets(text, find_secrets_in(text, title))


def _refused(why: Text) -> RefusedError:
    return RefusedError(why, t("kb plan refresh で読み直してください。", "see kb plan refresh."))


def compose_places(request: ChangeRequest, text: str, title: str = "") -> ChangeRequest | Text:
    """Return a request whose new body is known, made from the present text; why there is none as a Text."""
    if not str(request.after.get(ChangeKey.BODY, "")).startswith(f"{PLACE_EDITS}="):
        return request
    places = PlaceEdits.of(request.changes, title)
    assert places is not None
    try:
        made = places.into(text)
    except RefusedError as error:
        return error.what
    return replace(request, after={**request.after, ChangeKey.BODY.value: digest_whole(made)})
