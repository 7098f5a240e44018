"""Single requests whose refusal is an answer too: how this esa behaves is found out by asking it.

Nothing is decided here, and nothing can be deleted: reads, POST and PATCH are all there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from kb.errors import SourceError
from kb.sources.call import Answer
from kb.sources.sealed import sealed

if TYPE_CHECKING:
    from kb.sources.access import Access
    from kb.sources.esa_requests import EsaRequests


class EsaProbe:
    """One team, asked request by request. Made by `kb.sources.esa.Esa`."""

    def __init__(self, access: Access, ask: EsaRequests) -> None:
        self.access = access
        self._ask = ask

    @sealed
    def read(self, path: str, params: Mapping[str, Any]) -> Answer:
        """The answer to one GET, whatever its status. `path` is the team's, or begins with `/v1` or `/oauth`."""
        return self._ask.at_root(path if outside(path) else f"/v1{self._ask.in_team(path)}", dict(params))

    @sealed
    def write(self, method: Literal["POST", "PATCH"], path: str, body: Mapping[str, Any]) -> Answer:
        """The answer to one write below the team, whatever its status. The gate must be open."""
        return self._ask.send(method, self._ask.in_team(path), dict(body))

    def refusal(self, answer: Answer, path: str) -> SourceError:
        """The error for an answer nothing can be done after."""
        return self._ask.refusal(answer, self._ask.in_team(path))


def outside(path: str) -> bool:
    """Whether a path is none of the team's."""
    return path.startswith(("/v1/", "/oauth/"))
