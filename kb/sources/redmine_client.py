"""python-redmine as kb uses it: its URLs, sessions and encoding, on kb's way out, answers as they come.

Its own reading of an answer forgets the status and the body, takes any 422 for a list of messages,
and gives naive times (measured with 2.5.0); kb judges the answer itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import redminelib
import requests
from redminelib.engines.sync import SyncEngine

from kb.sources.call import Answer
from kb.sources.faces import DecodedResponse

if TYPE_CHECKING:
    from kb.sources.access import Access


class _Engine(SyncEngine):  # type: ignore[misc]
    """The engine of python-redmine, but for the judging."""

    def process_response(self, response: requests.Response) -> Answer:
        return cast(DecodedResponse, response).answer


class RedmineClient:
    """One python-redmine with its one session: not to be shared between threads."""

    def __init__(self, access: Access) -> None:
        # trust_env would let a .netrc replace the credentials, and the environment the proxy.
        self._redmine = redminelib.Redmine(access.base, engine=_Engine, requests={"trust_env": False})
        adapter = access.requests_adapter()
        for scheme in ("https://", "http://"):
            self._redmine.engine.session.mount(scheme, adapter)

    def get(self, path: str, params: dict[str, Any]) -> Answer:
        """The answer to one GET, whatever its status."""
        return cast(Answer, self._redmine.engine.request("get", self._redmine.url + path, params=params))
