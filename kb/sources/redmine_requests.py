"""Single requests to Redmine through python-redmine; every refusal becomes an error of kb.errors.

python-redmine's URLs, sessions and encoding, on kb's way out, answers as they come: its own reading
of an answer forgets the status and the body, takes any 422 for a list of messages, and gives naive
times (measured with 2.5.0).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

from kb.sources import redmine_rows
from kb.sources.call import Answer, Page
from kb.sources.shape import an_object, maybe, need, rows_of

if TYPE_CHECKING:
    from kb.sources.access import Access


class RedmineRequests:
    """Requests below the base. Safe between threads: each has a python-redmine, and so a session, of its own."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._own = threading.local()

    def get(self, path: str, params: dict[str, Any], *, allow: tuple[int, ...] = ()) -> Answer:
        """The answer to one GET: 200, or a status of `allow`. Raises for every other."""
        client = self._client()
        answer = cast(Answer, client.engine.request("get", client.url + path, params=params))
        if answer.status == 200 or answer.status in allow:
            return answer
        raise redmine_rows.refusal(answer, path)

    def put(self, path: str, body: dict[str, Any]) -> Answer:
        """The answer to one PUT, whatever its status. Raises GateError while the gate is closed."""
        client = self._client()
        return cast(Answer, client.engine.request("put", client.url + path, data=body))

    def page(self, path: str, key: str, params: dict[str, Any]) -> Page:
        """The rows under `key`, each with an `id`, and how many the whole list has."""
        data = an_object(self.get(path, params).data, path)
        rows = rows_of(data, key, path)
        for row in rows:
            need(row, "id", int, path, f"{key}[].")
        return Page(tuple(rows), maybe(data, "total_count", int, len(rows), path))

    def _client(self) -> Any:
        client = getattr(self._own, "client", None)
        if client is None:
            from redminelib import Redmine

            from kb.sources.redmine_engine import AnswerEngine

            # trust_env would let a .netrc replace the credentials, and the environment the proxy.
            client = Redmine(self._access.base, engine=AnswerEngine, requests={"trust_env": False})
            adapter = self._access.requests_adapter()
            for scheme in ("https://", "http://"):
                client.engine.session.mount(scheme, adapter)
            self._own.client = client
        return client
