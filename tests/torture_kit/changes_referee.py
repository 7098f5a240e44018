"""Watches one call of `kb apply` or `kb undo` by its trace, and complains of all that should not have been.

The rules it holds kb to:

    nothing is sent that was not looked at since the last wait, the last write to it, the last so many
    writes and the last minute; nothing to which somebody had come before that look
    what is sent is what was decided, those fields and no other, with the run's name; never twice
    the journal has said so before; each request is one the journal explains
    each decision is told of, once, and as it was (torture_kit.changes_results)

It keeps the model of both systems up to date on the way: what others and kb do to them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from torture_kit import changes_results
from torture_kit.changes_book import Book, Counts, Decision, Write, by_target, rest, sent, strike, tupled
from torture_kit.changes_truth import Esa, Redmine, Row, Values, renamed, same

FRESH_S = 60.0
LEAST_WAIT_S = 1.0
"""A shorter pause is none that a look grows old by."""

LONGEST_WAIT_S = 1800
"""A longer wait ends a run."""

KEYS = {"name": "title", "category": "category", "tags": "tags", "wip": "wip"}


@dataclass(frozen=True, slots=True)
class Look:
    """How a target stood when kb looked (None: it was not there), and when that was.

    `by_kb`: its last revision is kb's; `goes_on`: a person has written into a ticket that the work goes on; `edits`:
    how often people have edited it.
    """

    values: Values | None
    revision: int
    by_kb: bool
    goes_on: bool
    edits: int
    at: float
    writes: int
    waits: int
    seq: int


@dataclass(slots=True)
class Attempt:
    """One request that wanted to write to a target. `status` is None when no answer came."""

    seq: int
    status: int | None
    taken: bool
    answered: bool
    write: Write | None = None
    noop: bool = False


@dataclass(slots=True)
class Referee:
    """One call. `book` is that of its run; `at_once` is how many writes a look is good for.

    Taking a run back (`undone`) begins with what was left open of that run. `begin` is asked for the book when the
    plan is known. `mixed` says that posts may want each other's names; `strangers` are posts that others have
    named or moved since kb's mirror saw them.
    """

    esa: Esa
    redmine: Redmine
    counts: Counts
    begin: Callable[[Referee], Book]
    undone: Book | None = None
    at_once: int = 50
    mixed: bool = False
    strangers: set[int] = field(default_factory=set)
    book: Book = field(default_factory=Book)
    complaints: list[str] = field(default_factory=list)
    decisions: dict[str, Decision] = field(default_factory=dict)
    planned: list[Decision] | None = None
    entries: list[Row] = field(default_factory=list)
    attempts: dict[str, list[Attempt]] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    reads: dict[str, Look] = field(default_factory=dict)
    category_looks: dict[str, dict[str, Look]] = field(default_factory=dict)
    intents: dict[str, Row] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    strays: set[str] = field(default_factory=set)
    endings: list[Row] = field(default_factory=list)
    late: list[Row] = field(default_factory=list)
    code: int | None = None
    skipped_s: float = 0.0
    breaks: bool = False
    hold_until: float = 0.0
    _asked: Callable[[bool], None] | None = None
    _read: Row = field(default_factory=dict)
    _last: list[Attempt] = field(default_factory=list)
    _seq: int = 0
    _writes: int = 0
    _waits: int = 0
    _now: float = 0.0

    def watch(self, trace: Iterable[Row]) -> None:
        """Follow a trace to its end."""
        if self.undone is not None:
            self._open(self.undone)
        for event in trace:
            self._seq += 1
            self._now = event["now"]
            self.breaks |= self.hold_until - self._now > LONGEST_WAIT_S
            getattr(self, f"on_{event['t']}")(event)

    def complain(self, text: str) -> None:
        """Note what should not have been."""
        self.complaints.append(text)

    # -- what happens ----------------------------------------------------------------------------

    def on_plan(self, event: Row) -> None:
        """What kb takes for decided."""
        self.planned = [Decision.of(row) for row in event["changes"]]
        self.decisions = {each.identity: each for each in self.planned}
        self.entries = []
        self._open(self.begin(self))
        self.book.decisions |= self.decisions

    def _open(self, book: Book) -> None:
        self.book = book
        for write in book.cut():
            write.answered = False  # whoever knew the answer was killed

    def on_edit(self, event: Row) -> None:
        """Somebody else was there."""
        order = event["order"]
        if event["made"]:
            self.strangers |= named_by(order, self.esa)
            (self.esa if order["system"] == "esa" else self.redmine).edit(order)
            self.counts.seen["edits by others while kb ran"] += 1

    def on_wait(self, event: Row) -> None:
        """kb waits, and all that it has seen grows old."""
        self.skipped_s += event["seconds"]
        self._waits += event["seconds"] >= LEAST_WAIT_S

    def on_jump(self, event: Row) -> None:
        """Time passes."""
        self.skipped_s += event["seconds"]

    def on_ending(self, event: Row) -> None:
        """The run is killed, interrupted, or finds the disk full."""
        self.endings.append(event)
        if any(entry["what"] == "end" for entry in self.entries):
            self.late.append(event)

    def on_exit(self, event: Row) -> None:
        """The command has ended by itself."""
        self.code = event["code"]

    def on_entry(self, event: Row) -> None:
        """The journal says something; what came of targets is judged elsewhere."""
        entry = event["entry"]
        self.book.name = self.book.name or event["run"]
        if event["run"] != self.book.name:
            self.complain(f"a run was begun anew as {event['run']}: {self.book.name} was there")
        self.entries.append(entry)
        if entry["what"] == "read":
            self._read = entry
        elif entry["what"] == "intend":
            self._intend(entry)
        elif entry["what"] in (*changes_results.CAME, "limited"):
            changes_results.judge(self, entry)

    def _intend(self, entry: Row) -> None:
        if entry["target"] in self.strays:
            self.book.open.add(entry["target"])
            return
        look = self.look_of(entry["target"], entry)
        before = tupled(entry["before"])
        if look is None or look.values is None:
            self.complain(f"{entry['target']}: an intent of what was not looked at")
        elif any(not same(key, value, look.values[key]) for key, value in before.items()):
            self.complain(f"{entry['target']}: the journal says {before}, it stood as {look.values}")
        self.intents[entry["target"]] = entry
        self.book.open.add(entry["target"])

    def look_of(self, target: str, entry: Row) -> Look | None:
        """The look a write goes by: that of its category where it is moved as a whole."""
        if not entry.get("whole"):
            return self.looks.get(target)
        found = [each[target] for each in self.category_looks.values() if target in each]
        return found[-1] if found else None

    def there(self, target: str) -> bool:
        """Whether a post is there at this moment."""
        return target.startswith("redmine:") or self.esa.posts[int(target.split(":")[1])].live

    def stands(self, write: Write) -> bool:
        """Whether a post is still where it was moved to."""
        post = self.esa.posts[int(write.target.split(":")[1])]
        return post.live and post.values["category"] == write.after["category"]

    def last_look(self, target: str) -> Look | None:
        """The last look at a target, alone or with its category."""
        found = [each[target] for each in (self.looks, *self.category_looks.values()) if target in each]
        return max(found, key=lambda look: look.seq, default=None)

    # -- requests --------------------------------------------------------------------------------

    def on_send(self, event: Row) -> None:
        """A request leaves."""
        if event["fault"]:
            self.counts.strikes[strike(event["fault"])] += 1
        path = event["path"]
        self._asked = None
        if event["method"] != "GET":
            self._on_write(event)
        elif path.endswith("/user") or path.endswith("/users/current.json") or path.endswith("/my/account.json"):
            pass
        elif event["system"] == "redmine":
            self._on_redmine_read(event)
        elif (found := re.search(r"/posts/(\d+)(/revisions/\d+)?$", path)) is not None:
            self._on_single(int(found[1]), is_revision=bool(found[2]))
        elif path.endswith("/categories/paths"):
            self._explained(bool(self._read.get("counts")), "a look at the categories")
        elif (found := re.search(r'in:"([^"]*)"', event["query"])) is not None:
            self._on_category(found[1])
        else:
            numbers = [int(each) for each in re.findall(r"number:(\d+)", event["query"])]
            self._explained(set(numbers) <= set(self._read.get("numbers", ())), f"a look at {numbers}")
            self._asked = lambda ok: self._looked("esa", numbers) if ok else None

    def on_got(self, event: Row) -> None:
        """An answer: of a read, what was asked for was seen."""
        if event["on"] == "write":
            for attempt in self._last:
                attempt.status = event["status"]
        if self._asked is not None:
            self._asked(event["status"] == 200)

    def on_lost(self, event: Row) -> None:
        """No answer came, or none that can be read."""
        self._asked = None

    def _on_single(self, number: int, *, is_revision: bool) -> None:
        target = f"esa:{number}"
        tried = target in self.attempts or target in self.book.open
        if is_revision:
            self._explained(tried, f"a look at the past of {target}")
            return
        self._explained(tried or number in self._read.get("numbers", ()), f"a look at {target}")
        self._asked = lambda ok: self._looked("esa", [number])

    def _on_category(self, category: str) -> None:
        self._explained(self._read.get("category") == category, f"a look at the category {category}")

        def seen(ok: bool) -> None:
            if ok:
                inside = {f"esa:{number}": self._look(f"esa:{number}") for number in self.esa.below(category)}
                self.category_looks.pop(category, None)
                self.category_looks[category] = inside

        self._asked = seen

    def _on_redmine_read(self, event: Row) -> None:
        if (found := re.search(r"/issues/(\d+)\.json$", event["path"])) is not None:
            target = f"redmine:{found[1]}"
            named = int(found[1]) in self._read.get("numbers", ())
            self._explained(named or target in self.book.open, f"a look at the notes of {target}")
            self._asked = lambda ok: self.reads.update({target: self._look(target)}) if ok else None
            return
        found = re.search(r"issue_id=([\d,]+)", event["query"])
        numbers = [int(each) for each in found[1].split(",")] if found else []
        self._explained(set(numbers) <= set(self._read.get("numbers", ())), f"a look at the tickets {numbers}")
        self._asked = lambda ok: self._looked("redmine", numbers) if ok else None

    def _explained(self, ok: bool, what: str) -> None:
        if not ok:
            self.complain(f"{what} that the journal does not explain")

    def _looked(self, system: str, numbers: Iterable[int]) -> None:
        for number in numbers:
            self.looks[f"{system}:{number}"] = self._look(f"{system}:{number}")

    def _look(self, target: str) -> Look:
        system, number = target.split(":")
        values, revision, by_kb, goes_on, edits = None, 0, False, False, 0
        if system == "esa":
            post = self.esa.posts.get(int(number))
            if post is not None and post.live:
                values, revision, by_kb = dict(post.values), post.revision, post.by_kb
        elif int(number) in self.redmine.tickets:
            ticket = self.redmine.tickets[int(number)]
            values, goes_on, edits = dict(ticket.values), ticket.goes_on, ticket.edits
        return Look(values, revision, by_kb, goes_on, edits, self._now, self._writes, self._waits, self._seq)

    def contradicted(self, decision: Decision) -> bool:
        """Whether the text of a target that a person edited since speaks against a decision, as kb has read it.

        No post here is an incident page, so none is done; every one is written, so all can be shipped.
        """
        if decision.kind == "close":
            read = self.reads.get(decision.target)
            return read is not None and read.goes_on
        look = self.looks.get(decision.target)
        if decision.kind != "done" or look is None or look.values is None:
            return False
        alone = look.by_kb and look.revision == decision.revision + 1
        return look.revision != decision.revision and not alone

    # -- writes ----------------------------------------------------------------------------------

    def _on_write(self, event: Row) -> None:
        path, body = event["path"], event["body"] or {}
        if path.endswith("/categories/batch_move"):
            self._move(event, body["from"], body["to"])
        else:
            number = int(re.findall(r"\d+", path.removesuffix("/archive"))[-1])
            self._write(event, f"{event['system']}:{number}", body)
        self._writes += 1

    def _write(self, event: Row, target: str, body: Row) -> None:
        way = {"PATCH": "patch", "PUT": "put"}.get(event["method"], "archive")
        look, number = self.looks.get(target), int(target.split(":")[1])
        fields = self._fields(target, way, body)
        decided = [each for each in self.of(target) if not self.over(each.identity)]
        if look is None or look.values is None:
            self.complain(f"{target} was written to without a look")
            look = self._look(target)
        self._fresh(target, look)
        values = look.values or {}
        kept = [each for each in rest(decided, values) if each.sets and not self.contradicted(each)] if values else []
        wanted = sent(kept)
        if way == "archive":
            fields = {"category": wanted.get("category")}
        if not decided:
            self.complain(f"{target} was sent {fields} once more")
        elif not wanted or all(same(key, value, values[key]) for key, value in wanted.items()):
            self.complain(f"{target} was sent {fields}, and there was nothing to send: {values}")
        elif fields.keys() != wanted.keys() or any(not same(key, fields[key], wanted[key]) for key in wanted):
            self.complain(f"{target} was sent {fields} instead of {wanted}")
        self._announced(target, wanted)
        was, states = self._look(target), self.redmine.stand()
        status, taken, answered = self._answer(event, lambda: self._carry_out(way, number, body))
        attempt = Attempt(self._seq, status, taken, answered)
        if taken and way != "put" and self._look(target).revision == was.revision:
            attempt.taken, attempt.noop = False, True  # somebody had set just that, and this esa makes nothing of it
        elif taken:
            before = {key: each.before[key] for each in kept for key in each.sets}
            write = Write(
                target, way, tuple(each.identity for each in kept), before, wanted,
                {key: values.get(key) for key in wanted}, was.values or {}, was.revision != look.revision, answered,
            )  # fmt: skip
            write.became = self._look(target).values or {}
            write.again = any(target == each for one in self.book.writes for each, _, _ in one.along)
            write.crossed |= was.edits != look.edits
            write.along = [
                (f"redmine:{each}", states[each], now)
                for each, now in self.redmine.stand().items()
                if states[each] != now and each != number and way == "put"
            ]
            self._count_window(write)
            if any(not same(key, value, write.became[key]) for key, value in wanted.items()):
                self.counts.seen["changes that Redmine answered with 204 and did not make"] += 1
            attempt.write = write
            self.book.writes.append(write)
            self._named(target, write)
            self._along(write, kept)
        self.attempts.setdefault(target, []).append(attempt)
        self._last = [attempt]

    def over(self, identity: str) -> bool:
        """Whether a decision is done with, in this call at least."""
        return self.book.finished(identity) or identity in self.told

    def of(self, target: str) -> list[Decision]:
        """The decisions about one target."""
        return by_target(self.decisions.values()).get(target, [])

    def _fields(self, target: str, way: str, body: Row) -> Values:
        """What a request sets, by kb's own names; its message or note is looked at."""
        if way == "put":
            issue = body["issue"]
            lines = str(issue.get("notes", "")).split("\n")
            if lines[-1] != f"kb {self.book.name}":
                self.complain(f"the note on {target} does not name the run: {lines}")
            named = {"status_id": "status", "assigned_to_id": "assignee", "notes": "notes"}
            if unknown := issue.keys() - named.keys():
                self.complain(f"{target} was sent {unknown}")
            found = {named[key]: value for key, value in issue.items() if key != "notes"}
            if "status" in found:
                found["status"] = self.redmine.statuses[int(found["status"])]
            if "assignee" in found:
                found["assignee"] = self.redmine.person(found["assignee"])
            return found
        post = body["post"]
        message = str(post.get("message", ""))
        if not message.startswith(f"kb {self.book.name} ") or not message.endswith("[skip notice]"):
            self.complain(f"the message of {target} is {message!r}")
        if unknown := post.keys() - KEYS.keys() - {"message"}:
            self.complain(f"{target} was sent {unknown}")
        return tupled({KEYS[key]: value for key, value in post.items() if key in KEYS})

    def _fresh(self, target: str, look: Look) -> None:
        last = self.attempts.get(target)
        if look.waits < self._waits:
            self.complain(f"{target} was written to after a wait, on a look before it")
        if self._now - look.at > FRESH_S:
            self.complain(f"{target} was written to {self._now - look.at:.0f} s after the look")
        if last and look.seq < last[-1].seq:
            self.complain(f"{target} was written to again without a look")
        if self._writes - look.writes >= self.at_once:
            self.complain(f"{target} was written to {self._writes - look.writes} writes after the look")

    def _announced(self, target: str, wanted: Values) -> None:
        """The journal must have said what is about to be sent, and said nothing of what came of it yet."""
        entry = self.intents.get(target)
        said = tupled(entry["after"]) if entry else {}
        if entry is None or said.keys() != wanted.keys() or any(not same(k, said[k], wanted[k]) for k in wanted):
            self.complain(f"{target} was written to, and the journal had said {said or 'nothing'}")

    def _answer(self, event: Row, act: Callable[[], int]) -> tuple[int | None, bool, bool]:
        """Status, whether the system has taken it, and whether that can be read from the answer."""
        kind = (event["fault"] or {}).get("kind", "")
        if kind.isdigit() or kind == "reset":
            asked = event["fault"].get("seconds", 0)
            self.breaks |= kind in ("401", "402", "403") or asked > LONGEST_WAIT_S
            if kind == "429":
                self.hold_until = max(self.hold_until, self._now + asked)
            return (int(kind) if kind.isdigit() else None), False, kind.isdigit()
        status = act()
        taken, answered = status in (200, 204), kind in ("", "slow", "content-type")
        return (status if answered else None), taken, answered

    def _carry_out(self, way: str, number: int, body: Row) -> int:
        if way == "patch":
            return self.esa.patch(number, body["post"])
        return self.esa.archive(number) if way == "archive" else self.redmine.put(number, body["issue"])

    def _count_window(self, write: Write) -> None:
        if write.crossed:
            self.counts.seen["edits inside the window"] += 1
        elif write.overwritten:
            self.counts.seen[f"edits inside the window that {write.target.split(':')[0]} does not show"] += 1

    def _along(self, write: Write, kept: Iterable[Decision]) -> None:
        """No ticket is closed along that nobody decided on, unless it was closed when kb looked."""
        decided = {each for one in kept for each in one.along} | {one.target for one in self.decisions.values()}
        for each, _, _ in write.along:
            look = self.looks.get(each)
            if each not in decided and (look is None or look.values["status"] not in self.redmine.closed):
                self.complain(f"{each} was closed along with {write.target}, and nobody decided on that")

    def unforeseen(self, target: str) -> bool:
        """Whether closing a ticket would close one that nobody decided on, as they stood when kb looked."""
        decided = {each for one in self.of(target) for each in one.along}
        decided |= {one.target for one in self.decisions.values()}
        return any(
            f"redmine:{each}" not in decided
            and (look := self.looks.get(f"redmine:{each}")) is not None
            and look.values["status"] not in self.redmine.closed
            for each in self.redmine.duplicates(int(target.split(":")[1]))
        )

    def _named(self, target: str, write: Write) -> None:
        """No post gets a name that another post of the plan has not given up yet."""
        if write.way == "put":
            return
        mine = self.esa.posts[int(target.split(":")[1])]
        for number, post in self.esa.posts.items():
            other = f"esa:{number}"
            holds = post.live and other != target and post.name == mine.name
            if not holds or {number, mine.number} & self.strangers:
                continue
            if any("title" in each.sets and each.before["title"] == post.values["title"] for each in self.of(other)):
                self.complain(f"{target} was given the name that {other} still has: {mine.name}")

    def _move(self, event: Row, source: str, target: str) -> None:
        """A whole category: all its posts were looked at, all were decided on, and the target was empty."""
        looks, there = self.category_looks.get(source), self.category_looks.get(target)
        if looks is None or there is None:
            self.complain(f"{source} was moved without a look at it and at {target}")
            looks, there = looks or {}, there or {}
        if there:
            self.complain(f"{source} was moved to {target}, where there is something already")
        for each, look in looks.items():
            self._fresh(each, look)
            decided = [one for one in self.of(each) if not self.over(one.identity) and one.sets]
            values = look.values or {}
            wanted = {"category": renamed(values["category"], source, target)}
            if sent(decided) != wanted or any(one.touched(values) for one in decided):
                self.complain(f"{each} was moved along with {source}, and was not decided on")
            self._announced(each, wanted)
        was = {f"esa:{number}": self._look(f"esa:{number}") for number in self.esa.below(source)}
        status, _, answered = self._answer(event, lambda: self.esa.move(source, target))
        self._last = []
        for each in sorted(looks.keys() | was.keys()):
            stood, now = was.get(each), self._look(each)
            moved = stood is not None and now.values is not None and now.values != stood.values
            attempt = Attempt(self._seq, status, moved, answered)
            if moved and stood is not None:
                attempt.write = self._moved(each, looks.get(each), stood, now)
            self.attempts.setdefault(each, []).append(attempt)
            self._last.append(attempt)

    def _moved(self, target: str, look: Look | None, stood: Look, now: Look) -> Write:
        """What a moved category did to one of its posts; a stray is one that was elsewhere when kb looked."""
        values, became = stood.values or {}, now.values or {}
        before = {"category": values["category"]}
        ids: tuple[str, ...] = ()
        if look is None or (look.values or {})["category"] != values["category"]:
            self.strays.add(target)
            self.counts.seen["posts that came into a category while it was moved"] += 1
        else:
            ids = tuple(one.identity for one in self.of(target) if one.sets)
        write = Write(
            target, "move", ids, before, {"category": became["category"]}, before, values,
            look is not None and stood.revision != look.revision, False,
        )  # fmt: skip
        write.became = became
        self._count_window(write)
        self.book.writes.append(write)
        return write


def named_by(order: Row, esa: Esa) -> set[int]:
    """The posts whose name an edit by somebody else changes."""
    if order["system"] != "esa":
        return set()
    if order["action"] == "rename-category":
        return set(esa.below(order["fields"]["from"]))
    return (
        {order["number"]} if {"title", "category"} & order["fields"].keys() or order["action"] == "restore" else set()
    )
