"""Changing what is proposed, a value at a time: asked for, weighed, and asked for again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kb.changes.plan import LABELS, TYPES, Change, Key, Value
from kb.changes.plan_file import unfit, usable
from kb.commands.review_card import seen
from kb.lang import Text, t

_YES, _NO = ("y", "yes", "true", "はい"), ("n", "no", "false", "いいえ")


@dataclass(frozen=True, slots=True)
class Editor:
    """Asks a person. `line` shows a prompt and gives what was typed; `say` shows a sentence."""

    line: Callable[[str], str]
    say: Callable[[Text], None]

    def edited(self, changes: Sequence[Change]) -> dict[str, Change]:
        """The changes as a person wants them, by id; those that stay as they are left out.

        Of several only the values they share are asked for.
        """
        values: dict[str, Value] = {}
        asked = False
        for key in Key:
            have = [change.after.get(key) for change in changes]
            first = have[0]
            if first is not None and all(each == first for each in have):
                asked = True
                wanted = self._value(key, first)
                if wanted != first:
                    values[key.value] = wanted
        notes = {change.note for change in changes}
        note = next(iter(notes)) if len(notes) == 1 else ""
        wanted_note = self._note(note) if note else ""
        if not asked and not note:
            self.say(t("全件に共通の値がありません。番号を指定してください。", "they share no value: give a number."))
        if not values and wanted_note == note:
            return {}
        return {
            change.id: replace(change, after={**change.after, **values}, note=wanted_note if note else change.note)
            for change in changes
        }

    def _value(self, key: Key, now: Value) -> Value:
        """One value: what was typed, or as it is for an empty line."""
        while True:
            typed = self.line(f"  {LABELS[key]} [{seen(_written(now))}]: ")
            if not typed:
                return now
            wanted = _read(key, typed)
            if wanted is None:
                self.say(t("y か n で答えてください。", "answer y or n."))
                continue
            why = usable(key, wanted)
            if why is None:
                return wanted
            self.say(
                t(
                    f"その値にはできません（{why.ja}）。空のまま Enter で今の案に戻ります。",
                    f"it cannot be that ({why.en}). An empty line keeps what is proposed.",
                )
            )

    def _note(self, now: str) -> str:
        while True:
            typed = self.line(f"  {t('注記', 'note')} [{seen(now)[:60]}]: ")
            if not typed:
                return now
            why = unfit(typed)
            if why is None:
                return typed
            self.say(t(f"{why.ja}。書き直してください。", f"{why.en}: please write it otherwise."))


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "WIP" if value else str(t("公開", "shipped"))
    return " ".join(f"#{each}" for each in value) if isinstance(value, tuple) else value


def _read(key: Key, typed: str) -> Value | None:
    """What somebody typed as a value of a key: `-` for no tags, `/` for no category. None for neither yes nor no."""
    if TYPES[key] is bool:
        word = unicodedata.normalize("NFKC", typed).casefold()
        return True if word in (*_YES, "wip") else False if word in (*_NO, "公開", "ship", "shipped") else None
    if TYPES[key] is tuple and typed in ("-", "－"):
        return ()
    if TYPES[key] is tuple:
        return tuple(dict.fromkeys(each.lstrip("#＃") for each in re.split(r"[\s,、，]+", typed) if each.strip("#＃")))
    return typed.strip("/") if key is Key.CATEGORY else typed
