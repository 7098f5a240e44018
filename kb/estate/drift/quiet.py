"""Triggers that alert so often that nobody reads them, and the threshold at which they would have been quiet. Pure.

The threshold is told by the hourly maxima of the item. An hour whose maximum is beyond a threshold is counted as one
alert, which is what a trigger over some minutes comes to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.text.lazy_pattern import compile_lazy

if TYPE_CHECKING:
    from kb.estate.drift.items.zabbix import EventCount, Trigger

A_WEEK, LEAST_DAYS, ACKNOWLEDGED = 20, 14, 0.05
"""Problems a week from which a trigger is noise, over how many days, and the share that may be acknowledged (DRIFT)."""

QUIET_A_WEEK = 5
"""Alerts a week, all machines together, that people still read."""

_HOURS_A_WEEK = 24 * 7
_MOST_STEPS = 50
_NUMBER = compile_lazy(r"\d+(?:\.\d+)?")
_ABOVE = compile_lazy(r">=?\s*[\d.]+\s*$")


@dataclass(frozen=True, slots=True)
class Noise:
    """A template's trigger, or one of its own: how often it alerted a week, and how often somebody acknowledged."""

    id: str
    name: str
    a_week: float
    share: float
    triggers: tuple[Trigger, ...]


def list_noise(triggers: Iterable[Trigger], counts: Mapping[str, EventCount]) -> list[Noise]:
    """Return the triggers that alert so often that nobody reads them, by id. `counts` is by trigger."""
    groups: dict[str, list[Trigger]] = {}
    for trigger in triggers:
        groups.setdefault(trigger.template or trigger.id, []).append(trigger)
    found = []
    for name, members in sorted(groups.items()):
        told = [counts[each.id] for each in members if each.id in counts]
        days = max((each.days for each in told), default=0.0)
        events, acknowledged = sum(each.events for each in told), sum(each.acknowledged for each in told)
        if days < LEAST_DAYS - 0.5 or not events:
            continue
        noise = Noise(name, members[0].name, events * 7 / days, acknowledged / events, tuple(members))
        if noise.a_week >= A_WEEK and noise.share <= ACKNOWLEDGED:
            found.append(noise)
    return found


@dataclass(frozen=True, slots=True)
class QuietThreshold:
    """A threshold, the one that is set (as written), and about how often the trigger would alert a week."""

    was: str
    threshold: str
    a_week: int


def find_quiet_threshold(triggers: Sequence[Trigger], trends: Mapping[str, Sequence[float]]) -> QuietThreshold | None:
    """Return the lowest rounded threshold above the one that is set at which it is quiet.

    Those without trends are taken to be like the others. None where they are more than half, the triggers do not
    agree, or alert on low values or other units than numbers.
    """
    first = triggers[0]
    if len({each.threshold for each in triggers}) > 1 or not re.fullmatch(_NUMBER.pattern, first.threshold):
        return None
    maxima = [trends[each.item] for each in triggers if trends.get(each.item)]
    hours = max((len(each) for each in maxima), default=0)
    if not hours or len(maxima) * 2 < len(triggers) or not all(_ABOVE.search(each.expression) for each in triggers):
        return None
    values = [value for each in maxima for value in each]
    now = float(first.threshold)
    step = 10 ** max(0, len(str(int(now))) - 1) if now >= 1 else now  # 50 → 60, 400 → 500
    for count in range(1, _MOST_STEPS):
        threshold = now + count * step
        a_week = sum(value > threshold for value in values) * _HOURS_A_WEEK / hours * len(triggers) / len(maxima)
        if a_week <= QUIET_A_WEEK:
            return QuietThreshold(first.threshold, f"{threshold:g}", round(a_week))
    return None
