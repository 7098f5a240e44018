"""What rules are given: a Page for a check, an Entry for a join, old versions and the team's policy."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field, replace

from kb.model.document import DocumentHead, Markup, MaskedDocument, Visibility
from kb.model.facts import Facts
from kb.model.host_names import NO_HOSTS, HostNames
from kb.model.masked import Masked
from kb.model.secret import Remnant, Secret


@dataclass(frozen=True, slots=True)
class DocumentVersion:
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
class Page:
    """A document and what was read from it: what a rule's `check` sees.

    `facts` are NOT_READ where no rule that looks at the document asks for a reading.
    """

    document: MaskedDocument
    facts: Facts
    policy: PagePolicy
    secrets: tuple[Secret, ...] = ()
    remnants: tuple[Remnant, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewMark:
    """A mark in a page: read and found right on a day (ISO date), by somebody. "" for what cannot be read."""

    on: str
    by: str
    line: int = 1


@dataclass(frozen=True, slots=True)
class Entry(DocumentHead[Masked]):
    """What is kept of a document once it was read: its head and its Facts, and no word of its body.

    `facts` is None when nothing had to be read. What a rule's `join` sees, and what lists, reports and plans are
    made of. `private`: for named people only, not for all of a project. `closed`: a ticket whose status ends it.
    """

    _: KW_ONLY
    facts: Facts | None = None
    secrets: tuple[Secret, ...] = ()
    remnants: tuple[Remnant, ...] = ()
    private: bool = False
    closed: bool = False
    verified: ReviewMark | None = None

    @property
    def is_incident(self) -> bool:
        """Whether the document was read and is an incident page."""
        return self.facts is not None and self.facts.is_incident


@dataclass(frozen=True, slots=True)
class PagePolicy:
    """What kb.toml says about pages. Part of the content hash, so a changed setting is read anew.

    `incident` and `other` are globs on `category/title` that decide a page's kind outright
    (`other` wins), `incident_tags` tags that do. Tickets of `incident_trackers`, or with one of the values of
    `incident_fields` ("*": any) in the custom field, are incidents too. `done_place` may hold `{year}`. Incidents
    before `record_only_before` (ISO date) are kept for the record: nobody can complete them any more.
    """

    incident: tuple[str, ...] = ()
    incident_tags: tuple[str, ...] = ()
    incident_trackers: tuple[str, ...] = ()
    incident_fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    other: tuple[str, ...] = ()
    done_mark: str = "【完了】"
    done_place: str = "不具合共有/対応完了/{year}"
    hosts: HostNames = NO_HOSTS
    timezone: str = "Asia/Tokyo"
    record_only_before: str = ""

    @property
    def own(self) -> PagePolicy:
        """What kb.toml alone says: without the names that were collected."""
        return replace(self, hosts=self.hosts.own)
