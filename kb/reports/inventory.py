"""Count what stands in each category of esa: posts, drafts, the last edit by a person, who looks after it.

What not every member may read is counted apart and named nowhere, and personal folders are one row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from kb.lint.people.owners import load_owners
from kb.lint.people.ownership import Owners
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import DocumentHead, Source, Visibility, copy_head
from kb.model.masked import EMPTY, Masked, reshape
from kb.model.page import Entry
from kb.model.plan import ChangeKey, Plan, merge_values
from kb.secrets.mask_document import mask_text
from kb.settings.workspace import Workspace
from kb.text.dates import local_day
from kb.text.globs import find_personal_folder, is_below, is_limited


class InventorySort(StrEnum):
    """What comes first among the categories of one."""

    POSTS = "posts"
    EDITED = "edited"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category with all below it; `own` posts stand in it directly.

    `edited` is the day (ISO) of the last edit by a person, "" where nobody knows. `owners` are who looks after most of
    its posts, first; nobody where all have left. `after` posts stand there once a plan is carried out.
    """

    category: Masked
    depth: int
    posts: int
    own: int
    wip: int
    edited: str
    owners: tuple[str, ...]
    after: int = 0

    @property
    def name(self) -> Masked:
        """The last part of its path."""
        return reshape(self.category, lambda category: category.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class Inventory:
    """The rows, each before those below it.

    `loose` are the posts without a category, `personal` those of `folders` personal folders; `hidden` posts are counted
    in none of them, since not every member may read them.
    """

    rows: tuple[CategoryRow, ...]
    total: CategoryRow
    loose: CategoryRow
    personal: CategoryRow
    folders: int
    hidden: int


def list_moves(plan: Plan) -> dict[str, str]:
    """Return the categories that the accepted changes give to posts, by document."""
    return {
        each.target: str(each.after[ChangeKey.CATEGORY])
        for each in plan.accepted
        if each.source is Source.ESA and ChangeKey.CATEGORY in merge_values([each])
    }


def gather_inventory(
    workspace: Workspace,
    place: str = "",
    depth: int = 2,
    sort: InventorySort = InventorySort.POSTS,
    moved: Mapping[str, str] = MappingProxyType({}),
) -> Inventory:
    """Return the categories of the mirror, `depth` levels of them, from `place` on.

    `moved` are the categories a plan would give to posts, by document: a category it makes is a row of no posts now.

    Raises InputError for an unreadable OWNERS file, StoreError.
    """
    place = place.strip("/")
    folders = (
        () if find_personal_folder(place, workspace.settings.people.folders) else workspace.settings.people.folders
    )
    limited = workspace.settings.esa.limited if workspace.settings.esa else ()
    root, loose, personal = _Node(), _Node(), _Node()
    seen: set[str] = set()
    hidden, start = 0, place.count("/") + 1 if place else 0
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        owners = load_owners(workspace, mirror)
        zone = ZoneInfo(workspace.settings.timezone)
        for head in queries.live_post_heads(mirror.database):
            after = moved.get(str(head.doc), head.category)
            inside = [_is_inside(category, place) for category in (head.category, after)]
            if not any(inside):
                continue
            if head.visibility < Visibility.MEMBERS or is_limited(head.category, limited):  # shared ones are in it, too
                hidden += inside[0]
                continue
            if inside[1] and not is_limited(after, limited):
                _count_after(after, folders, start + depth, root, loose, personal)
            if not inside[0]:
                continue
            folder = find_personal_folder(head.category, folders)
            post = _Post.of(head, owners, zone, named=not folder)
            root.add(post)
            if folder:
                seen.add(folder)
                personal.add(post)
            elif not head.category:
                loose.add(post)
            else:
                root.add_below(post, head.category.split("/"), start + depth)
    rows = (row for row in root.list_rows(_SORTS[sort]) if row.depth >= start)
    return Inventory(tuple(rows), root.row(""), loose.row(""), personal.row(""), len(seen), hidden)


def _is_inside(category: str, place: str) -> bool:
    return not place or is_below(category, place)


def _count_after(
    category: str, folders: Collection[str], depth: int, root: _Node, loose: _Node, personal: _Node
) -> None:
    """Count a post where it stands after a plan."""
    root.after += 1
    if find_personal_folder(category, folders):
        personal.after += 1
    elif not category:
        loose.after += 1
    else:
        root.add_after(category.split("/"), depth)


@dataclass(frozen=True, slots=True)
class _Post:
    """What is counted of a post."""

    wip: bool
    edited: str
    owners: tuple[str, ...]

    @classmethod
    def of(cls, head: DocumentHead[str], owners: Owners, zone: ZoneInfo, *, named: bool) -> _Post:
        day = local_day(head.human_at, zone)
        owner = owners.owner_of(Entry(**copy_head(head))) if named else None
        names = tuple(each.name for each in owner.people) if owner else ()
        return cls(head.wip, day.isoformat() if day else "", names)


@dataclass(slots=True)
class _Node:
    """A category while posts are counted."""

    posts: int = 0
    own: int = 0
    wip: int = 0
    edited: str = ""
    after: int = 0
    owners: Counter[str] = field(default_factory=Counter)
    below: dict[str, _Node] = field(default_factory=dict)

    def add(self, post: _Post) -> None:
        self.posts += 1
        self.wip += post.wip
        self.edited = max(self.edited, post.edited)
        self.owners.update(post.owners)

    def add_below(self, post: _Post, parts: list[str], depth: int) -> None:
        """Count a post in the categories of its path, `depth` of them at most."""
        node = self
        for part in parts[:depth]:
            node = node.below.setdefault(part, _Node())
            node.add(post)
        node.own += len(parts) <= depth

    def add_after(self, parts: list[str], depth: int) -> None:
        """Count a post in the categories it is in after a plan."""
        node = self
        for part in parts[:depth]:
            node = node.below.setdefault(part, _Node())
            node.after += 1

    def row(self, category: str) -> CategoryRow:
        names = sorted(self.owners, key=lambda name: (-self.owners[name], name))
        shown = mask_text(category) if category else EMPTY
        depth = category.count("/") + 1 if category else 0
        return CategoryRow(shown, depth, self.posts, self.own, self.wip, self.edited, tuple(names), self.after)

    def list_rows(self, order: Callable[[tuple[str, _Node]], object], above: str = "") -> Iterator[CategoryRow]:
        """Yield the categories below, each before its own."""
        rows: Iterable[tuple[str, _Node]] = sorted(self.below.items(), key=order)  # type: ignore[arg-type]
        for name, node in rows:
            category = f"{above}/{name}" if above else name
            yield node.row(category)
            yield from node.list_rows(order, category)


_SORTS: dict[InventorySort, Callable[[tuple[str, _Node]], object]] = {
    InventorySort.POSTS: lambda each: (-each[1].posts, each[0]),
    InventorySort.EDITED: lambda each: (each[1].edited, each[0]),
    InventorySort.NAME: lambda each: each[0],
}
