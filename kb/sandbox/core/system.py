"""What the sandbox needs of each system it plays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol, TypeAlias, runtime_checkable

from starlette.routing import BaseRoute

from kb.sandbox.core.counters import Notices

Clock: TypeAlias = Callable[[], datetime]
"""The sandbox's time, aware. One clock for both systems, moved by `POST /_sandbox/clock`."""

Row: TypeAlias = Mapping[str, object]
"""One JSON object of a data file, or of a control request."""


class SimulatedSystem(Protocol):
    """A system the sandbox plays: its data, its HTTP routes, and edits as another person."""

    def load(self, rows: Iterable[dict[str, object]]) -> None:
        """Add rows to what stands there at start and after `reset`. Raises InputError."""

    def reset(self) -> None:
        """Go back to what was loaded; limits and added tokens too."""

    def edit(self, payload: dict[str, object]) -> dict[str, object]:
        """Do what another person would (`action`, `fields`, `as`, `quiet`). Raises InputError."""

    def routes(self) -> list[BaseRoute]:
        """The HTTP face."""


@runtime_checkable
class Configurable(Protocol):
    """A world with behaviours that can be switched (what is not documented, or differs by age)."""

    def configure(self, changes: dict[str, object]) -> dict[str, object]:
        """Switch behaviours; gives all of them. Raises InputError on an unknown one."""


@runtime_checkable
class TokenMaker(Protocol):
    """A world in which further tokens can be made."""

    def add_token(self, fields: dict[str, object]) -> dict[str, object]:
        """Make a token as `fields` say (user, scopes, categories). Raises InputError."""


@runtime_checkable
class Dumpable(Protocol):
    """A world that can show all it holds, past limits, scopes and counters."""

    def dump(self) -> Iterable[dict[str, object]]:
        """Every text as it stands now, one row each."""


@runtime_checkable
class Notifying(Protocol):
    """A world whose writes tell people."""

    @property
    def notices(self) -> Notices:
        """How many were told since the last reset."""


@runtime_checkable
class WebhookCaller(Protocol):
    """A world that calls webhooks."""

    def hook(self, order: dict[str, object]) -> dict[str, object]:
        """Call one from now on (`url`, `secret`, `repeat`, `batch`). Raises InputError."""

    def hooked(self) -> dict[str, object]:
        """Where webhooks go, and what was sent."""
