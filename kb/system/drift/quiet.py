"""The threshold at which a trigger that alerts too often would have been quiet, by the hourly maxima of its item. Pure.

An hour whose maximum is beyond a threshold is counted as one alert, which is what a trigger over some minutes comes to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.text.lazy_pattern import compile_lazy

if TYPE_CHECKING:
    from kb.system.drift.items import Trigger

QUIET_A_WEEK = 5
"""Alerts a week, all machines together, that people still read."""

_HOURS_A_WEEK = 24 * 7
_MOST_STEPS = 50
_NUMBER = compile_lazy(r"\d+(?:\.\d+)?")
_ABOVE = compile_lazy(r">=?\s*[\d.]+\s*$")


@dataclass(frozen=True, slots=True)
class QuietThreshold:
    """A threshold, the one that is set (as written), and about how often the trigger would alert a week."""

    was: str
    threshold: str
    a_week: int


def find_quiet_threshold(triggers: Sequence[Trigger], trends: Mapping[str, Sequence[float]]) -> QuietThreshold | None:
    """Return the lowest rounded threshold above the one that is set at which it is quiet.

    None where there are no trends, the triggers do not agree, or it alerts on low values or other units than numbers.
    """
    first = triggers[0]
    if len({each.threshold for each in triggers}) > 1 or not re.fullmatch(_NUMBER.pattern, first.threshold):
        return None
    maxima = [trends[each.item] for each in triggers if trends.get(each.item)]
    hours = max((len(each) for each in maxima), default=0)
    if not hours or not all(_ABOVE.search(each.expression) for each in triggers):
        return None
    values = [value for each in maxima for value in each]
    now = float(first.threshold)
    step = 10 ** max(0, len(str(int(now))) - 1) if now >= 1 else now  # 50 → 60, 400 → 500
    for count in range(1, _MOST_STEPS):
        threshold = now + count * step
        a_week = sum(value > threshold for value in values) * _HOURS_A_WEEK / hours
        if a_week <= QUIET_A_WEEK:
            return QuietThreshold(first.threshold, f"{threshold:g}", round(a_week))
    return None
