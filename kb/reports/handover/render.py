"""Render what a member holds: one page of Markdown, and what the terminal shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from kb.lint.formats.wording import EXPOSURES, describe_target
from kb.model.plan import Change, Verb
from kb.reading.tickets.finished import address_person
from kb.reports.handover.accounts import SYSTEM_NAMES
from kb.reports.handover.nouns import Belongings, HeldPage, PageHold, Question
from kb.secrets.exposure import Exposure
from kb.text.lang import Text, count_noun, t

HOLDS = {
    PageHold.PERSONAL: t("個人の場所の記事", "pages in their folder"),
    PageHold.DRAFT: t("書きかけの記事", "drafts"),
    PageHold.SOLE: t("ほかに編集した人のいない記事", "pages nobody else edited"),
}


def render_list(held: Belongings, made: str, until: str, announced: str) -> str:
    """Return the page: what they hold, with proposed owners and homes. `made`, `until` and `announced` are ISO days."""
    lines = [f"# {title_of(held)}", "", _dates(made, until, announced), ""]
    lines.append(
        str(
            t(
                "このファイルは .kb/private/ にあり、git にも、チームに見えるものにも入りません。",
                "This file stands in .kb/private/: outside git, and in nothing the team sees.",
            )
        )
    )
    for head, rows in _sections(held):
        if rows:
            count = t(f"（{len(rows):,}）", f" ({len(rows):,})")
            lines += ["", f"## {head}{count}", "", *(f"- {row}" for row in rows)]
    if held.readable:
        lines += ["", str(_readable(held.readable))]
    if held.notes:
        lines += ["", *(f"> {note}" for note in held.notes)]
    return "\n".join((*lines, ""))


def title_of(held: Belongings) -> Text:
    """Return what the papers are called."""
    return t(f"整理: {address_person(held.person.name)}", f"Tidying up: {held.person.name}")


def _dates(made: str, until: str, announced: str) -> str:
    parts = [t(f"作成 {made}", f"made {made}")]
    if until:
        parts.append(t(f"{until} まで", f"until {until}"))
    said = announced or t("決まっていません", "not set")
    parts.append(t(f"知らせる日 {said}", f"the team is told: {said}"))
    return " · ".join(map(str, parts))


def _sections(held: Belongings) -> Iterator[tuple[Text, list[str]]]:
    for hold, name in HOLDS.items():
        yield name, [_page(each) for each in held.pages if each.hold is hold]
    yield (
        t("書いた障害の記事、担当の残っている対策", "incident pages of theirs, and measures that name them"),
        [
            _join(
                f"{each.doc} {each.title}",
                each.day,
                t("本人が書いた", "written by them") if each.written else None,
                t("済み", "done") if each.done else None,
                t(f"残っている対策 {_lines(each.measures)}", f"open measures: {_lines(each.measures)}")
                if each.measures
                else None,
                _owners(each.owners),
            )
            for each in held.incidents
        ],
    )
    yield (
        t("開いているチケット", "open tickets"),
        [
            _join(
                f"{each.doc} {each.title}",
                each.status,
                t("担当", "assigned") if each.assigned else t("作成", "reported"),
                _owners(each.owners),
            )
            for each in held.tickets
        ],
    )
    yield (
        t("ノード、通知先、機械", "nodes, channels and machines"),
        [
            _join(
                node.name,
                *node.says,
                {True: t("動いています", "running"), False: t("止まっています", "stopped"), None: None}[node.runs],
                t(f"手順書 {node.runbook}", f"runbook {node.runbook}") if node.runbook else None,
                _owners(node.owners),
            )
            for node in held.nodes
        ],
    )
    yield (
        t("知っている秘密（変える順）", "secrets they know, in the order to change them"),
        [
            _join(
                f"{each.doc}:{each.line} {each.kind}",
                each.id,
                describe_target(each.opens),
                EXPOSURES[Exposure(each.exposure)],
            )
            for each in held.secrets
        ],
    )
    yield (
        t("アカウント", "accounts"),
        [
            _join(
                f"{SYSTEM_NAMES.get(each.system, each.system)} {each.name}",
                f"「{each.said}」" if each.said else None,
                str(t("、", ", ")).join(each.places),
            )
            for each in held.accounts
        ],
    )  # fmt: skip
    yield t("kb そのもの", "kb itself"), [str(each.what) for each in held.operations]


def _page(page: HeldPage) -> str:
    return _join(
        f"{page.doc} {page.place}/{page.title}".replace(" /", " "),
        "WIP" if page.wip and page.hold is not PageHold.DRAFT else None,
        t(f"最後の編集 {page.edited}", f"last edited {page.edited}") if page.edited else None,
        None if page.sure else t("前の版は読んでいません", "older versions were not read"),
        t(f"移す先の候補 {page.home}", f"may go to {page.home}") if page.home else None,
        _owners(page.owners),
    )


def _owners(names: Sequence[str]) -> Text | None:
    if not names:
        return None
    return t(f"担当の候補 {'、'.join(names)}", f"may pass to {', '.join(names)}")


def _lines(numbers: Sequence[int]) -> str:
    return str(t("、", ", ")).join(f"{number}" for number in numbers) + str(t(" 行目", ""))


def _join(*parts: Text | str | None) -> str:
    return " · ".join(str(part) for part in parts if part)


def _readable(count: int) -> Text:
    return t(
        f"ほかに、メンバー全員が読める場所に秘密が {count:,} 種類あります（kb secrets list）。",
        f"Besides, {count_noun(count, 'secret')} stand where every member reads (kb secrets list).",
    )


def render_summary(held: Belongings) -> Iterator[str]:
    """Yield what is held in a few lines, for a terminal."""
    counts = [(head, len(rows)) for head, rows in _sections(held) if rows]
    yield str(title_of(held))
    for head, count in counts:
        yield f"  {head}: {count:,}"
    if held.readable:
        yield f"  {_readable(held.readable)}"


def render_asked(questions: Iterable[Question]) -> Iterator[str]:
    """Yield the questions for a terminal, with what each rests on."""
    for number, question in enumerate(questions, 1):
        yield f"{number:2}. {question.ask}"
        quote = f"「{question.quote}」 " if question.quote else ""
        yield f"    {quote}{str(t('、', ', ')).join(question.sources)}"
        yield f"    {' · '.join(map(str, question.why))}"


def describe_plans(plans: Iterable[tuple[str, Sequence[Change]]]) -> Iterator[Text]:
    """Yield what each plan would change."""
    words = {
        Verb.SHIP: t("書きかけを公開する", "ship drafts"),
        Verb.MOVE: t("個人の場所から移す", "move out of their folder"),
        Verb.REASSIGN: t("担当者を変える", "reassign tickets"),
    }
    for name, changes in plans:
        for kind, rows in groupby(changes, key=lambda change: change.kind):
            count = len(list(rows))
            if kind in words:
                yield t(f"{name}: {words[kind].ja} {count:,} 件", f"{name}: {words[kind].en}, {count:,}")
