"""The nouns of kb. A newcomer learns the product from this page.

A **Document** is a text with a place. One reading of it gives **Facts**. What is wrong is a
**Finding**, from a rule, which may carry the **Edit**s that would mend it. What changes a remote
system is a Change in a Plan (kb.changes.plan).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from kb.lang import Text

DocId = str | int
"""A document's id as its source gives it; `--input` keeps its JSON type."""


class Source(StrEnum):
    """Where a document comes from."""

    ESA = "esa"
    REDMINE = "redmine"
    FILES = "files"


class Kind(StrEnum):
    """What a document is in its source; the values are the names of the systems themselves."""

    POST = "post"
    COMMENT = "comment"
    TICKET = "issue"
    NOTE = "journal"
    WIKI = "wiki"
    FILE = "file"
    FIELD = "field"  # a custom field of a ticket
    ATTACHMENT = "attachment"


class Markup(StrEnum):
    """How a body is written."""

    MARKDOWN = "markdown"
    TEXTILE = "textile"


class Visibility(IntEnum):
    """Who may read a document; larger is wider.

    PRIVATE: named people (a private ticket or note, a non-public project). LIMITED: a part of
    the team (a limited category). MEMBERS: every member. INTERNET: anybody with the link.
    """

    PRIVATE = 0
    LIMITED = 1
    MEMBERS = 2
    INTERNET = 3


class Severity(IntEnum):
    """How bad a finding is."""

    INFO = 1
    WARNING = 2
    ERROR = 3


class Confidence(IntEnum):
    """How sure kb is of a finding."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Document:
    """A text with a place.

    `part` is `body`, `comment:ID`, `journal:ID`, … (docs/lint.md); `doc` is the id of what it is a
    part of. `human_at` and `human_by` tell the last edit that was not kb's own ("" where a source
    does not say). `meta` holds what a source knows besides, JSON values only. A repr, which ends up in logs
    of a cluster's workers, shows no text.
    """

    doc: DocId
    source: Source
    kind: Kind
    title: str = field(repr=False)
    body: str = field(repr=False)
    markup: Markup
    part: str = "body"
    category: str = field(default="", repr=False)
    tags: tuple[str, ...] = field(default=(), repr=False)
    wip: bool = False
    created_at: str = ""
    updated_at: str = ""
    author: str = ""
    human_at: str = ""
    human_by: str = ""
    url: str = field(default="", repr=False)
    visibility: Visibility = Visibility.MEMBERS
    meta: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Version:
    """What a live document said before.

    `part` is `revision:N`, `wiki:N` or `journal:ID:old`. Of a revision or wiki version `author` and
    `created_at` tell who wrote it; of an old value in a journal, who replaced it and when. `title` is
    what it was called, "" when only the text is known. `purged` are the credentials whose values were
    taken out of this machine's copy.
    """

    part: str
    number: int
    title: str = field(repr=False)
    body: str = field(repr=False)
    markup: Markup
    author: str
    created_at: str
    url: str = field(repr=False)
    visibility: Visibility
    purged: tuple[Secret, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text: 1-based lines and columns in code points of the original, end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class PageKind(StrEnum):
    """What sort of page a text is. Only INCIDENT is judged by the incident rules."""

    INCIDENT = "incident"
    INDEX = "index"
    TEMPLATE = "template"
    RUNBOOK = "runbook"
    FAQ = "faq"
    MINUTES = "minutes"
    REPORT = "report"
    TEACHING = "teaching"
    DESIGN = "design"
    NOTICE = "notice"
    TASKS = "tasks"
    OTHER = "other"


class Role(StrEnum):
    """What a section of an incident page is for."""

    SUMMARY = "summary"
    IMPACT = "impact"
    DETECTION = "detection"
    TIMELINE = "timeline"
    CAUSE = "cause"
    FIX_TEMP = "fix.temp"
    FIX_PERM = "fix.perm"
    FIX = "fix"
    PREVENTION = "prevention"
    STATUS = "status"
    OTHER = "other"


class Verdict(StrEnum):
    """What a whole section says, judged once, in reading."""

    MISSING = "missing"  # no such section
    EMPTY = "empty"  # a heading, and nothing that counts as content
    PLACEHOLDER = "placeholder"  # TODO, 検討中, 不明 …
    UNKNOWN = "unknown"  # a cause that is given as not known
    SHALLOW = "shallow"  # a cause that only says something stopped
    ONE_STEP = "one-step"  # a mechanism without its reason
    RESTART = "restart"  # a fix that is a restart and nothing else
    WEAK = "weak"  # measures that rest on care alone
    CONCRETE = "concrete"


class ItemState(StrEnum):
    """Where one measure stands."""

    PLACEHOLDER = "placeholder"
    OPEN = "open"
    DONE = "done"
    SETTLED = "settled"  # decided not to be done, with a reason
    UNSTATED = "unstated"


class Strength(StrEnum):
    """What one measure rests on."""

    CONCRETE = "concrete"  # it changes a thing, or says so closely what is done that one can check
    VAGUE = "vague"  # 監視を強化する: no end that one could check
    CHECK = "check"  # a person checks, reads or teaches: ダブルチェック, 手順書に追記
    CARE = "care"  # care and notice: 注意する, 周知する


class RemarkKind(StrEnum):
    """What is worth a remark in a page beside the verdicts on its sections."""

    GUIDANCE = "guidance"  # words of the template to whoever fills it in
    BLAME = "blame"  # a cause that ends at a person
    GUESS = "guess"  # a cause that is thought likely, without what speaks for it


class SecretKind(StrEnum):
    """What a credential is; the names of tests/corpus/README-secrets.md.

    The last four are neighbours: personal data, handled like credentials.
    """

    PASSWORD = "password"  # noqa: S105 - the name of a kind
    PIN = "pin"
    BASIC_AUTH = "basic_auth"
    BASIC_AUTH_URL = "basic_auth_url"
    CONNECTION_STRING = "connection_string"
    PRIVATE_KEY = "private_key"
    API_TOKEN = "api_token"  # noqa: S105 - the name of a kind
    AUTH_HEADER = "auth_header"
    WEBHOOK_URL = "webhook_url"
    SHARED_KEY = "shared_key"  # Wi-Fi, VPN, SNMP
    OTP_SECRET = "otp_secret"  # noqa: S105 - the name of a kind
    PHONE = "phone"
    MY_NUMBER = "my_number"
    CARD = "card"
    ADDRESS = "address"


class LengthClass(StrEnum):
    """How long a value is, as coarsely as one may say without helping anybody to guess it."""

    SHORT = "1-7"
    MIDDLE = "8-15"
    LONG = "16-31"
    LONGER = "32+"


class TitleMark(StrEnum):
    """Whether the title says that a page is done."""

    NONE = "none"
    DONE = "done"  # 【完了】 in front
    VARIANT = "variant"  # [完了], 【済】, 【完了】 elsewhere …


@dataclass(frozen=True, slots=True)
class Item:
    """One claim or measure of a section: where it stands and in which state. No text but the owner's name.

    `content` is a hash of its words that blanks and widths do not change. `timely`: the measure says
    by when or how often, in whatever words (次のリリースまで, 毎月), be it a day (`due`) or not.
    `incident` counts the incidents of a page, from 0.
    """

    role: Role
    state: ItemState
    span: Span
    owner: str = ""  # the name as written, "" when none is given
    due: str = ""  # ISO date, "" when none is given
    tickets: tuple[str, ...] = ()
    content: str = ""
    strength: Strength = Strength.CONCRETE
    timely: bool = False
    incident: int = 0


@dataclass(frozen=True, slots=True)
class Remark:
    """A stretch of a page that is worth a remark; `content` is a hash of its words."""

    kind: RemarkKind
    span: Span
    content: str
    incident: int = 0


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that opens a section and holds nothing else. No text: `span` is where its words stand.

    `level` is 1 to 6 for a heading of the markup, 0 for a line that is decorated as one (■ 原因).
    """

    roles: tuple[Role, ...]
    span: Span
    level: int
    incident: int = 0


@dataclass(frozen=True, slots=True)
class Secret:
    """One credential: its kind, its place in the text and what spoke for it. No field holds the value.

    `rule` names the test that found it, `context` what around the value decided (a label, a column, a
    heading), `doubts` the filters that did not refuse it and lowered the confidence. `keyword` is the
    place of the word that announced the value, where one did. `opens` says what it is a key to
    (`root`, `cloud`, `database` …), "" where nothing tells.

    The engine adds `part` (the document's own when ""), `content` (a hash of its line with every value
    covered) and, where there is a key, `value_id`: the same for the same value, wherever it stands.
    """

    kind: SecretKind
    span: Span
    confidence: Confidence
    length: LengthClass
    rule: str
    context: str = ""
    doubts: tuple[str, ...] = ()
    keyword: Span | None = None
    opens: str = ""
    part: str = ""
    content: str = ""
    value_id: str = ""

    @property
    def reason(self) -> str:
        """Rule, context and doubts in one word, as `--explain-finding` shows them."""
        return ":".join(part for part in (self.rule, self.context, *self.doubts) if part)


@dataclass(frozen=True, slots=True)
class Remnant:
    """A credential that was taken out of a document and still stands in what the document said before.

    `secret` is its place in the newest old version that holds it, `parts` are those that do, newest first,
    of the `held` in all; `visibility` is that of the most readable, `since` when the oldest was written.
    """

    secret: Secret
    parts: tuple[str, ...]
    held: int
    visibility: Visibility
    url: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class RoleFact:
    """The verdict on one role of a page.

    `span` is the trigger, the words a person should look at; `section` the whole section.
    Both are None for MISSING. A page that holds several incidents has several facts on a
    role, in the order of the page. FIX stands for how service came back as a whole, whether the
    section is called a fix or a temporary one.
    """

    role: Role
    verdict: Verdict
    confidence: Confidence
    span: Span | None = None
    section: Span | None = None
    reason: str = ""  # the name of the test that decided, e.g. "placeholder:shape"
    content: str = ""  # a hash of the section's words; "" for MISSING
    incident: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What one reading of one text yields. Holds places and verdicts, never text."""

    kind: PageKind
    kind_reason: str
    roles: tuple[RoleFact, ...] = ()
    items: tuple[Item, ...] = ()
    tickets: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    occurred_on: str = ""  # ISO date as read from the page
    title_mark: TitleMark = TitleMark.NONE
    remarks: tuple[Remark, ...] = ()
    headings: tuple[Heading, ...] = ()

    @property
    def is_incident(self) -> bool:
        """Whether the incident rules judge this page."""
        return self.kind is PageKind.INCIDENT

    def role(self, role: Role) -> RoleFact | None:
        """The fact on one role, if the reading made one."""
        return next((fact for fact in self.roles if fact.role is role), None)


NOT_READ = Facts(PageKind.OTHER, "")
"""Stands for the Facts of a document nobody asked to be read."""


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
    reason: str = ""
    until: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A document and what was read from it: what a rule's `check` sees.

    The values of its credentials are covered in all its texts. `facts` are NOT_READ where no rule that
    looks at the document asks for a reading.
    """

    document: Document
    facts: Facts
    policy: PagePolicy
    secrets: tuple[Secret, ...] = ()
    remnants: tuple[Remnant, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """A mark in a page: read and found right on a day (ISO date), by somebody. "" for what cannot be read."""

    on: str
    by: str
    line: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept of a document once it was read: where it stands and its Facts, and no word of its body.

    `facts` is None when nothing had to be read. The values of credentials are covered in its texts.
    What a rule's `join` sees, and what lists, reports and plans are made of. `private`: for named people
    only, not for all of a project.
    """

    doc: DocId
    part: str
    source: Source
    kind: Kind
    title: str
    category: str
    tags: tuple[str, ...]
    wip: bool
    author: str
    url: str
    created_at: str
    updated_at: str
    human_at: str
    human_by: str
    visibility: Visibility
    facts: Facts | None = None
    secrets: tuple[Secret, ...] = ()
    remnants: tuple[Remnant, ...] = ()
    private: bool = False
    verified: Verified | None = None

    @property
    def is_incident(self) -> bool:
        """Whether the document was read and is an incident page."""
        return self.facts is not None and self.facts.is_incident


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, and how sure we are. The fields of the jsonl form (docs/lint.md).

    `quote` and what follows are not among them: a few words of the trigger, shown to a person at a
    terminal; the test that decided; what would mend it; by what it was set aside. `secret` is the
    credential the finding is about, which jsonl tells the kind and the `value_id` of; `rotated_on` the
    day (ISO date) its value was changed, since when it opens nothing and is only to be taken off the page.
    """

    doc: DocId
    part: str
    code: str
    rule: str
    span: Span
    severity: Severity
    confidence: Confidence
    message: Text
    fingerprint: str
    content: str
    quote: str = ""
    reason: str = ""
    edits: tuple[Edit, ...] = ()
    waiver: Waiver | None = None
    secret: Secret | None = None
    rotated_on: str = ""


@dataclass(frozen=True, slots=True)
class PagePolicy:
    """What kb.toml says about pages. Part of the content hash, so a changed setting is read anew.

    `incident` and `other` are globs on `category/title` that decide a page's kind outright
    (`other` wins), `incident_tags` tags that do. `done_place` may hold `{year}`. Incidents before
    `record_only_before` (ISO date) are kept for the record: nobody can complete them any more.
    """

    incident: tuple[str, ...] = ()
    incident_tags: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    done_mark: str = "【完了】"
    done_place: str = "不具合共有/対応完了/{year}"
    host_pattern: str = ""
    timezone: str = "Asia/Tokyo"
    record_only_before: str = ""
