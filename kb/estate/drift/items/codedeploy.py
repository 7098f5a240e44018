"""What CodeDeploy says of applications and their groups. Pure."""

from __future__ import annotations

from kb.estate.drift.items.item import Item
from kb.estate.drift.kinds import FilterKind


class TagFilter(Item, frozen=True):
    """A tag that an instance must carry."""

    key: str = ""
    value: str = ""
    kind: FilterKind = FilterKind.BOTH

    @property
    def wanted(self) -> tuple[str | None, str | None]:
        """The key and the value it asks for, None where any will do."""
        return (None if self.kind is FilterKind.VALUE else self.key), (
            None if self.kind is FilterKind.KEY else self.value
        )


class DeployGroup(Item, frozen=True):
    """A deployment group. An instance needs a tag of each of `tag_sets`, or one of `asgs`."""

    app: str
    name: str
    platform: str = "Server"
    tag_sets: tuple[tuple[TagFilter, ...], ...] = ()
    asgs: tuple[str, ...] = ()
    on_premises: bool = False
    last_success_at: str = ""

    @property
    def path(self) -> str:
        """`app/group`, as `match.codedeploy` names it."""
        return f"{self.app}/{self.name}"


class CodeDeployItems(Item, frozen=True):
    """What `aws deploy` prints of applications and their groups.

    `is_listed` is whether all of them were listed: of groups that were asked for by name, others may be there.
    """

    applications: tuple[str, ...] = ()
    groups: tuple[DeployGroup, ...] = ()
    is_listed: bool = True
