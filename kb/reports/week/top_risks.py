"""Choose three tasks for today by harm, each with its reason, never two of one kind. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kb.model.document import Source, parse_doc
from kb.model.finding import Severity
from kb.reports.incidents.rows import IncidentStatus
from kb.reports.week.context import ReportContext, SeenDocument
from kb.reports.week.model import RowList, SourceState, TodayTask, WeekRow
from kb.rules.codes import CREDENTIAL_PREFIX, is_secret
from kb.secrets.exposure import Exposure, rate_exposure
from kb.text.lang import Text, count_noun, t

MAX_TASKS = 3
_SOON = timedelta(days=7)


_NONE = RowList()


@dataclass(slots=True)
class RiskCounts:
    """What may need someone today.

    `exposed` secrets can be read outside the team, `written` ones by members; `rotated` ones were changed and
    only remain as text. `incident` is the open incident page that lacks most, or longest, with its number of
    findings.
    """

    today: date
    exposed: int = 0
    written: int = 0
    overdue: RowList = _NONE
    due: RowList = _NONE
    incident: WeekRow | None = None
    missing: int = 0
    sources: Sequence[SourceState] = ()
    expiring: RowList = _NONE
    tickets: RowList = _NONE
    rotated: int = 0


def choose_tasks(risks: RiskCounts) -> tuple[TodayTask, ...]:
    return tuple(_candidates(risks))[:MAX_TASKS]


def _candidates(risks: RiskCounts) -> Iterator[TodayTask]:
    if risks.exposed:
        yield TodayTask(
            t(
                f"チームの外からも読める認証情報 {risks.exposed} 件の値を変更する",
                f"change {count_noun(risks.exposed, 'credential')} that can be read outside of the team",
            ),
            t("リンクなどを知る人なら、誰でも使えてしまいます", "whoever has a link can use them"),
            command="kb secrets list",
        )
    if risks.overdue.rows:
        first = risks.overdue.rows[0]
        yield TodayTask(
            t(
                f"{_page(first)}の、期限を過ぎた対策を進めるか、期限を決め直す",
                f"do, or date anew, a measure of {_on(first)}",
            ),
            t(
                f"期限の {first.due} から {first.age_days} 日たっています",
                f"it was due {first.due}, {first.age_days} days ago",
            ),
            first.url,
            _shows(first),
        )
    if risks.incident is not None:
        yield _incident(risks.incident, risks.missing)
    for source in risks.sources:
        if source.failed:
            yield _source(source)
            break
    ending = [row for row in risks.expiring.rows if row.due and row.due <= (risks.today + _SOON).isoformat()]
    if ending:
        yield TodayTask(
            t(f"{_on(ending[0])}で後回しにした指摘を見直す", f"look again at what was set aside on {_on(ending[0])}"),
            t(f"{ending[0].due} に期限が来ます", f"that ends on {ending[0].due}"),
            ending[0].url,
            "kb triage",
        )
    if risks.written and not risks.exposed:
        yield TodayTask(
            t(
                f"書かれたままの認証情報 {risks.written} 件を片付ける",
                f"see to {count_noun(risks.written, 'credential')} in pages",
            ),
            t("読める人なら誰でも使えてしまいます", "whoever can read the pages can use them"),
            command="kb secrets list",
        )
    if risks.rotated and not (risks.exposed or risks.written):
        yield TodayTask(
            t(
                f"更新済みの値 {risks.rotated} 件をページから消す",
                f"take {count_noun(risks.rotated, 'changed value')} off the pages",
            ),
            t(
                "もう使えない値ですが、読んだ人は使えるものと思います",
                "they open nothing, but whoever reads them cannot know",
            ),
            command="kb secrets list",
        )
    soon = [row for row in risks.due.rows if row.due <= (risks.today + _SOON).isoformat()]
    if soon:
        yield TodayTask(
            t(f"{_page(soon[0])}の対策を確かめる", f"look at a measure of {_on(soon[0])}"),
            t(f"期限は {soon[0].due} です", f"it is due {soon[0].due}"),
            soon[0].url,
            _shows(soon[0]),
        )
    if risks.tickets.total:
        yield TodayTask(
            t(
                f"終わったように見えるチケット {risks.tickets.total} 件を閉じる",
                f"close {count_noun(risks.tickets.total, 'ticket')} that look finished",
            ),
            t("開いたままだと、本当に残っているものが見えにくくなります", "left open they hide what is really left"),
            command="kb plan close",
        )


def _incident(row: WeekRow, missing: int) -> TodayTask:
    age = (
        t(f"、{row.age_days} 日前から対応中です", f", open for {row.age_days} days") if row.age_days else t("です", "")
    )
    return TodayTask(
        t(f"{_page(row)}を書き足す", f"complete the incident {_noun(row).en} {_on(row)}"),
        t(f"足りないところが {missing} か所{age.ja}", f"{count_noun(missing, 'thing')} missing{age.en}"),
        row.url,
        _shows(row),
    )


def _source(source: SourceState) -> TodayTask:
    name = source.name.partition(":")[0]
    return TodayTask(
        t(f"{source.label} の読み取りを直す", f"mend the reading of {source.label}"),
        Text(source.why, source.why) if source.why else t("最後まで読み取れませんでした", "it was not read to the end"),
        command=f"kb sync --source {name}",
    )


def _shows(row: WeekRow) -> str:
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


_LONGEST = 30


@dataclass(slots=True)
class TopRisks:
    """Collects credentials by readers, rotated ones apart, and the open incident page that lacks most, or longest."""

    context: ReportContext
    counts: RiskCounts
    _key: tuple[int, int] = (0, -1)

    def add(self, seen: SeenDocument) -> None:
        for found in seen.open:
            if found.code.startswith(CREDENTIAL_PREFIX) and found.secret is not None:
                if found.rotated_on:
                    self.counts.rotated += 1
                elif rate_exposure(seen.entry, found) >= Exposure.ANONYMOUS:
                    self.counts.exposed += 1
                else:
                    self.counts.written += 1
        row = seen.incident
        if row is None or row.standing is not IncidentStatus.OPEN:
            return
        findings = [each for each in seen.open if not is_secret(each.code) and each.severity > Severity.INFO]
        key = sum(each.severity is Severity.ERROR for each in findings), row.age_days or 0
        if findings and key > self._key:
            self._key, self.counts.missing = key, len(findings)
            worst = min(findings, key=lambda each: -int(each.severity))
            self.counts.incident = self.context.finding(seen.entry, worst, since=row.day)
