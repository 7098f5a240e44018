"""What would take a run back: its changes the other way round, field by field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kb.changes.plan import Change, Seen, Value, Verb
from kb.lang import Text, t
from kb.model import Confidence


@dataclass(frozen=True, slots=True)
class Sent:
    """What a run did to one target: what stood there, what stands there since, and in which state that was."""

    target: str
    title: str
    before: dict[str, Value]
    after: dict[str, Value]
    seen: Seen
    kinds: tuple[str, ...]


def reverse(run: str, sent: Iterable[Sent]) -> tuple[Change, ...]:
    """The changes that undo what a run did, the last first: parents reopen before their children.

    One change a field: what somebody has touched since stays, and the rest is taken back all the same.
    """
    found = []
    for each in sent:
        for key, value in sorted(each.after.items()):
            change = Change(
                kind=Verb.UNDO,
                target=each.target,
                before={key: value},
                after={key: each.before[key]},
                seen=each.seen,
                group=str(_group(run)),
                reason=str(_group(run)),
                confidence=Confidence.HIGH,
                title=each.title,
                note=str(_note(run)) if each.target.startswith("redmine:") else "",
            )
            found.append(change)
    return tuple(reversed(found))


def _note(run: str) -> Text:
    """What a ticket is told. The run is named as people name it, so that this note is no mark of that run."""
    return t(f"前の変更（{run}）を元に戻します。", f"An earlier change ({run}) is taken back.")


def _group(run: str) -> Text:
    return t(f"{run} を元に戻す", f"undo {run}")
