"""One sitting of `kb review`: show a group, read a key, keep the decision.

It reads lines, so it works on any terminal: a key, and after a blank its arguments (`n 3 7-9`). A decision is in the
plan's file before the next line is read; the next sitting begins at the first group that is undecided or refused.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from kb.commands.change.review.input import CHANGE_KEYS, GROUP_KEYS, ValueEditor, parse_numbers
from kb.commands.change.review.view import PAGE_SIZE, format_change, format_group_card, format_page
from kb.console.sitting import InputEnded, Sitting, Step, Undo, format_keys, parse_key
from kb.execute.plan_store import PlanFile, is_decided, undecided_groups
from kb.model.plan import Change, Plan
from kb.plan.collide.board import Collision
from kb.plan.groups import GroupBundle, bundle_groups, list_acceptable
from kb.text.lang import Text, t

Names: TypeAlias = tuple[str, ...]
"""The groups that are decided on together."""


@dataclass(slots=True)
class ReviewCounts:
    """Counts of a sitting: groups decided and skipped, lines typed."""

    decided: int = 0
    skipped: int = 0
    lines: int = 0
    ended: bool = False  # the input ended before the person did


@dataclass
class ReviewSession(Sitting[GroupBundle]):
    """One person deciding on the groups of a plan. `troubles` returns the collisions of its accepted changes."""

    keys = GROUP_KEYS
    numbered = True

    file: PlanFile
    read: Callable[[str], str | None]
    write: Callable[[str], object]
    troubles: Callable[[Plan], Sequence[Collision]] = lambda plan: ()
    tally: ReviewCounts = field(default_factory=ReviewCounts)
    _done: list[tuple[int, Undo]] = field(default_factory=list)
    _place: tuple[int, int] = (0, 0)
    _before: dict[str, bool] = field(default_factory=dict)
    _listed: int = 0

    def run(self) -> ReviewCounts:
        """Show group after group until the last, `q`, or the end of the input."""
        try:
            self.walk(bundle_groups(self.file.latest()))
        except InputEnded:
            self.tally.ended = True
        return self.tally

    def is_settled(self, item: GroupBundle) -> bool:
        """Whether all of these are decided on and none will be refused."""
        plan = self.file.latest()
        decided = all(is_decided(plan, name) for name in item.names)
        return decided and not any(each.refused for each in self._troubles(plan, item.names))

    def _troubles(self, plan: Plan, names: Names) -> list[Collision]:
        ids = {each.id for each in plan.changes if each.group in names}
        return [each for each in self.troubles(plan) if ids & set(each.changes)]

    def show(self, item: GroupBundle, number: int, total: int) -> None:
        self._listed, self._place = 0, (number, total)
        self._before = {each.id: each.accept for each in self._changes(item.names)}
        self._show(item)

    def press(self, item: GroupBundle, key: str, rest: str) -> Undo | Step | None:
        names = item.names
        if key == "s":
            self.tally.skipped += 1
            return self._unskip
        if key == "a":
            return Step.QUIT if self._all_the_rest() else None
        if key == "d":
            self._differences(names, rest)
        elif key == "e":
            self._edit(names, rest)
            self._show(item)
        elif key in ("y", "n") and rest:
            self._turn(names, rest, accept=key == "y")
        elif self._inside(names, rest) if key == "l" else self._decide(names, accept=key == "y"):
            return partial(self._take_back, names, self._before)
        elif key == "l":
            self._show(item)
        return None

    def _unskip(self) -> bool:
        self.tally.skipped -= 1
        return True

    def _take_back(self, names: Names, accepted: dict[str, bool]) -> bool:
        if not self.try_write(lambda: self.file.take_back(names, accepted)):
            return False
        self.tally.decided -= 1
        self.say(t("前の決定を取り消しました。", "the decision before was taken back."))
        return True

    def _decide(self, names: Names, *, accept: bool) -> bool:
        """Send a group, or leave it out. What was turned off one by one stays off, unless that is all of it."""
        changes = self._changes(names)
        ids = [each.id for each in (list_acceptable(changes) if accept else changes)]
        if not self.try_write(lambda: self.file.accept(ids, accept, decided=names)):
            return False
        self.tally.decided += 1
        off = len(changes) - len(ids)
        also = t(f"（{off:,} 件は送らないまま）", f" ({off:,} stay out)") if off else t("", "")
        self.say(
            t(f"✓ {len(ids):,} 件を送ります{also.ja}。", f"✓ {len(ids):,} will be sent{also.en}.")
            if accept
            else t(f"✓ {len(ids):,} 件は送りません。", f"✓ {len(ids):,} are left out.")
        )
        return True

    def _turn(self, names: Names, words: str, *, accept: bool) -> None:
        """Turn single changes of a group on or off; the group stays to be decided."""
        changes = self._changes(names)
        if (numbers := parse_numbers(words, len(changes))) is None:
            self.say(_no_number(len(changes)))
            return
        ids = [each.id for at, each in enumerate(changes, 1) if at in numbers]
        if self.try_write(lambda: self.file.accept(ids, accept)):
            on = sum(each.accept for each in self._changes(names))
            self.say(
                t(
                    f"今は {len(changes):,} 件のうち {on:,} 件を送ります。よければ y です。",
                    f"{on:,} of {len(changes):,} would be sent now. If that is right: y.",
                )
            )

    def _all_the_rest(self) -> bool:
        """Send all undecided groups, once confirmed; those with nothing turned on stay open."""
        plan = self.file.latest()
        waiting = undecided_groups(plan)
        sure = [(name, changes) for name, changes in waiting if any(each.accept for each in changes)]
        count = sum(each.accept for _, changes in sure for each in changes)
        left = len(waiting) - len(sure)
        also = (
            t(f"迷いのある {left:,} グループは残します。", f"{left:,} doubtful groups stay open. ")
            if left
            else t("", "")
        )
        asked = t(
            f"残りの {len(sure):,} グループ（{count:,} 件）を送ります。{also.ja}よければ y: ",
            f"{len(sure):,} groups ({count:,} changes) will be sent. {also.en}If that is right, y: ",
        )
        if parse_key(self.read_line(str(asked)))[0] not in ("y", "yes"):
            return False
        if not self.try_write(lambda: self.file.decide(name for name, _ in sure)):
            return False
        self.tally.decided += len(sure)
        self.tally.skipped += left
        return True

    def _inside(self, names: Names, words: str) -> bool:
        """Show change after change; return whether the group was decided on."""
        total = len(self._changes(names))
        first = parse_numbers(words, total) if words else {1}
        if first is None or len(first) != 1:
            self.say(_no_number(total))
            return False
        at = first.pop()
        while at <= total:
            change = self._changes(names)[at - 1]
            self.write_lines(["", *format_change(change, at, total, reason=True), *format_keys(CHANGE_KEYS)])
            key, rest = self.read_key()
            if key in ("y", "n"):
                if self.try_write(lambda: self.file.accept([change.id], key == "y")):  # noqa: B023 - called at once
                    at += 1
            elif key in ("", "enter", "s"):
                at += 1
            elif key == "e":
                self._change([change])
            elif key == "b":
                at = max(1, at - 1)
            elif key in ("q", "x"):
                return False
            elif key == "r":
                break
            elif (jump := parse_numbers(f"{key} {rest}".strip(), total)) and len(jump) == 1:
                at = jump.pop()
            else:
                self.say_unknown_key(key)
        if not self.try_write(lambda: self.file.decide(names)):
            return False
        self.tally.decided += 1
        on = sum(each.accept for each in self._changes(names))
        self.say(t(f"✓ {total:,} 件のうち {on:,} 件を送ります。", f"✓ {on:,} of {total:,} will be sent."))
        return True

    def _differences(self, names: Names, words: str) -> None:
        changes = self._changes(names)
        first = parse_numbers(words, len(changes)) if words else {self._listed + 1}
        if first is None:
            self.say(_no_number(len(changes)))
            return
        at = min(first) if min(first) <= len(changes) else 1
        self.write_lines(format_page(changes, at))
        self._listed = at + PAGE_SIZE - 1 if at + PAGE_SIZE <= len(changes) else 0

    def _edit(self, names: Names, words: str) -> None:
        changes = self._changes(names)
        if not words and len(changes) > 1:
            words = self.read_line(
                str(t(f"何番ですか（1-{len(changes)}、all）: ", f"which number (1-{len(changes)}, all): "))
            )
        if unicodedata.normalize("NFKC", words).casefold() in ("all", "*", "全部"):
            self._change(changes)
            return
        numbers = parse_numbers(words, len(changes)) if words else {1} if len(changes) == 1 else None
        if numbers is None:
            self.say(_no_number(len(changes)))
            return
        self._change([each for at, each in enumerate(changes, 1) if at in numbers])

    def _change(self, changes: Sequence[Change]) -> None:
        """Ask for other values, and keep them."""
        values = ValueEditor(self.read_line, self.say).edited(changes)
        if values and self.try_write(lambda: self.file.edit(values)):
            self.say(t(f"✓ {len(values):,} 件の案を直しました。", f"✓ changed what is proposed for {len(values):,}."))

    def _changes(self, names: Names) -> tuple[Change, ...]:
        plan = self.file.latest()
        return tuple(each for name in names for each in plan.changes if each.group == name)

    def _show(self, item: GroupBundle) -> None:
        changes, troubles = self._changes(item.names), self._troubles(self.file.latest(), item.names)
        self.write_lines(["", *format_group_card(item, changes, *self._place, troubles), "", *format_keys(GROUP_KEYS)])

    def read_line(self, prompt: str) -> str:
        line = super().read_line(prompt)
        self.tally.lines += 1
        return line


def _no_number(most: int) -> Text:
    return t(f"1 から {most} の番号で答えてください（例: 3 7-9）。", f"give numbers from 1 to {most} (as in 3 7-9).")
