"""The one place where requests leave this machine: time-outs, sizes, JSON, and what broke.

A read's time-out begins anew with each byte, in headers too; so a connection counts from the request (`BoundedStream`).

What httpx raises becomes `ExchangeFailed` outside of the `except`, so that no exception carries a library's
frames, and with them headers, any further.
"""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpcore
import httpx
import msgspec

import kb
from kb.sources.transport.call import Answer, Call
from kb.sources.transport.redaction import SecretHeaders
from kb.text.lang import Text, t

CONNECT_S, READ_S = 5.0, 60.0
TOTAL_TIMEOUT_S = 120.0
"""An answer that is not there as a whole after this long is given up, however alive it looks."""

MAX_BODY = 128 * 1024 * 1024
"""Bytes of one answer, unpacked. A page of 100 long posts is several MB."""

USER_AGENT = f"kb-steward/{kb.__version__}"
"""esa keeps a log of API calls that owners read: it should say who called."""


class ExchangeFailed(Exception):
    """No usable answer. `tries` is how often it is worth trying in all; `answered`: the server spoke, with `status`."""

    def __init__(
        self, what: Text, next_step: Text | None = None, *, tries: int = 8, answered: bool = False, status: int = 0
    ) -> None:
        super().__init__(what)
        self.what, self.next_step, self.tries, self.answered = what, next_step, tries, answered
        self.status = status


def send_once(wire: httpx.BaseTransport, call: Call, secret: SecretHeaders, host: str) -> Answer:
    """Send a call once and read the whole answer. Raises ExchangeFailed; never follows a redirect."""
    failure: Exception
    try:
        response = wire.handle_request(_request(call, secret))
        try:
            return Answer(
                response.status_code,
                {name.lower(): value for name, value in response.headers.items()},
                _read(response, host, call.most or MAX_BODY),
            )
        finally:
            response.close()
    except ExchangeFailed:
        raise
    except Exception as error:  # whatever it is, its frames hold headers
        failure = error
    raise _described(failure, host)


def _request(call: Call, secret: SecretHeaders) -> httpx.Request:
    """Return a call as httpx sends it, with kb's headers. Credentials are added only here."""
    url = call.url if call.as_nobody else secret.address(call.url)
    request = httpx.Request(call.method, url, content=call.body or None)
    request.headers.update({name: value for name, value in call.headers.items() if name.lower() not in _OURS})
    accept = "*/*" if call.most else "application/json"
    request.headers.update({"User-Agent": USER_AGENT, "Accept": accept, "Accept-Encoding": "gzip"})
    request.headers.update(() if call.as_nobody else list(secret))
    request.extensions["timeout"] = httpx.Timeout(READ_S, connect=CONNECT_S).as_dict()
    return request


_OURS = {"authorization", "x-redmine-api-key", "user-agent", "accept", "accept-encoding", "connection", "cookie"}

TOO_LARGE = 413
"""The status of an answer with more bytes than wanted."""


def _read(response: httpx.Response, host: str, most: int) -> bytes:
    size = 0
    chunks: list[bytes] = []
    for chunk in response.iter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > most:
            raise ExchangeFailed(
                t(
                    f"{host} の応答が {most / 2**20:g} MB を超えました。",
                    f"an answer of {host} is larger than {most / 2**20:g} MB.",
                ),
                tries=1,
                answered=True,
                status=TOO_LARGE,
            )
    return b"".join(chunks)


def _described(error: Exception, host: str) -> ExchangeFailed:
    """Describe what broke in kb's words: a library's own may quote headers or a proxy's address."""
    certificate = next((each for each in _causes(error) if isinstance(each, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        return ExchangeFailed(
            t(
                f"{host} の証明書を確かめられません（{certificate.verify_message}）。",
                f"the certificate of {host} cannot be verified ({certificate.verify_message}).",
            ),
            t(
                "社内の認証局なら kb.toml の ca_file にその証明書（PEM）を書いてください。",
                "for a private authority, name its certificate (PEM) as ca_file in kb.toml.",
            ),
            tries=1,
        )
    unknown = next((each for each in _causes(error) if isinstance(each, socket.gaierror)), None)
    if unknown is not None and unknown.errno != socket.EAI_AGAIN:
        return ExchangeFailed(t(f"{host} という名前が見つかりません。", f"there is no host {host}."), tries=1)
    if isinstance(error, httpx.ProxyError):
        return ExchangeFailed(
            t(f"proxy を通って {host} につながりません。", f"the proxy does not connect to {host}."),
            t(
                "kb.toml の proxy、または環境変数 HTTPS_PROXY を確かめてください。",
                "check proxy in kb.toml, or HTTPS_PROXY in the environment.",
            ),
            tries=2,
        )
    if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError):
        return ExchangeFailed(t(f"{host} につながりません。", f"{host} cannot be reached."), tries=4)
    if any(isinstance(each, AnswerOverdueError) for each in _causes(error)):
        return ExchangeFailed(
            t(
                f"{host} の応答が {TOTAL_TIMEOUT_S:.0f} 秒たっても終わりません。",
                f"an answer of {host} took over {TOTAL_TIMEOUT_S:.0f} s.",
            ),
            tries=1,
        )
    if isinstance(error, httpx.TimeoutException):
        return ExchangeFailed(
            t(f"{host} が {READ_S:.0f} 秒答えません。", f"{host} did not answer within {READ_S:.0f} s."), tries=3
        )
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return ExchangeFailed(t(f"{host} の URL が正しくありません。", f"the URL of {host} is not valid."), tries=1)
    if isinstance(error, httpx.TransportError | httpx.DecodingError | OSError):
        return ExchangeFailed(t(f"{host} との通信が途中で切れました。", f"the connection to {host} broke off."))
    name = type(error).__name__
    return ExchangeFailed(
        t(f"{host} との通信が {name} で失敗しました。", f"talking to {host} failed with {name}."), tries=1
    )


def _causes(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def decode_json(body: bytes) -> Any:
    """Return a JSON value, lone surrogates as U+FFFD. Raises ValueError.

    msgspec is five times as fast; what it refuses (lone surrogates in escapes, which JavaScript writes) the standard
    library reads.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return _mended(json.loads(body, parse_constant=_refuse))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def json_or_none(answer: Answer) -> object:
    """Return the JSON of an answer that may have none, such as an error's."""
    try:
        return decode_json(answer.body) if answer.body.strip() else None
    except ValueError:
        return None


def refusal_message(answer: Answer) -> str:
    data = json_or_none(answer)
    message = data.get("message") if isinstance(data, dict) else None
    return message[:300] if isinstance(message, str) else answer.body[:300].decode("utf-8", "replace")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(each) for each in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(each) for key, each in value.items()}
    return value


class AnswerOverdueError(httpcore.ReadTimeout):
    """An answer is not complete `TOTAL_TIMEOUT_S` after its request."""


class BoundedStream(httpcore.NetworkStream):
    """A connection whose answers must end in time, be they a byte a second."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._asked = time.monotonic()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._asked + TOTAL_TIMEOUT_S - time.monotonic()
        if left <= 0:
            raise AnswerOverdueError
        if timeout is not None and timeout <= left:
            return self._stream.read(max_bytes, timeout)
        try:
            return self._stream.read(max_bytes, left)
        except httpcore.ReadTimeout:
            raise AnswerOverdueError from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)
        self._asked = time.monotonic()

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return BoundedStream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _BoundedBackend(httpcore.SyncBackend):
    def connect_tcp(self, *place: Any, **options: Any) -> httpcore.NetworkStream:
        return BoundedStream(super().connect_tcp(*place, **options))


class BoundedTransport(httpx.HTTPTransport):
    """httpx's transport over bounded connections. httpx has no argument for the backend; its pool has."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._pool._network_backend = _BoundedBackend()


class AccessTransport(httpx.BaseTransport):
    """httpx's way out through an `Access`. The answer itself is in `response.extensions["kb.answer"]`."""

    def __init__(self, perform: Callable[[Call], Answer], close: Callable[[], None]) -> None:
        self._perform, self._close = perform, close

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._perform(Call(request.method, str(request.url), dict(request.headers), request.read()))
        headers = unpacked_headers(answer.headers)
        return httpx.Response(answer.status, headers=headers, content=answer.body, extensions={"kb.answer": answer})

    def close(self) -> None:
        self._close()


def unpacked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers without those that describe the packed body: it is unpacked by now."""
    packing = ("content-encoding", "content-length", "transfer-encoding")
    return {name: value for name, value in headers.items() if name not in packing}
