"""What `kb plan restrict` weighs: tickets of the mirror with their notes, and what the key's owner may do."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import TYPE_CHECKING

from kb.console.terminal import say
from kb.errors import SourceError
from kb.mirror.store import Mirror
from kb.model.document import Source
from kb.plan.propose.restrict import OwnerRights, ReadTicket
from kb.text.json_fields import int_field, object_field
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.settings.workspace import Workspace

CLOSED_PROJECT = 5
"""The status of a project that takes no change (Redmine 6.0.5)."""


def read_tickets(mirror: Mirror, numbers: Collection[int]) -> dict[int, ReadTicket]:
    """Return these tickets as they are mirrored; missing ones are left out."""
    projects = {int_field(row.get("id")): row for row in mirror.things(Source.REDMINE, "project").values()}
    found = {number: mirror.ticket(number) for number in numbers}
    tickets: dict[int, ReadTicket] = {}
    for number, row in found.items():
        if row is None:
            continue
        raw, notes = row.raw, [json.loads(each) for each, _ in row.notes]
        project = int_field(object_field(raw.get("project")).get("id"))
        tickets[number] = ReadTicket(
            number,
            row.title,
            row.updated_at,
            project,
            int_field(object_field(raw.get("author")).get("id")),
            int_field(object_field(raw.get("assigned_to")).get("id")),
            raw.get("is_private") is True,
            int_field(projects.get(project, {}).get("status")) != CLOSED_PROJECT,
            {int_field(each.get("id")): int_field(object_field(each.get("user")).get("id")) for each in notes},
            frozenset(int_field(each.get("id")) for each in notes if each.get("private_notes") is True),
        )
    return tickets


def ask_owner_rights(workspace: Workspace) -> OwnerRights:
    """Ask Redmine what the owner of the key that writes may do: one request, and one for each of their roles."""
    from kb.sources.redmine.client import Redmine

    settings = workspace.settings.redmine
    assert settings is not None
    wait = workspace.settings.sync.max_wait_s
    try:
        with Redmine.connect(settings, cache=workspace.cache, max_wait_s=wait, to_write=True) as redmine:
            rights = redmine.rights.of_owner()
            count = redmine.access.requests
    except SourceError as error:
        unasked = t(
            "Redmine に聞かずに変更案を作るなら、--without-check を付けてください。",
            "to make the plan without asking Redmine, add --without-check.",
        )
        step = error.next_step
        error.next_step = t(f"{step.ja}{unasked.ja}", f"{step.en} {unasked.en}") if step else unasked
        raise
    say(
        t(
            f"プライベートにできるかを Redmine に確かめました（{count:,} リクエスト）。",
            f"asked Redmine what can be made private ({count:,} requests).",
        )
    )
    return rights
