"""アラートが鳴りすぎています / A trigger alerts too often

なぜ:
    だれも確認しないアラートが週に 20 回を超えると、人は通知を見なくなり、本物も見落とします。2 週間以上の数で、テンプ
    レートのトリガーごとに数え、確認（acknowledge）が 5 % 以下のものを知らせます。過去の値（trend）があれば、静かにな
    る境目も示します。
悪い例:
    # CPU 使用率 > 50 %: 4 台で週に 300 回、確認は 0 回
良い例:
    # しきい値を 60 % にした: 週に 3 回
Why:
    With more than 20 alerts a week that nobody acknowledges, people stop reading them, and miss the real ones.
    Counted over two weeks or longer by the trigger of the template, where at most 5 % were acknowledged. Where trends
    are there, the threshold that would have been quiet is told.
Bad:
    # CPU > 50 %: on 4 machines 300 times a week, acknowledged never
Good:
    # the threshold is 60 %: 3 times a week
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import SourceKind
from kb.estate.drift.quiet import Noise, list_noise
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import count_noun, t

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate


def list_noisy(estate: Estate) -> list[Noise]:
    """Return the triggers that alert so often that nobody reads them, by id."""
    return list_noise(estate.triggers.values(), estate.event_counts)


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each trigger that is noise, with the threshold at which it would be quiet."""
    for noise in list_noisy(estate):
        machines = len({host for each in noise.triggers for host in each.hosts})
        templates = estate.templates_of(noise.triggers)
        of = t(f"、テンプレート {templates}", f", template {templates}") if templates else t("", "")
        a_week = round(noise.a_week)
        quiet = estate.quiet_threshold(noise.triggers)
        hint = t("しきい値か条件を見直してください。", "Look at its threshold or condition.")
        if quiet:
            was, new, then = quiet.was, quiet.threshold, quiet.a_week
            hint = t(
                f"しきい値を {was} から {new} にすると、週に約 {then:,} 回です。",
                f"With a threshold of {new} instead of {was}, it would be about {then:,} a week.",
            )
        yield DriftHit(
            f"trigger:{noise.id}",
            t(
                f"「{noise.name}」が鳴りすぎています（対象 {machines:,} 台{of.ja}）。",
                f'"{noise.name}" alerts too often (on {count_noun(machines, "machine")}{of.en}).',
            ),
            (
                estate.evidence(
                    SourceKind.ZABBIX,
                    t(
                        f"週に約 {a_week:,} 回、確認されたのは {noise.share:.0%}",
                        f"about {a_week:,} a week, {noise.share:.0%} acknowledged",
                    ),
                ),
            ),
            hint,
        )


rule = drift_rule("SYS225", __name__, Severity.WARNING, look)
