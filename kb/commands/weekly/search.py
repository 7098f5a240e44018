"""`kb search`: one query over everything that is mirrored."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.options import MemberOption
from kb.commands.registry import argument, command, option
from kb.console.terminal import link, paint, say, say_safe, terminal_width
from kb.errors import Exit
from kb.model.facts import Confidence
from kb.settings.workspace import open_workspace
from kb.text.display import clip, display_width, format_local_time, pad, sanitize, sanitize_json
from kb.text.lang import count_noun, t

if TYPE_CHECKING:
    from kb.lint.people.audience import MemberFilter
    from kb.lint.people.people import People
    from kb.mirror.search import SearchHit, SearchResult, TaskPeople

_ROWS = 20
_MOST_NAMES = 20
"""Names of one machine that are looked for."""


@command(
    "search",
    t("esa と Redmine をまとめて探す", "search esa and Redmine at once"),
    example='kb search 配信 停止\nkb search "接続 プール" --open-tasks\nkb search 配信 --for sato',
)
def search(
    query: Annotated[
        list[str] | None,
        argument(
            None,
            t(
                "検索語（すべてを含むもの。句は引用符で。--open-tasks だけなら、なくてもかまいません）",
                "words, all of which must occur; a phrase in quotes; none with --open-tasks: all",
            ),
        ),
    ] = None,
    open_tasks: Annotated[
        bool,
        option(
            "--open-tasks",
            t(
                "未完了のタスクがある記事と、未完了のチケット、約束らしい行だけ",
                "only open tasks, open tickets and likely promises",
            ),
        ),
    ] = False,
    member: MemberOption = None,
    as_json: Annotated[bool, option("--json", t("JSON で出す", "print JSON"))] = False,
) -> None:
    """Search the mirror and print what was found, best first. Passwords and the like are masked."""
    from kb.lint.people.roster import load_people, spell_people
    from kb.mirror.search import SEARCH_CAP, search, split_terms
    from kb.mirror.store import Mirror
    from kb.rules.codes import enabled_personal_kinds

    workspace = open_workspace()
    personal = enabled_personal_kinds(workspace.settings.lint.select, workspace.settings.lint.ignore)
    words = " ".join(query or ())
    hosts = workspace.settings.host_names
    same = (
        {
            term: others[:_MOST_NAMES]
            for term in split_terms(words, may_lack=open_tasks)
            if (others := hosts.others(term))
        }
        if hosts
        else {}
    )
    with Mirror.open(workspace.mirrored(), readonly=True) as mirror, ExitStack() as opened:
        mine = None
        if member is not None:
            from kb.lint.people.audience import open_member_filter

            mine = open_member_filter(member, workspace)
            opened.callback(mine.close)
        people = load_people(workspace.settings, mirror) if open_tasks or as_json else None
        found = search(
            mirror,
            words,
            limit=SEARCH_CAP if as_json else _ROWS,
            open_only=open_tasks,
            personal=personal,
            wanted_by=mine.is_theirs(workspace.settings.policy) if mine else None,
            people=_task_people(people, mine),
            same=same,
        )
        if as_json and people is not None:
            found = replace(
                found, hits=tuple(replace(each, page=spell_people(each.page, people)) for each in found.hits)
            )
    if as_json:
        _print_json(found)
    else:
        limits = [flag for flag, given in (("--open-tasks", open_tasks), ("--for", mine)) if given]
        _print_rows(found, workspace.settings.timezone, str(mine.label()) if mine else "", limits)
        for term, names in same.items():
            _say_names(term, names)
    if mine is not None and (note := mine.note()) is not None:
        say_safe(note)
    for trouble in mine.troubles if mine is not None else ():
        say_safe(trouble.what)
    if mine is not None and mine.troubles:
        raise typer.Exit(Exit.worst(*(trouble.exit_code for trouble in mine.troubles)))


def _task_people(people: People | None, mine: MemberFilter | None) -> TaskPeople:
    """Return what the search for tasks asks of people."""
    from kb.mirror.search import TaskPeople

    if mine is not None:
        return TaskPeople(lambda word: bool(mine.owners.people.find(word)), mine.are_theirs, mine.mentions)
    return TaskPeople(lambda word: people is not None and bool(people.find(word)))


def _print_rows(found: SearchResult, zone: str, whose: str, limits: Sequence[str]) -> None:
    from kb.mirror.search import SEARCH_CAP

    room = max((display_width(sanitize(hit.doc)) for hit in found.hits), default=0)
    for hit in found.hits:
        print(_head(hit, room, zone))
        if hit.line:
            where = "" if hit.part == "body" else f"{sanitize(hit.part)} "
            print(
                " " * (room + 2)
                + paint(clip(f"{where}{hit.line}: {sanitize(hit.snippet)}", terminal_width() - room - 2), "dim")
            )
    more = t("以上", " or more") if found.more else t("", "")
    say(sanitize(whose) + str(t(f"{found.total:,} 件{more.ja}。", f"{found.total:,}{more.en} found.")))
    if promises := sum(hit.confidence is Confidence.LOW for hit in found.hits):
        say(
            t(
                f"うち {promises:,} 件は、チェックのない約束らしい行です（「約束?」）。",
                f"of these {count_noun(promises, 'line')} may be promises without a box (“promise?”).",
            )
        )
    if found.total > len(found.hits) > 0:
        say(
            t(
                f"→ 先頭の {len(found.hits):,} 件です。語を足して絞るか、--json で {SEARCH_CAP:,} 件まで出せます。",
                f"→ these are the first {len(found.hits):,}. Add a word, or take up to {SEARCH_CAP:,} with --json.",
            )
        )
    elif found.hits:
        say(f"→ kb show {shlex.quote(sanitize(found.hits[0].doc))}")
    elif limits:
        ja, en = " と ".join(limits), " and ".join(limits)
        say(t(f"→ {ja} を外すと、ほかのページも探します。", f"→ without {en} other pages are searched, too."))
    else:
        say(
            t(
                "→ 語を減らすか短くしてください。言い換えでも障害を探すのは kb similar です。",
                "→ try fewer or shorter words. kb similar finds incidents told in other words.",
            )
        )


def _say_names(term: str, names: Sequence[str]) -> None:
    """Say by which other names of a host was searched as well."""
    term, shown = sanitize(term), [sanitize(name) for name in names]
    ja, en = "、".join(shown), ", ".join(shown)
    say(t(f"{term} の別の名前でも探しました: {ja}", f"also searched for other names of {term}: {en}"))


def _head(hit: SearchHit, room: int, zone: str) -> str:
    page = hit.page
    place = f"{sanitize(page.category)}/" if page.category else ""
    may_be = hit.confidence is Confidence.LOW
    open_ = str(t("約束? ", "promise? ") if may_be else t("未完 ", "open ")) if may_be or page.open_tasks else ""
    marks = ("WIP " if page.wip else "") + open_
    date = format_local_time(page.human_at or page.updated_at, zone)
    left = f"{marks}{place}{sanitize(page.title)}"
    space = max(20, terminal_width() - room - 2 - 12)
    return f"{link(paint(pad(sanitize(hit.doc), room), 'cyan'), page.url)}  {pad(clip(left, space), space)}  {date}"


_PAGE_KEYS = ("title", "category", "url", "updated_at", "human_at", "human_by", "wip", "open_tasks")


def _print_json(found: SearchResult) -> None:
    hits = [
        {
            "doc": hit.doc,
            "source": hit.page.source.value,
            "kind": hit.page.kind.value,
            **{name: getattr(hit.page, name) for name in _PAGE_KEYS},
            "visibility": hit.page.visibility.name.lower(),
            "part": hit.part,
            "line": hit.line,
            "snippet": hit.snippet,
            **({"confidence": hit.confidence.name.lower()} if hit.confidence is not None else {}),
        }
        for hit in found.hits
    ]
    print(sanitize_json({"format": 1, "total": found.total, "more": found.more, "hits": hits}, indent=1))
