"""Plans, edits by others, faults, kill -9, resume, undo, undo of undo: at random, judged by a model.

A rule of the machine is a step. Every call of kb is watched by a referee (torture_kit.changes_referee),
and after every step both systems must hold what the model says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from changes.site import accepted
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from torture_kit import changes_orders as orders
from torture_kit import changes_stand
from torture_kit.changes_book import Book, Counts
from torture_kit.changes_referee import Referee, named_by
from torture_kit.changes_results import REFUSED, finish
from torture_kit.changes_stand import Ran, Stand
from torture_kit.changes_truth import Esa, Post, Redmine, Row, same

from kb.model.plan import Plan, new_plan
from kb.plan.file.render import render_plan

Back = list[tuple[str, str, Any, Any]]


@dataclass(slots=True)
class Planned:
    """A plan, and the run that applied it if one began to."""

    file: str
    plan: Plan = field(repr=False)
    book: Book | None = field(default=None, repr=False)
    ended: bool = False


@dataclass(slots=True)
class Undoing:
    """A run that takes another one back: what it had to do when it began."""

    of: Book
    back: Back = field(repr=False)
    book: Book = field(default_factory=Book)
    ended: bool = False


class Machine(RuleBasedStateMachine):
    """One team's life with kb. `stand` and `counts` are set by whoever runs it; `mutant` is a planted mistake."""

    stand: ClassVar[Stand]
    counts: ClassVar[Counts]
    mutant: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__()
        self.plans: list[Planned] = []
        self.undoings: list[Undoing] = []
        self.skipped = 0.0
        self.known = set(orders.POSTS)
        self.since_sync = self.again = self.refused = 0
        self.hold_until = 0.0
        self.mixed = False
        self.strangers: set[int] = set()
        self.story: list[str] = []

    @initialize(
        noop=st.booleans(), decodes=st.booleans(), archives=st.booleans(), lag=st.booleans(), limit=st.booleans(),
        move=st.sampled_from(((False, 0), (False, 0), (True, 0), (False, 1))),
    )  # fmt: skip
    def begin(self, noop: bool, decodes: bool, archives: bool, lag: bool, limit: bool, move: tuple[bool, int]) -> None:
        """A new team, in an esa that is one way or another where esas differ."""
        self.stand.fresh()
        self.stand.sandbox.toggles(
            system="esa",
            noop_revises=noop,
            title_entities="decoded" if decodes else "as sent",
            archive_status=200 if archives else 404,
            index_lag_s=5 if lag else 0,
            rate_limit=25 if limit else 0,
            move_revises=move[0],
            move_touches=move[0],
            move_stops_after=move[1],
        )
        rows: list[Row] = list(orders.rows())
        self.esa, self.redmine = Esa.of(rows), Redmine.of(rows)
        self.esa.noop_revises, self.esa.decodes, self.esa.archives = noop, decodes, archives
        self.esa.move_revises, self.esa.move_stops_after = move

    # -- people ----------------------------------------------------------------------------------

    @rule(edits=st.lists(st.one_of(orders.post_edits(), orders.post_edits(), orders.ticket_edits()), min_size=1,
                         max_size=3), seconds=st.sampled_from((0, 1, 6, 4000)))  # fmt: skip
    def others_edit(self, edits: list[dict[str, Any]], seconds: int) -> None:
        """Other people edit, loudly or not, and time passes."""
        self.step()
        for edit in edits:
            self.edit(edit)
        if seconds:
            self.pass_time(seconds)

    def pass_time(self, seconds: int) -> None:
        """Let time pass, for kb and for the systems."""
        self.skipped += seconds
        self.stand.sandbox.clock(advance_s=seconds)

    def edit(self, edit: dict[str, Any]) -> None:
        """One edit by somebody else, where it can be made."""
        number, system = edit["number"], edit["system"]
        whole = system == "esa" and edit["action"] == "rename-category"
        if system == "esa" and not whole and self.esa.posts[number].live is (edit["action"] == "restore"):
            return
        order = dict(edit)
        if "title" in edit["fields"]:
            order["fields"] = {**edit["fields"], "title": edit["fields"]["title"].format(n=number)}
        self.strangers |= named_by(order, self.esa)
        (self.esa if system == "esa" else self.redmine).edit(order)
        self.story.append(f"~ {order}")
        if system == "redmine":
            order["id"] = order.pop("number")
        self.stand.sandbox.edit(order.pop("system"), order.pop("action"), **order)

    @precondition(lambda self: self.since_sync > 5)
    @rule()
    def sync(self) -> None:
        """The mirror catches up."""
        self.step()
        self.since_sync = 0
        if self.hold_until > changes_stand.EPOCH + self.skipped:
            self.pass_time(4000)
        ran = self.stand.run(["sync"], self.skipped)
        assert (ran.code, ran.trace[-1]["code"]) == (0, 0), ran.err
        self.skipped += sum(event["seconds"] for event in ran.trace if event["t"] == "wait")
        self.known = {number for number, post in self.esa.posts.items() if post.live}
        self.strangers.clear()

    # -- plans -----------------------------------------------------------------------------------

    def plan(self, data: st.DataObject) -> Planned | None:
        """Decisions about some posts or tickets as they stand, most of them accepted."""
        live, fresh = self.live(), f"移動先{len(self.plans)}"
        kinds = (orders.post_plans(live, fresh), orders.category_plans(live, fresh), orders.name_plans(live, fresh))
        kind = data.draw(st.sampled_from((0,) * 7 + (1, 1, 2) + (3,) * 5))
        changes = data.draw(orders.ticket_plans(self.redmine, len(self.plans)) if kind == 3 else kinds[kind])
        if not changes:
            return None
        self.mixed |= kind == 2  # from here on posts may want each other's names
        self.pass_time(1)
        now = datetime.fromtimestamp(changes_stand.EPOCH + self.skipped, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        seen = f"2026-11-20T00:{len(self.plans):02d}:00Z"  # two plans that say the same are two all the same
        changes = [replace(each, seen=replace(each.seen, updated_at=seen)) for each in changes]
        plan = new_plan("docs", now, "0.1", changes, redmine=self.stand.sandbox.redmine)
        accepted = tuple(
            replace(each, accept=bool(kind in (1, 2)) or data.draw(st.sampled_from((True,) * 4 + (False,))))
            for each in plan.changes
        )
        planned = Planned(f"plan{len(self.plans)}.toml", replace(plan, changes=accepted))
        self.plans.append(planned)
        self.write(planned)
        return planned

    def live(self) -> dict[int, Post]:
        """The posts the mirror knows, as they stand."""
        return {n: post for n, post in self.esa.posts.items() if post.live and n in self.known}

    def write(self, planned: Planned) -> None:
        """Write a plan to its file."""
        (self.stand.folder / planned.file).write_text(render_plan(accepted(planned.plan)), encoding="utf-8")

    @precondition(lambda self: any(not all(each.accept for each in planned.plan.changes) for planned in self.plans))
    @rule(data=st.data())
    def accept_more(self, data: st.DataObject) -> None:
        """Somebody changes their mind about some changes of a plan, and applies it."""
        self.step()
        some = [each for each in self.plans if not all(change.accept for change in each.plan.changes)]
        planned = data.draw(st.sampled_from(some))
        changes = tuple(replace(each, accept=True) for each in planned.plan.changes)
        planned.plan = replace(planned.plan, changes=changes)
        self.write(planned)
        self.apply(planned, data)

    # -- kb --------------------------------------------------------------------------------------

    @rule(data=st.data())
    def apply_a_new_plan(self, data: st.DataObject) -> None:
        """Make a plan and apply it, others being there in between or not."""
        self.step()
        planned = self.plan(data)
        for edit in data.draw(st.lists(orders.post_edits(), max_size=2)):
            self.edit(edit)
        if planned is not None:
            self.apply(planned, data)

    @rule(data=st.data())
    def apply_another_plan(self, data: st.DataObject) -> None:
        """The same: it is what people do most."""
        self.apply_a_new_plan(data)

    @precondition(lambda self: any(each.book and not each.ended for each in self.plans))
    @rule(data=st.data())
    def go_on(self, data: st.DataObject) -> None:
        """Apply a plan once more that was not applied to its end."""
        self.step()
        self.apply(data.draw(st.sampled_from([each for each in self.plans if each.book and not each.ended])), data)

    @precondition(lambda self: sum(each.ended for each in self.plans) > self.again)
    @rule(data=st.data())
    def apply_again(self, data: st.DataObject) -> None:
        """Apply a plan once more that was."""
        self.step()
        self.again += 1
        self.apply(data.draw(st.sampled_from([each for each in self.plans if each.ended])), data)

    @precondition(lambda self: len(self.backs()) > self.refused)
    @rule(data=st.data())
    def apply_what_was_taken_back(self, data: st.DataObject) -> None:
        """Apply a plan once more of which something was taken back: nothing may be sent."""
        self.step()
        self.refused += 1
        self.apply(data.draw(st.sampled_from(self.backs())), data)

    def backs(self) -> list[Planned]:
        """The plans of which something was taken back."""
        return [each for each in self.plans if each.book and self.taken_back(each.book)]

    def apply(self, planned: Planned, data: st.DataObject) -> None:
        """Apply a plan, for the first time or again, in bad weather."""
        if not planned.plan.accepted:
            return
        began = planned.book is not None
        book = planned.book or Book()
        taken_back = began and self.taken_back(book)
        unknown = any(
            each.target.startswith("esa:") and each.number not in self.known for each in planned.plan.accepted
        )

        def begin(referee: Referee) -> Book:
            want = {each.identity for each in planned.plan.accepted}
            if set(referee.decisions) != want:
                referee.complain(f"{set(referee.decisions)} is decided, not {want}")
            return book

        system = planned.plan.changes[0].source.value
        argv = ["apply", planned.file, "--allow", "1000"]
        planned.ended = bool(self.call(argv, begin, system, data, refused=lambda: taken_back or unknown))
        if book.name:
            planned.book = book
            self.counts.seen["runs that were resumed"] += began

    @precondition(lambda self: any(p.book and p.book.writes for p in self.plans))
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        """Take a run back, or the taking back of one, for the first time or again, in bad weather."""
        self.step()
        some = [(each.of, each) for each in self.undoings if not each.ended]
        if not some or data.draw(st.booleans()):
            books = [each.book for each in self.plans if each.book and each.book.writes]
            books += [each.book for each in self.undoings if each.book.writes]
            of = data.draw(st.sampled_from(books))
        else:
            of = some[-1][0]
        now: list[Undoing] = []

        def begin(referee: Referee) -> Book:
            back, before = of.back(), self.undoing(of)
            now.append(before or Undoing(of, back))
            want = [(target, key, value) for target, key, value, _ in back]
            got = [(each.target, *item) for each in referee.planned or () for item in each.before.items()]
            if len(want) != len(got) or any(
                one[:2] != other[:2] or not same(one[1], one[2], other[2]) for one, other in zip(want, got, strict=True)
            ):
                referee.complain(f"taking back {got} instead of {want}")
            self.counts.seen["undoings that were resumed"] += before is not None
            return now[0].book

        def refused() -> bool:
            before = self.undoing(of)
            return before is not None and self.taken_back(before.book)

        system = of.writes[0].target.split(":")[0]
        ended = self.call(["undo", of.name], begin, system, data, refused=refused, of=of)
        if now and now[0].book.name:
            now[0].ended = now[0].ended if ended is None else ended
            now[0].book.undoes = of.name
            if now[0] not in self.undoings:
                self.undoings.append(now[0])
            self.counts.seen["undoings of undoings"] += bool(of.undoes)

    def undoing(self, of: Book) -> Undoing | None:
        """The newest run that began to take a run back as it stands now, unless it was taken back whole."""
        back = of.back()
        found = next((each for each in reversed(self.undoings) if each.of is of and each.back == back), None)
        return None if found is not None and self.taken_back_whole(found.book) else found

    def taken_back(self, book: Book) -> bool:
        """Whether something of a run was taken back, and that was not taken back whole."""
        return any(
            each.of is book and each.book.dones() and not self.taken_back_whole(each.book) for each in self.undoings
        )

    def taken_back_whole(self, book: Book) -> bool:
        """Whether a run was taken back by one that came to its end and still stands."""
        standing = [
            each for each in self.undoings
            if each.of is book and each.book.dones() and not self.taken_back_whole(each.book)
        ]  # fmt: skip
        return bool(standing) and standing[-1].ended

    def call(
        self,
        argv: list[str],
        begin: Callable[[Referee], Book],
        system: str,
        data: st.DataObject,
        *,
        refused: Callable[[], bool],
        of: Book | None = None,
    ) -> bool | None:
        """One call of kb, watched; whether it came to its end, None where its journal says nothing of that."""
        as_json, at_once = data.draw(st.booleans()), data.draw(st.sampled_from((2, 50)))
        happenings, ends = data.draw(orders.happenings(system)), data.draw(orders.endings())
        argv = [*argv, "--yes", *(["--json"] if as_json else [])]
        ran = self.stand.run(argv, self.skipped, self.mutant, happenings=happenings, ends=ends, at_once=at_once)
        referee = Referee(
            self.esa, self.redmine, self.counts, begin, of, at_once, self.mixed, self.strangers,
            hold_until=self.hold_until,
        )  # fmt: skip
        referee.watch(ran.trace)
        self.hold_until = referee.hold_until
        self.skipped += referee.skipped_s
        self.counts.calls[argv[0]] += 1
        self.ended(ran, referee, refused=refused(), as_json=as_json)
        self.never_began(referee)
        complaints = referee.complaints + self.esa.differences(self.stand.sandbox.dump("esa"))
        complaints += self.redmine.differences(self.stand.sandbox.dump("redmine"))
        self.story += [f"$ kb {' '.join(argv)}", *(changes_stand.line(event) for event in ran.trace)]
        assert not complaints, "\n".join([*complaints, "", *self.story, ran.err])
        ends = [entry["how"] for entry in referee.entries if entry["what"] == "end"]
        return ends[-1] == "finished" if ends else None

    def ended(self, ran: Ran, referee: Referee, *, refused: bool, as_json: bool) -> None:
        """How a call ended."""
        if ran.code == -9:
            self.counts.seen["kills"] += 1
            for write in referee.book.cut():
                if write.target in referee.strays:
                    referee.book.tell(write, "unknown")
                    self.counts.seen["posts that went along with a category and nobody could tell after a kill"] += 1
        elif ran.code:
            referee.complain(f"the process ended with {ran.code}: {ran.err}")
        elif referee.code == REFUSED:
            self.counts.seen["refused"] += 1
            if not (refused or self.mixed) or referee.entries:
                referee.complain(f"refused for no reason: {ran.err}")
        elif refused:
            referee.complain("should have been refused")
        elif referee.planned is not None and referee.entries:
            finish(referee, ran.out, ran.err, as_json=as_json)
        if any(each["how"] == "interrupt" for each in referee.endings):
            self.counts.seen["interrupts"] += 1
        if any(each["how"] == "full" for each in referee.endings):
            self.counts.seen["full disks"] += 1

    def never_began(self, referee: Referee) -> None:
        """Forget a run whose start failed: it leaves no journal, and another one may get its name."""
        name = referee.book.name
        if not name or (self.stand.folder / ".kb" / "runs" / f"{name}.jsonl").exists():
            return
        if referee.book.writes or any(entry["what"] == "intend" for entry in referee.entries):
            referee.complain(f"{name} has no journal any more")
        referee.book.name = ""
        self.counts.seen["starts that failed and left no journal"] += 1

    def step(self) -> None:
        """Count a step."""
        self.counts.steps += 1
        self.since_sync += 1
