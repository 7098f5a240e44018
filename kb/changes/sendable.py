"""What of the proposed changes can stand in a plan: nothing that holds a secret, and nothing that cannot be sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from kb.changes.plan import LABELS, Change, Key
from kb.changes.plan_file import usable
from kb.changes.propose.places import SECRET_NAME
from kb.changes.propose.post import Proposed
from kb.lang import Text, t
from kb.secrets.shown import shown_text


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
        f"{LABELS[key].ja}が送れない値になるもの（空、長すぎる、改行、見えない文字など）",
        f"a {LABELS[key].en} that cannot be sent (empty, too long, line breaks, unseen)",
    )
    for key in Key
}
