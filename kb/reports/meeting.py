"""A rehearsal on one page, for the meeting that decides on a plan.

Everybody in the room reads it: no title, no personal folder and nothing that some may not read stands on it, and people
are named only where they are asked about pages or tickets of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kb.lint.formats.markdown import escape_markdown
from kb.lint.formats.page import render_page
from kb.lint.printable import escape_wiki
from kb.model.plan import Change, ChangeKey, Plan, Verb
from kb.model.section import Section
from kb.plan.impact.sentences import VERB_LABELS
from kb.reports.inventory import CategoryRow, Inventory
from kb.text.display import sanitize
from kb.text.lang import Text, t

TITLE = t("変更案の予行", "Rehearsal of a plan")
MOST_CATEGORIES = 40
"""Rows of the tree before and after; those that change most stay."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rehearsal found: how it ended, what sending would do (sentences), links that would lead nowhere."""

    outcome: Text
    impact: Sequence[Text]
    broken: int


def gather_sections(plan: Plan, found: Rehearsed, tree: Inventory) -> Iterator[Section]:
    """Yield the page's sections: what happens, the tree before and after, links, who is asked what."""
    yield Section(t("送ると起きること", "What sending does"), (found.outcome, *found.impact))
    yield describe_tree(tree)
    yield Section(t("リンク", "Links"), tuple(_describe_links(plan.accepted, found.broken)))
    yield _describe_asked(plan.changes)


def describe_tree(tree: Inventory) -> Section:
    """Return the categories a plan makes larger or smaller, those that change most."""
    rows = [row for row in _named_rows(tree) if row[1].posts != row[1].after]
    if not rows:
        return Section(t("分類", "Categories"), (t("分類の件数は変わりません。", "No category changes."),))
    kept = {name for name, _ in sorted(rows, key=lambda row: -abs(row[1].after - row[1].posts))[:MOST_CATEGORIES]}
    shown = tuple((name, f"{row.posts:,}", f"{row.after:,}") for name, row in rows if name in kept)
    more = len(rows) - len(shown)
    lines = (t(f"ほか {more:,} の分類（kb inventory --plan）", f"{more:,} more (kb inventory --plan)"),) if more else ()
    heads = (t("分類", "Category"), t("今", "Now"), t("送ったあと", "Afterwards"))
    return Section(t("分類", "Categories"), lines, heads, shown)


def _named_rows(tree: Inventory) -> Iterator[tuple[str, CategoryRow]]:
    for row in tree.rows:
        yield sanitize(row.category), row
    yield str(t("（個人のフォルダー）", "(personal folders)")), tree.personal
    yield str(t("（分類なし）", "(no category)")), tree.loose


def _describe_links(accepted: Iterable[Change], broken: int) -> Iterator[Text]:
    links = [each for each in accepted if ChangeKey.LINK in each.after]
    pages = len({each.target for each in links})
    yield t(
        f"この案で直すもの: {len(links):,} か所（記事 {pages:,} 件）",
        f"changed along: {len(links):,} in {pages:,} posts",
    )
    yield t(f"行き先を失うもの: {broken:,} か所", f"that will lead nowhere: {broken:,}")


def _describe_asked(changes: Iterable[Change]) -> Section:
    """Count by person and verb what waits for their answer; the rest that nobody decided on has no name."""
    asked: dict[str, Counter[Verb]] = {}
    open_to_all = 0
    for each in changes:
        if each.answer or each.accept:
            continue
        if person := each.asked or each.owner:
            asked.setdefault(person, Counter())[each.kind] += 1
        else:
            open_to_all += 1
    rows = tuple(
        (sanitize(person), "、".join(f"{VERB_LABELS[verb]} {count:,}" for verb, count in sorted(verbs.items())))
        for person, verbs in sorted(asked.items())
    )
    lines = [t("答えを待っている変更はありません。", "No change waits for an answer.")] if not rows else []
    if open_to_all:
        lines.append(
            t(f"ほかに、送らないことになっている変更が {open_to_all:,} 件", f"{open_to_all:,} more that are not sent")
        )
    heads = (t("たずねる人", "Whom to ask"), t("何を", "About what")) if rows else ()
    return Section(t("たずねること", "Questions"), tuple(lines), heads, rows)


def render_markdown(name: str, sections: Iterable[Section]) -> Iterator[str]:
    """Yield the page as Markdown, line by line; foreign words are escaped."""
    yield f"# {TITLE}: {escape_wiki(sanitize(name))}\n"
    for section in sections:
        yield f"\n## {section.heading}\n\n"
        for line in section.lines:
            yield f"- {escape_markdown(str(line))}\n"
        if section.rows:
            yield "\n" * bool(section.lines) + f"| {' | '.join(map(str, section.heads))} |\n"
            yield f"|{'---|' * len(section.heads)}\n"
            for row in section.rows:
                yield f"| {' | '.join(escape_wiki(str(cell)) for cell in row)} |\n"


def render_html(name: str, sections: Iterable[Section]) -> Iterator[str]:
    """Yield the page as HTML, in pieces."""
    yield from render_page("templates/meeting.html.jinja", title=f"{TITLE}: {sanitize(name)}", sections=sections)
    yield "\n"
