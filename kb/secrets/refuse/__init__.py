"""What a labelled value is instead, and what speaks for it: an ordered table of small named steps.

Every detector that trusts a label asks `judge`. The first step that decides ends it, so a step may rely on those before
it having passed. A refusal says what the value is instead, and a sign how sure the value is one. A new one is a
function below `@step`, at its place in the module of its stage.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from itertools import chain
from typing import NamedTuple, TypeVar

from kb.model.facts import Confidence
from kb.secrets.refuse.labelled import Labelled

STAGES = ("notations", "kinds")
"""The modules of steps, in order: what any label's value is instead, and what values of its kind look like."""


class Judgement(NamedTuple):
    """How sure a value is one, None when it is none, and the step that decided: `name/own-part`."""

    confidence: Confidence | None
    reason: str


_Decides = TypeVar("_Decides", bound=Callable[[Labelled], object])
_steps: dict[str, list[tuple[str, Callable[[Labelled], object]]]] = {stage: [] for stage in STAGES}


def step(reason: str) -> Callable[[_Decides], _Decides]:
    """Register a step. A confidence is how sure the value is one, anything else true refuses it, false says nothing.

    A text that refuses is the name of a filter, and ends the step's: `value/placeholder`.
    """

    def register(decides: _Decides) -> _Decides:
        _steps[decides.__module__.rpartition(".")[2]].append((reason, decides))
        return decides

    return register


@cache
def load_steps() -> tuple[tuple[str, Callable[[Labelled], object]], ...]:
    """Import the stages; return their steps with their names, in order."""
    for stage in STAGES:
        importlib.import_module(f"{__name__}.{stage}")
    return tuple(chain.from_iterable(_steps.values()))


def judge(it: Labelled) -> Judgement:
    """How sure a labelled value is one, by the first step that decides. The last refuses what nothing speaks for."""
    found, reason = next((found, reason) for reason, decides in load_steps() if (found := decides(it)))
    if isinstance(found, Confidence):
        return Judgement(found, reason)
    return Judgement(None, f"{reason}/{found}" if isinstance(found, str) else reason)
