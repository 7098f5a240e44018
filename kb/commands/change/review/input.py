"""The keys of `kb review`, and the numbers and values a person types after them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kb.console.sitting import mask_line
from kb.model.plan import KEY_LABELS, KEY_TYPES, Change, ChangeKey, Value
from kb.plan.groups import name_flag
from kb.plan.values import check_note, check_value
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

GROUP_KEYS: dict[str, tuple[Text, Text]] = {
    "y": (t("送る", "send"), t("このグループを送る（y 3 7-9 ならその番号だけ送るほうに変える）",
                             "send this group (y 3 7-9 turns those numbers on and decides nothing yet)")),
    "n": (t("送らない", "leave"), t("このグループは送らない（n 3 7-9 ならその番号だけ外す）",
                                "leave this group out (n 3 7-9 turns those numbers off and decides nothing yet)")),
    "l": (t("1件ずつ", "look inside"), t("1 件ずつ見て決める（l 7 なら 7 番から）",
                                      "decide on its changes one by one (l 7: from number 7)")),
    "d": (t("差分", "diff"), t("前後を並べる。[-消える-] と {+加わる+} で示す（d 11 なら 11 番から）",
                             "all before and after: [-goes-] and {+comes+} (d 11: from number 11)")),
    "e": (t("直す", "edit"), t("案を書き換える（e 3 は 3 番、e all は全件の同じ値）",
                             "change what is proposed (e 3: number 3; e all: a value they share)")),
    "s": (t("あとで", "skip"), t("決めずに次へ。次回また出る", "do not decide; it comes again next time")),
    "b": (t("戻る", "back"), t("1 つ前に戻る。決めたことは取り消す", "one back; what was decided there is taken back")),
    "a": (t("残りも送る", "all the rest"), t("ここから先の、まだ決めていないグループをすべて送る",
                                        "send all groups that are left undecided")),
    "q": (t("やめる", "quit"), t("終える。決めたことは残り、次はここから始まる",
                              "end; what was decided is kept, and the next sitting goes on from here")),
    "?": (t("説明", "help"), t("この説明", "this help")),
}  # fmt: skip

CHANGE_KEYS: dict[str, tuple[Text, Text]] = {
    "y": (t("送る", "send"), t("", "")),
    "n": (t("送らない", "leave"), t("", "")),
    "Enter": (t("今のまま", "as it is"), t("", "")),
    "e": (t("直す", "edit"), t("", "")),
    "b": (t("戻る", "back"), t("", "")),
    "r": (t("残りは今のまま", "the rest as it is"), t("", "")),
    "q": (t("グループへ", "to the group"), t("", "")),
}

_NUMBERS = compile_lazy(r"\d{1,6}(?:-\d{1,6})?")


def parse_numbers(words: str, most: int) -> set[int] | None:
    """Parse numbers from 1 to `most`, such as `3 7-9`; None for anything else."""
    found: set[int] = set()
    for word in re.split(r"[\s,、，]+", unicodedata.normalize("NFKC", words).strip()):
        if not _NUMBERS.fullmatch(word):
            return None
        first, _, last = word.partition("-")
        low, high = int(first), int(last or first)
        if not 1 <= low <= high <= most:
            return None
        found.update(range(low, high + 1))
    return found


_YES, _NO = ("y", "yes", "true", "はい"), ("n", "no", "false", "いいえ")


@dataclass(frozen=True, slots=True)
class ValueEditor:
    """Asks a person. `line` shows a prompt and gives what was typed; `say` shows a sentence."""

    line: Callable[[str], str]
    say: Callable[[Text], None]

    def edited(self, changes: Sequence[Change]) -> dict[str, Change]:
        """Ask for new values; return the changes that differ, by id.

        Of several changes only the values they share are asked for.
        """
        values: dict[str, Value] = {}
        asked = False
        for key in ChangeKey:
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

    def _value(self, key: ChangeKey, now: Value) -> Value:
        """Ask for a value; an empty line keeps it."""
        while True:
            if not (typed := self.line(f"  {KEY_LABELS[key]} [{mask_line(_written(key, now))}]: ")):
                return now
            if (wanted := _read(key, typed)) is None:
                self.say(t("y か n で答えてください。", "answer y or n."))
                continue
            if (why := check_value(key, wanted)) is None:
                return wanted
            self.say(
                t(
                    f"その値にはできません（{why.ja}）。空のまま Enter で今の案に戻ります。",
                    f"it cannot be that ({why.en}). An empty line keeps what is proposed.",
                )
            )

    def _note(self, now: str) -> str:
        while True:
            if not (typed := self.line(f"  {t('注記', 'note')} [{mask_line(now)[:60]}]: ")):
                return now
            if (why := check_note(typed)) is None:
                return typed
            self.say(t(f"{why.ja}。書き直してください。", f"{why.en}: please write it otherwise."))


def _written(key: ChangeKey, value: Value) -> str:
    if isinstance(value, bool):
        return str(name_flag(key, value)) if key is ChangeKey.PRIVATE or not value else "WIP"
    if key is ChangeKey.NOTES and isinstance(value, tuple):
        return ", ".join(value)
    return " ".join(f"#{each}" for each in value) if isinstance(value, tuple) else value


def _read(key: ChangeKey, typed: str) -> Value | None:
    """Parse a typed value: `-` for no tags, `/` for no category. None for neither yes nor no."""
    if KEY_TYPES[key] is bool:
        word = unicodedata.normalize("NFKC", typed).casefold()
        yes, no = (*_YES, "wip", "private", "プライベート"), (*_NO, "公開", "ship", "shipped", "public")
        return True if word in yes else False if word in no else None
    if key is ChangeKey.NOTES:
        return tuple(
            dict.fromkeys(each for each in (" ".join(one.split()) for one in re.split("[,、，]", typed)) if each)
        )
    if KEY_TYPES[key] is tuple and typed in ("-", "－"):
        return ()
    if KEY_TYPES[key] is tuple:
        return tuple(dict.fromkeys(each.lstrip("#＃") for each in re.split(r"[\s,、，]+", typed) if each.strip("#＃")))
    return typed.strip("/") if key is ChangeKey.CATEGORY else typed
