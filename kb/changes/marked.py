"""What a change does to a value, on one line: `[-what goes-]` and `{+what comes+}`, with signs and not by colour."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from kb.changes.plan import LABELS, Change, Key, Value
from kb.lang import Text, t

_WORDS = re.compile(r"[A-Za-z0-9_]+|[ァ-ヴー]+|\s+|.", re.S)
_PARTS = re.compile(r"[^/]+|/")
_ALIKE = 0.5
"""Less alike than this, both values are shown whole: a patchwork of letters cannot be read."""

_NOTHING = t("（なし）", "(none)")


def differences(change: Change) -> Iterator[tuple[Text, str]]:
    """The label of each key a change touches, and its values with what differs between signs."""
    for key in Key:
        if key in change.after:
            yield LABELS[key], marked(key, change.before[key], change.after[key])


def marked(key: Key, before: Value, after: Value) -> str:
    """One value as it is and as it would be, on one line."""
    if isinstance(before, tuple) and isinstance(after, tuple):
        return _tags(before, after)
    if isinstance(before, bool) and isinstance(after, bool):
        names = t("書きかけ", "WIP"), t("公開", "shipped")
        return _turned(*(str(names[0] if each else names[1]) for each in (before, after)))
    return _turned(str(before), str(after)) if key in (Key.STATUS, Key.ASSIGNEE) else _texts(key, before, after)


def _tags(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    gone = [f"[-#{each}-]" for each in before if each not in after]
    come = [f"{{+#{each}+}}" for each in after if each not in before]
    stay = [f"#{each}" for each in before if each in after]
    return " ".join((*stay, *gone, *come)) or str(_NOTHING)


def _turned(before: str, after: str) -> str:
    """A value that is one word: as a whole."""
    if before == after:
        return before or str(_NOTHING)
    return f"[-{before or _NOTHING}-] → {{+{after or _NOTHING}+}}"


def _texts(key: Key, before: Value, after: Value) -> str:
    pattern = _PARTS if key is Key.CATEGORY else _WORDS
    old, new = pattern.findall(str(before)), pattern.findall(str(after))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    alike = matcher.ratio()
    if before == after or not alike or (alike < _ALIKE and key is not Key.CATEGORY):
        return _turned(str(before), str(after))
    pieces = []
    for what, start, end, other_start, other_end in matcher.get_opcodes():
        gone, come = "".join(old[start:end]), "".join(new[other_start:other_end])
        if what == "equal":
            pieces.append(gone)
        else:
            pieces.append((f"[-{gone}-]" if gone else "") + (f"{{+{come}+}}" if come else ""))
    return "".join(pieces)
