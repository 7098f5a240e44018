"""Word today's tasks: what to do, why now, and the command. Pure."""

from __future__ import annotations

import shlex
from datetime import date

from kb.model.document import Source, parse_doc
from kb.reports.week.model import TodayTask, WeekRow
from kb.reports.week.today.choose import Candidate, TaskKind
from kb.text.lang import Text, count_noun, join_texts, space_ascii, t

OUTDATED_DAYS = 365
"""Days past its date from which the question is whether a measure is still needed."""
_LONGEST = 30  # characters of a title

_PARTS = {
    "cause": t("原因", "the cause"),
    "fix": t("復旧方法", "the fix"),
    "prevention": t("再発防止", "prevention"),
    "measures": t("対策の担当や期限", "owner or date of its measures"),
}


def word_task(chosen: Candidate, today: date) -> TodayTask:
    """Return the task as people read it."""
    what, why, command = _say(chosen, today)
    url = chosen.row.url if chosen.row is not None else ""
    return TodayTask(what, why, url, command, chosen.kind.value, chosen.minutes, chosen.owner)


def word_pinned(exposed: int, open_to_all: int) -> TodayTask | None:
    """Return the line on credentials that many can read and may still work; None without any."""
    if not (exposed or open_to_all):
        return None
    counts = []
    if exposed:
        counts.append(t(f"チームの外からも読める {exposed:,} 件", f"{exposed:,} readable outside of the team"))
    if open_to_all:
        counts.append(t(f"メンバーの全員が読める {open_to_all:,} 件", f"{open_to_all:,} by every member"))
    both = join_texts(counts)
    what = t(f"書かれた認証情報（{both.ja}）の値を変更する", f"change the credentials in pages ({both.en})")
    why = t("変更するか、扱いを決めるまで、ここに出ます", "stands here until they are changed or decided on")
    return TodayTask(what, why, command="kb secrets list", kind="pinned")


def _say(chosen: Candidate, today: date) -> tuple[Text, Text, str]:
    row = chosen.row
    if row is None:
        return _say_counted(chosen)
    match chosen.kind:
        case TaskKind.OVERDUE:
            return (*_say_overdue(chosen, row, (today - chosen.day).days), _show(row))
        case TaskKind.INCIDENT:
            return (*_say_incident(chosen, row), _show(row))
        case TaskKind.EXPIRING:
            what = t(f"{_on(row)}で後回しにした指摘を見直す", f"look again at what was set aside on {_on(row)}")
            return what, t(f"{row.due} に期限が来ます", f"that ends on {row.due}"), "kb triage"
        case TaskKind.SOON:
            what = t(f"{_page(row)}の対策 {chosen.count} を確かめる", f"look at measure {chosen.count} of {_on(row)}")
            return what, t(f"期限は {chosen.day} です", f"it is due {chosen.day}"), _show(row)
        case TaskKind.MARK:
            return (*_say_mark(chosen, row), "kb plan done")
        case TaskKind.TICKET:
            more = (
                t(f"、ほか {chosen.count - 1:,} 件も", f", and {chosen.count - 1:,} more")
                if chosen.count > 1
                else t("", "")
            )
            why = t(f"終わったように見えます。最後の動きは {chosen.day}", f"it looks finished; last moved {chosen.day}")
            command = "kb plan close"
            what = t(f"チケット{_on(row)}を閉じる", f"close the ticket {_on(row)}")
            return what, t(f"{why.ja}{more.ja}", f"{why.en}{more.en}"), command
        case TaskKind.DRAFT:
            what = t(f"書きかけの{_on(row)}を公開するか、しまうかを決める", f"ship or archive the draft {_on(row)}")
            return what, t(f"最後の編集は {chosen.day} です", f"the last edit was on {chosen.day}"), _show(row)
        case _:
            return t(f"{_on(row)}を直す", f"mend {_on(row)}"), _clause(row.message), _show(row)


def _say_counted(chosen: Candidate) -> tuple[Text, Text, str]:
    """Return the words of a task that is about no document."""
    count = chosen.count
    if chosen.kind is TaskKind.SOURCE and chosen.label is not None:
        name = chosen.subject.partition(":")[2].partition(":")[0]
        label = chosen.label
        return (
            t(f"{space_ascii(label.ja).lstrip()}の読み取りを直す", f"mend the reading of {label.en}"),
            chosen.why or t("最後まで読み取れませんでした", "it was not read to the end"),
            f"kb sync --source {name}",
        )
    if chosen.kind is TaskKind.SECRETS:
        return (
            t(
                f"書かれたままの認証情報を 1 件片付ける（全部で {count:,} 件）",
                f"see to one credential in a page (of {count:,})",
            ),
            t("読める人なら誰でも使えてしまいます", "whoever can read the pages can use them"),
            "kb secrets list",
        )
    return (
        t(
            f"更新済みの値を 1 件、ページから消す（全部で {count:,} 件）",
            f"take one changed value off its page (of {count:,})",
        ),
        t(
            "もう使えない値ですが、読んだ人は使えるものと思います",
            "they open nothing, but whoever reads them cannot know",
        ),
        "kb secrets list",
    )


def _say_overdue(chosen: Candidate, row: WeekRow, late: int) -> tuple[Text, Text]:
    number = chosen.count
    why = t(f"期限の {chosen.day} から {late:,} 日たっています", f"it was due {chosen.day}, {late:,} days ago")
    if late > OUTDATED_DAYS:
        return (
            t(
                f"{_page(row)}の対策 {number} が、まだ要るかを決める",
                f"decide whether measure {number} of {_on(row)} is still needed",
            ),
            why,
        )
    return (
        t(
            f"{_page(row)}の対策 {number} を進めるか、期限を決め直す",
            f"do, or date anew, measure {number} of {_on(row)}",
        ),
        why,
    )


def _say_incident(chosen: Candidate, row: WeekRow) -> tuple[Text, Text]:
    if named := [_PARTS[each] for each in chosen.parts if each in _PARTS]:
        *others, last = named
        parts = join_texts([join_texts(others, "と", ", "), last], "と", " and ") if others else last
        what = t(f"{_page(row)}に{parts.ja}を書き足す", f"add {parts.en} to the incident {_noun(row).en} {_on(row)}")
    elif chosen.parts == ("marked",):
        what = t(
            f"完了の印がある{_page(row)}の、残っている対策を片付けるか、印を外す",
            f"finish what is open on {_on(row)}, which is marked as done, or unmark it",
        )
    else:
        return t(f"{_page(row)}を直す", f"mend the incident {_noun(row).en} {_on(row)}"), chosen.again or _clause(
            row.message
        )
    if chosen.again is not None:
        return what, chosen.again
    days = row.age_days
    if not days:
        return what, t("今日の障害です", "it happened today") if days == 0 else t("対応中です", "it is open")
    return what, t(f"{days:,} 日前の障害です", f"it happened {count_noun(days, 'day')} ago")


def _say_mark(chosen: Candidate, row: WeekRow) -> tuple[Text, Text]:
    if "mark" in chosen.parts:
        what = t(f"済んだ{_page(row)}に、完了の印を付ける", f"mark the finished page {_on(row)} as done")
        return what, t("対策はどれも済んでいます", "all of its measures are done")
    what = t(f"済んだ{_page(row)}の、印と置き場所をそろえる", f"file the finished page {_on(row)} with the others")
    return what, t("済んだものを探す人が、見落とさなくなります", "who looks for finished ones will find it")


def _clause(text: Text) -> Text:
    return t(text.ja.rstrip("。"), text.en.rstrip("."))


def _show(row: WeekRow) -> str:
    """Return the command that shows a row's document with its findings, quoted for a shell."""
    return f"kb show {shlex.quote(str(row.doc))} --findings"


def _page(row: WeekRow) -> str:
    noun = f"障害の{_noun(row).ja}"
    return f"{noun}{_on(row)}" if row.title else f"{noun} {row.doc} "


def _noun(row: WeekRow) -> Text:
    return t("チケット", "ticket") if parse_doc(row.doc).source == Source.REDMINE else t("記事", "page")


def _on(row: WeekRow) -> str:
    title = row.title if len(row.title) <= _LONGEST else row.title[: _LONGEST - 1] + "…"
    return f"「{title}」" if title else str(row.doc)
