"""Write the bodies of posts: esa merges them with what others wrote meanwhile, and says when that clashed.

With `original_revision` a PATCH is merged line by line. Where both sides changed the same lines esa has saved the
clash by the time it answers `overlapped` (esa API v1): then the other person's revision is put back at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kb.errors import AnswerError, UnreachableError
from kb.model.plan import ChangeKey
from kb.model.request import ChangeRequest, Outcome, Result, TargetState
from kb.plan.sections import block
from kb.plan.sections.patch import NewTexts, compose_text, is_stored_as_sent
from kb.plan.sections.places import PlaceEdits
from kb.plan.values import differing_keys
from kb.sources.esa.client import Esa
from kb.text.json_fields import int_field, object_field, text_field
from kb.text.lang import Text, t

MAX_REVISIONS_BACK = 20
"""How many revisions a text is looked for in: kb's own is the last, or others came since."""

RESTORE = "restore"
"""What the message of such an edit says after the run."""

MERGED = t(
    "ほかの人が同時に書き換えたところと、esa が合わせて保存しました",
    "somebody was editing other lines, and esa saved both",
)
CLASHED = t(
    "同じところをほかの人が書き換えていたので、その人の版に戻しました",
    "somebody was editing the same lines, and their text was put back",
)
STILL = t(
    "同じところをほかの人が書き換えていて、esa が両方を混ぜて保存しました。"
    "戻せなかったので、esa の版の一覧で確かめてください",
    "somebody was editing the same lines, and esa saved a mixture that could not be put back: look at its revisions",
)
NOT_AS_SENT = t(
    "esa は受け付けましたが、本文が送ったとおりになっていません", "esa took it, but the text is not as sent"
)
SINCE = t(
    "同じところをほかの人が書き換えていて、そのあとにも編集があります。esa の版の一覧で確かめてください",
    "somebody was editing the same lines, and there are edits since: look at esa's revisions",
)


@dataclass(frozen=True, slots=True)
class EsaBodies:
    """The texts of one run. `texts` are new ones; restored ones are found in esa's revisions.

    `with_secrets`: those are put back as they were, with the secrets in them.
    """

    esa: Esa
    run: str
    texts: NewTexts = field(default_factory=dict)
    with_secrets: bool = False

    def fields(self, request: ChangeRequest, seen: TargetState) -> dict[str, Any] | Text:
        """Return the keys of a body in a PATCH, with the revision it was made of; or why there is no body."""
        present, title = text_field(seen.row.get("body_md")), text_field(seen.row.get("name"))
        places = PlaceEdits.of(request.changes, str(seen.values[ChangeKey.TITLE]))
        into = places.into if places else None
        past = partial(self._past, request, seen)
        made = compose_text(request, present, self.texts, past, title, places=into, with_secrets=self.with_secrets)
        return {"body_md": made, "original_revision": _revision(seen.row)} if isinstance(made, str) else made

    def _past(self, request: ChangeRequest, seen: TargetState, wanted: str) -> str | None:
        """Return the last body before kb's revision with the digest `wanted`."""
        ours = (each.seen.revision for each in request.changes if ChangeKey.BODY in each.after)
        last = min((each for each in ours if each), default=seen.revision)
        for number in range(last - 1, max(0, last - 1 - MAX_REVISIONS_BACK), -1):
            row = self.esa.writes.revision(request.number, number)
            if row is not None and block.is_same_digest(wanted, block.digest_text(row["body_md"])):
                return str(row["body_md"])
        return None

    def judged(self, request: ChangeRequest, seen: TargetState, sent: str, now: TargetState) -> Result | None:
        """Return what is wrong with an answered body; None where it stands as sent, merged or not."""
        crossed = now.revision > seen.revision + 1
        overlapped = now.row.get("overlapped") is True
        as_sent = not differing_keys({ChangeKey.BODY: request.after[ChangeKey.BODY]}, now.values)
        if as_sent and not overlapped and (crossed or is_stored_as_sent(sent, text_field(now.row.get("body_md")))):
            return None
        if not crossed and not overlapped:
            return Result(Outcome.FAILED, NOT_AS_SENT, now)
        places = PlaceEdits.of(request.changes)
        if places is not None and not overlapped and places.stand_in(sent, text_field(now.row.get("body_md"))):
            return Result(Outcome.DONE, MERGED, now, crossed=True)
        return self._put_back(request, now)

    def found(self, request: ChangeRequest, ours: int, now: TargetState) -> Result | None:
        """Do the same for an edit without an answer that was found as revision `ours`."""
        if self.restores(now.message) and ours == now.revision:
            return Result(Outcome.FAILED, CLASHED, now, crossed=True)
        row = now.row if ours == now.revision else self.esa.writes.revision(request.number, ours)
        value = block.digest_text(text_field(row.get("body_md"))) if row is not None else ""
        if row is None or not differing_keys({ChangeKey.BODY: request.after[ChangeKey.BODY]}, {ChangeKey.BODY: value}):
            return None
        return (
            self._put_back(request, now) if ours == now.revision else Result(Outcome.FAILED, SINCE, now, crossed=True)
        )

    def restores(self, message: str) -> bool:
        """Whether an edit's message says that this run restores somebody's text."""
        return f"kb {self.run} {RESTORE}" in message

    def _put_back(self, request: ChangeRequest, mixed: TargetState) -> Result:
        """Restore what another person had saved before kb's revision."""
        still = Result(Outcome.FAILED, STILL, mixed, crossed=True)
        try:
            theirs = self.esa.writes.revision(request.number, mixed.revision - 1)
            if theirs is None:
                return still
            fields = {"body_md": theirs["body_md"], "original_revision": _revision(mixed.row)}
            with self.esa.access.writing():
                answer = self.esa.writes.update(request.number, fields, f"kb {self.run} {RESTORE} [skip notice]")
        except (UnreachableError, AnswerError):
            return still
        post = object_field(answer.data)
        if (
            answer.status != 200
            or post.get("overlapped") is True
            or not is_stored_as_sent(theirs["body_md"], text_field(post["body_md"]))
        ):
            return still
        return Result(Outcome.FAILED, CLASHED, mixed, crossed=True)


def _revision(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the revision an edit was made of, as esa asks for it."""
    return {
        "body_md": text_field(row.get("body_md")),
        "number": int_field(row.get("revision_number")),
        "user": text_field(object_field(row.get("updated_by")).get("screen_name")),
    }
