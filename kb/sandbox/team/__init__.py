"""adteam: a believable team, invented for `kb demo` and for tests.

A backend team has inherited an ad-delivery system from people who left or are leaving: 300 esa posts with comments,
200 Redmine tickets with journals, wiki pages with old versions. Names, hosts and credentials are fictitious.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from pathlib import Path

from kb.sandbox.team import people, tickets
from kb.sandbox.team.backlog import read_backlog
from kb.sandbox.team.draft import PageDraft, read_folder
from kb.sandbox.team.planted import VALUES
from kb.sandbox.team.posts import build_post, number_comments
from kb.sandbox.team.posts import creation_time as post_time
from kb.sandbox.team.routine import read_daily_reports, read_minutes
from kb.sandbox.team.routine_tickets import make_routine_tickets
from kb.sandbox.team.words import DraftWords, Moment, Row, number_keys

READER = "ono"
"""Who tries kb in the demo: she has taken the system over, and sees what a member sees."""

FIRST_POST, FIRST_TICKET, FIRST_COMMENT, FIRST_JOURNAL = 1204, 5310, 40_011, 21_700


@dataclass(frozen=True, slots=True)
class InventedTeam:
    """The content of both systems as rows in the shape of their APIs.

    `numbers` maps keys of drafts to the numbers of their posts and tickets (`post:inc-nat`).
    """

    name: str
    posts: tuple[Row, ...]
    members: tuple[Row, ...]
    former: tuple[Row, ...]
    tickets: tuple[Row, ...]
    projects: tuple[Row, ...]
    wiki: tuple[Row, ...]
    statuses: tuple[Row, ...]
    trackers: tuple[Row, ...]
    priorities: tuple[Row, ...]
    users: tuple[Row, ...]
    numbers: Mapping[str, int]


def drafts() -> tuple[PageDraft, ...]:
    """Return all drafts, before they have numbers and dates."""
    return (*read_folder(), *read_daily_reports(), *read_minutes(), *make_routine_tickets(), *read_backlog())


def build(now: datetime) -> InventedTeam:
    """Build the team at `now` (aware). The same `now` gives the same team."""
    moment, all_drafts = Moment(now), drafts()
    posts = [draft for draft in all_drafts if draft.kind == "post"]
    posts.sort(key=lambda draft: (post_time(moment, draft), draft.key))
    issues = [draft for draft in all_drafts if draft.kind == "ticket"]
    issues.sort(key=lambda draft: (tickets.creation_time(moment, draft), draft.key))
    words = DraftWords(
        number_keys([draft.key for draft in posts], FIRST_POST),
        number_keys([draft.key for draft in issues], FIRST_TICKET),
        VALUES,
    )
    comment_ids = number_comments(moment, posts, FIRST_COMMENT)
    journals_before = accumulate((len(draft.replies) for draft in issues), initial=FIRST_JOURNAL)
    return InventedTeam(
        name="adteam",
        posts=tuple(build_post(moment, words, draft, comment_ids) for draft in posts),
        members=people.list_members(moment, Counter(draft.by for draft in posts)),
        former=people.list_former(moment),
        tickets=tickets.add_children(
            [tickets.build_ticket(moment, words, *each) for each in zip(issues, journals_before, strict=False)]
        ),
        projects=tickets.list_projects(moment),
        wiki=tuple(tickets.build_wiki_page(moment, words, draft) for draft in all_drafts if draft.kind == "wiki"),
        statuses=tickets.STATUSES,
        trackers=tickets.TRACKERS,
        priorities=tickets.PRIORITIES,
        users=people.list_users(moment),
        numbers={
            **{f"post:{key}": number for key, number in words.posts.items()},
            **{f"ticket:{key}": number for key, number in words.tickets.items()},
        },
    )


def write(team: InventedTeam, folder: Path) -> tuple[Path, ...]:
    """Write the team as JSON lines; return the files in the order for `kb sandbox --data`."""
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for name, rows in (
        ("members", _people(team)),
        ("posts", team.posts),
        ("redmine", (_world(team),)),
        ("tickets", team.tickets),
    ):
        files.append(folder / f"{name}.jsonl")
        files[-1].write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return tuple(files)


def _people(team: InventedTeam) -> tuple[Row, ...]:
    """Return the people for the sandbox's esa; `me` owns its token."""
    return (*team.former, *({**member, "me": member["screen_name"] == READER} for member in team.members))


def _world(team: InventedTeam) -> Row:
    """Return the sandbox's Redmine without tickets; `reader` owns its key."""
    return {
        "reader": READER,
        "issue_statuses": team.statuses,
        "trackers": team.trackers,
        "issue_priorities": team.priorities,
        "roles": tickets.ROLES,
        "users": team.users,
        "projects": team.projects,
        "memberships": tickets.list_memberships(),
        "wiki_pages": team.wiki,
    }
