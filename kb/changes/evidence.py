"""Changes that rest on what a person wrote, and what a text that was edited since says against one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from kb.changes.plan import Change, Verb
from kb.lang import Text, t

VERBS = frozenset({Verb.DONE, Verb.CLOSE, Verb.SHIP})
"""The verbs that rest on a reading of the text; for all others the fields they touch decide."""

LONGEST = 80
"""Code points of a sentence that is shown."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What a text says against a change: `why` as a clause, `sentence` as it stands there, masked.

    `sentence` is "" where no single line says it, and where not everybody may read it.
    """

    why: Text
    sentence: str = ""

    @property
    def shown(self) -> str:
        """The sentence, cut to what is shown of it."""
        return self.sentence if len(self.sentence) <= LONGEST else f"{self.sentence[: LONGEST - 1]}…"

    @property
    def words(self) -> Text:
        """Both, as one clause."""
        if not self.sentence:
            return self.why
        return t(f"{self.why.ja}: 「{self.shown}」", f'{self.why.en}: "{self.shown}"')


Contradicts: TypeAlias = Callable[[Change, Mapping[str, Any]], Contradiction | None]
"""What the present text of a target, as its system sends it, says against a change; None where it supports it."""


def rests_on_text(change: Change) -> bool:
    """Whether a change rests on a reading of its target's text."""
    return change.kind in VERBS
