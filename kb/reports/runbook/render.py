"""Render what past incidents of a node tell as the sections of a runbook, with page, line and date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kb.diagram.model.runbook import RunbookDraft, list_callers, list_contacts, list_needs, render_runbook
from kb.lint.printable import defuse_html
from kb.reports.incidents.rows import STATUS_WORDS, Incident
from kb.reports.runbook.gather import RunbookBasis, ToldIncident
from kb.reports.runbook.past import PastIncident, ToldLine
from kb.reports.runbook.procedures import ProcedurePage
from kb.text.display import sanitize
from kb.text.lang import Text, count_noun, join_texts, t
from kb.text.lazy_pattern import compile_lazy

MAX_FIXES = 12
MAX_PAGES = 8
"""Pages of procedures whose commands are told."""
MAX_LISTED = 20
"""Lines of a section, and incidents of a list."""
MAX_IMPACT = 6
_MAX_SOURCES = 3
_MARKS = compile_lazy(r"[\\`*\[\]]")


@dataclass(slots=True)
class Procedure:
    """A fix that incidents tell alike: its steps in the order of the longest telling, and who tells it.

    `pages` are those that tell it as a procedure; then its steps are the first one's.
    """

    steps: tuple[ToldLine, ...]
    told: list[ToldIncident] = field(default_factory=list)
    pages: list[ProcedurePage] = field(default_factory=list)

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(each.key for each in self.steps)


def fold_procedures(told: Iterable[ToldIncident], pages: Iterable[ProcedurePage] = ()) -> list[Procedure]:
    """Return each fix once: one whose steps all stand in another is that one.

    Those of pages come first, MAX_PAGES of them, then the first MAX_FIXES that incidents alone tell.
    """
    written: list[Procedure] = []
    for page in pages:
        keys = frozenset(step.key for step in page.steps)
        same = next((one for one in written if keys and keys <= one.keys), None)
        if same is not None:
            same.pages.append(page)
        elif keys and len(written) < MAX_PAGES:
            written.append(Procedure(page.steps, pages=[page]))
    found: list[Procedure] = []
    for each in told:
        keys = frozenset(step.key for step in each.past.steps)
        if not keys:
            continue
        if (same := next((one for one in written if keys <= one.keys), None)) is not None:
            same.told.append(each)
            continue
        same = next((one for one in found if keys <= one.keys or one.keys <= keys), None)
        if same is None:
            if len(found) < MAX_FIXES:
                found.append(Procedure(each.past.steps, [each]))
            continue
        if len(keys) > len(same.keys):
            same.steps = each.past.steps
        same.told.append(each)
    return [*written, *found]


def draft_runbook(basis: RunbookBasis, command: str, level: int = 1, here: str = "") -> str:
    """Return the draft as Markdown, in the language in use. `command` makes it again; `here` is where it goes."""
    model, node = basis.model.model, basis.target.node
    pages = basis.list_procedures(here)
    procedures = fold_procedures(basis.told, pages)
    restarted = [each for each in basis.told if each.past.restarts]
    callers = list_callers(model, node) if node is not None else _NONE
    needs = list_needs(model, node) if node is not None else _NONE
    owner = basis.owner or (str(_OWNER_IN_MODEL) if node is not None and node.owner else "")
    name = basis.target.name
    return str(
        render_runbook(
            RunbookDraft(
                t(f"{name} の手順書（下書き）", f"Runbook of {name} (a draft)"),
                about=_about(basis, command, here),
                signs=_join(_list_signs(basis.told, procedures)),
                impact=_join([callers, *_list_lines(basis.told, lambda past: past.impact, MAX_IMPACT)]),
                checks=_join([needs, *_list_checks(pages), *_list_lines(basis.told, lambda past: past.checks)]),
                steps=_join(_list_procedures(procedures, pages, level)),
                questions=_join(_ask_about_restarts(restarted, [page for page in pages if page.restarts])),
                calls=list_contacts(model, node, owner),
                sources=_join(_list_sources(basis, pages)),
                level=level,
            )
        )
    )


_NONE = t("", "")
_OWNER_IN_MODEL = t("構成図に書かれた担当", "the owner in the diagram")


def _about(basis: RunbookBasis, command: str, here: str) -> Text:
    pages = len(basis.list_procedures(here))
    count = len({str(each.row.doc) for each in basis.told})
    used = join_texts(
        [
            *([t(f"手順の記事 {pages:,} 件", count_noun(pages, "procedure"))] if pages else []),
            *([t(f"障害の記事 {count:,} 件", count_noun(count, "incident page"))] if count else []),
        ],
        "と、",
        " and ",
    )
    lines = [
        t(
            f"`{command}` が、{used.ja}から並べた下書きです。確かめて、直してから使ってください。",
            f"A draft by `{command}` from {used.en}. Check and edit it before use.",
        )
        if used.ja
        else t(
            f"`{command}` が作った白紙の雛形です。障害の記事には、まだ何もありません。",
            f"A blank skeleton by `{command}`: no incident page tells of it yet.",
        )
    ]
    if basis.hidden_procedures:
        lines.append(
            t(
                f"読める人が限られた手順の記事 {basis.hidden_procedures:,} 件は、使っていません。",
                f"Not every member may see {count_noun(basis.hidden_procedures, 'procedure')}: not used.",
            )
        )
    if basis.hidden:
        lines.append(
            t(
                f"読める人が限られた障害 {basis.hidden:,} 件は、使っていません。",
                f"Not every member may see {count_noun(basis.hidden, 'incident')}: not used.",
            )
        )
    if basis.more:
        lines.append(t(f"古い {basis.more:,} 件は読んでいません。", f"{basis.more:,} older ones were not read."))
    node = basis.target.node
    if here and here == basis.post:
        return join_texts(lines, "\n", "\n")  # the page itself is the present runbook
    if node is not None and (page := node.runbook or (f"esa:{node.esa}" if node.esa else "")):
        lines.append(t(f"いまの手順書: {sanitize(page)}", f"The present runbook: {sanitize(page)}"))
    return join_texts(lines, "\n", "\n")


def _join(lines: Iterable[Text]) -> Text:
    return join_texts((each for each in lines if each.ja), "\n", "\n")


def _link(row: Incident | ProcedurePage) -> str:
    return f"[{row.doc}]({row.url})" if row.url else str(row.doc)


def _title(row: Incident | ProcedurePage) -> str:
    """Return a title as words: it is no markup of the page that quotes it."""
    return defuse_html(_MARKS.sub(r"\\\g<0>", row.title))


def _line_of(number: int) -> Text:
    return t(f"{number:,} 行目", f"line {number:,}")


def _told_at(row: Incident | ProcedurePage, line: ToldLine) -> Text:
    at = _line_of(line.line)
    day = row.day
    return t(f"{_link(row)} {at.ja}{f'、{day}' if day else ''}", f"{_link(row)} {at.en}{f', {day}' if day else ''}")


def _show(line: ToldLine) -> str:
    if not line.is_code:
        return defuse_html(line.text)
    mark = "``" if "`" in line.text else "`"
    blank = " " if mark == "``" else ""
    return f"{mark}{blank}{line.text}{blank}{mark}"


def _list_signs(told: Sequence[ToldIncident], procedures: Sequence[Procedure]) -> Iterator[Text]:
    for each in told[:MAX_LISTED]:
        leads = _lead(each, procedures)
        yield t(
            f"- **{_title(each.row)}**（{_link(each.row)}{f'、{each.row.day}' if each.row.day else ''}） → {leads.ja}",
            f"- **{_title(each.row)}** ({_link(each.row)}{f', {each.row.day}' if each.row.day else ''}) → {leads.en}",
        )
        for line in each.past.signs:
            at = _line_of(line.line)
            yield t(f"    - {_show(line)}（{at.ja}）", f"    - {_show(line)} ({at.en})")
        for line in each.past.detected:
            at = _line_of(line.line)
            yield t(f"    - 気づき方: {_show(line)}（{at.ja}）", f"    - noticed by: {_show(line)} ({at.en})")
    yield from _count_rest(len(told))


def _lead(each: ToldIncident, procedures: Sequence[Procedure]) -> Text:
    number = next((number for number, one in enumerate(procedures, 1) if each in one.told), 0)
    if number:
        return t(f"手順 {number}", f"procedure {number}")
    if each.past.restarts:
        return t("再起動だけで戻った（決めておくこと）", "came back by a restart alone (to be decided)")
    if each.past.lasting:
        return t("恒久対応だけが書かれている", "only the permanent fix is told")
    return t("戻し方は書かれていない", "how it came back is not told")


def _list_lines(
    told: Sequence[ToldIncident], choose: Callable[[PastIncident], Sequence[ToldLine]], most: int = MAX_LISTED
) -> Iterator[Text]:
    """Yield lines of all incidents, each once with all who tell it."""
    found: dict[str, tuple[ToldLine, list[Text]]] = {}
    for each in told:
        for line in choose(each.past):
            found.setdefault(line.key, (line, []))[1].append(_told_at(each.row, line))
    for line, places in list(found.values())[:most]:
        at = _some(places)
        yield t(f"- {_show(line)}（{at.ja}）", f"- {_show(line)} ({at.en})")


def _some(places: Sequence[Text]) -> Text:
    shown = join_texts(places[:_MAX_SOURCES], "、", "; ")
    more = len(places) - _MAX_SOURCES
    return shown if more <= 0 else t(f"{shown.ja} ほか {more:,} 件", f"{shown.en} and {more:,} more")


def _list_checks(pages: Iterable[ProcedurePage]) -> Iterator[Text]:
    """Yield what pages that only restart look at, each command once."""
    found = {line.key: (page, line) for page in pages for line in page.checks}
    for page, line in list(found.values())[:MAX_LISTED]:
        at = _told_at(page, line)
        yield t(f"- {_show(line)}（{at.ja}）", f"- {_show(line)} ({at.en})")


def _list_procedures(procedures: Sequence[Procedure], pages: Sequence[ProcedurePage], level: int) -> Iterator[Text]:
    """Yield what pages say to type, the other pages, and what incidents alone tell."""
    shown: dict[str, Text] = {}
    told = {str(page.doc) for each in procedures for page in each.pages}
    others = [page for page in pages if str(page.doc) not in told]
    written = sum(bool(each.pages) for each in procedures)
    for number, each in enumerate(procedures, 1):
        if number == written + 1:
            yield from _list_other_pages(others, first=not written)
        yield from _list_steps(number, each, level, shown, first=number == 1 and (bool(written) or not others))
    if written == len(procedures):
        yield from _list_other_pages(others, first=not written)


def _list_other_pages(others: Sequence[ProcedurePage], *, first: bool) -> Iterator[Text]:
    """Yield the pages of which no command is told, each with the reason."""
    if others and first:
        yield t("手順の記事:\n", "Procedures:\n")
    elif others:
        yield t("\nほかの手順の記事:\n", "\nOther procedures:\n")
    for page in others[:MAX_LISTED]:
        why = (
            t(
                "再起動だけの手順（応急の復旧。原因は直りません。「決めておくこと」へ）",
                "a restart alone: it mends no cause (to be decided)",
            )
            if page.restarts
            else t("ほかの記事が先", "others come first")
            if page.steps
            else t("直すコマンドは書かれていない", "no command that mends")
        )
        yield t(
            f"- {_link(page)} {_title(page)}{_describe_state(page).ja}: {why.ja}",
            f"- {_link(page)} {_title(page)}{_describe_state(page).en}: {why.en}",
        )
    yield from _count_rest(len(others))


def _count_rest(count: int) -> Iterator[Text]:
    """Yield how many of a list of so many are not shown."""
    if count > MAX_LISTED:
        yield t(f"- ほか {count - MAX_LISTED:,} 件", f"- and {count - MAX_LISTED:,} more")


def _describe_state(page: ProcedurePage) -> Text:
    """Return whether a page is a draft, and when it was edited, in brackets."""
    parts = [t("下書き", "a draft")] if page.is_draft else []
    if page.day:
        parts.append(t(f"最後の編集 {page.day}", f"last edited {page.day}"))
    said = join_texts(parts, "、", ", ")
    return t(f"（{said.ja}）", f" ({said.en})") if parts else _NONE


def _list_steps(
    number: int, procedure: Procedure, level: int, shown: dict[str, Text], *, first: bool
) -> Iterator[Text]:
    """Yield one procedure; where one page alone tells it, that stands above, and only the line beside each step.

    `shown` are the commands of the procedures above, where each stands: none stands twice.
    """
    rows: list[Incident | ProcedurePage] = [*procedure.pages, *(one.row for one in procedure.told)]
    mark, alone = "#" * (level + 2), len(rows) == 1

    def at(row: Incident | ProcedurePage, line: ToldLine) -> Text:
        return _line_of(line.line) if alone else _told_at(row, line)

    blank = "" if first else "\n"
    yield t(
        f"{blank}{mark} 手順 {number}: {_title(rows[0])}\n",
        f"{blank}{mark} Procedure {number}: {_title(rows[0])}\n",
    )
    if procedure.pages:
        told = _some([_cite(page) for page in procedure.pages])
        yield t(f"手順の記事: {told.ja}", f"As written in: {told.en}")
    if any(page.is_draft for page in procedure.pages):
        yield t("\n下書きです。確かめてから使ってください。", "\nThis is a draft: check it before use.")
    if procedure.told:
        pages = _some(
            [t(f"{_link(one.row)}（{one.row.day}）", f"{_link(one.row)} ({one.row.day})") for one in procedure.told]
        )
        apart = "\n" if procedure.pages else ""
        yield t(f"{apart}前に戻したとき: {pages.ja}", f"{apart}This restored service in: {pages.en}")
    for one in procedure.told:
        if (cause := one.past.cause) is not None:
            place = at(one.row, cause)
            yield t(f"\n原因だったもの: {_show(cause)}（{place.ja}）", f"\nThe cause then: {_show(cause)} ({place.en})")
    places = defaultdict[str, list[Text]](list)
    for page in procedure.pages:
        for line in page.steps:
            places[line.key].append(at(page, line))
    for one in procedure.told:
        for line in one.past.steps:
            places[line.key].append(at(one.row, line))
    for count, step in enumerate(procedure.steps, 1):
        place, above = _some(places[step.key]), "\n" if count == 1 else ""
        words = shown.get(step.key) or t(_show(step), _show(step))
        yield t(f"{above}{count}. {words.ja}（{place.ja}）", f"{above}{count}. {words.en} ({place.en})")
        if step.is_code:
            again = t(f"手順 {number} の {count} と同じコマンド", f"the command of procedure {number}, step {count}")
            shown.setdefault(step.key, again)
    steps = procedure.keys
    for one in procedure.told:
        for line in one.past.restored:
            if line.key not in steps:
                place = at(one.row, line)
                yield t(
                    f"\n戻ったと言えたのは: {_show(line)}（{place.ja}）",
                    f"\nIt was back when: {_show(line)} ({place.en})",
                )
        for line in one.past.lasting:
            place = at(one.row, line)
            yield t(
                f"\nそのあとの恒久対応: {_show(line)}（{place.ja}）", f"\nMended for good: {_show(line)} ({place.en})"
            )


def _ask_about_restarts(told: Sequence[ToldIncident], pages: Sequence[ProcedurePage]) -> Iterator[Text]:
    lines: list[tuple[Incident | ProcedurePage, ToldLine]] = []
    lines += ((page, line) for page in pages for line in page.restarts)
    lines += ((each.row, line) for each in told for line in each.past.restarts)
    if not lines:
        return
    counts = [t(f"再起動だけで戻した障害が {len(told):,} 件", f"{count_noun(len(told), 'incident')} came back by")]
    counts = counts if told else []
    if pages:
        only = t(f"再起動だけの手順の記事が {len(pages):,} 件", f"{count_noun(len(pages), 'procedure')} told of")
        counts.append(only)
    found = join_texts(counts, "、", ", ")
    yield t(
        f"{found.ja}あります。手順にはしていません。次を決めて、「直す」に書いてください。\n",
        f"{found.en} a restart alone. That is no step here: decide what follows, and write it below Mend.\n",
    )
    for row, line in lines[:MAX_LISTED]:
        at = _told_at(row, line)
        yield t(f"- {_title(row)}: 「{_show(line)}」（{at.ja}）", f'- {_title(row)}: "{_show(line)}" ({at.en})')
    yield from _count_rest(len(lines))
    yield from _RESTART_QUESTIONS


_RESTART_QUESTIONS = (
    t(
        "\n- [ ] 再起動の前に、何を確かめ、何を残しますか（ログ、ヒープ、件数）:",
        "\n- [ ] What is checked and kept before a restart (logs, a heap dump, counts)?",
    ),
    t("- [ ] 再起動してはいけないのは、どんなときですか:", "- [ ] When must it not be restarted?"),
    t(
        "- [ ] 再起動のあと、何を見て、いくつになれば戻ったと言えますか:",
        "- [ ] What is looked at afterwards, and from which value on is it back?",
    ),
    t(
        "- [ ] 戻らないとき、またはすぐにまた起きたとき、次に何をしますか:",
        "- [ ] What is next where it does not come back, or happens again soon?",
    ),
)


def _cite(page: ProcedurePage) -> Text:
    state = _describe_state(page)
    return t(f"{_link(page)}{state.ja}", f"{_link(page)}{state.en}")


def _list_sources(basis: RunbookBasis, pages: Sequence[ProcedurePage]) -> Iterator[Text]:
    for page in pages[:MAX_LISTED]:
        state = _describe_state(page)
        yield t(f"- {_link(page)} {_title(page)}{state.ja}", f"- {_link(page)} {_title(page)}{state.en}")
    yield from _count_rest(len(pages))
    rows = {str(each.row.doc): each.row for each in basis.told}
    for row in list(rows.values())[:MAX_LISTED]:
        status = STATUS_WORDS[row.standing]
        yield t(
            f"- {_link(row)} {row.day} {_title(row)}（{status.ja}）",
            f"- {_link(row)} {row.day} {_title(row)} ({status.en})",
        )
    yield from _count_rest(len(rows))
