"""How plans are applied to the toy: titles and categories of its file, page by page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kb.model.document import Source
from kb.model.plan import SeenState
from kb.model.request import ChangeRequest, Outcome, Result, TargetState


class ToyRemote:
    """The pages of one file; each request is a reading or writing of it."""

    source = Source("toy")
    at_once = 10
    proof_later = False
    unmarked = True
    has_unique_names = False
    reads_notes_apart = False
    waited_s = 0.0

    def __init__(self, file: Path) -> None:
        self._file = file
        self.requests = 0
        self.kept: list[TargetState] = []

    def settle(self) -> bool:
        return False

    def now(self) -> float:
        return 0.0

    def look(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        self.requests += 1
        return {
            int(page["id"]): TargetState({"title": page["title"], "category": page["category"]}, 0, page["at"])
            for page in json.loads(self._file.read_text("utf-8"))
            if int(page["id"]) in numbers
        }

    def read_back(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        return self.look(numbers)

    def besides(self, states: Mapping[int, TargetState]) -> tuple[int, ...]:
        return ()

    def along(self, request: ChangeRequest, states: Mapping[int, TargetState]) -> tuple[int, ...]:
        return ()

    def changed_along(self, number: int, now: TargetState) -> bool:
        return False

    def edited(self, seen: SeenState, number: int, now: TargetState) -> Mapping[str, Any] | None:
        return None

    def send(self, request: ChangeRequest, seen: TargetState) -> Result:
        self.requests += 1
        pages = json.loads(self._file.read_text("utf-8"))
        for page in pages:
            if int(page["id"]) == request.number:
                page.update(request.after)
        self._file.write_text(json.dumps(pages), encoding="utf-8")
        return self.proved(request, seen, self.look([request.number]).get(request.number))

    def settled(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        return Result(Outcome.LIMITED, None, now)

    def proved(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        return Result(Outcome.DONE, None, now)

    def keep(self, states: Sequence[TargetState]) -> None:
        self.kept += states
