"""What an esa team is made of. Times are epoch seconds: esa shows whole seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kb.sandbox.esa.state import derive
from kb.text.lazy_pattern import compile_lazy
from kb.text.tasks import count_tasks

_CONTENT_TYPE = compile_lazy(r"[\w!#$&^.+-]{1,100}/[\w!#$&^.+-]{1,100}(?:;[\x20-\x7e]{1,100})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An uploaded file: its content, or the address its requests are redirected to."""

    content: bytes = field(default=b"", repr=False)
    content_type: str = ""
    redirect: str = ""

    @property
    def header(self) -> str:
        """The Content-Type it is served with: as it was stored, unless no header can hold that."""
        return self.content_type if _CONTENT_TYPE.fullmatch(self.content_type) else "application/octet-stream"


@dataclass(slots=True)
class EsaMember:
    """A person of the team."""

    id: int
    screen_name: str
    name: str
    email: str
    role: str = "member"
    joined: int = 0
    accessed: int = 0


@dataclass(slots=True)
class EsaComment:
    """A comment; `id` is unique across the service. `stargazers` as in a post."""

    id: int
    number: int
    body_md: str
    created: int
    updated: int
    created_by: str
    more_stars: int = 0
    stargazers: dict[str, int] = field(default_factory=dict)

    @property
    def stars(self) -> int:
        """How many people starred it."""
        return len(self.stargazers) + self.more_stars


@dataclass(frozen=True, slots=True)
class EsaRevision:
    """A post as it stood after one edit."""

    number: int
    name: str
    category: str
    tags: tuple[str, ...]
    wip: bool
    body_md: str
    message: str
    created: int
    created_by: str


@dataclass(slots=True)
class EsaPost:
    """A post as it stands now. `category` is "" for none.

    `stargazers` and `watchers` name who is known; the counts of loaded data can be higher.
    `open_for` is how many more writes will find it open in somebody's editor.
    `history` holds the revisions before the present one, oldest first, as far as they are known.
    """

    number: int
    name: str
    category: str
    tags: tuple[str, ...]
    wip: bool
    body_md: str
    message: str
    created: int
    updated: int
    created_by: str
    updated_by: str
    revision: int = 1
    comments: list[int] = field(default_factory=list)
    stargazers: dict[str, int] = field(default_factory=dict)
    watchers: dict[str, int] = field(default_factory=dict)
    more_stars: int = 0
    more_watchers: int = 0
    shared: bool = False
    hidden: bool = False
    open_for: int = 0
    history: list[EsaRevision] = field(default_factory=list)
    tasks: int = 0
    done_tasks: int = 0
    _folded: str = ""

    def __post_init__(self) -> None:
        self.settle()

    def settle(self) -> None:
        """Derive task counts again; call it after every change."""
        self.tasks, self.done_tasks = count_tasks(self.body_md)
        self._folded = ""

    @property
    def stars(self) -> int:
        """How many people starred it."""
        return len(self.stargazers) + self.more_stars

    @property
    def watches(self) -> int:
        """How many people watch it."""
        return len(self.watchers) + self.more_watchers

    @property
    def path(self) -> str:
        """Category and title, as people type it."""
        return f"{self.category}/{self.name}" if self.category else self.name

    @property
    def full_name(self) -> str:
        """Category, title and tags, as esa shows it."""
        return self.path + "".join(f" #{tag}" for tag in self.tags)

    @property
    def kind(self) -> str:
        """`flow` in a category with a date, else `stock`."""
        return derive.kind_of(self.category)

    @property
    def folded(self) -> str:
        """Title, category and body without differences of width and case; made when first asked for."""
        if not self._folded:
            self._folded = derive.fold(f"{self.path}\n{self.body_md}")
        return self._folded

    def as_revision(self) -> EsaRevision:
        """Return the present state as a revision."""
        return EsaRevision(
            self.revision,
            self.name,
            self.category,
            self.tags,
            self.wip,
            self.body_md,
            self.message,
            self.updated,
            self.updated_by,
        )
