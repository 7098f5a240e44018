"""Make tickets, and find by their mark those that were made already.

A POST says 201 also where fields were dropped (measured on Redmine 6.0.5), and a run may be cut off between a POST and
its journal: so each ticket carries the mark of its change, is searched for before it is made, and read back after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from kb.errors import AnswerError, CredentialError, UnreachableError
from kb.mirror.store import Mirror
from kb.model.document import Source
from kb.model.plan import NEW_TICKET_KEYS, ChangeKey, Value, label_keys, new_ticket
from kb.model.request import ChangeRequest, Outcome, RequestPreview, Result, TargetState
from kb.plan.propose.new_ticket import TICKET_MARK, find_words, read_marks
from kb.plan.propose.tickets import choose_withdrawal
from kb.plan.values import differing_keys
from kb.sources.redmine.client import Redmine
from kb.sources.transport.call import Answer
from kb.text.json_fields import int_field, object_field, objects_field, text_field, utc_field
from kb.text.lang import Text, t

CLOCK_MARGIN = timedelta(hours=1)
"""How far a server's clock may be behind that of who made a plan."""

MADE_WITHOUT = t(
    "作りましたが、{keys}は Redmine が受け取りませんでした（ワークフローか権限の設定です）",
    "it was made, but Redmine did not take {keys} (its workflow or the key's rights)",
)
MADE_UNMARKED = t(
    "作りましたが、説明に kb の目印が残っていません。もう一度送る前に、同じチケットがないか確かめてください",
    "it was made, but its description does not hold kb's mark: look for it before anything is sent again",
)
MADE_ELSE = t(
    "Redmine が答えた番号は、題名も目印も違うチケットでした。もう一度送る前に、作られていないか確かめてください",
    "Redmine answered with the number of another ticket, by title and mark: look for it before anything is sent again",
)
MADE_FOR_GOOD = t(
    "作りましたが、このキーの持ち主には終了にできないので、kb undo で戻せるのは番号だけです",
    "it was made, but the key's owner cannot close it: kb undo can take back its number alone",
)
DOUBLED = t(
    "同じ対策のチケットが #{first} と #{made} で重なって開いていて、#{made} を終了にできません（{why}）。"
    "どちらかを終了にしてください",
    "#{first} and #{made} stand open for one measure, and #{made} cannot be closed ({why}): close one of them",
)
WITHDRAWN = t(
    "ほかの人が同時に同じ案を送り、#{first} が先にできたので、#{made} は終了にしました（{mails}）",
    "somebody sent the same plan at the same moment, and #{first} was made first: #{made} was closed ({mails})",
)
WITHDRAWAL_NOTE = t(
    "同じ対策のチケット #{first} が先に作られていたので、終了にします。",
    "#{first} was made for the same measure a moment before: closed.",
)
TOUCHED = t("ほかの人が触っています", "somebody touched it")
NO_CLOSING = t("このキーの持ち主には終了にできません", "the key's owner cannot")
NOT_CLOSED = t("Redmine が終了にしませんでした", "Redmine did not")
MADE_UNREAD = t("作りましたが、読み返せませんでした", "it was made, and could not be read back")
MAY_NOT_CREATE = t("このキーに、チケットを作る権限がありません（403）", "this key may not make tickets (403)")


@dataclass(slots=True)
class NewTickets:
    """The tickets of one run that are to be made. `statuses` are ids by name, `closed` those that close.

    `planned_at` (UTC) is when the plan was made, `user` whose key it is (0: unknown).
    """

    redmine: Redmine
    statuses: Mapping[str, int]
    closed: frozenset[int]
    mirror: Mirror | None
    planned_at: str
    user: int = 0
    _posted: dict[int, int] = field(default_factory=dict)

    def look(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        """Return for each what stands in Redmine under its measure's mark, in `row`."""
        if not numbers:
            return {}
        targets = {number: new_ticket(number) for number in numbers}
        word = find_words(next(iter(targets.values()))) if len(targets) == 1 else TICKET_MARK
        rows = self.redmine.writes.marked(word, self._since())
        rows.sort(key=lambda row: int_field(row.get("id")))  # Redmine copies a ticket with its mark: the original first
        nothing: dict[str, Value] = {key.value: "" for key in NEW_TICKET_KEYS}
        return {
            number: TargetState(nothing, 0, "", row={"marked": [row for row in rows if _is_for(row, target)]})
            for number, target in targets.items()
        }

    def _since(self) -> str:
        try:
            planned = datetime.fromisoformat(self.planned_at) - CLOCK_MARGIN
        except (ValueError, OverflowError):
            return "1970-01-01T00:00:00Z"
        planned = planned.replace(tzinfo=planned.tzinfo or UTC).astimezone(UTC)
        return planned.strftime("%Y-%m-%dT%H:%M:%SZ") if planned.year >= 1970 else "1970-01-01T00:00:00Z"

    def find(self, request: ChangeRequest, now: TargetState) -> TargetState | None:
        """Return the ticket that this change made, else an open one for its measure."""
        marked = objects_field(now.row.get("marked"))
        ours = self._find_ours(request, marked)
        row = ours or next((each for each in marked if not self._is_closed(each)), None)
        return self.state(row) if row is not None else None

    @staticmethod
    def _find_ours(request: ChangeRequest, marked: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        return next((each for each in marked if request.mark in map(str, _marks(each))), None)

    def _is_closed(self, row: Mapping[str, Any]) -> bool:
        status = object_field(row.get("status"))
        return status.get("is_closed") is True or int_field(status.get("id")) in self.closed

    def send(self, request: ChangeRequest) -> Result | Answer:
        """Make a ticket; return the result, or an answer that refuses it for any ticket's reasons."""
        fields = self._fields(request)
        if isinstance(fields, Text):
            return Result(Outcome.SKIPPED, fields)
        try:
            with self.redmine.access.writing():
                answer = self.redmine.writes.create(fields)
        except CredentialError as error:
            return Result(Outcome.LIMITED, trouble=error)
        except (UnreachableError, AnswerError) as error:
            return Result(Outcome.UNKNOWN, error.what, unread=isinstance(error, AnswerError))
        return self._came(answer, request)

    def composed(self, request: ChangeRequest) -> RequestPreview | Result:
        """Return what would be sent, or why nothing can be."""
        fields = self._fields(request)
        if isinstance(fields, Text):
            return Result(Outcome.SKIPPED, fields)
        return RequestPreview("POST", self.redmine.writes.list_url, {"issue": fields})

    def _came(self, answer: Answer, request: ChangeRequest) -> Result | Answer:
        if answer.status == 403:
            return Result(Outcome.FAILED, MAY_NOT_CREATE)
        if answer.status not in (200, 201):
            return answer
        made = int_field(object_field(object_field(answer.data).get("issue")).get("id"))
        if made <= 0:
            return Result(Outcome.UNKNOWN, None, unread=True)
        self._posted[request.number] = made
        return Result(Outcome.DONE)

    def _fields(self, request: ChangeRequest) -> dict[str, Any] | Text:
        """Return what is sent, names as ids; a Text where the mirror does not know one (or a limit changed)."""
        after = request.after
        project = self._id_of("project", "identifier", str(after[ChangeKey.PROJECT]))
        tracker = self._id_of("tracker", "name", str(after[ChangeKey.TRACKER]))
        if not project or not tracker:
            key = ChangeKey.TRACKER if project else ChangeKey.PROJECT
            return unknown_name(key, str(after[key]))
        due, assignee = str(after.get(ChangeKey.DUE, "")), str(after.get(ChangeKey.ASSIGNEE, "")).rpartition("#")[2]
        fields: dict[str, Any] = {
            "project_id": project,
            "tracker_id": tracker,
            "subject": str(after[ChangeKey.TITLE]),
            "description": "\n\n".join(filter(None, (request.note, request.mark))),
        }
        if due:
            fields["due_date"] = due
            tomorrow = datetime.fromtimestamp(self.redmine.access.now(), UTC) + timedelta(days=1)
            if due <= tomorrow.date().isoformat():
                fields["start_date"] = ""  # it begins today unless told otherwise, and cannot end before that
        return fields | ({"assigned_to_id": int(assignee)} if assignee else {})

    def _id_of(self, kind: str, key: str, name: str) -> int:
        rows = self.mirror.things(Source.REDMINE, kind).values() if self.mirror is not None else ()
        return next((int_field(row.get("id")) for row in rows if text_field(row.get(key)) == name), 0)

    def find_doubles(self, made: Mapping[int, int]) -> dict[int, tuple[int, ...]]:
        """Return the open tickets of other senders by measure, where the one of this run is open, too."""
        found: dict[int, tuple[int, ...]] = {}
        for number, state in self.look([*made]).items():
            is_open = {int_field(row.get("id")) for row in state.row["marked"] if not self._is_closed(row)}
            if made[number] in is_open and (others := is_open - {made[number]}):
                found[number] = tuple(sorted(others))
        return found

    def withdraw(self, request: ChangeRequest, made: int, updated_at: str, first: int, run: str) -> Result:
        """Close a ticket that another sender made first, if nobody touched ours; SAME with the state of that one."""
        now, other = self._read(made), self._read(first)
        if now is not None and other is not None and self._is_closed(now.row):  # before a crash
            return self._withdrawn(now, other)
        if now is None or other is None or not now.closing or now.closing not in self.statuses:
            return self._doubled(made, first, NO_CLOSING)
        if now.updated_at != updated_at or objects_field(now.row.get("journals")):
            return self._doubled(made, first, TOUCHED)
        note = f"{_fill(WITHDRAWAL_NOTE, first=first)}\n\nkb {run}"
        try:
            with self.redmine.access.writing():
                self.redmine.writes.update(made, {"status_id": self.statuses[now.closing], "notes": note})
        except (CredentialError, UnreachableError, AnswerError):
            pass  # whether it was taken is read
        after = self._read(made)
        if after is None or not self._is_closed(after.row):
            return self._doubled(made, first, NOT_CLOSED)
        return self._withdrawn(now, other)

    def _withdrawn(self, now: TargetState, other: TargetState) -> Result:
        one = t("担当者へのメール 1 通", "1 mail to its assignee")
        mails = one if self._assignee(now.row) not in (0, self.user) else t("メールなし", "no mail")
        why = _fill(WITHDRAWN, first=other.made, made=now.made, mails=mails)
        return Result(Outcome.SAME, why, other, crossed=True)

    @staticmethod
    def _assignee(row: Mapping[str, Any]) -> int:
        return int_field(object_field(row.get("assigned_to")).get("id"))

    @staticmethod
    def _doubled(made: int, first: int, why: Text) -> Result:
        return Result(Outcome.FAILED, _fill(DOUBLED, first=first, made=made, why=why))

    def read_back(self, number: int) -> TargetState | None:
        """Return a ticket that was made, with the status that withdraws it; None where it cannot be read."""
        made = self._posted.get(number)
        return self._read(made) if made is not None else None

    def _read(self, made: int) -> TargetState | None:
        shown = self.redmine.workflow.allowed(made, "watchers,journals")
        if shown is None:
            return None
        allowed = None if shown.statuses is None else [text_field(each.get("name")) for each in shown.statuses]
        return self.state(shown.issue, allowed)

    def state(self, row: Mapping[str, Any], allowed: Sequence[str] | None = None) -> TargetState:
        """Return a ticket as a state. `allowed` are the statuses it can be given, None where that is unknown."""
        person, status = object_field(row.get("assigned_to")), text_field(object_field(row.get("status")).get("name"))
        values: dict[str, Value] = {
            ChangeKey.TITLE.value: text_field(row.get("subject")),
            ChangeKey.PROJECT.value: self._name_project(row),
            ChangeKey.TRACKER.value: text_field(object_field(row.get("tracker")).get("name")),
            ChangeKey.DUE.value: text_field(row.get("due_date")),
            ChangeKey.ASSIGNEE.value: f"{text_field(person.get('name'))} #{int_field(person.get('id'))}"
            if person
            else "",
            ChangeKey.STATUS.value: status,
        }
        closing = [name for name, number in self.statuses.items() if number in self.closed]
        if allowed is not None:
            closing = [name for name in closing if name in allowed]
        number, changed = int_field(row.get("id")), utc_field(row.get("updated_on"))
        return TargetState(values, 0, changed, row=row, made=number, closing=choose_withdrawal(closing))

    def _name_project(self, row: Mapping[str, Any]) -> str:
        named = object_field(row.get("project"))
        known = self.mirror.things(Source.REDMINE, "project").values() if self.mirror is not None else ()
        found = (text_field(each.get("identifier")) for each in known if each.get("id") == named.get("id"))
        return next(found, text_field(named.get("name")))

    def _look_again(self, request: ChangeRequest) -> TargetState | None:
        """Return the ticket of this request by its mark, where the number that was answered leads elsewhere."""
        try:
            marked = objects_field(self.look([request.number])[request.number].row.get("marked"))
        except (CredentialError, UnreachableError, AnswerError):
            return None
        row = self._find_ours(request, [each for each in marked if not self.user or _author(each) == self.user])
        if row is None:
            return None
        made = self._posted[request.number] = int_field(row.get("id"))
        return self._read(made) or self.state(row)

    def proved(self, request: ChangeRequest, now: TargetState | None) -> Result:
        """Return the result of a ticket that was made, with what Redmine did not take of it.

        The number Redmine answered is believed where the mark stands below it; else the mark is looked for.
        """
        if now is None or not now.made or request.mark not in map(str, _marks(now.row)):
            now = self._look_again(request) or now
        if now is None or not now.made:
            made = self._posted[request.number]
            blank = {ChangeKey.STATUS.value: ""}
            state = TargetState(blank, 0, "", row={"id": made}, made=made)
            return Result(Outcome.DONE, MADE_UNREAD, state, crossed=True, perhaps=True)  # crossed: so that it is told
        wrong = differing_keys(request.after, now.values)
        if request.mark not in map(str, _marks(now.row)):
            if ChangeKey.TITLE in wrong:  # not to be named in the page, nor closed by an undo
                return Result(Outcome.FAILED, MADE_ELSE, perhaps=True)
            return Result(Outcome.DONE, MADE_UNMARKED, now, crossed=True)
        if wrong:
            keys = label_keys(wrong)
            ja, en = MADE_WITHOUT.ja.replace("{keys}", keys.ja), MADE_WITHOUT.en.replace("{keys}", keys.en)
            return Result(Outcome.DONE, t(ja, en), now, crossed=True)
        if not now.closing:
            return Result(Outcome.DONE, MADE_FOR_GOOD, now, crossed=True)
        return Result(Outcome.DONE, None, now)

    def settled(self, request: ChangeRequest, now: TargetState | None) -> Result:
        """Find a ticket that a cut-off request made, by its mark; LIMITED where it was not made."""
        rows = objects_field(now.row.get("marked")) if now is not None else []
        same = [row for row in rows if request.mark in map(str, _marks(row))]
        own = [row for row in same if _author(row) == self.user]
        if not same:
            return Result(Outcome.LIMITED, None, now)
        if self.user and not own:  # another sender of the plan made it
            return Result(Outcome.SAME, None, self.state(same[0]))
        ours = (own or same)[0]
        made = int_field(ours.get("id"))
        self._posted[request.number] = made
        return self.proved(request, self._read(made) or self.state(ours))


def _fill(words: Text, **values: object) -> Text:
    """Return a text with its places filled, each in its language."""
    sides = {
        side: {key: getattr(value, side) if isinstance(value, Text) else value for key, value in values.items()}
        for side in ("ja", "en")
    }
    return t(words.ja.format(**sides["ja"]), words.en.format(**sides["en"]))


def unknown_name(key: ChangeKey, name: str) -> Text:
    """Return that Redmine has no project, or tracker, of this name."""
    label = label_keys([key])
    return t(f"Redmine に{label.ja}「{name[:60]}」がありません", f"Redmine has no {label.en} {name[:60]!r}")


def _marks(row: Mapping[str, Any]) -> Iterator[object]:
    return iter(read_marks(text_field(row.get("description"))))


def _author(row: Mapping[str, Any]) -> int:
    return int_field(object_field(row.get("author")).get("id"))


def _is_for(row: Mapping[str, Any], target: str) -> bool:
    return any(each.target == target for each in read_marks(text_field(row.get("description"))))
