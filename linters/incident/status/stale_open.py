"""終わっていない記事が、しばらく更新されていません / An open page has not been touched for a while

なぜ:
    対策や原因が残ったまま止まっている記事は、進んでいるのか、済んだのに書かれていないのか、見ただけでは分かりません。
    今の状態が 1 行あれば足ります。日数は kb.toml の stale_days で変えられます。
    同じページに、書き足すところを挙げたほかの警告やエラーがあれば、そちらだけを出します。
悪い例:
    （最後の更新: 3 か月前）

    ## 再発防止
    - [ ] 件数が半分を下回る索引は公開しない（今井）
良い例:
    ## 再発防止
    - [ ] 件数が半分を下回る索引は公開しない（今井、7/31 へ変更: 6/20 の定例で決定）
Why:
    A page that came to a halt with something open does not show whether work goes on, or is done and
    not written down. One line on where it stands is enough. The days are stale_days of kb.toml.
    Beside another warning or error that says what to add to the page, that one alone is told.
Bad:
    (last edit: three months ago)

    ## Prevention
    - [ ] Do not publish indexes of less than half the size (Imai)
Good:
    ## Prevention
    - [ ] Do not publish indexes of less than half the size (Imai; moved to 7/31 on 6/20)
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import Confidence, Facts, Role, TitleMark, Verdict
from kb.model.finding import Severity
from kb.model.page import Entry
from kb.reading.pages.marks import MarkStatus, check_mark
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.lang import t
from linters.incident import WRITTEN, is_for_the_record
from linters.incident.measures import UNFINISHED, describe_day, measure_states
from linters.titles import title_hit

MESSAGE = t(
    "終わっていない対策または原因があり、しばらく更新がありません。今の状態を書き足してください。",
    "Something is open, and nobody has touched the page for a while: add where it stands.",
)
_UNKNOWN = (Verdict.UNKNOWN, Verdict.PLACEHOLDER)


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for a page with something open that no one has edited for over `stale_days`."""
    facts = entry.facts
    if facts is None or not facts.is_incident or facts.title_mark is not TitleMark.NONE:
        return
    edited = entry.human_at or entry.updated_at or entry.created_at
    last = world.day_of(edited)
    if last is None or (world.today - last).days <= world.stale_days:
        return
    if is_for_the_record(facts, entry.created_at, world.policy) or not _open(facts, world):
        return
    if check_mark(entry, world.today, world.verified_days, world.policy.timezone) is MarkStatus.VERIFIED:
        return
    evidence = t(f"最後の更新 {describe_day(last.isoformat(), world.today)}", f"last edit {last.isoformat()}")
    yield title_hit(entry, MESSAGE, Confidence.MEDIUM, "stale", evidence=evidence, day=last.isoformat())


def _open(facts: Facts, world: World) -> bool:
    """Return whether a measure is unfinished or undecided, or the cause unknown."""
    undecided = any(fact.role in (Role.CAUSE, Role.PREVENTION) and fact.verdict in _UNKNOWN for fact in facts.roles)
    return undecided or any(each.undone or each.state in UNFINISHED for each in measure_states(facts, world))


rule = Rule(
    "INC506",
    __name__,
    Severity.WARNING,
    gate=("incident",),
    join=join,
    kinds=WRITTEN,
    yields_to=("INC", "TKT103"),  # whoever writes what these ask for touches the page
    version=3,
)
