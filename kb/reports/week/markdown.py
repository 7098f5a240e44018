"""Render the week as Markdown for one esa post: what a person reads on a Monday.

The same Week gives the same bytes. The first line tells kb that the page is no incident. Foreign text is
escaped and no one is mentioned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kb.lint.formats import markdown as cells
from kb.lint.printable import defuse_commands, escape_wiki
from kb.reading.pages.declared_kind import INDEX_MARK
from kb.reports.drift import words as drifted
from kb.reports.drift.model import DriftKind, DriftWeek
from kb.reports.hot_spots import HotSpot
from kb.reports.week import chart, words
from kb.reports.week.model import IncidentCharts, TodayTask, TrendPoint, Week
from kb.reports.week.short import describe_share, describe_stillness
from kb.reports.week.words import BARS, HEADINGS, LEADS, LEFT_WORDS, MOVES, OWNER, TALLIES, WeekList
from kb.rules.codes import is_secret
from kb.text.display import clip, sanitize
from kb.text.lang import Text, count_noun, t
from kb.text.lazy_pattern import compile_lazy

MAX_MARKDOWN_ROWS = 10
_TALLIES, _SPOTS, _NODES, _MARKS, _DRIFTING = 8, 5, 8, 8, 30
_TITLE, _SENTENCE = 80, 240  # columns
_BEGINS = compile_lazy(r"^(\d*)([-+=.)])(?=[-=\s]|$)")  # of a line: lists, and the line below a heading
_TYPED = str.maketrans("<@`", "＜＠｀")


def render_markdown(week: Week) -> Iterator[str]:
    """Yield the post's lines, with their ends."""
    note = t(
        "kb report が作った週報です。この行があるページは、障害の記事として点検しません",
        "made by kb report; a page with this line is not linted as an incident",
    )
    yield f"{INDEX_MARK} {note} -->\n\n"
    yield f"**{words.describe_days(week)}** {_text(words.describe_report(week))}\n"
    failed = [source for source in week.sources if source.failed]
    yield from (f"\n⚠ {_text(words.describe_source(source))}\n" for source in failed)
    yield from _changed(week)
    yield from _today(week)
    yield from _hot(week.hot_spots)
    yield from _drift(week.drift)
    for rows in words.week_lists(week):
        if rows.key == "tickets":
            yield from _incidents(week.incidents)
            yield from _secrets(week)
        if rows.key == "verified":
            yield from _repairs(week)
            yield from _trend(week.trend)
            yield from _verified(week, rows)
        elif rows.listed.total:
            yield _head(rows.key)
            yield from _table(rows)
    yield from _last(week)


def _head(key: str, level: int = 2) -> str:
    lead = f"{LEADS[key]}\n\n" if key in LEADS else ""
    return f"\n{'#' * level} {HEADINGS[key]}\n\n{lead}"


def _number(key: str, count: int, elsewhere: str = "") -> str:
    """Return a number linked to its list, here or elsewhere; 0 has no link."""
    if not count:
        return "0"
    return f"[{count:,}]({elsewhere or f'#{HEADINGS[key]}'})"


def _changed(week: Week) -> Iterator[str]:
    yield _head("changed")
    moved = week.changed.moved
    yield f"| {' | '.join(str(HEADINGS[key]) for key in MOVES)} | {LEFT_WORDS} |\n|--:|--:|--:|--:|\n"
    elsewhere = {key: words.safe_address(url) for key, url in week.links.items()}
    numbers = [_number(key, getattr(moved, key), elsewhere.get(key, "")) for key in MOVES]
    yield f"| {' | '.join(numbers)} | {_number('oldest', week.open, elsewhere.get('oldest', ''))} |\n\n"
    if (still := describe_stillness(week)) is not None:
        yield f"{still}\n\n"
    for share in words.week_shares(week):
        yield f"- {_text(describe_share(share))}\n"
    yield from (f"- ⚠ {_text(words.describe_unattended(each))}\n" for each in week.otherwise)
    if week.drift is not None and week.drift.is_quiet:
        yield f"- {_text(drifted.describe_counts(week.drift))}\n"
    for name, tallies in words.week_tallies(week):
        yield f"\n| {TALLIES[name]} | {' | '.join(map(str, MOVES.values()))} | {LEFT_WORDS} |\n|---|--:|--:|--:|--:|\n"
        for each in words.select_moving(tallies, _TALLIES):
            label = _code(each.key) + " " if name == "by_rule" else ""
            yield f"| {label}{_text(each.label)} | "
            yield " | ".join(_number(key, getattr(each.moved, key)) for key in MOVES)
            secret = name == "by_rule" and is_secret(each.key) and week.secrets  # they are counted elsewhere
            yield f" | {_number('secrets' if secret else 'oldest', each.open)} |\n"
        if name == "by_rule":
            example = _code(words.tally_command(name, tallies[0].key))
            yield f"\n{t('規則ごとの一覧は、たとえば', 'The list of a rule, for example')} {example}\n"
        if len(tallies) > _TALLIES:
            yield f"\n{t(f'ほかに {len(tallies) - _TALLIES:,} 行', f'{len(tallies) - _TALLIES:,} more rows')}\n"


def _today(week: Week) -> Iterator[str]:
    note = words.describe_today(week)
    if note is words.NOTHING_TODAY:
        yield f"\n{note}\n"
        return
    yield _head("today")
    if week.lead:
        yield f"**{words.HURTS}**\n\n"
        yield from (f"- {_text(line)}\n" for line in week.lead)
        yield "\n"
    if week.pinned is not None:
        yield f"**{words.FIRST_OF_ALL}**: {_task(week.pinned)}\n"
    for number, task in enumerate(week.today, 1):
        gap = "\n" if number == 1 and week.pinned is not None else ""
        yield f"{gap}{number}. {_task(task)}\n"
    if note is not None:
        yield f"\n{note}\n"
    if week.beginning is not None:
        yield f"\n**{words.TO_BEGIN}**: {_text(week.beginning.what)} {_text(week.beginning.why)}"
        yield f" → {_code(week.beginning.command)}\n"


def _task(task: TodayTask) -> str:
    """Return what to do, in bold, so that no item of another list begins; how long and who; why; the command."""
    effort = words.describe_effort(task)
    said = " — ".join(_text(each) for each in (effort, task.why) if each is not None)
    command = f" → {_code(task.command)}" if task.command else ""
    return f"**{_link(str(task.what), task.url)}** — {said}{command}"


def _hot(spots: Sequence[HotSpot]) -> Iterator[str]:
    if not spots:
        return
    yield _head("hot")
    yield str(t("| ノード | 気になるところ |", "| Node | What speaks for it |")) + "\n|---|---|\n"
    for spot in spots[:_SPOTS]:
        said = str(t("、", ", ")).join(_text(signal.label) for signal in spot.signals)
        yield f"| {_code(spot.node)} | {said} |\n"
    more = str(t(f"ほかに {len(spots) - _SPOTS:,} 台", f"{len(spots) - _SPOTS:,} more")) if len(spots) > _SPOTS else ""
    commands = " ".join(map(_code, words.spot_commands(spots)))
    if more or commands:
        yield "\n" + " ".join(filter(None, (more, "→" if commands else "", commands))) + "\n"
    if draft := words.find_draft(spots):
        yield f"\n{words.DRAFTS} → {_code(draft)}\n"


def _table(rows: WeekList) -> Iterator[str]:
    if not rows.listed.total:
        return
    shown = rows.listed.rows[:MAX_MARKDOWN_ROWS]
    if shown:
        yield f"| {t('記事・チケット', 'Page or ticket')} | {rows.step} | {OWNER} | {rows.day} |\n|---|---|---|---|\n"
    for row in shown:
        named = f" {_code(row.code)}" if row.code else ""
        yield f"| {_link(row.title or str(row.doc), row.url)} | {_text(rows.says(row))}{named} | "
        yield f"{words.describe_owner(row, _text(row.owner))} | {_text(words.describe_day(row))} |\n"
    if more := words.describe_more(rows.listed, len(shown)):
        gap = "\n" if shown else ""
        yield f"{gap}{more} → {_code(rows.listed.command)}\n" if rows.listed.command else f"{gap}{more}\n"


def _drift(drift: DriftWeek | None) -> Iterator[str]:
    """Yield counts by rule and the model's labels; what is quiet has its line elsewhere."""
    if drift is None or drift.is_quiet:
        return
    yield _head("drift")
    yield f"{_text(drifted.describe_counts(drift))}\n"
    if drift.by_rule:
        heads = [str(drifted.KINDS[kind]) for kind in (DriftKind.NEW, DriftKind.MENDED)]
        heads += [str(LEFT_WORDS), str(drifted.KINDS[DriftKind.IGNORED])]
        yield f"\n| {TALLIES['by_rule']} | {' | '.join(heads)} |\n|---|--:|--:|--:|--:|\n"
        for each in drift.by_rule[:_DRIFTING]:
            figures = f"{each.new:,} | {each.mended:,} | {each.open:,} | {each.ignored:,}"
            yield f"| {_code(each.code)} {_text(each.label)} | {figures} |\n"
        if (more := len(drift.by_rule) - _DRIFTING) > 0:
            yield f"\n{t(f'ほかに {more:,} 行', f'{more:,} more rows')}\n"
    lines = [
        f"- {drifted.KINDS[kind]} {_code(code)}: {_text(where)}\n"
        for kind in DriftKind
        for code, where in drifted.list_by_code(drift, kind)
    ]
    if (trouble := drifted.describe_troubles(drift.troubles)) is not None:
        lines.append(f"- ⚠ {_text(trouble)}\n")
    if lines:
        yield "\n"
        yield from lines
    yield f"\n→ {_code(drifted.COMMAND)}\n"


def _incidents(incidents: IncidentCharts) -> Iterator[str]:
    if not any(bar.count for bar in (*incidents.months, *incidents.causes, *incidents.nodes)):
        return
    yield _head("incidents")
    if any(bar.count for bar in incidents.months):
        yield f"{BARS['months']}{t(f'（{chart.BAR_LEGEND}）', f' ({chart.BAR_LEGEND})')}\n\n"
        yield from _fenced(chart.draw_months(incidents.months))
        yield "\n"
    for mark in incidents.marks[-_MARKS:]:
        yield f"- {t('出来事', 'Event')} {_text(mark.day)}: {_text(mark.label)}\n"
    for name, bars in (("causes", incidents.causes), ("nodes", incidents.nodes)):
        if not bars:
            continue
        most = max(bar.count for bar in bars)
        yield f"\n| {BARS[name]} | {t('件数', 'Count')} | {t('対応中', 'Open')} | |\n|---|--:|--:|---|\n"
        for bar in bars[:_NODES]:
            yield f"| {_text(bar.label)} | {bar.count:,} | {bar.open:,} | {chart.draw_bar(bar, most)} |\n"
        if len(bars) > _NODES:
            yield f"\n{t(f'ほかに {len(bars) - _NODES:,} 行', f'{len(bars) - _NODES:,} more rows')}\n"
    yield f"\n→ {_code('kb incidents')}\n"


def _secrets(week: Week) -> Iterator[str]:
    if not week.secrets:
        return
    yield _head("secrets")
    heads = t("| 種類 | 残っている | 更新済み | 済んでいる |", "| Kind | Open | Changed | Settled |")
    yield f"{heads}\n|---|--:|--:|--:|\n"
    for each in week.secrets[:MAX_MARKDOWN_ROWS]:
        yield f"| {_text(each.label)} | {each.open:,} | {each.rotated:,} | {each.settled:,} |\n"
    yield f"\n→ {_code('kb secrets list')}\n"


def _repairs(week: Week) -> Iterator[str]:
    if not week.repairs:
        return
    yield _head("repairs")
    for repair in week.repairs:
        count = t(f"{repair.findings:,} 件", count_noun(repair.findings, "finding"))
        yield f"- {count}: {_text(repair.label)} → {_code(repair.command)}\n"


def _trend(points: Sequence[TrendPoint]) -> Iterator[str]:
    if not any(point.open for point in points) or len(points) < 2:
        return
    yield _head("trend")
    yield from _fenced(chart.draw_trend(points))


def _verified(week: Week, rows: WeekList) -> Iterator[str]:
    if week.verified is None and not rows.listed.total:
        return
    yield _head("verified")
    if week.verified is not None:
        yield f"- {_text(describe_share(week.verified))}\n"
    if (expired := words.describe_expired(week)) is not None:
        yield f"- {_text(expired)}\n"
    if rows.listed.total:
        yield f"- {words.EDITED_SINCE}: {t(f'{rows.listed.total:,} 件', f'{rows.listed.total:,}')}\n\n"
        yield from _table(rows)


def _last(week: Week) -> Iterator[str]:
    """Yield what was empty, and what was left out."""
    notes = [*filter(None, (words.describe_aside(week), words.describe_hidden(week), words.describe_empty(week)))]
    if not notes:
        return
    yield _head("omitted")
    yield from (f"- {_text(each)}\n" for each in notes)


def _fenced(block: Iterator[str]) -> Iterator[str]:
    """Yield preformatted lines, none of which can end the block."""
    yield "```\n"
    yield from (f"{defuse_commands(line).translate(_TYPED)}\n" for line in block)
    yield "```\n"


def _link(title: str, url: str) -> str:
    words_of_it = _text(title, _TITLE)
    url = words.safe_address(url)
    return f"[{words_of_it}]({url})" if url and words_of_it else words_of_it


def _text(foreign: Text | str, columns: int = _SENTENCE) -> str:
    """Return foreign text on one line of a cell or sentence."""
    return _BEGINS.sub(r"\1\\\2", escape_wiki(clip(defuse_commands(str(foreign)).strip(), columns)))


def _code(text: str) -> str:
    """Return a command, code or name as typed, without HTML comments such as kb's own marks."""
    return cells.code_span(clip(sanitize(text), _TITLE).translate(_TYPED))
