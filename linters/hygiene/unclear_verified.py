"""確かめた印を読み取れません / A mark of having verified a page that says nothing

なぜ:
    「読んで確かめた」印は、日付と名前が分かって初めて、あとの人の役に立ちます。
    日付が読めない、先の日付になっている、名前がないか、その名前の人が esa にも Redmine にもいない印を知らせます。
    こういう印は、ないものとして扱われます。別の名前で書く人は、kb.toml の [people.same] に並べてください。
悪い例:
    <!-- kb:verified 昨日 sato -->
良い例:
    <!-- kb:verified 2026-11-20 佐藤 健 -->
Why:
    That a page was read and found right helps others once they know when, and by whom.
    Told are marks whose day cannot be read or is still to come, and those without the name of anybody in esa or
    Redmine: they count for nothing. Other names somebody goes by belong into [people.same] of kb.toml.
Bad:
    <!-- kb:verified yesterday sato -->
Good:
    <!-- kb:verified 2026-11-20 sato -->
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from kb.model.document import Kind
from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.model.page import Entry, ReviewMark
from kb.reading.pages.marks import names_member
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.lang import Text, t
from kb.text.lines import Span


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for a mark without a past or present day, or without a known person's name."""
    mark = entry.verified
    if mark is None or (says := _says(mark, world)) is None:
        return
    reason, message = says
    found = {"future": mark.on, "nobody": mark.by}.get(reason)
    evidence = t(found, found) if found else None
    place = Span(mark.line, 1, mark.line, 1)
    yield Hit(message, place, Confidence.HIGH, reason=f"verified:{reason}", evidence=evidence)


def _says(mark: ReviewMark, world: World) -> tuple[str, Text] | None:
    if not mark.on:
        return "day", t(
            "確かめた印の日付を読めません。kb:verified 2026-11-20 sato のように、日付を先に書いてください。",
            "The day of this mark cannot be read: write it first, as in kb:verified 2026-11-20 sato.",
        )
    if date.fromisoformat(mark.on) > world.today:
        return "future", t(
            "確かめた印の日付が先の日になっています。確かめた日に直してください。",
            "This mark is of a day to come: give the day the page was read.",
        )
    if not mark.by:
        return "name", t(
            "確かめた印に名前がありません。日付のあとに、確かめた人の名前を書いてください。",
            "This mark names nobody: write who read the page, after the day.",
        )
    if world.names and not names_member(mark, world.names):
        return "nobody", t(
            "確かめた印の名前の人が見つかりません。esa のスクリーンネームか氏名で書いてください。",
            "Nobody has the name in this mark: give a screen name of esa, or a full name.",
        )
    return None


rule = Rule(
    "KB905",
    __name__,
    Severity.INFO,
    join=join,
    kinds=frozenset({Kind.POST, Kind.WIKI, Kind.FILE}),
    reads=False,
)
