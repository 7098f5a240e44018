"""Who is in the team, who left it, and who wrote in it without being on the list of members.

esa shows who wrote a post for as long as the post is there, and lists only who is a member today. So the authors and
editors of the mirror without those members are the people who left before kb came, with bots and guests among them: no
request more. All of them are kept, and `esa.members` says whether the list was whole; what that means is decided where
it is read (`kb.lint.people.roster`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from kb.mirror import queries
from kb.mirror.sync.job import SyncJob
from kb.model.document import Source
from kb.model.members import ListState
from kb.text.json_fields import object_field, text_field
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.sources.esa.client import Esa, MemberList

MEMBER, FORMER, RENAMED, UNLISTED = "member", "former-member", "renamed-member", "unlisted-author"

_NOTES = {
    ListState.DENIED: t(
        "このトークンではメンバーの一覧を読めないので、一覧にいない人の記事（PST103 など）は分かりません。"
        "権限 read:member を足すと分かります。",
        "this token may not read the list of members, so pages of people who are not on it (PST103 and others) are not"
        " told; the scope read:member lets them be.",
    ),
    ListState.CUT: t(
        "メンバーの一覧が途中までしか返らないので、一覧にいない人の記事（PST103 など）は分かりません。",
        "the list of members came only in part, so pages of people who are not on it (PST103 and others) are not told.",
    ),
}


def sync_members(esa: Esa, job: SyncJob, reader: str) -> bool:
    """Store the members, and those who left. Return whether the authors need no new look, unless posts changed.

    Who is listed again, under this name or another with the same address, has not left. A list that is refused or
    cut says of nobody that they left; one without the token's owner is cut, whatever it says.
    """
    before = job.mirror.things(Source.ESA, MEMBER)
    former = job.mirror.things(Source.ESA, FORMER)
    renamed = job.mirror.things(Source.ESA, RENAMED)
    listed = esa.members()
    now: dict[str, Mapping[str, Any]] = {text_field(row["screen_name"]): row for row in listed.rows}
    state = list_state(listed, reader)
    gone = {name: row for name, row in {**former, **before}.items() if name not in now}
    by_mail = {mail: name for name, row in now.items() if (mail := _mail(row))}
    if state is ListState.WHOLE:
        renamed |= {name: {**row, "now": by_mail[_mail(row)]} for name, row in gone.items() if _mail(row) in by_mail}
        former = {name: row for name, row in gone.items() if _mail(row) not in by_mail}
    else:
        former = {name: row for name, row in former.items() if name not in now}
        now = {**before, **now}
    settled = job.mark("authors") is not None and now.keys() == before.keys()
    with job.write() as writer:
        writer.things(Source.ESA, MEMBER, now)
        writer.things(Source.ESA, FORMER, former)
        writer.things(Source.ESA, RENAMED, {name: row for name, row in renamed.items() if name not in now})
        job.set_mark(writer, "members", state)
        job.set_mark(writer, "authors", None)  # until the posts are read: a run may end before
    return settled


def list_state(listed: MemberList, reader: str) -> ListState:
    """Return how far a list can be believed; `reader` is the token's owner, who is a member."""
    if listed.denied:
        return ListState.DENIED
    there = any(row["screen_name"] == reader for row in listed.rows)
    return ListState.WHOLE if listed.complete and there else ListState.CUT


def _mail(row: Mapping[str, Any]) -> str:
    return text_field(row.get("email")).casefold()


def find_unlisted(posts: Iterable[Mapping[str, Any]], members: Iterable[str]) -> tuple[tuple[str, str, int], ...]:
    """Return who began or edited these posts and is no member: screen name, full name, posts; most posts first."""
    listed = frozenset(members)
    names: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for post in posts:
        people = (object_field(post.get("created_by")), object_field(post.get("updated_by")))
        wrote = {text_field(each.get("screen_name")): text_field(each.get("name")) for each in people}
        names |= wrote
        counts.update(name for name in wrote if name and name not in listed)
    return tuple(
        (name, names[name], count) for name, count in sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    )


def sync_authors(job: SyncJob, settled: bool) -> None:
    """Store who wrote a post or comment and is no member, after the posts were read; say if the list was not whole."""
    if (state := ListState(job.mark("members"))) in _NOTES:
        job.notes.append(_NOTES[state])
    changed = job.stats.added or job.stats.changed or job.stats.deleted
    listed = {name for kind in (MEMBER, RENAMED) for name in job.mirror.things(Source.ESA, kind)}
    with job.write() as writer:
        if changed or not settled:
            known = job.mirror.things(Source.ESA, UNLISTED)
            rows = {
                name: {"screen_name": name, "name": _full_name(name, (known.get(name, {}), *map(job.mirror.raw, ids)))}
                for name, ids in queries.writers_of(job.mirror.database, Source.ESA).items()
                if name not in listed
            }
            writer.things(Source.ESA, UNLISTED, rows)
        job.set_mark(writer, "authors", True)


def _full_name(screen_name: str, texts: Iterable[Mapping[str, Any]]) -> str:
    """Return what esa calls a person in what they wrote or edited; "" where it no longer does."""
    for text in texts:
        for person in (text, object_field(text.get("created_by")), object_field(text.get("updated_by"))):
            if text_field(person.get("screen_name")) == screen_name and (name := text_field(person.get("name"))):
                return name
    return ""
