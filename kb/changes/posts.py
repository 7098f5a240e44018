"""The posts of the mirror, and their texts, for whoever proposes changes; and what may stand in a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from kb.changes.plan import LABELS, Change, Key
from kb.changes.plan_file import usable
from kb.changes.propose.hollow import Words, hollow, words_of
from kb.changes.propose.places import SECRET_NAME, TEMPLATES, below
from kb.changes.propose.post import Post, Proposed
from kb.changes.propose.ship import Inside
from kb.lang import Text, t
from kb.lint.history import remnants
from kb.lint.sight import look
from kb.mirror import heads
from kb.mirror.store import Mirror
from kb.model import Confidence, Kind, Source
from kb.secrets.shown import shown_text


@dataclass(slots=True)
class Texts:
    """Reads the texts of posts, as far as shipping asks. The team's templates are read once, when first asked."""

    mirror: Mirror
    _words: Words | None = field(default=None)

    def look(self, post: Post) -> Inside:
        """What stands in a post and its comments: a secret, nothing of its own, or a text.

        Secrets count that were taken out of this machine's copy, and those that old versions still hold.
        """
        stored = self.mirror.find(Source.ESA, Kind.POST, str(post.number))
        if stored is None:
            return Inside.HOLLOW
        if hollow(stored.document.body, post.title, stored.structure, self.words()):
            return Inside.HOLLOW
        return Inside.SECRET if self._secret(stored.id) else Inside.TEXT

    def words(self) -> Words:
        """The words of the team's templates."""
        if self._words is None:
            numbers = [each.number for each in heads.posts(self.mirror) if below(TEMPLATES, each.category) is not None]
            found = (self.mirror.find(Source.ESA, Kind.POST, str(number)) for number in numbers)
            self._words = words_of(each.document.body for each in found if each is not None)
        return self._words

    def _secret(self, page: int) -> bool:
        for each in list(self.mirror.family(page)):
            seen = look(each.document, each.structure, purged=self.mirror.purged(each.id))
            if any(secret.confidence >= Confidence.MEDIUM for secret in seen.secrets):
                return True
            if remnants(each.document, seen.secrets, self.mirror.versions(each.id)):
                return True
        return False


def sendable(proposed: Proposed) -> Proposed:
    """What of it can stand in a plan; the rest counted with the reasons.

    A plan holds no secret, so what is called by one is left out whole.
    """
    left: Counter[Text] = Counter(proposed.left)
    kept: list[Change] = []
    for each in proposed.changes:
        why = SECRET_NAME if holds_secret(each) else _unusable(each)
        if why is None:
            kept.append(each)
        else:
            left[why] += 1
    return Proposed(tuple(kept), dict(left))


def holds_secret(change: Change) -> bool:
    """Whether anything a plan would say of a change seems to hold a secret."""
    values = [*change.before.values(), *change.after.values()]
    words: Iterable[str] = (
        change.title,
        change.group,
        change.reason,
        change.note,
        change.warning,
        *(text for value in values for text in (value if isinstance(value, tuple) else (str(value),))),
    )
    return any(shown_text(each) != each for each in dict.fromkeys(words))


def _unusable(change: Change) -> Text | None:
    for key, value in change.after.items():
        if usable(Key(key), value) is not None:
            return _UNUSABLE[Key(key)]
    return None


_UNUSABLE = {
    key: t(
        f"{LABELS[key].ja}が送れない値になるもの（空、長すぎる、改行など）",
        f"a {LABELS[key].en} that cannot be sent (empty, too long, line breaks)",
    )
    for key in Key
}
