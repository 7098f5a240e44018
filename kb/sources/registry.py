"""Find the sources: each folder beside this file with a `source.py`, which names its port `SOURCE`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from kb.mirror import queries
from kb.model.document import Source
from kb.settings.kb_toml import Settings
from kb.settings.report_tables import SlackSettings
from kb.settings.workspace import Workspace
from kb.sources.port import SourcePort, WritePort
from kb.text.json_fields import text_field

if TYPE_CHECKING:
    from kb.mirror.store import Mirror
    from kb.sources.transport.credentials import CredentialStatus

_FIRST = ("esa", "redmine", "files")
"""The order in which outputs name them; others follow by name."""


_FOUND = {path.parent.name for path in Path(__file__).parent.glob("*/source.py")}
MODULES = tuple(f"kb.sources.{name}.source" for name in (*_FIRST, *sorted(_FOUND.difference(_FIRST))))


def source_kinds() -> tuple[type[SourcePort], ...]:
    """Return the port of every source, configured or not."""
    return tuple(cast(type[SourcePort], import_module(name).SOURCE) for name in MODULES)


def source_kind(source: Source) -> type[SourcePort]:
    """Return the port of a source. Raises KeyError for an unknown one."""
    return {each.source: each for each in source_kinds()}[source]


def writable_kinds() -> tuple[type[WritePort], ...]:
    """Return the port of every source that plans can be applied to, configured or not."""
    return tuple(kind for kind in source_kinds() if issubclass(kind, WritePort))


def writable_sources(settings: Settings) -> tuple[WritePort, ...]:
    """Return the sources of kb.toml that plans can be applied to."""
    return tuple(each for each in configured_sources(settings) if isinstance(each, WritePort))


def reader_name(mirror: Mirror) -> str:
    """Return who reads the first source that says so, masked; "" before the first sync."""
    from kb.secrets.mask_document import mask_text

    readers = (queries.find_reader(mirror, kind.source) for kind in writable_kinds())
    return mask_text(text_field(next(filter(None, readers), {}).get("name")))


def configured_sources(settings: Settings) -> tuple[SourcePort, ...]:
    """Return the sources of kb.toml."""
    return tuple(each for kind in source_kinds() for each in kind.configured(settings))


def source_tables() -> Mapping[str, type]:
    """Return the dataclass of each table of kb.toml that a source brings along."""
    return {kind.source.value: kind.table for kind in source_kinds() if kind.table is not None}


def parse_typed(typed: str) -> str:
    """Return the id of the document a person names; what no source knows counts as an id itself."""
    return next((found for kind in source_kinds() if (found := kind.parse_typed(typed))), typed)


def find_link_end(sources: Iterable[SourcePort], address: str) -> str:
    """Return where an address leads: `esa:12`, `redmine:45`, `path:不具合共有/2025`; "" for anything else."""
    return next((end for source in sources if (end := source.link_end(address))), "")


def member_sources() -> tuple[Source, ...]:
    """Return the sources that tell who is a member of the team."""
    return tuple(kind.source for kind in source_kinds() if kind.lists_members)


def credential_statuses(workspace: Workspace, now: datetime) -> Iterator[CredentialStatus]:
    """Yield the credentials of every system in kb.toml, asking each of them."""
    for source in configured_sources(workspace.settings):
        yield from source.credentials(workspace, now)
    if workspace.settings.slack != SlackSettings():
        from kb.sources.slack import slack_credential_spec
        from kb.sources.transport.credentials import CredentialStatus, credential_origin

        for by_token in (False, True):
            wanted = slack_credential_spec(workspace.settings.slack, by_token=by_token)
            if (found := credential_origin(wanted)) is not None:
                yield CredentialStatus("slack", "notify", wanted.variable, found)
