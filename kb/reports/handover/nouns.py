"""What one member holds, as rows: pages, tickets, machines, secrets, accounts, and what only they can tell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kb.lint.people.people import Person
from kb.model.masked import Masked
from kb.text.lang import Text


class PageHold(StrEnum):
    """Why a page is theirs; a page is listed once, under the first that holds."""

    PERSONAL = "personal"  # in their personal folder
    DRAFT = "draft"  # they made it, and it is WIP
    SOLE = "sole"  # nobody else is known to have edited it


@dataclass(frozen=True, slots=True)
class HeldPage:
    """A page. `sure` is False where versions that were not read may be another's. `home` is where it may belong.

    `edited` is an ISO day; `owners` are those who work nearby.
    """

    doc: str
    title: Masked
    place: Masked
    hold: PageHold
    wip: bool
    edited: str
    sure: bool = True
    home: str = ""
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldIncident:
    """An incident page of theirs, or one with measures of theirs: the lines of those that are not done.

    `done`: its title or place says that all of it is.
    """

    doc: str
    title: Masked
    day: str
    written: bool
    done: bool = False
    measures: tuple[int, ...] = ()
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """An open ticket that is assigned to them, or that they reported. `finished`: its status says it is done."""

    doc: str
    title: Masked
    project: str
    status: str
    assigned: bool
    finished: bool = False
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldNode:
    """A node, a machine, a program or a channel that is theirs: what says so, and who may look after it.

    `runs`: a snapshot shows it running; None where none says.
    """

    name: str
    says: tuple[Text, ...]
    runs: bool | None = None
    runbook: str = ""
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldSecret:
    """A secret they know, the most exposed first: where it stands, what it opens; never the value.

    `alone`: it stands on no page that anybody else who is there wrote on.
    """

    doc: str
    line: int
    kind: Text
    opens: str
    exposure: int
    id: str = ""
    alone: bool = False


@dataclass(frozen=True, slots=True)
class SeenAccount:
    """An account under one of their names: in which system, where it is written, and what is said of it."""

    system: str
    name: str
    places: tuple[str, ...]
    said: Masked


@dataclass(frozen=True, slots=True)
class HeldOperation:
    """What of kb itself is theirs."""

    what: Text


@dataclass(frozen=True, slots=True)
class Question:
    """One question, answerable in five minutes.

    `score` is the product of `alone` (only they know) and `breaks` (likely to break), each 0 to 1; `why` says both.
    `sources` are places as `esa:1:4`, `home` the post an answer goes into ("" for none yet), `others` whom to ask
    where they cannot be reached.
    """

    id: str
    subject: str
    ask: Text
    quote: Masked
    sources: tuple[str, ...]
    alone: float
    breaks: float
    why: tuple[Text, ...]
    home: str = ""
    others: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        return self.alone * self.breaks


@dataclass(frozen=True, slots=True)
class Belongings:
    """All that a member holds. `notes` say what was not looked at; `readable` secrets stand where all members read."""

    person: Person
    pages: tuple[HeldPage, ...] = ()
    incidents: tuple[HeldIncident, ...] = ()
    tickets: tuple[HeldTicket, ...] = ()
    nodes: tuple[HeldNode, ...] = ()
    secrets: tuple[HeldSecret, ...] = ()
    readable: int = 0
    accounts: tuple[SeenAccount, ...] = ()
    operations: tuple[HeldOperation, ...] = ()
    questions: tuple[Question, ...] = ()
    notes: tuple[Text, ...] = ()
