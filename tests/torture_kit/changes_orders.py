"""What can be asked for: plans, edits by others, faults, and what happens while a run is under way. Strategies."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from torture_kit.changes_truth import LOOKED, STILL, Post, Redmine, Values, below, renamed, same

from kb.model.facts import Confidence
from kb.model.plan import Change, SeenState, Verb

Order = dict[str, Any]

POSTS, TICKETS = range(1, 9), range(1, 6)
PARENT = 3

# The key's role is called `kb`: the sandbox gives it to whoever the key belongs to.
WORLD: Order = {
    "issue_statuses": [
        {"id": 1, "name": "新規", "is_closed": False},
        {"id": 3, "name": "解決", "is_closed": False},
        {"id": 5, "name": "終了", "is_closed": True},
    ],
    "roles": [
        {"id": 3, "name": "開発者", "assignable": True, "permissions": ["view_issues"]},
        {
            "id": 4,
            "name": "kb",
            "assignable": False,
            "issues_visibility": "all",
            "permissions": ["view_issues", "view_private_notes", "edit_issues", "add_issue_notes"],
        },
    ],
    "trackers": [{"id": 1, "name": "障害"}, {"id": 2, "name": "要望"}],
    "projects": [{"id": 1, "name": "基盤", "identifier": "infra", "status": 1, "is_public": True}],
    "users": [{"id": 11, "login": "sato", "name": "佐藤"}, {"id": 12, "login": "suzuki", "name": "鈴木"}],
    "memberships": [
        {"id": each, "project": {"id": 1}, "user": {"id": each, "name": name}, "roles": [{"id": 3}]}
        for each, name in ((11, "佐藤"), (12, "鈴木"))
    ],
}

LETS = {
    1: {("新規", "解決"), ("新規", "終了"), ("解決", "新規"), ("解決", "終了"), ("終了", "新規")},
    2: {("新規", "解決"), ("解決", "新規"), ("解決", "終了"), ("終了", "解決")},
}
"""From which status to which another tracker's workflow leads; Redmine passes over whatever else is sent."""

CLOSED_FIELDS = {(1, "終了"): ("assignee",), (2, "新規"): ("assignee",)}
"""What the workflow of a tracker lets nobody change in a status."""

_IDS = {each["name"]: each["id"] for each in WORLD["issue_statuses"]}
WORLD["workflows"] = [
    {"tracker_id": tracker, "role_id": 4, "old_status_id": _IDS[old], "new_status_id": _IDS[new]}
    for tracker, steps in LETS.items()
    for old, new in sorted(steps)
]
WORLD["field_rules"] = [
    {"tracker_id": tracker, "role_id": 4, "old_status_id": _IDS[status], "field_name": "assigned_to_id",
     "rule": "readonly"}
    for tracker, status in CLOSED_FIELDS
]  # fmt: skip

CATEGORIES = ("不具合共有/2025", "不具合共有/2025/夏", "運用", "運用/手順", "")
TITLES = ("記事 {n}", "【完了】記事 {n}", "入口/出口 #{n} の記録", "R&D&#47;{n}", "記事 {n}（改）")
TAGS = ((), ("a",), ("a", "b"), ("c",))
PEOPLE = ("佐藤 #11", "鈴木 #12")
STATUSES = ("新規", "解決", "終了")

WRITE_FAULTS: tuple[Order, ...] = (
    {"kind": "409"},
    {"kind": "429", "retry_after": "seconds", "seconds": 7},
    {"kind": "429", "retry_after": "date", "seconds": 40},
    {"kind": "429", "retry_after": "float", "seconds": 0.2},
    {"kind": "429", "retry_after": "message", "seconds": 90},
    {"kind": "429", "retry_after": "reset", "seconds": 30},
    {"kind": "429", "retry_after": "none"},
    {"kind": "429", "retry_after": "zero"},
    {"kind": "429", "retry_after": "seconds", "seconds": 4000},
    {"kind": "500"},
    {"kind": "502"},
    {"kind": "503", "retry_after": "seconds", "seconds": 5},
    {"kind": "504"},
    {"kind": "reset"},
    {"kind": "reset-after"},
    {"kind": "reset-body"},
    {"kind": "truncate", "form": "length"},
    {"kind": "truncate", "form": "short"},
    {"kind": "slow", "seconds": 0.02},
    {"kind": "html"},
    {"kind": "empty"},
    {"kind": "content-type"},
    {"kind": "400"},
    {"kind": "403"},
    {"kind": "404"},
)
"""What can meet a write."""

WITHOUT_BODY = tuple(
    fault for fault in WRITE_FAULTS if fault["kind"] not in ("reset-body", "truncate", "html", "empty", "content-type")
)
"""What can meet a write to Redmine, whose answer is a 204: there is no body to be cut."""

READ_FAULTS: tuple[Order, ...] = (
    {"kind": "429", "retry_after": "float", "seconds": 1.2},
    {"kind": "429", "retry_after": "seconds", "seconds": 65},
    {"kind": "500"},
    {"kind": "502"},
    {"kind": "reset"},
    {"kind": "reset-body"},
    {"kind": "truncate", "form": "length"},
    {"kind": "truncate", "form": "short"},
    {"kind": "slow", "seconds": 0.02},
)
"""What can meet a read."""

REQUIRED = ("409", "429/seconds", "429/date", "429/message", "500", "502", "reset", "reset-after", "reset-body",
            "truncate/length", "truncate/short", "slow")  # fmt: skip
"""The faults that a long run must have met often."""


def rows() -> list[Order]:
    """The sandbox's data: posts in four categories and in none, tickets of which one is a parent, one a duplicate."""
    posts = [
        {
            "number": n, "name": TITLES[0].format(n=n), "category": CATEGORIES[n % len(CATEGORIES)],
            "body_md": f"本文 {n}", "tags": list(TAGS[n % 3]), "wip": n % 4 == 0,
            "created_at": "2026-01-01T00:00:00+00:00", "updated_at": "2026-01-02T00:00:00+00:00",
        }
        for n in POSTS
    ]  # fmt: skip
    relation = {"id": 1, "issue_id": 2, "issue_to_id": 1, "relation_type": "duplicates"}
    extra: dict[int, Order] = {
        1: {"relations": [relation]},
        2: {"relations": [relation]},
        4: {"parent": {"id": PARENT}},
    }
    tickets = [
        {
            "id": n, "project": {"id": 1, "name": "基盤"}, "tracker": WORLD["trackers"][n % 2],
            "status": {"id": 3, "name": "解決"}, "priority": {"id": 2, "name": "通常"},
            "author": {"id": 11, "name": "佐藤"}, "assigned_to": {"id": 11, "name": "佐藤"},
            "subject": f"件名 {n}", "description": "説明", "journals": [], "done_ratio": 100,
            "created_on": "2026-01-01T00:00:00Z", "updated_on": "2026-01-01T00:00:00Z", **extra.get(n, {}),
        }
        for n in TICKETS
    ]  # fmt: skip
    return [WORLD, *posts, *tickets]


# -- edits by others ------------------------------------------------------------------------------


@st.composite
def post_edits(draw: st.DrawFn, number: int | None = None) -> Order:
    """One edit of a post by somebody else; `number` 0 is the one that is being written to."""
    target = draw(st.sampled_from(POSTS)) if number is None else number
    action = draw(st.sampled_from(("update",) * 12 + ("delete", "restore", "restore", "open", "rename-category")))
    fields: Order = {}
    if action == "update":
        for key in draw(
            st.lists(st.sampled_from(("title", "category", "tags", "wip", "body")), min_size=1, max_size=2)
        ):
            fields[key] = draw(_VALUES[key])
    elif action == "rename-category":
        source = draw(st.sampled_from(CATEGORIES[:4]))
        fields = {"from": source, "to": draw(st.sampled_from((f"旧/{source}", "設計")))}
    return {"system": "esa", "action": action, "number": target, "fields": fields, "quiet": draw(_QUIET)}


@st.composite
def ticket_edits(draw: st.DrawFn, number: int | None = None) -> Order:
    """One edit of a ticket by somebody else."""
    target = draw(st.sampled_from(TICKETS)) if number is None else number
    key = draw(st.sampled_from(("status", "assigned_to", "notes", "subject")))
    values = {
        "status": st.sampled_from(STATUSES), "assigned_to": st.sampled_from((11, 12)),
        "notes": st.sampled_from((LOOKED, STILL)), "subject": st.just("別の件名"),
    }  # fmt: skip
    return {
        "system": "redmine", "action": "update", "number": target, "fields": {key: draw(values[key])}, "quiet": False
    }  # fmt: skip


_QUIET = st.sampled_from((False, False, False, True))
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(TITLES),
    "category": st.sampled_from((*CATEGORIES, "設計")),
    "tags": st.sampled_from([list(tags) for tags in (*TAGS, ("b", "a"))]),
    "wip": st.booleans(),
    "body": st.sampled_from(("追記しました", "直しました")),
}


# -- what happens while a run is under way ----------------------------------------------------------


@st.composite
def happenings(draw: st.DrawFn, system: str) -> list[Order]:
    """Faults and edits by others at the nth write, read or wait of a run, each at most once."""
    edits = post_edits if system == "esa" else ticket_edits
    found: dict[tuple[str, int], Order] = {}
    for _ in range(draw(st.sampled_from((0, 1, 2, 3, 4, 5)))):
        on = draw(st.sampled_from(("write",) * 5 + ("read", "read", "wait")))
        nth = draw(st.sampled_from((1, 2) if on == "wait" else (1, 1, 2, 2, 3, 4, 5)))
        this = st.one_of(edits(0), edits(0), edits()) if on == "write" else edits()
        some = st.lists(this, max_size=2)
        fault = None
        if on != "wait":
            faults = READ_FAULTS if on == "read" else WRITE_FAULTS if system == "esa" else WITHOUT_BODY
            fault = draw(st.one_of(st.none(), st.sampled_from(faults)))
        found[on, nth] = {
            "on": on, "nth": nth, "fault": fault, "before": draw(some), "after": draw(some),
            "jump": draw(st.sampled_from((0, 0, 0, 70))),
        }  # fmt: skip
    return list(found.values())


@st.composite
def endings(draw: st.DrawFn) -> list[Order]:
    """How a run may end before its time: not at all, killed, interrupted once or twice, with a full disk."""
    how = draw(st.sampled_from(("",) * 6 + ("kill",) * 4 + ("interrupt", "full")))
    if not how:
        return []
    tick = draw(st.integers(1, 60))
    again = draw(st.integers(1, 12)) if how == "interrupt" else 0
    return [{"how": how, "tick": tick}, *([{"how": how, "tick": tick + again}] if again > 6 else [])]


# -- plans -----------------------------------------------------------------------------------------


@st.composite
def post_changes(draw: st.DrawFn, post: Post, fresh: str) -> list[Change]:
    """Some decisions about one post as it stands; `fresh` is a category nobody has been in."""
    number, now = post.number, post.values
    wanted: Values = {}
    for key in draw(st.lists(st.sampled_from(("title", "category", "tags", "wip")), min_size=1, unique=True)):
        value = draw(_WANTED[key])
        value = value.format(n=number, fresh=fresh) if isinstance(value, str) else value
        value = (not now["wip"]) if key == "wip" else value
        if not same(key, value, now[key]):
            wanted[key] = value
    keys, changes = list(wanted), []
    while keys:
        some = [keys.pop() for _ in range(draw(st.integers(1, len(keys))))]
        also = draw(st.booleans()) and next((key for key in now if key not in wanted), None)
        verb = Verb.ARCHIVE if some == ["category"] and wanted["category"].startswith("Archived") else None
        after = {key: wanted[key] for key in some} | ({also: now[also]} if also else {})
        verb = verb or draw(st.sampled_from((Verb.MOVE, Verb.RETITLE, Verb.DONE, Verb.SHIP)))
        changes.append(change(f"esa:{number}", post.revision, now, after, verb))
    return changes


@st.composite
def post_plans(draw: st.DrawFn, live: dict[int, Post], fresh: str) -> list[Change]:
    """A plan for some of the posts there are."""
    if not live:
        return []
    numbers = draw(st.sets(st.sampled_from(sorted(live)), min_size=1, max_size=6))
    return [each for number in sorted(numbers) for each in draw(post_changes(live[number], fresh))]


@st.composite
def category_plans(draw: st.DrawFn, live: dict[int, Post], fresh: str) -> list[Change]:
    """A plan that gives a whole category another name, all posts and categories below it with it."""
    source = draw(st.sampled_from(CATEGORIES[:3]))
    inside = [post for post in live.values() if below(post, source)]
    return [
        change(f"esa:{post.number}", post.revision, post.values,
               {"category": renamed(str(post.values["category"]), source, fresh)}, Verb.MOVE)
        for post in inside
    ]  # fmt: skip


@st.composite
def name_plans(draw: st.DrawFn, live: dict[int, Post], fresh: str) -> list[Change]:
    """A plan in which each post takes the name of the next one: the last has to go first."""
    numbers = (
        draw(st.lists(st.sampled_from(sorted(live)), min_size=2, max_size=4, unique=True)) if len(live) > 1 else []
    )
    posts = [live[number] for number in numbers]
    names = [post.values for post in posts[1:]] + [{"title": f"空いた題名 {fresh}", "category": fresh}]
    return [
        change(f"esa:{post.number}", post.revision, post.values,
               {key: name[key] for key in ("title", "category") if name[key] != post.values[key]}, Verb.RETITLE)
        for post, name in zip(posts, names, strict=True)
    ]  # fmt: skip


@st.composite
def ticket_plans(draw: st.DrawFn, redmine: Redmine, seen: int) -> list[Change]:
    """A plan for some tickets: their status, the one they are assigned to, or both."""
    changes: list[Change] = []
    for number in sorted(draw(st.sets(st.sampled_from(TICKETS), min_size=1, max_size=4))):
        now = redmine.tickets[number].values
        wanted = {"status": draw(st.sampled_from(STATUSES)), "assignee": draw(st.sampled_from(PEOPLE))}
        for key in draw(st.sampled_from((["status"], ["assignee"], ["status", "assignee"]))):
            closes = any(f"redmine:{number}" in each.along for each in changes)
            if wanted[key] != now[key] and not (closes and key == "status"):
                note = draw(st.sampled_from(("", "30 日が過ぎました。")))
                along = ()
                if key == "status" and wanted[key] in redmine.closed and now[key] not in redmine.closed:
                    along = tuple(f"redmine:{each}" for each in redmine.along(number))
                # A parent's ratio says nothing: what speaks for closing the others is that it is 100 %.
                finished = key == "status" and number != PARENT and (now[key], wanted[key]) == ("解決", "終了")
                verb = Verb.CLOSE if finished else Verb.REASSIGN
                changes.append(change(f"redmine:{number}", seen, now, {key: wanted[key]}, verb, note=note, along=along))
    return changes


_WANTED: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(TITLES),
    "category": st.sampled_from(("{fresh}", "{fresh}/甲", "{fresh}/乙")),
    "tags": st.sampled_from(TAGS),
    "wip": st.just(None),
}


def change(target: str, revision: int, now: Values, after: Values, verb: Verb, **more: Any) -> Change:
    """One accepted change of a target as it stands."""
    before, seen = {key: now[key] for key in after}, SeenState("2026-11-20T00:00:00Z", revision)
    return Change(verb, target, before, after, seen, "まとめて", "理由", Confidence.HIGH, title=target, **more)
