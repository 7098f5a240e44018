"""The interfaces a simulated system can have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol, TypeAlias, runtime_checkable

from starlette.routing import BaseRoute

from kb.sandbox.core.counters import Notices

Clock: TypeAlias = Callable[[], datetime]
"""The sandbox's time, aware; shared by both systems, moved by `POST /_sandbox/clock`."""

Row: TypeAlias = Mapping[str, object]
"""One JSON object of a data file, or of a control request."""


class SimulatedSystem(Protocol):
    """A simulated system: its data, its routes, and edits as another person."""

    def load(self, rows: Iterable[dict[str, object]]) -> None:
        """Add rows to the initial data, to which `reset` returns. Raises InputError."""

    def reset(self) -> None:
        """Return to what was loaded; resets limits and added tokens too."""

    def edit(self, payload: dict[str, object]) -> dict[str, object]:
        """Edit as another person (`action`, `fields`, `as`, `quiet`). Raises InputError."""

    def routes(self) -> list[BaseRoute]:
        """Return the HTTP routes."""


@runtime_checkable
class Configurable(Protocol):
    """A system with switches for what is undocumented or differs by version."""

    def configure(self, changes: dict[str, object]) -> dict[str, object]:
        """Set switches; return all of them. Raises InputError for an unknown one."""


@runtime_checkable
class TokenMaker(Protocol):
    """A system to which tokens can be added."""

    def add_token(self, fields: dict[str, object]) -> dict[str, object]:
        """Add a token with `fields` (user, scopes, categories). Raises InputError."""


@runtime_checkable
class Dumpable(Protocol):
    """A system that can dump its content, past limits, scopes and counters."""

    def dump(self) -> Iterable[dict[str, object]]:
        """Yield every present text, one row each."""


@runtime_checkable
class Notifying(Protocol):
    """A system whose writes notify people."""

    @property
    def notices(self) -> Notices:
        """The notifications since the last reset."""


@runtime_checkable
class WebhookCaller(Protocol):
    """A system that calls webhooks."""

    def hook(self, order: dict[str, object]) -> dict[str, object]:
        """Set the webhook (`url`, `secret`, `repeat`, `batch`). Raises InputError."""

    def describe_hook(self) -> dict[str, object]:
        """Return the webhook and what was sent."""
