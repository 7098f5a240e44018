"""Single requests to esa, and lists page by page; every refusal becomes an error of kb.errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import quote

import httpx

from kb.errors import AnswerError, SourceError
from kb.lang import t
from kb.sources import esa_rows
from kb.sources.access import Access
from kb.sources.call import Answer, Row
from kb.sources.esa_query import PER_PAGE
from kb.sources.shape import an_object, maybe, rows_of

MOST_PAGES = 10_000
"""A list of more pages than this has no end: a million members, or comments of one post."""


class EsaRequests:
    """Requests below `/v1` for one team. `teams` are those the token is known to see, for a better error."""

    def __init__(self, team: str, access: Access) -> None:
        self.teams: tuple[str, ...] = ()
        self._team = team
        self._access = access
        self._client = httpx.Client(transport=access.httpx_transport(), trust_env=False, follow_redirects=False)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def in_team(self, path: str) -> str:
        """`path` below the team."""
        return f"/teams/{quote(self._team, safe='')}{path}"

    def url(self, path: str) -> str:
        """Where a path of the API's version is."""
        return f"{self._access.base}/v1{path}"

    def get(self, path: str, params: dict[str, Any], *, allow: tuple[int, ...] = ()) -> Answer:
        """The answer to one GET: 200, or a status of `allow`. Raises for every other."""
        answer = self.at_root(f"/v1{path}", params)
        if answer.status == 200 or answer.status in allow:
            return answer
        raise self.refusal(answer, path)

    def at_root(self, path: str, params: dict[str, Any]) -> Answer:
        """The answer to one GET outside of the API's versions, whatever its status."""
        return cast(Answer, self._client.get(self._access.base + path, params=params).extensions["kb.answer"])

    def send(self, method: str, path: str, body: dict[str, Any]) -> Answer:
        """The answer to one write below `/v1`, whatever its status. Raises GateError while the gate is closed."""
        return cast(Answer, self._client.request(method, self.url(path), json=body).extensions["kb.answer"])

    def send_file(self, path: str, name: str, kind: str, content: bytes) -> Answer:
        """The answer to one file sent as a form, whatever its status. Raises as `send` does."""
        files = {"file": (name, content, kind)}
        answer = self._client.post(self.url(path), data={"name": name}, files=files)
        return cast(Answer, answer.extensions["kb.answer"])

    def lists(self, path: str, key: str, *, first: dict[str, Any] | None = None) -> Iterator[list[Row]]:
        """The rows under `key`, page after page until the server names no next one.

        `first` are the parameters of the first page; the usual ones if not given.
        """
        page: dict[str, Any] = {"per_page": PER_PAGE} if first is None else first
        number = 0
        while True:
            data = an_object(self.get(path, page).data, path)
            yield rows_of(data, key, path)
            following = maybe(data, "next_page", int, 0, path)
            if following <= number:
                return
            if following > MOST_PAGES:
                raise AnswerError(
                    t(
                        f"esa の {path} に終わりがありません（{MOST_PAGES} ページを超えました）。",
                        f"esa's {path} does not end (more than {MOST_PAGES} pages).",
                    ),
                    t("ESA_API_BASE_URL の値を確かめてください。", "check ESA_API_BASE_URL."),
                )
            number = following
            page = {"per_page": PER_PAGE, **page, "page": following}

    def refusal(self, answer: Answer, path: str, *, writing: bool = False) -> SourceError:
        """The error for a status that is not success."""
        variable = self._access.variable
        return esa_rows.refusal(answer, path, self._team, self.teams, variable=variable, writing=writing)
