"""Single requests to esa, and lists page by page; every refusal becomes an error of kb.errors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Unpack, cast
from urllib.parse import quote

import httpx

from kb.errors import SourceError
from kb.settings.kb_toml import EsaSettings
from kb.settings.workspace import ESA_API, require_safe_url
from kb.sources.esa import protocol
from kb.sources.esa.protocol import ESA_PER_PAGE
from kb.sources.transport.access import Access
from kb.sources.transport.answers import ListLimit, optional_field, require_object, require_rows
from kb.sources.transport.call import Answer, RowPage
from kb.sources.transport.connect import ConnectOptions, HttpSystem, bearer, open_access
from kb.sources.transport.credentials import CredentialSpec
from kb.text.lang import t

_NAMED_BY = {"posts": "number", "comments": "id", "members": "screen_name", "categories": "path"}
"""What tells the rows of a list apart."""


class EsaRequests:
    """Requests for one team. `teams` are those the token is known to see, for a better error."""

    def __init__(self, team: str, access: Access) -> None:
        self.teams: tuple[str, ...] = ()
        self._team = team
        self._access = access
        self._client = httpx.Client(transport=access.httpx_transport(), trust_env=False, follow_redirects=False)

    def in_team(self, path: str) -> str:
        return f"/teams/{quote(self._team, safe='')}{path}"

    def url(self, path: str) -> str:
        return f"{self._access.base}/v1{path}"

    def get(self, path: str, params: dict[str, Any], *, allow: tuple[int, ...] = ()) -> Answer:
        """Return the answer to one GET: 200, or a status of `allow`. Raises for every other."""
        answer = self.at_root(f"/v1{path}", params)
        if answer.status == 200 or answer.status in allow:
            return answer
        raise self.refusal(answer, path)

    def at_root(self, path: str, params: dict[str, Any]) -> Answer:
        """Return the answer to one GET outside of `/v1`, whatever its status."""
        return cast(Answer, self._client.get(self._access.base + path, params=params).extensions["kb.answer"])

    def send(self, method: str, path: str, body: dict[str, Any]) -> Answer:
        """Return the answer to one write, whatever its status. Raises GateError while the gate is closed."""
        return cast(Answer, self._client.request(method, self.url(path), json=body).extensions["kb.answer"])

    def send_file(self, path: str, name: str, kind: str, content: bytes) -> Answer:
        """Send a file as a form; return the answer, whatever its status."""
        files = {"file": (name, content, kind)}
        answer = self._client.post(self.url(path), data={"name": name}, files=files)
        return cast(Answer, answer.extensions["kb.answer"])

    def lists(self, path: str, key: str, *, first: dict[str, Any] | None = None) -> Iterator[RowPage]:
        """Yield the rows under `key`, page by page; a total the server does not name is -1.

        `first` are the parameters of the first page. Raises AnswerError for a list that does not end.
        """
        page: dict[str, Any] = {"per_page": ESA_PER_PAGE} if first is None else first
        number = page.get("page", 1)
        extent = ListLimit("esa", path, skipped=(number - 1) * ESA_PER_PAGE)
        seen: set[str] = set()
        while True:
            data = require_object(self.get(path, page).data, path)
            rows = require_rows(data, key, path)
            total = optional_field(data, "total_count", int, -1, path)
            yield RowPage(tuple(rows), total)
            following = optional_field(data, "next_page", int, 0, path)
            if following <= 0:
                return
            known = len(seen)
            seen.update(repr(row.get(_NAMED_BY[key])) for row in rows)
            if not extent.goes_on(len(rows), len(seen) - known, None if total < 0 else total):
                return
            if following <= number:
                raise extent.endless()
            number = following
            page = {"per_page": ESA_PER_PAGE, **page, "page": following}

    def refusal(self, answer: Answer, path: str, *, writing: bool = False) -> SourceError:
        variable = self._access.variable
        return protocol.refusal_error(answer, path, self._team, self.teams, variable=variable, writing=writing)


BASE_URL = "ESA_API_BASE_URL"
"""The variable that sends kb to another server than api.esa.io."""


def base_url_setting() -> str:
    """Return the variable that names the server, "" where it is not set."""
    return BASE_URL if os.environ.get(BASE_URL, "").strip() else ""


def esa_base_url() -> str:
    """Return `ESA_API_BASE_URL` without `/v1`, else api.esa.io. Raises ConfigError unless it is https or loopback."""
    base = os.environ.get(BASE_URL, "").strip().rstrip("/") or ESA_API
    require_safe_url(base, BASE_URL)
    return base.removesuffix("/v1")


def open_esa_access(settings: EsaSettings, **options: Unpack[ConnectOptions]) -> Access:
    """Return the way to esa with the team's token, or the one for writing. Raises CredentialError, ConfigError."""
    wanted = esa_token_spec(settings, options.get("to_write", False))
    system = HttpSystem("esa", esa_base_url(), base_url_setting(), wanted.variable, settings)
    return open_access(system, lambda: bearer(wanted), **options)


def esa_token_spec(settings: EsaSettings, to_write: bool = False) -> CredentialSpec:
    """Return which credential esa needs: to write, the one kept for that where there is one."""
    apart = write_token_spec(settings)
    if to_write and apart.is_given:
        return apart
    name = t("esa のアクセストークン", "access token for esa")
    made_at = t(
        "esa の 設定 → Applications → Personal access tokens で作れます（権限は read だけで足ります）。",
        "Settings → Applications → Personal access tokens of esa makes one (the scope read is enough).",
    )
    command, entry = settings.token_command, f"esa:{settings.team}"
    return CredentialSpec(name, "ESA_ACCESS_TOKEN", "esa.token_command", command, entry, made_at)


def write_token_spec(settings: EsaSettings) -> CredentialSpec:
    """Return the credential that only apply and undo use, where one is kept for that."""
    name = t("esa の書き込み用アクセストークン", "access token for writing to esa")
    command, entry = settings.write_token_command, f"esa-write:{settings.team}"
    return CredentialSpec(name, "ESA_WRITE_TOKEN", "esa.write_token_command", command, entry)
