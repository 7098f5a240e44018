"""Plans: changes to remote systems that a person can read, edit, accept and refuse.

    Change   one decision about one post or ticket: what stands there, what would, and why
    Plan     the changes of one proposal, sorted, with the team they are for
    accepted what is to be sent; what of it nobody has decided on yet is `undecided`

A change's id has two halves, `1f0c22d94ab1-77aa01`. The first is made of what the change was decided
on, and nobody may edit that; the second of what was proposed, which everybody may. So a plan knows
which of its lines a person changed, and refuses those that no longer say what was seen.

Several changes of one plan may concern one post: they are decided one by one, and sent as one request.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol, TypeAlias

from kb.model.document import Source, parse_doc
from kb.model.facts import Confidence
from kb.model.masked import EMPTY, Masked
from kb.text.lang import Text, join_texts, t
from kb.text.lazy_pattern import compile_lazy

PLAN_FORMAT = 1

Value: TypeAlias = str | bool | tuple[str, ...]
Values: TypeAlias = Mapping[str, Value]


_NUMBER = compile_lazy(r"[1-9][0-9]{0,17}")
POST_PATTERN = compile_lazy(r"esa:[1-9][0-9]{0,17}")
TICKET_PATTERN = compile_lazy(r"redmine:[1-9][0-9]{0,17}")
NEW_TICKET_PATTERN = compile_lazy(r"redmine:new-(?P<page>[1-9][0-9]{0,17})-(?P<measure>[0-9a-f]{8})")
"""A ticket that is to be made for a measure of a post: the post's number, and what the measure is known by."""
ANSWER_PATTERN = compile_lazy(r"(?:yes|no) (?:lead )?esa:[1-9][0-9]{0,17}(?:@|#comment-)[1-9][0-9]{0,17}")
"""An answer and where it stands: in a revision (`yes esa:1440@57`) or comment, `lead` where one gave it. No name."""
SCREEN_NAME_PATTERN = compile_lazy(r"[\w.-]{1,100}")
"""A screen name of esa, as it can be called in a post: a heading and a comment hold it without any escaping."""


class ChangeKey(StrEnum):
    """What a change can touch: of a post title, category, tags, WIP; of a ticket status, assignee and who may read it
    and its notes; of both the text.

    A status is written by its name; a person of Redmine as `佐藤 健 #7`, where the number counts; a note by its number,
    `812 private` or `812 public`, where those of the ticket that are not named stay as they are. A new ticket is given
    title, project (its identifier), tracker (its name), due date (ISO, "" for none) and assignee. Of a text there is
    only what stands for it (kb.plan.sections.block): the text itself travels beside. A link, a secret and a mark that
    the page was read are one place in the text of a post; all of one post are sent as its body
    (kb.plan.sections.places). A secret is told by its kind. The number of a ticket behind a measure is one such place,
    too: ` #45`, or ` redmine:new-…` until it is known.
    """

    TITLE = "title"
    CATEGORY = "category"
    TAGS = "tags"
    WIP = "wip"
    STATUS = "status"
    ASSIGNEE = "assignee"
    PRIVATE = "private"
    NOTES = "notes"
    BODY = "body"
    LINK = "link"
    SECRET = "secret"  # noqa: S105  (a key, no value)
    NUMBER = "number"
    PROJECT = "project"
    TRACKER = "tracker"
    DUE = "due"
    MARK = "mark"


PLACE_EDITS = "places"
"""What a text's digest begins with while it is only known which of its places change."""

KEY_TYPES: Mapping[ChangeKey, type] = {
    ChangeKey.TITLE: str,
    ChangeKey.CATEGORY: str,
    ChangeKey.TAGS: tuple,
    ChangeKey.WIP: bool,
    ChangeKey.STATUS: str,
    ChangeKey.ASSIGNEE: str,
    ChangeKey.PRIVATE: bool,
    ChangeKey.NOTES: tuple,
    ChangeKey.BODY: str,
    ChangeKey.LINK: str,
    ChangeKey.SECRET: str,
    ChangeKey.NUMBER: str,
    ChangeKey.PROJECT: str,
    ChangeKey.TRACKER: str,
    ChangeKey.DUE: str,
    ChangeKey.MARK: str,
}

KEY_LABELS: Mapping[ChangeKey, Text] = {
    ChangeKey.TITLE: t("題名", "title"),
    ChangeKey.CATEGORY: t("分類", "category"),
    ChangeKey.TAGS: t("タグ", "tags"),
    ChangeKey.WIP: t("WIP", "WIP"),
    ChangeKey.STATUS: t("状態", "status"),
    ChangeKey.ASSIGNEE: t("担当者", "assignee"),
    ChangeKey.PRIVATE: t("チケットの公開", "readers"),
    ChangeKey.NOTES: t("注記の公開", "readers of notes"),
    ChangeKey.BODY: t("本文", "text"),
    ChangeKey.LINK: t("リンク", "link"),
    ChangeKey.SECRET: t("秘密の値", "secret"),
    ChangeKey.NUMBER: t("チケットの番号", "ticket number"),
    ChangeKey.PROJECT: t("プロジェクト", "project"),
    ChangeKey.TRACKER: t("トラッカー", "tracker"),
    ChangeKey.DUE: t("期日", "due date"),
    ChangeKey.MARK: t("確かめた印", "mark of having been read"),
}
"""What people call them."""

PLACE_KEYS = frozenset({ChangeKey.LINK, ChangeKey.SECRET, ChangeKey.NUMBER, ChangeKey.MARK})
"""Those of one place in the text of a post: all of one post are sent as its body (kb.plan.sections.places)."""
PAGE_KEYS = (ChangeKey.TITLE, ChangeKey.CATEGORY, ChangeKey.TAGS, ChangeKey.WIP, ChangeKey.BODY, *sorted(PLACE_KEYS))
TICKET_KEYS = (ChangeKey.STATUS, ChangeKey.ASSIGNEE, ChangeKey.PRIVATE, ChangeKey.NOTES, ChangeKey.BODY)
NEW_TICKET_KEYS = (ChangeKey.TITLE, ChangeKey.PROJECT, ChangeKey.TRACKER, ChangeKey.DUE, ChangeKey.ASSIGNEE)


def keys_of(target: str) -> tuple[ChangeKey, ...]:
    """Return what a change of a target can touch: tickets are Redmine's alone."""
    if is_new_ticket(target):
        return NEW_TICKET_KEYS
    return TICKET_KEYS if parse_doc(target).source == Source.REDMINE else PAGE_KEYS


def is_new_ticket(target: str) -> bool:
    """Whether this names a ticket that is to be made."""
    return target.startswith("redmine:new-") and NEW_TICKET_PATTERN.fullmatch(target) is not None


def number_of(target: str) -> int:
    """Return a target's number; of a ticket that is to be made one below 0, from which `new_ticket` tells it."""
    found = NEW_TICKET_PATTERN.fullmatch(target) if target.startswith("redmine:new-") else None
    return parse_doc(target).number if found is None else -(int(found["page"]) << 32 | int(found["measure"], 16))


def new_ticket(number: int) -> str:
    """Return the target of a number below 0."""
    return f"redmine:new-{-number >> 32}-{-number & 0xFFFFFFFF:08x}"


def page_of(target: str) -> int:
    """Return the number of the post whose measure a new ticket is for."""
    return -number_of(target) >> 32


def is_target(text: str) -> bool:
    """Whether this names a target: `esa:123`, or a number in another source that plans can be applied to."""
    if is_new_ticket(text):
        return True
    source, _, number = text.partition(":")
    return Source.has(source) and source != Source.FILES and _NUMBER.fullmatch(number) is not None


class Verb(StrEnum):
    """What a change is an instance of: the verb of `kb plan` that proposed it, a publishing, or the undoing of one."""

    DONE = "done"
    RETITLE = "retitle"
    MOVE = "move"
    SHIP = "ship"
    ARCHIVE = "archive"
    LINKS = "links"
    REDACT = "redact"
    RESTRICT = "restrict"
    VERIFY = "verify"
    REASSIGN = "reassign"
    CLOSE = "close"
    TICKETS = "tickets"
    PUBLISH = "publish"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class SeenState:
    """The state of the target a change was decided on: a post's revision (0 for a ticket), when it last moved (UTC).

    Of a link, a secret or a mark also where it stands, 1-based in code points, in a text of which `text` is the digest;
    of a measure's number and ticket where that number goes, and `text` is the digest of its lines alone.
    """

    updated_at: str
    revision: int = 0
    text: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One decision about one post (`esa:123`) or ticket (`redmine:45`).

    `before` and `after` have the same keys. `title` says what the target is called, for the reader;
    `group` is what people decide by, "from → to because" in one line. `note` goes into a ticket as a
    comment. `along` are the tickets Redmine changes with it (duplicates of a ticket that is closed);
    `warning` what could not be found out beforehand. `id` is kept from the file, "" where it is new.
    `hunks` are the lines of a text that change, as a diff. `proposed` is what kb proposed for `accept`: where the two
    differ a person decided. A target with a `secret_title` gets into no plan.

    `owner` says who decides, and is set when the change is proposed: the member (screen name) whose personal page it
    is. Accepting its group passes it over; "" leaves it to the reviewer. `asked` says who was asked, and is set by
    `kb plan share`: the screen name in the checklist, that of `owner` where there is one on the team. `answer` is what
    came of that and where it stands (`ANSWER_PATTERN`), "" while there is none.
    """

    kind: Verb
    target: str
    before: Values
    after: Values
    seen: SeenState
    group: str = ""
    reason: str = ""
    confidence: Confidence = Confidence.HIGH
    accept: bool = True
    title: Masked = EMPTY
    note: str = ""
    along: tuple[str, ...] = ()
    warning: str = ""
    id: str = field(default="", compare=False)
    hunks: tuple[Masked, ...] = field(default=(), compare=False)
    proposed: bool = field(default=True, compare=False)
    secret_title: bool = field(default=False, compare=False)
    asked: str = field(default="", compare=False)
    answer: str = field(default="", compare=False)
    owner: str = field(default="", compare=False)

    @property
    def source(self) -> Source:
        """The system the target is in."""
        return Source(parse_doc(self.target).source)

    @property
    def number(self) -> int:
        """The target's number there (`number_of`)."""
        return number_of(self.target)

    @property
    def creates(self) -> bool:
        """Whether it makes a ticket."""
        return is_new_ticket(self.target)

    @property
    def identity(self) -> str:
        """What the change was decided on, as 12 hex digits: its kind, target, `before` and `seen`."""
        seen = self.seen
        place = [seen.text, seen.line, seen.column] if seen.text else []
        return _digest([self.kind, self.target, _plain(self.before), seen.updated_at, seen.revision, *place], 6)

    @property
    def proposal(self) -> str:
        """What was proposed, as 6 hex digits."""
        return _digest([_plain(self.after), self.note], 3)

    @property
    def own_id(self) -> str:
        """The id this change has when nobody edited it."""
        return f"{self.identity}-{self.proposal}"

    @property
    def current_id(self) -> str:
        """Its id in the file, else the one a new change gets."""
        return self.id or self.own_id

    @property
    def edited(self) -> bool:
        """Whether a person changed `after` or `note` in the file."""
        return bool(self.id) and self.id.partition("-")[2] != self.proposal

    @property
    def decided(self) -> bool:
        """Whether a person decided on this very change, by editing it, by turning it on or off, or on a checklist."""
        return self.edited or self.accept is not self.proposed or bool(self.answer)

    @property
    def sound(self) -> bool:
        """Whether what it was decided on stands as kb wrote it."""
        return not self.id or self.id.partition("-")[0] == self.identity


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes for one team. `created` is UTC; `kb` the version that made it; `redmine` its Redmine's address.

    `proposed` are the `decisions` as they were when kb wrote the plan; `reviewed` the marks of the groups
    somebody has decided on (`digest_group`). `shared` are the posts whose checklists ask about it.
    """

    team: str
    created: str
    kb: str
    changes: tuple[Change, ...]
    redmine: str = ""
    proposed: str = ""
    reviewed: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What the plan is about, whatever was decided or edited since: a hash of all identities, 16 hex digits."""
        return _digest([self.team, self.redmine, *sorted(change.identity for change in self.changes)], 8)

    @property
    def decisions(self) -> str:
        """What is accepted and what would be set: a hash, 8 hex digits."""
        return _digest(sorted([each.identity, each.proposal, each.accept] for each in self.changes), 4)

    @property
    def decided(self) -> bool:
        """Whether anything was decided or edited since kb proposed it; a plan that cannot tell counts as decided."""
        return bool(self.reviewed or self.shared) or self.proposed != self.decisions

    @property
    def accepted(self) -> tuple[Change, ...]:
        """The changes with `accept = true`, decided on or not."""
        return tuple(change for change in self.changes if change.accept)

    @property
    def undecided(self) -> tuple[Change, ...]:
        """The accepted changes that only kb proposed: no group mark and no edit says that a person wants them."""
        waiting = self.open_groups
        return tuple(each for each in self.accepted if each.group in waiting and not each.decided)

    @property
    def open_groups(self) -> frozenset[str]:
        """The groups without a mark that somebody decided on them."""
        marks = frozenset(self.reviewed)
        return frozenset(group for group, changes in self.groups() if digest_group(group, changes) not in marks)

    def groups(self) -> Iterator[tuple[str, tuple[Change, ...]]]:
        """The changes by group, in the plan's order."""
        found: dict[str, list[Change]] = {}
        for change in self.changes:
            found.setdefault(change.group, []).append(change)
        for group, changes in found.items():
            yield group, tuple(changes)


def new_plan(team: str, created: str, kb: str, changes: Iterable[Change], *, redmine: str = "") -> Plan:
    """A plan of new changes: sorted, each once, each with its id."""
    unique = {change.identity: replace(change, id=change.own_id) for change in changes}
    return reset_decisions(Plan(team, created, kb, tuple(sorted(unique.values(), key=sort_key)), redmine))


def reset_decisions(plan: Plan) -> Plan:
    """The plan as one in which nobody has decided anything yet."""
    changes = tuple(replace(each, proposed=each.accept) for each in plan.changes)
    return replace(plan, changes=changes, proposed=plan.decisions)


class GroupMember(Protocol):
    """What a group's mark is made of: what is done, to which target."""

    @property
    def kind(self) -> str: ...

    @property
    def target(self) -> str: ...


def digest_group(group: str, changes: Iterable[GroupMember]) -> str:
    """What says that a group was decided on, 8 hex digits: of its words and targets, whatever is decided of them.

    A group that gets another target, or other words, is to be decided anew.
    """
    return _digest([group, *sorted(f"{change.kind} {change.target}" for change in changes)], 4)


def sort_key(change: Change) -> tuple[object, ...]:
    """What plans are sorted by, so that two of them read alike: system, verb, group, number."""
    seen = change.seen  # a ticket that is made stands above the places that get its number
    return (
        not change.creates,
        change.source,
        list(Verb).index(change.kind),
        change.group,
        change.number,
        seen.line,
        seen.column,
    )


def group_by_target(changes: Iterable[Change]) -> dict[str, tuple[Change, ...]]:
    """The changes of each target, in order: what is sent to it in one request."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.target, []).append(change)
    return {target: tuple(some) for target, some in found.items()}


def merge_values(changes: Iterable[Change]) -> dict[str, Value]:
    """All that these changes of one target set. Places are a text, which stands for itself until it is composed."""
    found: dict[str, Value] = {}
    places: list[object] = []
    for change in changes:
        for key, value in change.after.items():
            if value == change.before[key]:
                continue
            if key in PLACE_KEYS:
                places.append([change.seen.line, change.seen.column, change.before[key], value])
            else:
                found[key] = value
    return found | {ChangeKey.BODY.value: f"{PLACE_EDITS}={_digest(places, 8)}"} if places else found


def label_keys(keys: Iterable[str]) -> Text:
    """Some keys as people call them: 題名、分類."""
    return join_texts(KEY_LABELS[ChangeKey(key)] for key in keys)


def _plain(values: Values) -> list[object]:
    return [[key, list(value) if isinstance(value, tuple) else value] for key, value in sorted(values.items())]


def _digest(parts: object, size: int) -> str:
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()
