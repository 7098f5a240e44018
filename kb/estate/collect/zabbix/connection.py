"""The API of Zabbix, through zabbix-utils: only methods that read, no redirects, bounded in bytes and time.

zabbix-utils sends by `urllib.request.urlopen`, so the limits stand in an opener of our own, installed for as long as a
connection is open: urllib would take the token along to wherever a redirect leads, and read answers of any size.
"""

from __future__ import annotations

import http.client
import io
import json
import logging
import socket
import ssl
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.response import addinfourl

from kb.errors import AnswerError, KbError, SourceError, ToolError, UnreachableError, os_reason
from kb.estate.collect.mask import mask_words
from kb.estate.collect.zabbix.methods import DENIED, require_reading
from kb.sources.transport.connect import trust_certificates
from kb.sources.transport.redaction import Redactor
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

OLDEST = 6.0
"""The oldest version whose answers are known, as zabbix-utils has it too."""

STEP_S, CALL_S = 30, 120
"""Seconds without a byte, and of a whole call, after which nobody waits any more."""

MAX_BYTES = 48 * 2**20
"""Bytes of all answers of a run: its record, which is a little longer, can be read again by `--from`."""

_BAD_TOKEN = compile_lazy(r"(?i)not authori[sz]ed|re-?login|session terminated|token (?:has )?expired")
_CHUNK = 65_536


class CallFailedError(Exception):
    """A call without a result: what Zabbix says of it, or with `code` 0 what happened on the way."""

    def __init__(self, code: int, message: Text) -> None:
        super().__init__(message)
        self.code, self.message = code, message

    @property
    def is_bad_token(self) -> bool:
        """Whether Zabbix does not know the token, or no longer."""
        return self.code != 0 and _BAD_TOKEN.search(self.message.en) is not None


class ZabbixConnection:
    """An API that answers. `version` is its own; errors and messages are masked."""

    def __init__(self, api: Any, redactor: Redactor) -> None:
        self._api = api
        self._redactor = redactor
        self.version = str(api.version)

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """Return the result of a call. Raises CallFailedError, GateError for a method that does not only read."""
        return _send(self._redactor, lambda: self._api.send_api_request(method, dict(params)).get("result"))


@contextmanager
def connect(url: str, token: str, ca_file: str) -> Iterator[ZabbixConnection]:
    """Yield a connection after asking for the version, which needs no token.

    Raises ToolError without zabbix-utils, UnreachableError, AnswerError for what is no Zabbix or too old.
    """
    library = _load_library()
    redactor = Redactor([token])
    opener = _make_opener(url, ca_file)
    logging.getLogger("zabbix_utils").setLevel(logging.CRITICAL)  # its masks leave both ends of a token
    urllib.request.install_opener(opener)
    try:
        api = _meet(library, url, token, redactor)
        yield ZabbixConnection(api, redactor)
    finally:
        urllib.request.install_opener(None)  # as before anybody installs one


def _load_library() -> Any:
    try:
        import zabbix_utils
    except ImportError:
        raise ToolError(
            t(
                "Zabbix に聞くには、ここにない zabbix-utils が要ります。",
                "asking Zabbix needs zabbix-utils, which is not here.",
            ),
            t(
                "pip install zabbix-utils で入れるか（kb の extra は zabbix）、呼び出しの記録を --from FILE で渡して"
                "ください。",
                "install it with pip install zabbix-utils (kb's extra is zabbix), or give a record of the calls with"
                " --from FILE.",
            ),
        ) from None
    return zabbix_utils


def _make_api(library: Any, url: str, token: str) -> Any:
    class ReadingApi(library.ZabbixAPI):  # type: ignore[misc]
        """The API, without all that could change anything."""

        def login(self, token: str | None = None, user: str | None = None, password: str | None = None) -> None:
            if self.version >= OLDEST:  # older ones are told as such
                super().login(token=token)  # a name and password of the environment would call user.login

        def send_api_request(self, method: str, params: Any = None, need_auth: bool = True) -> Any:
            require_reading(method)
            return super().send_api_request(method, params, need_auth)

    return ReadingApi(url, token=token, skip_version_check=True, timeout=STEP_S)


def _meet(library: Any, url: str, token: str, redactor: Redactor) -> Any:
    """Return the API at an address, once it has told its version."""
    try:
        api = _send(redactor, lambda: _make_api(library, url, token))
        version = str(api.version)
        is_known = bool(api.version >= OLDEST)
    except CallFailedError as error:
        raise redactor.clean(_describe_failure(url, error.message)) from None
    if is_known:
        return api
    raise AnswerError(
        t(f"Zabbix {version} の答えは読めません（6.0 から）。", f"Zabbix {version} is too old (6.0 is the oldest)."),
        t("新しい Zabbix の url を [zabbix] に書いてください。", "name a newer one as url in [zabbix]."),
    )


def _describe_failure(url: str, why: Text) -> SourceError:
    shown = mask_words(url)
    next_step = t(
        "kb.toml の [zabbix] url（画面と同じ、api_jsonrpc.php の手前まで）と、ここからつながるかを確かめてください。"
        "社内の認証局なら ca_file に証明書（PEM）を書きます。前のスナップショットはそのままです。",
        "check url in [zabbix] of kb.toml (that of the pages, without api_jsonrpc.php), and whether it can be reached"
        " from here; for a private authority, name its certificate (PEM) as ca_file. The last snapshot is kept.",
    )
    if why in _NO_ZABBIX:
        return AnswerError(
            t(f"{shown} は Zabbix の API ではありません（{why.ja}）。", f"{shown} is no API of Zabbix ({why.en})."),
            next_step,
        )
    return UnreachableError(
        t(f"Zabbix（{shown}）に届きません（{why.ja}）。", f"Zabbix ({shown}) cannot be reached ({why.en})."), next_step
    )


_NOT_JSON = t("応答が JSON ではありません", "no JSON")
_NO_ANSWER = t("応答が JSON-RPC の形ではありません", "no answer of JSON-RPC")
_NO_ZABBIX = (_NOT_JSON, _NO_ANSWER, *(t(each, each) for each in ("HTTP 404", "HTTP 405", "HTTP 412")))


def _send(redactor: Redactor, ask: Callable[[], Any]) -> Any:
    """Return what a call of the library returns. Raises CallFailedError, whose message is masked and one line."""
    try:
        return ask()
    except KbError:
        raise
    except (CallFailedError, _FailedOnTheWayError) as error:
        code, message = 0, error.message
    except Exception as error:
        code, message = _explain(error)
    shown = (mask_words(redactor.mask(each))[:200] for each in (message.ja, message.en))
    raise CallFailedError(code, Text(*shown)) from None


class _FailedOnTheWayError(Exception):
    """What our opener found: a status, a redirect, too much or too slow an answer."""

    def __init__(self, message: Text) -> None:
        super().__init__(message)
        self.message = message


def _explain(error: Exception) -> tuple[int, Text]:
    """Return the code and message of what the library raises; of what it cannot read it raises all kinds of errors.

    What Zabbix says of a call it refuses stays in its words.
    """
    if type(error).__name__ == "APIRequestError":
        code = getattr(error, "code", 0)
        words = str(getattr(error, "data", "") or error)
        return (code if isinstance(code, int) and code else DENIED), Text(words, words)
    within = error.__context__ if isinstance(error.__context__, (URLError, ValueError)) else error
    if isinstance(within, URLError):
        return 0, _explain_connection(within.reason)
    if isinstance(within, (OSError, http.client.HTTPException)):
        return 0, _explain_connection(within)
    if isinstance(within, (json.JSONDecodeError, UnicodeError, RecursionError)):
        return 0, _NOT_JSON
    if isinstance(within, (ValueError, AttributeError, TypeError, LookupError)):
        return 0, _NO_ANSWER
    raise error


def _explain_connection(error: BaseException | str) -> Text:
    """Return why no answer came, in the reader's language: the library has the words of the system, or of OpenSSL."""
    if isinstance(error, str):
        return Text(error, error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return t(
            f"証明書を確かめられません（{error.verify_message}）",
            f"its certificate cannot be verified ({error.verify_message})",
        )
    if isinstance(error, socket.gaierror):
        return t("その名前が見つかりません", os_reason(error).en)
    if isinstance(error, TimeoutError):
        return _no_answer_within(STEP_S)
    if isinstance(error, http.client.RemoteDisconnected):
        return t("応答の前に切られました", "it hung up before an answer")
    return os_reason(error) if isinstance(error, OSError) else t("応答が途中で切れました", type(error).__name__)


def _no_answer_within(seconds: float) -> Text:
    return t(f"{seconds:g} 秒たっても応答がありません", f"no answer within {seconds:g} s")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows none: urllib takes the headers along, and so the token, to any other host."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: Any, headers: Any, newurl: str) -> None:
        target = newurl.partition("?")[0][:120]
        raise _FailedOnTheWayError(t(f"HTTP {code}。転送先は {target}", f"HTTP {code} to {target}"))


class _Statuses(urllib.request.HTTPDefaultErrorHandler):
    """Tells the number of a status, and nothing of its page."""

    def http_error_default(self, req: Any, fp: Any, code: int, msg: Any, hdrs: Any) -> Any:
        raise _FailedOnTheWayError(t(f"HTTP {code}", f"HTTP {code}"))


class _Bounded(urllib.request.BaseHandler):
    """Reads answers up to a number of bytes, all together, and each within a time."""

    def __init__(self) -> None:
        self._left = MAX_BYTES

    def http_response(self, request: Any, response: Any) -> Any:
        if not 200 <= response.status < 300:
            return response
        began, parts = time.monotonic(), []
        while part := response.read1(_CHUNK):
            parts.append(part)
            self._left -= len(part)
            if self._left < 0:
                response.close()
                size = MAX_BYTES >> 20
                raise _FailedOnTheWayError(t(f"応答が {size} MB を超えました", f"more than {size} MB"))
            if time.monotonic() - began > CALL_S:
                response.close()
                raise _FailedOnTheWayError(_no_answer_within(CALL_S))
        read = addinfourl(io.BytesIO(b"".join(parts)), response.headers, response.url, response.status)
        read.msg = response.msg  # type: ignore[attr-defined]
        response.close()
        return read

    https_response = http_response


def _make_opener(url: str, ca_file: str) -> urllib.request.OpenerDirector:
    host = urlsplit(url).hostname
    proxies = urllib.request.ProxyHandler({} if host in {"127.0.0.1", "localhost", "::1"} else None)
    https = urllib.request.HTTPSHandler(context=trust_certificates(ca_file))
    return urllib.request.build_opener(proxies, https, _NoRedirect(), _Statuses(), _Bounded())
