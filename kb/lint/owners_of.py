"""The owners of a workspace: kb.toml, the OWNERS file beside it, and whom the mirror knows.

with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
    owners = owners_of(workspace, mirror)
    owners.of(entry)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kb.config import Workspace
from kb.errors import InputError
from kb.lang import t
from kb.lint import owners_file, team_file
from kb.lint.ownership import OwnerRule, Owners, nobody, owner_rule
from kb.lint.people import People
from kb.mirror import known
from kb.mirror.rows import text
from kb.mirror.store import Mirror
from kb.model import DocId, Source
from kb.settings import Settings


def owners_of(workspace: Workspace | None, mirror: Mirror | None) -> Owners:
    """Who sees to what. Without a mirror only kb.toml names anybody.

    Tickets are asked for their assignees once, when the first is wanted. Raises InputError for an OWNERS file that
    cannot be read.
    """
    settings = workspace.settings if workspace is not None else Settings()
    rules = [*(_filed(workspace) if workspace is not None else ()), *_written(settings)]
    people = people_of(settings, mirror)
    assignee = _Assignees(mirror) if mirror is not None else nobody
    return Owners(people, rules, settings.people.folders, settings.owners.steward, assignee)


def people_of(settings: Settings, mirror: Mirror | None) -> People:
    """Everybody the mirror and kb.toml know."""
    same = tuple((name, *others) for name, others in settings.people.same)
    if mirror is None:
        return People(same=same)
    members, former = (
        {
            text(row.get("screen_name")) or key: text(row.get("name"))
            for key, row in mirror.things(Source.ESA, kind).items()
        }
        for kind in ("member", "former-member")
    )
    return People(members, former, tuple(known.redmine_names(mirror.database)), same)


def _written(settings: Settings) -> Iterator[OwnerRule]:
    """The rules of kb.toml."""
    for each in settings.owners.rule:
        yield owner_rule(each.to, place=each.place, tag=each.tag, node=each.node, folders=settings.people.folders)


def _filed(workspace: Workspace) -> list[OwnerRule]:
    """The rules of the file that `[owners] file` names, beside kb.toml."""
    settings = workspace.settings
    if not settings.owners.file:
        return []
    path = Path(workspace.root, settings.owners.file)
    said = team_file.read(path)
    if said is None:
        raise InputError(
            t(f"[owners] file の {path.name} がありません。", f"there is no {path.name}, which [owners] file names."),
            t(
                f"{path} を作るか、kb.toml の file を直してください。",
                f"make {path}, or correct the name in kb.toml.",
            ),
        )
    return owners_file.rules_in(said, settings.people.folders)


class _Assignees:
    """The assignees of tickets by document, asked for in one query when the first is wanted."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._names: dict[str, str] | None = None

    def __call__(self, doc: DocId) -> str:
        if not isinstance(doc, str) or not doc.startswith("redmine:"):
            return ""
        if self._names is None:
            self._names = known.assignees(self._mirror.database)
        return self._names.get(doc, "")
