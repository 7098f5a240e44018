"""cron の行が、ないスクリプトを呼んでいます / A line of cron calls a script that is not there

なぜ:
    cron は毎回失敗し、だれにも届かないメールを出し続けます。要る処理なら、止まったままです。
悪い例:
    # 0 3 * * * /opt/batch/old-report.sh （ファイルがない）
良い例:
    # もう要らないと確かめて、行を消した
Why:
    Cron fails each time, and mails nobody. If the job is needed, it has not been done.
Bad:
    # 0 3 * * * /opt/batch/old-report.sh (there is no such file)
Good:
    # nobody needs it: the line is gone
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import Text, t
from linters.system.telling import gather, list_some

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.items.hosts import Host


def _missing(host: Host) -> Text | None:
    """Return the lines of a host whose script is not there, None where there are none."""
    if not host.has_read("cron"):
        return None
    lines = [f"{each.user} {each.schedule} {each.script}" for each in host.cron if not each.exists]
    return list_some(lines) if lines else None


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each target with a line of cron without its script."""
    for target, evidence in gather(estate, _missing):
        yield DriftHit(
            target,
            t("cron の行が、ないスクリプトを呼んでいます。", "A line of cron calls a script that is not there."),
            evidence,
            t(
                "行を直すか、消してよいか、その利用者に聞いてください（crontab -l -u USER）。",
                "Ask its user whether to mend the line or to remove it (crontab -l -u USER).",
            ),
        )


rule = drift_rule("SYS262", __name__, Severity.WARNING, look)
