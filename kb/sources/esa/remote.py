"""Apply plans to esa: title, category, tags, WIP and body of posts, one request a post.

esa guards nothing but bodies (kb.sources.esa.remote_bodies): the last write wins. So the touched fields are looked at
shortly before, and an answer whose revision is not the next one tells of an edit in between (esa API v1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kb.errors import AnswerError, CredentialError, UnreachableError
from kb.mirror.documents import KB_RUN, SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Source
from kb.model.plan import ChangeKey, SeenState, Value, Verb, label_keys
from kb.model.request import ChangeRequest, Outcome, RequestPreview, Result, TargetState
from kb.plan.propose.post import ARCHIVE_CATEGORY
from kb.plan.sections import block
from kb.plan.sections.patch import NewTexts
from kb.plan.values import differing_keys, differing_settled_keys, escape_title, find_new_title, is_aside
from kb.sources.esa import rows
from kb.sources.esa.client import Esa
from kb.sources.esa.remote_bodies import EsaBodies
from kb.sources.esa.writes import edit_json, move_json
from kb.sources.port import RemoteAccess
from kb.sources.transport.call import Answer
from kb.text.json_fields import int_field, object_field, text_field, utc_field
from kb.text.lang import Text, t

POSTS_PER_CHECK = 50
"""Posts between two looks: nothing is written later than 50 writes after it was looked at."""

GONE = t("もう esa にないか、このトークンでは読めません", "it is not in esa any more, or not for this token")
POST_OPEN = t("だれかが編集画面で開いています（409）", "somebody has it open in the editor (409)")
POST_EDITED_SINCE = t(
    "送ったとおりになりましたが、そのあとほかの人が書き換えています", "it was done, and somebody changed it after that"
)


class EsaRemote(RemoteAccess):
    """One team. `run` is named in every edit's message, `texts` are the bodies to write, `tells` notifies members.

    `with_secrets`: an undo puts texts back with their secrets.
    """

    source = Source.ESA
    at_once = POSTS_PER_CHECK
    proof_later = False
    unmarked = False
    has_unique_names = True
    reads_notes_apart = False

    def __init__(
        self,
        esa: Esa,
        run: str,
        mirror: Mirror | None = None,
        *,
        texts: NewTexts | None = None,
        tells: bool = False,
        with_secrets: bool = False,
    ) -> None:
        super().__init__(esa)
        self._esa = esa
        self._run = run
        self._mirror = mirror
        self._bodies = EsaBodies(esa, run, texts or {}, with_secrets)
        self._tells = tells

    def pause(self, seconds: float) -> None:
        self._esa.access.pause(seconds)

    def look(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        return {number: post_state(row) for number, row in self._esa.writes.numbered(numbers).items()}

    def read_back(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        return self.look(numbers)

    def besides(self, states: Mapping[int, TargetState]) -> tuple[int, ...]:
        return ()

    def along(self, request: ChangeRequest, states: Mapping[int, TargetState]) -> tuple[int, ...]:
        return ()

    def changed_along(self, number: int, now: TargetState) -> bool:
        return False

    def edited(self, seen: SeenState, number: int, now: TargetState) -> Mapping[str, Any] | None:
        alone = now.revision == seen.revision + 1 and KB_RUN.search(now.message)
        return None if now.revision == seen.revision or alone else now.row

    def subtree(self, category: str) -> dict[int, TargetState]:
        return {number: post_state(row) for number, row in self._esa.writes.subtree(category).items()}

    def counts(self) -> dict[str, int]:
        return {place or "": count for place, count in self._esa.category_counts().items()}

    def send(self, request: ChangeRequest, seen: TargetState) -> Result:
        composed = self._fields(request, seen)
        if isinstance(composed, Text):
            return Result(Outcome.SKIPPED, composed)
        message = self.message(request)
        writes = self._esa.writes
        if _is_plain_archive(request, seen):
            answered = self._sent(lambda: writes.archive(request.number, message), request, seen, unknown=True)
            if answered is not None:
                return answered
        body = text_field(composed.get("body_md"))
        answered = self._sent(lambda: writes.update(request.number, composed, message), request, seen, body=body)
        assert answered is not None
        return answered

    def composed(self, request: ChangeRequest, seen: TargetState) -> RequestPreview | Result:
        fields = self._fields(request, seen)
        if isinstance(fields, Text):
            return Result(Outcome.SKIPPED, fields)
        return RequestPreview("PATCH", self._esa.writes.url(request.number), edit_json(fields, self.message(request)))

    def _fields(self, request: ChangeRequest, seen: TargetState) -> dict[str, Any] | Text:
        """Return the changed fields as they are sent, or why nothing can be."""
        fields = _metadata(request.after, seen.values)
        if ChangeKey.BODY not in request.after:
            return fields
        body = self._bodies.fields(request, seen)
        return body if isinstance(body, Text) else fields | body

    def message(self, request: ChangeRequest) -> str:
        """Return an edit's message: the run, what was done, and whether members are notified."""
        verbs = sorted({each.kind.value for each in request.changes})
        return f"kb {self._run} {' '.join(verbs)}" + ("" if self._tells else " [skip notice]")

    def _sent(
        self,
        send: Callable[[], Answer],
        request: ChangeRequest,
        seen: TargetState,
        *,
        unknown: bool = False,
        body: str = "",
    ) -> Result | None:
        """Return a write's result; None where an esa does not know the call (archive, before 2026-08)."""
        try:
            with self._esa.access.writing():
                answer = send()
        except CredentialError as error:
            return Result(Outcome.LIMITED, trouble=error)
        except (UnreachableError, AnswerError) as error:
            return Result(Outcome.UNKNOWN, error.what, unread=isinstance(error, AnswerError))
        if answer.status == 200:
            now = post_state(object_field(answer.data))
            wrong = self._bodies.judged(request, seen, body, now) if ChangeKey.BODY in request.after else None
            return wrong or self.proved(request, seen, now)
        if answer.status == 409:
            return Result(Outcome.SKIPPED, POST_OPEN)
        if answer.status in (404, 405) and unknown:
            # A post that is still there can be moved in the older way.
            return None if self._esa.writes.numbered([request.number]) else Result(Outcome.SKIPPED, GONE)
        if answer.status == 404:
            return Result(Outcome.SKIPPED, GONE)
        if answer.status == 429:
            return Result(Outcome.LIMITED)
        if answer.status >= 500:
            return Result(Outcome.UNKNOWN, _status(answer.status))
        return Result(Outcome.FAILED, _status(answer.status))

    def proved(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        if now is None:
            return Result(Outcome.SKIPPED, GONE)
        title = find_new_title(seen.values, request.after)
        wrong = differing_keys({**request.after, **({ChangeKey.TITLE.value: title} if title else {})}, now.values)
        if wrong:
            keys = label_keys(wrong)
            return Result(
                Outcome.FAILED,
                t(
                    f"esa は受け付けましたが、{keys.ja}が送ったとおりになっていません",
                    f"esa took it, but {keys.en} is not as sent",
                ),
                now,
            )
        if now.message and not self._names_us(now.message):
            return Result(Outcome.SAME, None, now)  # somebody had set just that: esa saw nothing to change
        return self._done(request, seen, now, now.revision)

    def _done(
        self, request: ChangeRequest, seen: TargetState, now: TargetState, ours: int, why: Text | None = None
    ) -> Result:
        """Return the result of an edit made as revision `ours`, with what somebody before it had set."""
        if ours <= seen.revision + 1 or not seen.revision:
            return Result(Outcome.DONE, why, now)
        row = self._readable(request.number, ours - 1)
        theirs = post_state(row).values if row is not None else request.before
        replaced = set(differing_keys(request.after, theirs))
        lost = {
            key: theirs[key]
            for key in differing_settled_keys(request.before, theirs)
            if key in replaced and key != ChangeKey.BODY
        }
        return Result(Outcome.DONE, why, now, crossed=True, overwritten=lost)

    def _readable(self, number: int, revision: int) -> Mapping[str, Any] | None:
        """Return a revision; None where its answer is unusable: what was sent is sent, whatever it overwrote."""
        try:
            return self._esa.writes.revision(number, revision)
        except AnswerError as error:
            if error.status:
                raise
        return None

    def settled(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        """Find an unanswered edit by its message, which names the run; LIMITED where it was not made."""
        if now is None:
            return Result(Outcome.SKIPPED, GONE)
        ours = self._ours(request.number, seen.revision, now)
        if not ours:
            return Result(Outcome.LIMITED, None, now)  # it may be sent, as far as nobody touched its fields meanwhile
        wrong = self._bodies.found(request, ours, now) if ChangeKey.BODY in request.after else None
        return wrong or self._done(
            request, seen, now, ours, POST_EDITED_SINCE if differing_keys(request.after, now.values) else None
        )

    def _ours(self, number: int, after: int, now: TargetState) -> int:
        """Return this run's revision later than `after`; 0 for none."""
        if now.revision > after and self._names_us(now.message):
            return now.revision
        for revision in range(now.revision - 1, max(after, now.revision - 20), -1):
            row = self._esa.writes.revision(number, revision)
            if row is not None and self._names_us(text_field(row.get("message"))):
                return revision
        return 0

    def _names_us(self, message: str) -> bool:
        return f"kb {self._run} " in message + " "

    def move(self, source: str, target: str) -> Result:
        try:
            with self._esa.access.writing():
                answer = self._esa.writes.move_category(source, target)
        except CredentialError as error:
            return Result(Outcome.LIMITED, trouble=error)
        except (UnreachableError, AnswerError) as error:
            return Result(Outcome.UNKNOWN, error.what)
        if answer.status == 200:
            return Result(Outcome.DONE)
        if answer.status == 429:
            return Result(Outcome.LIMITED)
        return Result(Outcome.UNKNOWN if answer.status >= 500 else Outcome.FAILED, _status(answer.status))

    def composed_move(self, source: str, target: str) -> RequestPreview:
        return RequestPreview("POST", self._esa.writes.move_url, move_json(source, target))

    def keep(self, states: Sequence[TargetState]) -> None:
        """Update the mirror. What kb wrote makes no page fresh and nobody its owner."""
        if self._mirror is not None and states:
            with self._mirror.write() as writer:
                writer.put(self._written(states))

    @staticmethod
    def _written(states: Sequence[TargetState]) -> Iterator[SourceRow]:
        for row in rows.rows_of_posts(state.row for state in states):
            row.by_kb = True  # a category that moved as a whole says nothing of it in its posts' messages
            yield row


def post_state(row: Mapping[str, Any]) -> TargetState:
    """Return a post as a state; of one of its revisions only the values mean something."""
    tags = row.get("tags")
    values: dict[str, Value] = {
        ChangeKey.TITLE.value: text_field(row.get("name")),
        ChangeKey.CATEGORY.value: text_field(row.get("category")),
        ChangeKey.TAGS.value: tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        ChangeKey.WIP.value: row.get("wip") is True,
        ChangeKey.BODY.value: block.digest_text(text_field(row.get("body_md"))),
    }
    return TargetState(
        values,
        int_field(row.get("revision_number")),
        utc_field(row.get("updated_at")),
        text_field(row.get("message")),
        row,
        text_field(row.get("body_md")),
    )


def _is_plain_archive(request: ChangeRequest, seen: TargetState) -> bool:
    """Whether a request does just what esa's archive call does: the same place, below Archived."""
    if set(request.after) != {ChangeKey.CATEGORY} or any(each.kind is not Verb.ARCHIVE for each in request.changes):
        return False
    place = str(seen.values[ChangeKey.CATEGORY])
    if is_aside(str(seen.values[ChangeKey.TITLE])):
        return False  # which leaves the title
    return request.after[ChangeKey.CATEGORY] == (f"{ARCHIVE_CATEGORY}/{place}" if place else ARCHIVE_CATEGORY)


def _metadata(after: Mapping[str, Value], stands: Mapping[str, Value]) -> dict[str, Any]:
    """Return these values, except a body, as esa's fields; a post that made room gets its own title back."""
    names = {ChangeKey.TITLE: "name", ChangeKey.CATEGORY: "category", ChangeKey.TAGS: "tags", ChangeKey.WIP: "wip"}
    fields: dict[str, Any] = {
        names[ChangeKey(key)]: list(v) if isinstance(v, tuple) else v
        for key, v in after.items()
        if key != ChangeKey.BODY
    }
    if (title := find_new_title(stands, after)) is not None:
        fields["name"] = escape_title(title)
    return fields


def _status(status: int) -> Text:
    return t(f"esa が {status} を返しました", f"esa answered {status}")
