"""Run a plan without sending anything, for `kb apply --rehearse`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from kb.execute.batch_move import CanMoveCategory, CanPreviewMove
from kb.model.plan import ChangeKey, Value
from kb.model.request import ChangeRequest, Outcome, RequestPreview, Result, TargetState
from kb.plan.values import find_new_title
from kb.sources.port import CanCreate, CanPreview, Remote
from kb.text.globs import is_below


class NullJournal:
    """A journal that keeps nothing."""

    def write(self, what: str, **values: object) -> None:
        """Keep nothing."""


def rehearse_remote(remote: Remote, preview: Callable[[RequestPreview], None] | None = None) -> RehearsalRemote:
    """Return a remote that is read and never written to; it moves categories where the real one does."""
    if isinstance(remote, CanMoveCategory):
        return CategoryRehearsalRemote(remote, remote, preview)
    return RehearsalRemote(remote, preview)


class RehearsalRemote:
    """A remote that is read and never written to: every request counts as done.

    `preview` receives each request a system can preview.
    """

    proof_later = False

    def __init__(self, remote: Remote, preview: Callable[[RequestPreview], None] | None = None) -> None:
        self._remote, self._preview = remote, preview
        self.source, self.at_once, self.unmarked = remote.source, remote.at_once, remote.unmarked
        self.has_unique_names, self.reads_notes_apart = remote.has_unique_names, remote.reads_notes_apart
        self.besides, self.along, self.edited = remote.besides, remote.along, remote.edited
        self.settle, self.now = remote.settle, remote.now

    @property
    def requests(self) -> int:
        """The number of requests so far, all of them reads."""
        return self._remote.requests

    @property
    def waited_s(self) -> float:
        """Seconds waited for the limit so far."""
        return self._remote.waited_s

    def look(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        """Return the present state of these targets."""
        return self._remote.look(numbers)

    def find_made(self, request: ChangeRequest, now: TargetState) -> TargetState | None:
        """Return the state of what stands there already for a request."""
        return self._remote.find_made(request, now) if isinstance(self._remote, CanCreate) else None

    def read_back(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        """Return the same: nothing was written."""
        return self.look(numbers)

    def changed_along(self, number: int, now: TargetState) -> bool:
        """Count as changed: nothing was sent."""
        return True

    def send(self, request: ChangeRequest, seen: TargetState) -> Result:
        """Count as done; a text is composed first, which may fail."""
        if isinstance(self._remote, CanPreview) and (self._preview is not None or ChangeKey.BODY in request.after):
            composed = self._remote.composed(request, seen)
            if isinstance(composed, Result):
                return composed
            if self._preview is not None:
                self._preview(composed)
        return Result(Outcome.DONE, state=_rename(seen, request.after) if self.has_unique_names else None)

    def settled(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        """Leave interrupted texts open: resolving one may mean to restore somebody's text."""
        if ChangeKey.BODY in request.after:
            return Result(Outcome.LIMITED, None, now)
        return self._remote.settled(request, seen, now)

    def proved(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        """Count as done: nothing was sent."""
        return Result(Outcome.DONE)

    def keep(self, states: Sequence[TargetState]) -> None:
        """Keep nothing."""


class CategoryRehearsalRemote(RehearsalRemote):
    """A rehearsal in which categories move: what was moved is shown in its new place from then on."""

    def __init__(
        self, remote: Remote, places: CanMoveCategory, preview: Callable[[RequestPreview], None] | None = None
    ) -> None:
        super().__init__(remote, preview)
        self._places = places
        self._moved: dict[int, TargetState] = {}
        self._shift: Counter[str] = Counter()
        self._read: dict[str, dict[int, TargetState]] = {}
        self.pause = places.pause

    def look(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        """Return the state of these posts."""
        return {number: self._moved.get(number, state) for number, state in self._remote.look(numbers).items()}

    def send(self, request: ChangeRequest, seen: TargetState) -> Result:
        """Count as done; a post that makes room is shown by its title for the time being from then on."""
        result = super().send(request, seen)
        if request.aside and result.state is not None:
            self._moved[request.number] = result.state
        return result

    def subtree(self, category: str) -> dict[int, TargetState]:
        """Return the state of all posts in and below a category."""
        found = {**self._places.subtree(category), **self._moved}
        self._read[category] = {
            number: state for number, state in found.items() if is_below(_category(state), category)
        }
        return self._read[category]

    def counts(self) -> Mapping[str, int]:
        """Return the number of posts per category."""
        found = self._places.counts()
        return {place: found.get(place, 0) + self._shift[place] for place in {*found, *self._shift}}

    def move(self, source: str, target: str) -> Result:
        """Show a category under its new name."""
        if self._preview is not None and isinstance(self._remote, CanPreviewMove):
            self._preview(self._remote.composed_move(source, target))
        for number, state in self._read[source].items():  # just before
            old, new = _category(state), f"{target}{_category(state)[len(source) :]}"
            self._shift.update({old: -1, new: 1})
            self._moved[number] = _rename(state, {ChangeKey.CATEGORY: new})
        return Result(Outcome.DONE)


def _category(state: TargetState) -> str:
    return str(state.values.get(ChangeKey.CATEGORY, ""))


def _rename(state: TargetState, after: Mapping[str, Value]) -> TargetState:
    """Return a state with the name a request gives it."""
    names = {key: value for key, value in after.items() if key == ChangeKey.CATEGORY}
    if (title := find_new_title(state.values, after)) is not None:
        names[ChangeKey.TITLE.value] = title
    return replace(state, values={**state.values, **names})
