"""書きかけ（WIP）の記事が、しばらく編集されていません / A draft nobody has gone on with

なぜ:
    WIP の記事は検索でも通知でも控えめに扱われ、書きかけのまま残りがちです。
    読めるところまで書けていれば公開し、要らなければアーカイブすると、残りが本当の書きかけになります。
    日数は kb.toml の [posts] wip_days で変えられます。個人のフォルダーの記事は見ません。
悪い例:
    WIP: 監視の引き継ぎ（最後の編集: 5 か月前）
良い例:
    監視の引き継ぎ（公開。残りは本文に「未記入: 夜間の連絡先」）
Why:
    Drafts are shown last and told to nobody, and so stay drafts. One that can be read can be shipped, one
    nobody wants archived; what is left then are drafts indeed. The days are wip_days of [posts] in kb.toml.
    Posts in personal folders are left alone.
Bad:
    WIP: handing over the monitoring (last edit five months ago)
Good:
    Handing over the monitoring (shipped; the text says that the night contacts are missing)
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.model.page import Entry
from kb.reading.pages.marks import MarkStatus, check_mark
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.globs import find_personal_folder
from kb.text.lang import t
from linters.incident.measures import describe_day
from linters.posts import POSTS, is_set_aside
from linters.titles import title_hit

MESSAGE = t(
    "WIP のまま、しばらく編集がありません。公開するか、要らなければアーカイブしてください。",
    "A draft nobody has edited for a while: ship it, or archive it when nobody wants it.",
)


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for a draft no one has edited for over `wip_days`."""
    if not entry.wip or is_set_aside(entry.category) or find_personal_folder(entry.category, world.folders):
        return
    edited = entry.human_at or entry.updated_at or entry.created_at
    last = world.day_of(edited)
    if last is None or (world.today - last).days <= world.wip_days:
        return
    if check_mark(entry, world.today, world.verified_days, world.policy.timezone) is MarkStatus.VERIFIED:
        return
    evidence = t(f"最後の編集 {describe_day(last.isoformat(), world.today)}", f"last edit {last.isoformat()}")
    yield title_hit(entry, MESSAGE, Confidence.HIGH, "wip:stale", placed=True, evidence=evidence, day=last.isoformat())


rule = Rule("PST101", __name__, Severity.INFO, join=join, kinds=POSTS, reads=False, yields_to=("PST103",), version=3)
