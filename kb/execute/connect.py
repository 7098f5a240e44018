"""Connect a run to the systems it writes to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import Markup, Source
from kb.plan.sections.patch import NewTexts
from kb.settings.kb_toml import RedmineSettings
from kb.settings.workspace import Workspace
from kb.sources.esa.remote import EsaRemote
from kb.sources.port import Remote
from kb.sources.redmine import rows as redmine_rows
from kb.sources.redmine.remote import RedmineRemote
from kb.sources.transport.call import Watcher
from kb.text.json_fields import int_field, text_field


@dataclass(frozen=True, slots=True)
class Connector:
    """Connects to the systems of a workspace. `texts` are bodies to write; `tells` and `notes` are apply's options."""

    workspace: Workspace
    mirror: Mirror
    team: str
    texts: NewTexts
    tells: bool
    notes: bool

    def connect(self, source: Source, stack: ExitStack, watch: Watcher | None) -> Callable[[str], Remote]:
        """Connect until the stack closes; return what makes the Remote once the run has a name.

        Raises CredentialError, SourceError.
        """
        return self._esa(stack, watch) if source is Source.ESA else self._redmine(stack, watch)

    def _esa(self, stack: ExitStack, watch: Watcher | None) -> Callable[[str], Remote]:
        from kb.sources.esa.client import Esa
        from kb.sources.esa.requests import write_token_spec

        settings = self.workspace.settings.esa
        assert settings is not None
        esa = stack.enter_context(Esa.connect(settings, **self._way(watch)))
        reader = queries.find_reader(self.mirror, "esa")
        if not reader or write_token_spec(settings).is_given:
            esa.identify()
        else:  # the reader writes: their limit is known already
            esa.access.limiter.share(f"{esa.access.host}/{int_field(reader.get('id'))}")
        return lambda run: EsaRemote(esa, run, self.mirror, texts=self.texts, tells=self.tells)

    def _redmine(self, stack: ExitStack, watch: Watcher | None) -> Callable[[str], Remote]:
        from kb.sources.redmine.client import Redmine

        settings = self.workspace.settings.redmine
        assert settings is not None
        redmine = stack.enter_context(Redmine.connect(settings, **self._way(watch)))
        redmine.identify()  # a wrong key reads as anonymous: private tickets would look gone
        rows = self.mirror.things(Source.REDMINE, "status").values()
        statuses = {text_field(row.get("name")): int_field(row.get("id")) for row in rows}
        world = build_ticket_world(settings, self.mirror)
        return lambda run: RedmineRemote(
            redmine, run, statuses, notes=self.notes, mirror=self.mirror, world=world, texts=self.texts
        )

    def _way(self, watch: Watcher | None) -> dict[str, Any]:
        sync = self.workspace.settings.sync
        return {"cache": self.workspace.cache, "max_wait_s": sync.max_wait_s, "watch": watch, "to_write": True}


def build_ticket_world(settings: RedmineSettings, mirror: Mirror) -> redmine_rows.RowContext:
    """Return the mirror's projects and closing statuses, as rows of tickets need them."""
    statuses = mirror.things(Source.REDMINE, "status").values()
    closed = frozenset(int_field(row.get("id")) for row in statuses if row.get("is_closed") is True)
    places = redmine_rows.project_places(list(mirror.things(Source.REDMINE, "project").values()))
    markup = {"markdown": Markup.MARKDOWN, "textile": Markup.TEXTILE}.get(settings.markup)
    return redmine_rows.RowContext(settings.url.rstrip("/"), places, closed, markup)
