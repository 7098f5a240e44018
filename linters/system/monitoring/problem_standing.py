"""障害が、長いあいだ立ったままです / A problem has been standing for long

なぜ:
    14 日たっても消えない障害は、直すつもりのないものか、条件が合っていないものです。どちらでも、画面がいつも赤ければ、
    新しい赤に気づきません。
悪い例:
    # 「ログの転送が止まっています」が 6 週間立ったまま
良い例:
    # 転送をやめたと分かったので、トリガーを無効にした
Why:
    A problem that stands for 14 days is one nobody means to mend, or one whose condition is wrong. Either way, on a
    screen that is always red nobody sees a new red.
Bad:
    # "log shipping has stopped" has stood for six weeks
Good:
    # shipping was given up: the trigger is disabled
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import SourceKind
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import Text, t
from linters.system.monitoring.noisy_trigger import list_noisy

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate

LONG_DAYS = 14
"""Days after which a problem is no longer one that somebody is about to mend (DRIFT)."""


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each target with problems that have stood for long, and are no noise; the longest first."""
    noisy = {trigger.id for found in list_noisy(estate) for trigger in found.triggers}
    standing: dict[str, list[tuple[str, Text]]] = {}
    for problem, trigger in estate.problems:
        days = estate.days_since(problem.since)
        if days is None or days < LONG_DAYS or problem.trigger in noisy:
            continue
        name = problem.name or (trigger.name if trigger else problem.trigger)
        day = problem.since[:10]
        since = t(f"{day} から {int(days):,} 日", f"since {day}, for {int(days):,} days")
        target = estate.target_of_trigger(trigger) if trigger else f"trigger:{problem.trigger}"
        standing.setdefault(target, []).append((name, since))
    for target, problems in standing.items():
        name, since = problems[0]
        more = len(problems) - 1
        told = [since] if not more else [t(f"「{each}」{when.ja}", f'"{each}" {when.en}') for each, when in problems]
        yield DriftHit(
            target,
            t(
                f"「{name}」{f'ほか {more:,} 件' if more else ''}が {LONG_DAYS} 日以上立ったままです。",
                f'"{name}"{f" and {more:,} more" if more else ""} stood for {LONG_DAYS} days or longer.',
            ),
            tuple(estate.evidence(SourceKind.ZABBIX, each) for each in told),
            t("直すか、閉じる条件を見直してください。", "Mend it, or look at the condition that closes it."),
        )


rule = drift_rule("SYS224", __name__, Severity.WARNING, look)
