"""The events of kb.toml as marks on the charts. What names a person is told in other words."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from kb.console import safe
from kb.lang import Text, t
from kb.lint.unnamed import named
from kb.reading.fold import folded
from kb.reports.week.model import Mark
from kb.secrets.shown import shown_text
from kb.settings import EventSettings

KINDS: dict[str, Text] = {
    "release": t("リリース", "a release"),
    "migration": t("移行", "a migration"),
    "handover": t("引き継ぎ", "a handover"),
    "other": t("出来事", "an event"),
}
"""What an event is called whose label names somebody: that somebody left a project, and never who."""

_CALLED = re.compile("(?<!たく)(?<!皆)(?<!みな)(?<!お客)さん")  # whoever that is: few leavers are members still


def marks(events: Sequence[EventSettings], names: Collection[str]) -> tuple[tuple[Mark, ...], list[str]]:
    """The marks by day, and the days of those whose label named one of `names` and is not told."""
    found: list[Mark] = []
    hidden: list[str] = []
    pattern = named(frozenset(names))
    for each in sorted(events, key=lambda each: each.date):
        label = safe(shown_text(each.label)).strip()
        plain = folded(label).casefold()
        if _CALLED.search(plain) or pattern.search(plain):
            hidden.append(each.date)
            label = ""
        found.append(Mark(each.date, each.kind, Text(label, label) if label else KINDS[each.kind]))
    return tuple(found), hidden
