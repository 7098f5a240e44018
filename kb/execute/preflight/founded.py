"""Refuse tickets to be made that kb would not have proposed: a plan's file may say anything."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from kb.errors import RefusedError
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.model.plan import Change, ChangeKey, page_of
from kb.plan.impact.estimate import parse_person_id
from kb.plan.sections.numbers import LINES_PATTERN, is_number, linked_base
from kb.settings.workspace import Workspace
from kb.sources.registry import writable_sources
from kb.text.json_fields import text_field
from kb.text.lang import Text, t

OPEN_PROJECT = 1
"""Redmine's number for the status of a project that takes tickets."""

_AGAIN = t(
    "kb sync のあと、kb plan tickets で作り直してください。", "kb sync, then make it again with kb plan tickets."
)


def require_founded(
    workspace: Workspace, mirror: Mirror, accepted: Sequence[Change], finished: Collection[str] = ()
) -> None:
    """Raise RefusedError for a ticket that could not be for a measure of a post every member may read.

    Also for one that goes where there is no project or tracker, or to nobody that is known, and for a second one. What
    is `finished` may be gone from the mirror by now: the last ticket of its assignee, say, went to another person.
    """
    new = [each for each in accepted if each.creates and each.target not in finished]
    wrong = (*_refuse_places(workspace, mirror, new), *_refuse_links(workspace, accepted), *_refuse_twice(accepted))
    for change, why in wrong:
        raise RefusedError(t(f"{change.target}: {why.ja}。", f"{change.target}: {why.en}."), _AGAIN)


def _refuse_places(workspace: Workspace, mirror: Mirror, new: Sequence[Change]) -> Iterator[tuple[Change, Text]]:
    if not new:
        return
    pages = {f"esa:{page_of(each.target)}": each for each in new}
    there = queries.change_times(mirror.database, Source.ESA, Kind.POST, map(page_of, (each.target for each in new)))
    posts = [replace(each, target=page, before={}, after={}) for page, each in pages.items()]
    found = (port.find_limited(mirror, posts) for port in writable_sources(workspace.settings))
    limited = frozenset().union(*found)
    projects = {text_field(row.get("identifier")): row for row in mirror.things(Source.REDMINE, "project").values()}
    trackers = {text_field(row.get("name")) for row in mirror.things(Source.REDMINE, "tracker").values()}
    people = {number for number, _, _ in queries.redmine_people(mirror.database)}
    for change in new:
        page, project = page_of(change.target), str(change.after[ChangeKey.PROJECT])
        person = parse_person_id(str(change.after[ChangeKey.ASSIGNEE]))
        if page not in there:
            yield change, t(f"esa:{page} は手元の写しにありません", f"esa:{page} is not mirrored")
        elif f"esa:{page}" in limited:
            yield (
                change,
                t(
                    "メンバー全員には見えない記事の対策は、チケットにしません",
                    "no ticket is made of a post that not every member can see",
                ),
            )
        elif LINES_PATTERN.fullmatch(change.seen.text) is None or not change.seen.line:
            yield change, t("対策の行が書かれていません", "the lines of its measure are not told")
        elif projects.get(project, {}).get("status", OPEN_PROJECT if project in projects else 0) != OPEN_PROJECT:
            yield (
                change,
                t(
                    f"Redmine に、チケットを作れるプロジェクト「{project[:60]}」はありません",
                    f"Redmine has no open project {project[:60]!r}",
                ),
            )
        elif (tracker := str(change.after[ChangeKey.TRACKER])) not in trackers:
            yield (
                change,
                t(f"Redmine にトラッカー「{tracker[:60]}」はありません", f"Redmine has no tracker {tracker[:60]!r}"),
            )
        elif person and person not in people:
            yield (
                change,
                t(f"#{person} という人は Redmine の写しにいません", f"the mirror knows nobody called #{person}"),
            )


def _refuse_links(workspace: Workspace, accepted: Iterable[Change]) -> Iterator[tuple[Change, Text]]:
    """Yield the numbers that link to a ticket of somewhere else."""
    for each in accepted:
        if (base := linked_base(each)) and base != workspace.settings.redmine_url:
            yield (
                each,
                t(
                    f"番号のリンク先 {base[:80]} は kb.toml の Redmine ではありません",
                    f"the number links to {base[:80]}, which is not the Redmine of kb.toml",
                ),
            )


def _refuse_twice(accepted: Iterable[Change]) -> Iterator[tuple[Change, Text]]:
    """Yield a second ticket, or a second number, for one place."""
    seen: set[tuple[str, str, int, int]] = set()
    for each in accepted:
        if not each.creates and not is_number(each):
            continue
        post = f"esa:{page_of(each.target)}" if each.creates else each.target
        place = ("ticket" if each.creates else "number", post, each.seen.line, each.seen.column)
        if place in seen:
            yield each, t("同じ対策のものがもう 1 件あります", "there is another one for the same measure")
        seen.add(place)
