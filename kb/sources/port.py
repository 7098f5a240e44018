"""What a source gives kb: a class for each folder of `kb.sources`, and what applying a plan needs of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, Unpack, runtime_checkable

from kb.text.lang import t

if TYPE_CHECKING:
    from contextlib import ExitStack

    from kb.errors import RefusedError
    from kb.mirror.store import Mirror
    from kb.mirror.sync.job import SyncJob
    from kb.model.document import Kind, Markup, Source
    from kb.model.health import HealthCheck
    from kb.model.host_names import HostPage
    from kb.model.plan import Change, SeenState
    from kb.model.request import ChangeRequest, RequestPreview, Result, TargetState
    from kb.plan.impact.duration import RateBudget
    from kb.plan.impact.estimate import TicketAudience
    from kb.plan.rebase import CurrentTarget
    from kb.plan.sections.patch import NewTexts
    from kb.reading.pages.category_tree import SettingsProposal
    from kb.settings.kb_toml import Settings
    from kb.settings.workspace import Workspace
    from kb.sources.transport.access import Client
    from kb.sources.transport.call import Watcher
    from kb.sources.transport.connect import ConnectOptions
    from kb.sources.transport.credentials import CredentialStatus
    from kb.text.lang import Text


@dataclass(frozen=True, slots=True)
class EnvVariable:
    """An environment variable of a credential, with what a workflow's comment says of it, in Japanese."""

    name: str
    about: str
    to_write: bool = False


@dataclass(frozen=True, slots=True)
class InitQuestion:
    """What `kb init` asks to set a source up, and the option that answers it."""

    text: Text
    option: str


@dataclass(frozen=True, slots=True)
class Introduction:
    """What `kb init` learns from a source: whose account it is and where, remarks, a proposal for kb.toml.

    `pages` are those it read, as far as every member may read them, to learn names of hosts from; `members` are no
    hosts: screen names, with full names. `accounts` are names of people of a source without such a list.
    """

    account: str
    where: str = ""
    remarks: tuple[Text, ...] = ()
    proposal: SettingsProposal | None = None
    pages: tuple[HostPage, ...] = ()
    members: Mapping[str, str] = field(default_factory=dict)
    accounts: tuple[str, ...] = ()


class SourcePort(ABC):
    """One source that kb.toml configures. Cheap to make: it sends nothing and loads no client library."""

    source: ClassVar[Source]
    system: ClassVar[str]
    """What people call it: "esa"."""
    title: ClassVar[Text]
    """What counts by source call it."""
    pages: ClassVar[Text]
    """What its documents are, as a count names them."""
    default_kind: ClassVar[Kind]
    default_markup: ClassVar[Markup]
    """Of its documents in `--input` that name none."""
    table: ClassVar[type | None] = None
    """The dataclass of its table in kb.toml; None where `Settings` has a field for it."""
    has_projects: ClassVar[bool] = False
    """Whether `kb sync --project` can narrow it."""
    has_depths: ClassVar[bool] = False
    """Whether old versions and attachments can be read besides."""
    lists_members: ClassVar[bool] = False
    """Whether it tells who is a member of the team, and who left."""
    variables: ClassVar[tuple[EnvVariable, ...]] = ()
    """Where its credentials may be: what `kb init --github` hands to the workflows."""
    question: ClassVar[InitQuestion | None] = None
    """What `kb init` asks; None where it is written into kb.toml by hand alone."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    @classmethod
    def configured(cls, settings: Settings) -> Iterable[Self]:
        """Return the sources of this kind in kb.toml, in its order."""
        return [cls(settings.tables[cls.source])] if cls.source in settings.tables else []

    @classmethod
    def check_environment(cls) -> Iterator[HealthCheck]:
        """Yield what `kb doctor` says of variables that redirect a source, configured or not."""
        return iter(())

    @classmethod
    def parse_answer(cls, answer: str) -> str:
        """Return the answer to `question` as kb.toml has it."""
        return answer.strip()

    def introduce(self, workspace: Workspace) -> Introduction | None:
        """Connect for `kb init` and say what is there; None where there is nothing to say."""
        return None

    @property
    def name(self) -> str:
        """How the ids of its documents begin: "esa", "files:minutes"."""
        return self.source.value

    @property
    @abstractmethod
    def place(self) -> str:
        """Which one it is: the team, the address, the folder's name."""

    @property
    def label(self) -> str:
        """Its name in a report."""
        return str(t(f"{self.system}（{self.place}）", f"{self.system} ({self.place})"))

    @property
    def progress_label(self) -> str:
        """Its name beside a progress bar."""
        return self.system

    @abstractmethod
    def connect(self, workspace: Workspace, **options: Unpack[ConnectOptions]) -> Any:
        """Return the client `sync` reads with; its `access` counts requests and `close` ends it, where it has them."""

    @abstractmethod
    def sync(self, client: Any, job: SyncJob, project: str) -> None:
        """Bring the mirror up to date, or only the part of one `project`."""

    @abstractmethod
    def check_health(
        self, workspace: Workspace, cache: Path | None, now: Callable[[], datetime]
    ) -> Iterator[HealthCheck]:
        """Yield what `kb doctor` says of it: whether it answers, and what is visible."""

    def credentials(self, workspace: Workspace, now: datetime) -> Iterator[CredentialStatus]:
        """Yield the credentials it needs, each with what the system says of it."""
        return iter(())

    def link_end(self, address: str) -> str:
        """Return the document (`esa:12`) or category (`path:不具合共有/2025`) an address leads to; "" for neither."""
        return ""

    @classmethod
    def parse_typed(cls, typed: str) -> str:
        """Return the id of its document that a person names by number or address; "" for anything else."""
        return ""


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """How a run writes: the bodies that are new, whether esa tells members, whether tickets get notes.

    `with_secrets`: old texts come back with secrets. `noted` are the tickets of which notes change: only one read
    alone shows its notes. `planned_at` (UTC) is when the plan was made: what it makes was not there before.
    """

    texts: NewTexts = field(default_factory=dict)
    tells: bool = False
    notes: bool = True
    with_secrets: bool = False
    noted: frozenset[int] = frozenset()
    planned_at: str = ""


class PlanOwner(Protocol):
    """What a plan and a run say of the systems they are for."""

    @property
    def team(self) -> str: ...
    @property
    def redmine(self) -> str: ...


class WritePort(SourcePort):
    """A source that plans are applied to. Its targets are of its `default_kind`, and rows and requests number them."""

    renames_categories: ClassVar[bool] = False
    """Whether one request can rename a category with all that is in it."""

    @classmethod
    @abstractmethod
    def owns(cls, made: PlanOwner, settings: Settings) -> bool:
        """Whether a plan or run is for the system of these settings: elsewhere its numbers mean something else."""

    @classmethod
    @abstractmethod
    def foreign_plan_error(cls, plan: PlanOwner, settings: Settings) -> RefusedError:
        """The error for a plan that `owns` denies."""

    @abstractmethod
    def open_remote(
        self, stack: ExitStack, workspace: Workspace, mirror: Mirror, options: RemoteOptions, watch: Watcher | None
    ) -> Callable[[str], Remote]:
        """Connect to write until the stack closes; return what makes the Remote once the run has a name.

        Raises CredentialError, SourceError.
        """

    @classmethod
    @abstractmethod
    def mirrored_target(cls, mirror: Mirror, number: int) -> CurrentTarget | None:
        """How a target stands in the mirror; None for one that is not mirrored."""

    @abstractmethod
    def url_of(self, number: int) -> str:
        """The address people open a target at."""

    @property
    @abstractmethod
    def writes_apart(self) -> bool:
        """Whether a credential of its own writes, whose owner is unknown until it is used."""

    @classmethod
    def refuse_changes(cls, mirror: Mirror, changes: Iterable[Change]) -> Iterator[tuple[Change, RefusedError]]:
        """Yield the changes the system is known not to take, and why."""
        return iter(())

    @classmethod
    def find_dependencies(cls, mirror: Mirror, changes: Sequence[Change]) -> Iterable[tuple[str, str]]:
        """Return pairs of targets, the later one first, where the order of sending matters."""
        return ()

    @classmethod
    def find_audiences(cls, mirror: Mirror, targets: Iterable[str]) -> Mapping[str, TicketAudience]:
        """Map targets to the people their system mails about a change."""
        return {}

    def find_limited(self, mirror: Mirror, changes: Iterable[Change]) -> frozenset[str]:
        """Return the targets that only part of the team may read, by kb.toml or the mirror."""
        return frozenset()

    def read_budget(self, workspace: Workspace, mirror: Mirror, now: float) -> RateBudget | None:
        """Return where the system's rate limit stands, as this machine last left it; None where it has none."""
        return None


@runtime_checkable
class CanCreate(Protocol):
    """A system that makes what a plan wants made, and finds by its mark what was made before."""

    def find_made(self, request: ChangeRequest, now: TargetState) -> TargetState | None:
        """Return the state of what stands there already for a request, None where it is to be made."""


@runtime_checkable
class CanWithdraw(Protocol):
    """A system in which two senders may make the same thing at the same moment, and that can close the second one."""

    def find_doubles(self, made: Mapping[int, int]) -> dict[int, tuple[int, ...]]:
        """Return what else stands open for what was made, by what plans call it: one look for all."""

    def withdraw(self, request: ChangeRequest, made: int, updated_at: str, first: int) -> Result:
        """Close what was made, if nobody touched it since, in favour of the `first`: SAME with that one's state."""

    def pause(self, seconds: float) -> None:
        """Wait between two looks."""


@runtime_checkable
class CanPreview(Protocol):
    """A system that can say what it would send."""

    def composed(self, request: ChangeRequest, seen: TargetState) -> RequestPreview | Result:
        """Return what is sent for a request, or its result where it cannot be sent."""


class Remote(Protocol):
    """A system as `kb.execute.engine` writes to it."""

    source: Source
    at_once: int
    """How many targets one look covers before they are written."""
    proof_later: bool
    """Whether an answer proves nothing, so that a block is read back after it was sent."""
    unmarked: bool
    """Whether what is sent does not name the run."""
    has_unique_names: bool
    """Whether no two targets in one category may have the same title."""
    reads_notes_apart: bool
    """Whether `edited` sends a request, since a state shows no notes."""

    def look(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        """Return the present state of these targets; missing ones are left out."""

    def read_back(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        """Return the state of targets that were written to, with what tells whose values were replaced."""

    def besides(self, states: Mapping[int, TargetState]) -> Iterable[int]:
        """Return further targets that may change along with these."""

    def along(self, request: ChangeRequest, states: Mapping[int, TargetState]) -> tuple[int, ...]:
        """Return the targets that the system would change along with a request, as they stand now."""

    def changed_along(self, number: int, now: TargetState) -> bool:
        """Whether a target that `along` named was changed by this run; a person may have been there first."""

    def edited(self, seen: SeenState, number: int, now: TargetState) -> Mapping[str, Any] | None:
        """Return a target's text with all a reading needs, if a person edited it after `seen`; else None."""

    def send(self, request: ChangeRequest, seen: TargetState) -> Result:
        """Send one request. Raises what ends the whole run: a limit that asks for too long."""

    def settled(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        """Return the result of a request without an answer, from how the target stands now."""

    def proved(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        """Return the result of an answered request, from how the target stands now."""

    def keep(self, states: Sequence[TargetState]) -> None:
        """Update the mirror with these states."""

    @property
    def requests(self) -> int:
        """The number of requests so far."""

    @property
    def waited_s(self) -> float:
        """Seconds waited for the limit so far."""

    def settle(self) -> bool:
        """Wait until a request may leave; return whether that took any time."""

    def now(self) -> float:
        """Return epoch seconds, by the clock the waiting uses."""


def write_options(workspace: Workspace, watch: Watcher | None) -> ConnectOptions:
    """Return how a client connects to write."""
    wait = workspace.settings.sync.max_wait_s
    return {"cache": workspace.cache, "max_wait_s": wait, "watch": watch, "to_write": True}


class RemoteAccess:
    """What a Remote tells of the requests, waits and clock of its `client`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def requests(self) -> int:
        return self._client.access.requests

    @property
    def waited_s(self) -> float:
        return self._client.access.waited_s

    def settle(self) -> bool:
        return self._client.access.settle()

    def now(self) -> float:
        return self._client.access.now()
