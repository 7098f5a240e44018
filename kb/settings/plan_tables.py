"""The tables of kb.toml for plans: how much is sent at once, and where posts go."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MoveSettings:
    """`[[plan.move]]`: which posts `kb plan move` puts where. The first match counts."""

    to: str = field(metadata={"example": '"運用/手順/{rest}"'})
    source: str = field(default="", metadata={"key": "from", "example": '"旧運用/手順"'})
    title: str = field(default="", metadata={"example": "'^手順'"})
    tag: str = field(default="", metadata={"example": '"手順"'})


@dataclass(frozen=True, slots=True)
class RetitleSettings:
    """`[[plan.retitle]]`: what `kb plan retitle` replaces a match with."""

    match: str = field(metadata={"example": "'^\\[障害\\]'"})
    to: str = field(metadata={"example": "'【障害】'"})
    place: str = field(default="", metadata={"key": "in", "example": '"不具合共有"'})


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """`[plan]`: how much `kb apply` sends in one run unless the number is stated (`--allow 340`).

    `most_changes` posts and tickets in all; `most_share` percent of the posts of one top category, once
    that is more than 20; `most_shipped` posts that leave WIP; `most_closed` tickets. `lead` is the screen name of who
    may answer checklists for others, as in a meeting. `redacted` is what is written in place of a secret.

    `create_limit` is how many tickets one run may make for measures, at most 10; 0 makes none. They go into
    `ticket_project` (its identifier) under `ticket_tracker`; without these where the team's measures are.
    """

    most_changes: int = field(default=200, metadata={"example": "200"})
    most_share: int = field(default=30, metadata={"example": "30"})
    most_shipped: int = field(default=20, metadata={"example": "20"})
    most_closed: int = field(default=50, metadata={"example": "50"})
    create_limit: int = field(default=0, metadata={"example": "10"})
    ticket_project: str = field(default="", metadata={"example": '"infra"'})
    ticket_tracker: str = field(default="", metadata={"example": '"改善"'})
    lead: str = field(default="", metadata={"example": '"mori"'})
    redacted: str = field(default="（伏せました）", metadata={"example": '"（1Password の Redmine 管理者）"'})
    move: tuple[MoveSettings, ...] = field(default=(), metadata={"example": "[[plan.move]]"})
    retitle: tuple[RetitleSettings, ...] = field(default=(), metadata={"example": "[[plan.retitle]]"})
