"""The two faces of Access: a transport for httpx, an adapter for requests. Neither sends anything itself."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Protocol

import httpx
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from kb.sources.transport.call import Answer, Call


class Sender(Protocol):
    """What sends: `kb.sources.transport.access.Access`."""

    def perform(self, call: Call) -> Answer:
        """Send one request and return its answer."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...


class AccessTransport(httpx.BaseTransport):
    """httpx's way out. The answer itself is in `response.extensions["kb.answer"]`, JSON decoded once."""

    def __init__(self, access: Sender) -> None:
        self._access = access

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send through the access object. Raises what `Access.perform` raises."""
        call = Call(request.method, str(request.url), dict(request.headers), request.read())
        answer = self._access.perform(call)
        return httpx.Response(
            answer.status, headers=_plain(answer.headers), content=answer.body, extensions={"kb.answer": answer}
        )

    def close(self) -> None:
        """Give the connections back."""
        self._access.close()


class AccessAdapter(BaseAdapter):
    """requests' way out. Its responses are `DecodedResponse`s."""

    def __init__(self, access: Sender) -> None:
        super().__init__()
        self._access = access

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Send through the access object, whose time-outs, trust and proxy hold. Raises what it raises."""
        body = request.body or b""
        call = Call(
            request.method or "GET",
            request.url or "",
            dict(request.headers),
            body.encode() if isinstance(body, str) else bytes(body),
        )
        answer = self._access.perform(call)
        response = DecodedResponse(answer)
        response.status_code = answer.status
        response.headers = CaseInsensitiveDict(_plain(answer.headers))
        response.url = call.url
        response.request = request
        response.encoding = "utf-8"
        response.raw = io.BytesIO(answer.body)
        return response

    def close(self) -> None:
        """Nothing to give back: the connections are the access object's."""


class DecodedResponse(requests.Response):
    """A response that carries the answer itself, whose JSON has been read already."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer

    def json(self, **kwargs: Any) -> Any:
        """The JSON value. Raises JSONDecodeError when the body is none."""
        if self.answer.data is None:
            raise requests.exceptions.JSONDecodeError("no JSON", "", 0)
        return self.answer.data


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers without those that speak of the packed body: this one has been unpacked."""
    return {
        name: value
        for name, value in headers.items()
        if name not in ("content-encoding", "content-length", "transfer-encoding")
    }
