"""Render what past incidents of a node tell as the sections of a runbook, with page, line and date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kb.lint.printable import defuse_html
from kb.reports.incidents.rows import STATUS_WORDS, Incident
from kb.reports.runbook.gather import RunbookBasis, ToldIncident
from kb.reports.runbook.past import PastIncident, ToldLine
from kb.system.model.runbook import RunbookDraft, list_callers, list_contacts, list_needs, render_runbook
from kb.text.display import sanitize
from kb.text.lang import Text, count_noun, join_texts, t
from kb.text.lazy_pattern import compile_lazy

MAX_FIXES = 12
MAX_LISTED = 20
"""Lines of a section, and incidents of a list."""
MAX_IMPACT = 6
_MAX_SOURCES = 3
_MARKS = compile_lazy(r"[\\`*\[\]]")


@dataclass(slots=True)
class Procedure:
    """A fix that incidents tell alike: its steps in the order of the longest telling, and who tells it."""

    steps: tuple[ToldLine, ...]
    told: list[ToldIncident] = field(default_factory=list)

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(each.key for each in self.steps)


def fold_procedures(told: Iterable[ToldIncident]) -> list[Procedure]:
    """Return each fix once, the first MAX_FIXES: one whose steps all stand in another is that one."""
    found: list[Procedure] = []
    for each in told:
        keys = frozenset(step.key for step in each.past.steps)
        if not keys:
            continue
        same = next((one for one in found if keys <= one.keys or one.keys <= keys), None)
        if same is None:
            if len(found) < MAX_FIXES:
                found.append(Procedure(each.past.steps, [each]))
            continue
        if len(keys) > len(same.keys):
            same.steps = each.past.steps
        same.told.append(each)
    return found


def draft_runbook(basis: RunbookBasis, command: str, level: int = 1, here: str = "") -> str:
    """Return the draft as Markdown, in the language in use. `command` makes it again; `here` is where it goes."""
    model, node = basis.model.model, basis.target.node
    procedures = fold_procedures(basis.told)
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
                checks=_join([needs, *_list_lines(basis.told, lambda past: past.checks)]),
                steps=_join(
                    line for number, each in enumerate(procedures, 1) for line in _list_steps(number, each, level)
                ),
                questions=_join(_ask_about_restarts(restarted)),
                calls=list_contacts(model, node, owner),
                sources=_join(_list_sources(basis)),
                level=level,
            )
        )
    )


_NONE = t("", "")
_OWNER_IN_MODEL = t("構成図に書かれた担当", "the owner in the diagram")


def _about(basis: RunbookBasis, command: str, here: str) -> Text:
    count = len({str(each.row.doc) for each in basis.told})
    lines = [
        t(
            f"`{command}` が、障害の記事 {count:,} 件から並べた下書きです。確かめて、直してから使ってください。",
            f"A draft by `{command}` from {count_noun(count, 'incident page')}. Check and edit it before use.",
        )
        if count
        else t(
            f"`{command}` が作った白紙の雛形です。障害の記事には、まだ何もありません。",
            f"A blank skeleton by `{command}`: no incident page tells of it yet.",
        )
    ]
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


def _link(row: Incident) -> str:
    return f"[{row.doc}]({row.url})" if row.url else str(row.doc)


def _title(row: Incident) -> str:
    """Return a title as words: it is no markup of the page that quotes it."""
    return defuse_html(_MARKS.sub(r"\\\g<0>", row.title))


def _line_of(number: int) -> Text:
    return t(f"{number:,} 行目", f"line {number:,}")


def _told_at(row: Incident, line: ToldLine) -> Text:
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
    if len(told) > MAX_LISTED:
        yield t(f"- ほか {len(told) - MAX_LISTED:,} 件", f"- and {len(told) - MAX_LISTED:,} more")


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


def _list_steps(number: int, procedure: Procedure, level: int) -> Iterator[Text]:
    """Yield one procedure; where one page alone tells it, that stands above, and only the line beside each step."""
    first, mark, alone = procedure.told[0], "#" * (level + 2), len(procedure.told) == 1

    def at(one: ToldIncident, line: ToldLine) -> Text:
        return _line_of(line.line) if alone else _told_at(one.row, line)

    blank = "\n" if number > 1 else ""
    yield t(
        f"{blank}{mark} 手順 {number}: {_title(first.row)}\n",
        f"{blank}{mark} Procedure {number}: {_title(first.row)}\n",
    )
    pages = _some(
        [t(f"{_link(one.row)}（{one.row.day}）", f"{_link(one.row)} ({one.row.day})") for one in procedure.told]
    )
    yield t(f"前に戻したとき: {pages.ja}", f"This restored service in: {pages.en}")
    for one in procedure.told:
        if (cause := one.past.cause) is not None:
            place = at(one, cause)
            yield t(f"\n原因だったもの: {_show(cause)}（{place.ja}）", f"\nThe cause then: {_show(cause)} ({place.en})")
    places = defaultdict[str, list[Text]](list)
    for one in procedure.told:
        for line in one.past.steps:
            places[line.key].append(at(one, line))
    for count, step in enumerate(procedure.steps, 1):
        place, above = _some(places[step.key]), "\n" if count == 1 else ""
        yield t(f"{above}{count}. {_show(step)}（{place.ja}）", f"{above}{count}. {_show(step)} ({place.en})")
    steps = procedure.keys
    for one in procedure.told:
        for line in one.past.restored:
            if line.key not in steps:
                place = at(one, line)
                yield t(
                    f"\n戻ったと言えたのは: {_show(line)}（{place.ja}）",
                    f"\nIt was back when: {_show(line)} ({place.en})",
                )
        for line in one.past.lasting:
            place = at(one, line)
            yield t(
                f"\nそのあとの恒久対応: {_show(line)}（{place.ja}）", f"\nMended for good: {_show(line)} ({place.en})"
            )


def _ask_about_restarts(told: Sequence[ToldIncident]) -> Iterator[Text]:
    if not told:
        return
    yield t(
        f"再起動だけで戻した障害が {len(told):,} 件あります。手順にはしていません。"
        "次を決めて、「直す」に書いてください。\n",
        f"{count_noun(len(told), 'incident')} came back by a restart alone. That is no step here: decide what follows,"
        " and write it below Mend.\n",
    )
    for each in told[:MAX_LISTED]:
        for line in each.past.restarts:
            at = _told_at(each.row, line)
            title = _title(each.row)
            yield t(f"- {title}: 「{_show(line)}」（{at.ja}）", f'- {title}: "{_show(line)}" ({at.en})')
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


def _list_sources(basis: RunbookBasis) -> Iterator[Text]:
    rows = {str(each.row.doc): each.row for each in basis.told}
    for row in rows.values():
        status = STATUS_WORDS[row.standing]
        yield t(
            f"- {_link(row)} {row.day} {_title(row)}（{status.ja}）",
            f"- {_link(row)} {row.day} {_title(row)} ({status.en})",
        )
