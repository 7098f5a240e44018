"""A plan's file while somebody decides on it: read as it stands, each decision written at once, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from kb.changes.plan import Change, Plan, group_mark
from kb.changes.plan_file import plan_in
from kb.changes.plan_patch import patched
from kb.errors import InputError
from kb.lang import t
from kb.lint import team_file
from kb.lint.decision_file import locked
from kb.mirror.database import from_os


class PlanFile:
    """One plan.toml. Raises InputError when it is none, or another one than at the beginning."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self._text, self._plan = "\0", Plan("", "", "", ())  # as no file reads
        self._digest = ""
        self.plan()
        self._digest = self._plan.digest

    def plan(self) -> Plan:
        """The plan as the file says it now; parsed anew when somebody wrote to it."""
        text = team_file.read(self.path)
        if text is None:
            raise InputError(
                t(f"{self.name} がありません。", f"{self.name} does not exist."),
                t("kb plan done などで作ってください。", "make one, for example with kb plan done."),
            )
        if text != self._text:
            plan = plan_in(text, self.name)
            if self._digest and plan.digest != self._digest:
                raise InputError(
                    t(f"{self.name} は別の変更案に置き換わっています。", f"{self.name} is another plan now."),
                    t("kb review をやり直してください。", "begin kb review anew."),
                )
            self._text, self._plan = text, plan
        return self._plan

    def latest(self) -> Plan:
        """The plan as it was when the file could last be read: somebody may be saving it at this moment."""
        try:
            return self.plan()
        except InputError:
            return self._plan

    def accept(self, ids: Collection[str], accept: bool, *, decided: Collection[str] = ()) -> None:
        """Accept or refuse changes; `decided` are groups that are decided on with it. Raises InputError, StoreError."""
        wanted = frozenset(ids)

        def flagged(plan: Plan) -> Plan:
            changes = tuple(replace(each, accept=accept) if each.id in wanted else each for each in plan.changes)
            return _marked(replace(plan, changes=changes), decided)

        self._change(flagged)

    def edit(self, values: Mapping[str, Change]) -> None:
        """Let changes set what these of the same id do. Raises InputError, StoreError."""

        def edited(plan: Plan) -> Plan:
            return replace(plan, changes=tuple(_edited(each, values.get(each.id)) for each in plan.changes))

        self._change(edited)

    def decide(self, groups: Iterable[str]) -> None:
        """Note that groups were decided on, as they stand. Raises InputError, StoreError."""
        names = tuple(groups)
        self._change(lambda plan: _marked(plan, names))

    def take_back(self, groups: Collection[str], accepted: Mapping[str, bool]) -> None:
        """Leave groups undecided again, their changes accepted as they were. Raises InputError, StoreError."""

        def restored(plan: Plan) -> Plan:
            gone = {_mark(plan, group) for group in groups}
            marks = [mark for mark in plan.reviewed if mark not in gone]
            changes = tuple(replace(each, accept=accepted.get(each.id, each.accept)) for each in plan.changes)
            return replace(plan, changes=changes, reviewed=tuple(marks))

        self._change(restored)

    def _change(self, change: Callable[[Plan], Plan]) -> None:
        try:
            with locked(self.path.parent):
                now = self.plan()
                then = change(now)
                if then != now:
                    text = patched(self._text, now, then)
                    team_file.replace(self.path, text)
                    self._text, self._plan = text, then
        except OSError as error:
            raise from_os(error, self.path) from None


def open_groups(plan: Plan) -> list[tuple[str, tuple[Change, ...]]]:
    """The groups of the plan nobody has decided on, in its order."""
    waiting = plan.open_groups
    return [(group, changes) for group, changes in plan.groups() if group in waiting]


def is_decided(plan: Plan, group: str) -> bool:
    """Whether somebody decided on a group of the plan."""
    return _mark(plan, group) in plan.reviewed


def _mark(plan: Plan, group: str) -> str:
    return group_mark(group, (each for each in plan.changes if each.group == group))


def _marked(plan: Plan, groups: Collection[str]) -> Plan:
    marks = dict.fromkeys((*plan.reviewed, *(_mark(plan, group) for group in groups)))
    return replace(plan, reviewed=tuple(marks))


def _edited(change: Change, values: Change | None) -> Change:
    return change if values is None else replace(change, after=values.after, note=values.note, accept=True)
