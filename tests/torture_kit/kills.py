"""kill -9 at every point of an apply and an undo, of thirty changes or of every verb, and what comes after it.

A life is one kill: the command is killed at one point, then the others of its series are run to their end.

    apply, apply    the next apply goes on, another one sends nothing, undo takes all back
    apply, undo     undo last takes back what was done, another one sends nothing
    undo, undo      the next undo last goes on, another one sends nothing
    undo, apply     the next apply re-applies nothing; undo last takes the rest back

Every call of the thirty changes is watched by a referee (torture_kit.changes_referee). Besides, and of every verb
(torture_kit.every_verb), both systems must end just as they do when nothing is killed, revisions and notes included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sample_rows import SATO, ticket
from torture_kit import changes_orders, changes_stand
from torture_kit.changes_book import Book, Counts
from torture_kit.changes_orders import change
from torture_kit.changes_referee import Referee
from torture_kit.changes_results import finish
from torture_kit.changes_stand import Ran, Stand
from torture_kit.changes_truth import Esa, Redmine, Values

from kb.model.plan import Plan, Verb, new_plan
from kb.plan.file.render import render_plan

SERIES = ("apply, apply", "apply, undo", "undo, undo", "undo, apply")
REQUESTS = ("before a request", "after a request", "before the receipt", "after the receipt", "before the process ends")
"""The points of a kill that every series is played at: around each request, and after the last one."""

APPLY = ("apply", "plan.toml", "--allow", "1000", "--yes", "--mails", "1000", "--json")
UNDO = ("undo", "last", "--yes", "--json")
REFUSED = 5

Dump = dict[str, tuple[Any, ...]]


# -- what is there, and what is to become of it ---------------------------------------------------


def world() -> list[dict[str, Any]]:
    """The sandbox's rows: posts of which four fill a category, tickets of which one is a parent, one a duplicate."""
    statuses = changes_orders.WORLD["issue_statuses"]
    steps = [
        {"tracker_id": 1, "role_id": 4, "old_status_id": old["id"], "new_status_id": new["id"]}
        for old in statuses
        for new in statuses
        if old != new
    ]
    head = {**changes_orders.WORLD, "workflows": steps, "field_rules": []}
    places = {**dict.fromkeys((4, 5, 6, 7), "不具合共有/2024"), **dict.fromkeys((12, 13, 16), "運用")}
    posts = [
        {
            "number": n, "name": f"記事 {n}", "category": places.get(n, "不具合共有/2025"), "body_md": f"本文 {n}",
            "tags": ["a"], "wip": n == 10,
            "created_at": "2026-01-01T00:00:00+00:00", "updated_at": "2026-01-02T00:00:00+00:00",
        }
        for n in range(1, 19)
    ]  # fmt: skip
    duplicates = {"relations": [{"id": 1, "issue_id": 2, "issue_to_id": 1, "relation_type": "duplicates"}]}
    extra: dict[int, dict[str, Any]] = {1: duplicates, 2: duplicates, 4: {"parent": {"id": 3}}}
    tickets = [ticket(n, status={"id": 3, "name": "解決"}, assigned_to=SATO, **extra.get(n, {})) for n in range(1, 18)]
    return [head, *posts, *tickets]


def plan(redmine: str) -> Plan:
    """Changes of fifteen posts and fifteen tickets: a chain of names, a whole category, two decisions about one target,
    a duplicate that closes along, a parent and its child.
    """
    rows = world()
    posts, tickets = Esa.of(rows).posts, Redmine.of(rows).tickets
    wanted: list[tuple[int, Verb, Values]] = [
        (1, Verb.RETITLE, {"title": "記事 2"}),
        (2, Verb.RETITLE, {"title": "記事 3"}),
        (3, Verb.RETITLE, {"title": "空いた題名"}),
        *((number, Verb.MOVE, {"category": "過去/2024"}) for number in (4, 5, 6, 7)),
        (8, Verb.RETITLE, {"title": "【完了】記事 8"}),
        (8, Verb.MOVE, {"category": "対応完了/2025"}),
        (9, Verb.MOVE, {"tags": ("a", "b")}),
        (10, Verb.MOVE, {"wip": False}),
        (11, Verb.ARCHIVE, {"category": "Archived/不具合共有/2025"}),
        (12, Verb.MOVE, {"category": "手順"}),
        (13, Verb.MOVE, {"category": "手順"}),
        (14, Verb.RETITLE, {"title": "入口/出口 #14"}),
        (15, Verb.RETITLE, {"title": "記事 15（改）"}),
    ]
    changes = [change(f"esa:{n}", 1, posts[n].values, dict(after), verb) for n, verb, after in wanted]
    suzuki = "鈴木 #12"
    for number in (1, 3, 4, 5, 6, 7, 8, 9, 10, 14):
        along = ("redmine:2",) if number == 1 else ()
        note = "30 日が過ぎました。" if number % 2 else ""
        values = tickets[number].values
        changes.append(change(f"redmine:{number}", 0, values, {"status": "終了"}, Verb.CLOSE, note=note, along=along))
    changes += [
        change(f"redmine:{number}", 0, tickets[number].values, {"assignee": suzuki}, Verb.REASSIGN)
        for number in (2, 11, 12, 13, 14, 15)
    ]
    return new_plan("docs", "2026-01-01T00:00:00Z", "0", changes, redmine=redmine)


# -- one life -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Life:
    """One workspace from its beginning, and the model of both systems."""

    stand: Stand
    counts: Counts
    complaints: list[str] = field(default_factory=list)
    applied: Book = field(default_factory=Book)
    undone: Book = field(default_factory=Book)
    story: list[str] = field(default_factory=list)
    esa: Esa = field(init=False)
    redmine: Redmine = field(init=False)
    undo: tuple[str, ...] = UNDO

    def __post_init__(self) -> None:
        self.stand.fresh()
        self.stand.sandbox.toggles(
            system="esa", noop_revises=True, title_entities="decoded", archive_status=200, index_lag_s=0, rate_limit=0,
            move_revises=False, move_touches=False, move_stops_after=0,
        )  # fmt: skip
        self.begin()

    def begin(self) -> None:
        """Write the plan; know how both systems stand."""
        rows = world()
        self.esa, self.redmine = Esa.of(rows), Redmine.of(rows)
        text = render_plan(plan(self.stand.sandbox.redmine))
        (self.stand.folder / "plan.toml").write_text(text, encoding="utf-8")

    def call(self, argv: Sequence[str], *, kill: int = 0) -> Ran:
        """One command, killed at a point or not at all, watched."""
        ends = [{"how": "kill", "tick": kill}] if kill else []
        ran = self.stand.run(list(argv), ends=ends, keeps=True)
        self.counts.calls[argv[0]] += 1
        self.story += [
            f"$ kb {' '.join(argv)} → {ran.code}",
            *(changes_stand.line(each) for each in ran.trace),
            ran.err,
        ]
        self.watch(argv, ran, killed=bool(kill))
        return ran

    def watch(self, argv: Sequence[str], ran: Ran, *, killed: bool) -> None:
        """Complain of what should not have been."""
        undo = argv[0] == "undo"
        book = self.undone if undo else self.applied
        referee = Referee(
            self.esa, self.redmine, self.counts, lambda _: book, self.applied if undo else None
        )  # fmt: skip
        referee.watch(ran.trace)
        self.undone.undoes = self.applied.name
        if not killed and referee.planned is not None and referee.entries:
            finish(referee, ran.out, ran.err, as_json=True)
        self.complaints += referee.complaints
        self.complaints += self.esa.differences(self.stand.sandbox.dump("esa"))
        self.complaints += self.redmine.differences(self.stand.sandbox.dump("redmine"))

    def whole(self, argv: Sequence[str], *codes: int) -> int:
        """One command that is not killed: how many writes it sent. Its exit code must be one of these."""
        ran = self.call(argv)
        if (code := exit_of(ran)) not in (codes or (0,)):
            self.complaints.append(f"kb {' '.join(argv)} ended with {code}: {ran.err}")
        return sum(each["t"] == "send" and each["method"] != "GET" for each in ran.trace)

    def check(self, wanted: bool, what: str) -> None:
        """Complain of what is not so."""
        if not wanted:
            self.complaints.append(what)

    def dump(self) -> Dump:
        """How both systems stand, by target: values, revision, how many notes."""
        esa, redmine = Esa.of(self.stand.sandbox.dump("esa")), Redmine.of(self.stand.sandbox.dump("redmine"))
        found: Dump = {f"esa:{n}": (post.values, post.body, post.revision) for n, post in esa.posts.items()}
        return found | {f"redmine:{n}": (each.values, len(each.notes)) for n, each in redmine.tickets.items()}

    @property
    def has_begun(self) -> bool:
        """Whether there is a run."""
        return bool(self.applied.name)

    @property
    def has_done(self) -> bool:
        """Whether a run has changed something."""
        return bool(self.applied.dones())

    def is_alike(self, one: Dump, other: Dump) -> bool:
        """Whether all stands alike. Posts that a whole category takes along have no revision of their own for that."""
        moved = {f"esa:{number}" for number in (4, 5, 6, 7)}
        rest = {target: row for target, row in one.items() if target not in moved}
        kept = {target: row for target, row in other.items() if target not in moved}
        return _values(one) == _values(other) and rest == kept

    def is_back(self, one: Dump, begun: Dump) -> bool:
        """Whether the values are as they were before anything was sent."""
        return _values(one) == _values(begun)

    def has_changed_all(self, applied: Dump, begun: Dump) -> bool:
        """Whether all that was decided on was carried out."""
        one, other = _values(applied), _values(begun)
        return len(self.applied.decisions) >= 30 and all(
            one[each.target] != other[each.target] for each in self.applied.writes
        )


def exit_of(ran: Ran) -> int | None:
    """The exit code of a command, None where it was killed."""
    return next((int(each["code"]) for each in ran.trace if each["t"] == "exit"), None)


Begin = Callable[[Stand, Counts], Life]


@dataclass(frozen=True, slots=True)
class Reference:
    """How everything goes where nothing is killed: the points of each command, and how the systems stand after it."""

    places: dict[str, tuple[str, ...]]
    begun: Dump
    applied: Dump
    undone: Dump

    def points(self, series: str, *, every: bool) -> Iterator[int]:
        """The points at which the first command of a series can be killed; around requests only, or everywhere."""
        for number, place in enumerate(self.places[series.partition(",")[0]], 1):
            if every or place in REQUESTS:
                yield number


def reference(stand: Stand, counts: Counts, make: Begin = Life) -> Reference:
    """Play it through once. Raises AssertionError where that alone goes wrong."""
    life = make(stand, counts)
    begun = life.dump()
    places, dumps = {}, []
    for argv in (APPLY, life.undo):
        ran = life.call(argv)
        assert exit_of(ran) == 0, f"{ran.out}\n{ran.err}"
        places[argv[0]] = tuple(ran.trace[-1]["places"])
        dumps.append(life.dump())
    assert not life.complaints, "\n".join([*life.complaints, *life.story])
    applied, undone = dumps
    assert life.is_back(undone, begun)
    assert life.has_changed_all(applied, begun)
    return Reference(places, begun, applied, undone)


def play(stand: Stand, known: Reference, series: str, point: int, counts: Counts, make: Begin = Life) -> list[str]:
    """One life: what was wrong with it, and its story after that; nothing where all was as it should be."""
    life = make(stand, counts)
    first = series.partition(",")[0]
    if first == "undo":
        life.whole(APPLY)
    ran = life.call(APPLY if first == "apply" else life.undo, kill=point)
    life.check(ran.code == -9, f"it was not killed: {ran.code}")
    counts.seen["kills"] += ran.code == -9
    place = next((each["place"] for each in ran.trace if each["t"] == "ending"), "")
    counts.strikes[f"{series}: {place}"] += 1
    if series == "apply, apply":
        life.whole(APPLY)
        life.check(life.is_alike(life.dump(), known.applied), "it does not stand as when nothing is killed")
        life.check(life.whole(APPLY) == 0, "what was applied is sent again")
        life.whole(life.undo)
        life.check(life.is_alike(life.dump(), known.undone), "it is not taken back as when nothing is killed")
    elif series == "apply, undo":
        life.whole(life.undo, 0, *((2,) if not life.has_begun else ()))
        back = life.dump()
        life.check(life.is_back(back, known.begun), "it does not stand as before")
        life.check(
            life.whole(life.undo, 0, *((2,) if not life.has_begun else ())) == 0, "another undo last sends something"
        )
        if life.has_done:
            life.check(life.whole(APPLY, REFUSED) == 0, "what was taken back is applied again")
        else:
            life.whole(APPLY)
            life.check(life.is_alike(life.dump(), known.applied), "it is not applied as when nothing is killed")
    elif series == "undo, undo":
        life.whole(life.undo)
        life.check(life.is_alike(life.dump(), known.undone), "it is not taken back as when nothing is killed")
        life.check(life.whole(life.undo) == 0, "another undo last sends something")
        life.check(life.whole(APPLY, REFUSED) == 0, "what was taken back is applied again")
    else:
        stood = life.dump()
        life.check(life.whole(APPLY, 0, REFUSED) == 0, "apply sends again what was sent")
        life.check(life.dump() == stood, "apply changes what it sent before")
        life.whole(life.undo)
        life.check(life.is_alike(life.dump(), known.undone), "it is not taken back as when nothing is killed")
        life.check(life.whole(life.undo) == 0, "another undo last sends something")
    counts.steps += 1
    if not life.complaints:
        return []
    return [f"{series}, killed at {point} ({place}): {each}" for each in life.complaints] + life.story


def _values(dump: Dump) -> dict[str, Values]:
    return {target: row[0] for target, row in dump.items()}
