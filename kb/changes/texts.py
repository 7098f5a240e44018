"""The texts of the mirror's posts, for whoever proposes to ship them."""

from __future__ import annotations

from dataclasses import dataclass, field

from kb.changes.propose.hollow import Words, hollow, words_of
from kb.changes.propose.places import TEMPLATES, below
from kb.changes.propose.post import Post
from kb.changes.propose.ship import Inside
from kb.lint.history import remnants
from kb.lint.sight import look
from kb.mirror import heads
from kb.mirror.store import Mirror
from kb.model import Confidence, Document, Kind, Source


@dataclass(slots=True)
class Texts:
    """Reads the texts of posts, as far as shipping asks. The team's templates are read once, when first asked."""

    mirror: Mirror
    _words: Words | None = field(default=None)

    def look(self, post: Post, newer: Document | None = None) -> Inside:
        """What stands in a post and its comments: a secret, nothing of its own, or a text.

        Secrets count that were taken out of this machine's copy, and those that old versions still hold.
        `newer` is the post itself as it stands by now, where the mirror's is older.
        """
        stored = self.mirror.find(Source.ESA, Kind.POST, str(post.number))
        if stored is None:
            return Inside.HOLLOW
        document, structure = (stored.document, stored.structure) if newer is None else (newer, None)
        if hollow(document.body, post.title, structure, self.words()):
            return Inside.HOLLOW
        return Inside.SECRET if self._secret(stored.id, newer) else Inside.TEXT

    def words(self) -> Words:
        """The words of the team's templates."""
        if self._words is None:
            numbers = [each.number for each in heads.posts(self.mirror) if below(TEMPLATES, each.category) is not None]
            found = (self.mirror.find(Source.ESA, Kind.POST, str(number)) for number in numbers)
            self._words = words_of(each.document.body for each in found if each is not None)
        return self._words

    def _secret(self, page: int, newer: Document | None) -> bool:
        for each in list(self.mirror.family(page)):
            document, structure, purged = each.document, each.structure, self.mirror.purged(each.id)
            if each.id == page and newer is not None:
                document, structure, purged = newer, None, ()
            seen = look(document, structure, purged=purged)
            if any(secret.confidence >= Confidence.MEDIUM for secret in seen.secrets):
                return True
            if remnants(document, seen.secrets, self.mirror.versions(each.id)):
                return True
        return False
