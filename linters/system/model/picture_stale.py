"""図が、もとの文字より古くなっています / A picture is older than its text

なぜ:
    図だけを見る人には、直したことが伝わりません。kb diagram build で描き直せます。
    一度も描いていないときは、何も言いません。
悪い例:
    # label を変えたあと、図を描き直していない
    [[node]]
    id = "api"
    label = "配信 API"
良い例:
    # label を変えて、kb diagram build を実行した
    [[node]]
    id = "api"
    label = "配信 API"
Why:
    Who looks at the picture alone does not see what was changed. kb diagram build draws it anew.
    Nothing is said where no picture was ever drawn.
Bad:
    # the label was changed, and the picture was not drawn again
    [[node]]
    id = "api"
    label = "Delivery API"
Good:
    # the label was changed, and kb diagram build was run
    [[node]]
    id = "api"
    label = "Delivery API"
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.diagram.model.rules import SystemContext, SystemHit, system_rule
from kb.model.finding import Severity
from kb.text.lang import count_noun, t


def look(seen: SystemContext) -> Iterator[SystemHit]:
    """Yield a hit for each view with files out of date."""
    for view, count in sorted(seen.stale.items()):
        message = t(
            f"ビュー「{view}」の図（{count:,} ファイル）が古くなっています。kb diagram build で描き直してください。",
            f"The pictures of view {view} are out of date ({count_noun(count, 'file')}): run kb diagram build.",
        )
        yield SystemHit(view, message, f"view:{view}")


rule = system_rule("SYS107", __name__, Severity.WARNING, look)
