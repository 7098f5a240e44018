"""What is wrong, where and how sure: Finding, the edits that would mend it, and what sets it aside."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from kb.model.document import RawDocId
from kb.model.facts import Confidence
from kb.model.masked import EMPTY, Masked
from kb.model.secret import Secret
from kb.text.lang import Text, t
from kb.text.lines import Span


class Severity(IntEnum):
    """How bad a finding is."""

    INFO = 1
    WARNING = 2
    ERROR = 3


class Field(StrEnum):
    """The part of a document an edit touches."""

    TITLE = "title"
    CATEGORY = "category"
    BODY = "body"


class Safety(StrEnum):
    """Whether a change can be made without a person looking at it: SAFE keeps the meaning of every word."""

    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit that would mend a finding.

    `before` and `after` are the whole title or category; of a body, the words at `span`. An
    insertion into a body has an empty `before` and a `span` that ends where it begins.
    """

    field: Field
    before: str
    after: str
    safety: Safety
    reason: Text
    span: Span | None = None


class WaiverKind(StrEnum):
    """By what a finding was set aside."""

    SUPPRESSED = "suppressed"  # a comment in the page
    BASELINED = "baselined"  # kb-baseline.toml
    ACCEPTED = "accepted"  # kb-decisions.toml
    SNOOZED = "snoozed"  # kb-decisions.toml, until a day
    ROTATED = "rotated"  # kb-decisions.toml: the value was changed, and what the history holds of it opens nothing


@dataclass(frozen=True, slots=True)
class Waiver:
    """Why a finding is not shown: somebody set it aside, for a reason, perhaps until a day (ISO date)."""

    kind: WaiverKind
    reason: Masked = EMPTY
    until: str = ""
    by: Masked = EMPTY


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, and how sure we are. The fields of the jsonl form (docs/lint.md).

    `message` is the same for all findings of one kind, so that they can be shown under one heading. `evidence` is
    what differs: who, when, which ticket; a clause without a full stop. `day` is the ISO date it rests on, "" for none.

    `quote` and what follows are not among them: a few words of the trigger, shown to a person at a
    terminal; the test that decided; what would mend it; by what it was set aside. `secret` is the
    credential the finding is about, which jsonl tells the kind and the `value_id` of; `rotated_on` the
    day (ISO date) its value was changed, since when it opens nothing and is only to be taken off the page.

    Of a system, `target` is what it is about (a node's id, an instance), `proof` where that was seen: a source, when
    it was taken (ISO time) and what stands there; `next_step` is what to do, as text. `node` is the node of the model
    that it is on, "" for none. A target the model does not name has a `fingerprint` and `content` made with a key:
    `sealed_with` is that key's id, "" without one, None where none is needed.

    `same_as` are the documents that tell of the same trouble, the oldest first.
    """

    doc: RawDocId
    part: str
    code: str
    rule: str
    span: Span
    severity: Severity
    confidence: Confidence
    message: Text
    fingerprint: str
    content: str
    quote: Masked = EMPTY
    reason: str = ""
    edits: tuple[Edit, ...] = ()
    waiver: Waiver | None = None
    secret: Secret | None = None
    rotated_on: str = ""
    evidence: Text | None = None
    day: str = ""
    target: str = ""
    proof: tuple[tuple[str, str, Text], ...] = ()
    next_step: Text | None = None
    node: str = ""
    sealed_with: str | None = None
    same_as: tuple[RawDocId, ...] = ()

    @property
    def full_message(self) -> Text:
        """The message with its evidence, for where a finding stands alone."""
        if self.evidence is None:
            return self.message
        return t(f"{self.message.ja}［{self.evidence.ja}］", f"{self.message.en} [{self.evidence.en}]")
