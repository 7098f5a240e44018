"""Open the way to a system behind HTTP: address, certificates, proxy, credentials, limiter."""

from __future__ import annotations

import ssl
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, TypedDict, Unpack
from urllib.parse import urlsplit

import httpx

from kb.console.terminal import say
from kb.errors import ConfigError, os_reason
from kb.settings.workspace import is_plain_http, require_safe_url
from kb.sources.transport.access import Access
from kb.sources.transport.call import Watcher
from kb.sources.transport.credentials import CredentialSpec, find_credential
from kb.sources.transport.http import BoundedTransport
from kb.sources.transport.limiter import MAX_WAIT_S, Limiter
from kb.sources.transport.redaction import Redactor, SecretHeaders
from kb.text.display import sanitize
from kb.text.lang import t


class ConnectOptions(TypedDict, total=False):
    """How long a client waits, where its limiter keeps its figures, who watches it, and whether it may write."""

    cache: Path | None
    max_wait_s: float
    watch: Watcher | None
    to_write: bool


class RouteSettings(Protocol):
    """The keys of a table of kb.toml that say how to get there."""

    @property
    def ca_file(self) -> str: ...
    @property
    def proxy(self) -> str: ...


@dataclass(frozen=True, slots=True)
class HttpSystem:
    """A system behind HTTP. `setting` configures its address `base`; `variable` may hold its credential.

    `allow_http` is what the team decided on an address without encryption, None where it may not.
    """

    name: str
    base: str
    setting: str
    variable: str
    route: RouteSettings
    allow_http: bool | None = None


@dataclass(frozen=True, slots=True)
class Authorization:
    """The headers a system is shown, and all that must never be printed of them."""

    headers: SecretHeaders
    hidden: Sequence[str] = field(repr=False)


def bearer(wanted: CredentialSpec) -> Authorization:
    """Find a token and return it as `Authorization: Bearer`. Raises CredentialError."""
    token = find_credential(wanted)
    return Authorization(SecretHeaders({"Authorization": f"Bearer {token.value}"}), [token.value])


def open_access(
    system: HttpSystem, authorize: Callable[[], Authorization], **options: Unpack[ConnectOptions]
) -> Access:
    """Return the way to a system. Sends nothing. Raises CredentialError, ConfigError.

    `authorize` is called last: what the route raises then has no credential in its frames.
    """
    require_safe_url(system.base, system.setting, allow_http=system.allow_http)
    if is_plain_http(system.base):
        warn_of_plain_http(system.name, sanitize(urlsplit(system.base).netloc.rpartition("@")[2]))
    proxy = find_proxy(system.base, system.route.proxy)
    transport = open_transport(system.route.ca_file, proxy)
    shown = authorize()
    return Access(
        system.name,
        system.base,
        transport,
        setting=system.setting,
        variable=system.variable,
        secret=shown.headers,
        redactor=Redactor([*shown.hidden, *(proxy.auth[1:] if proxy is not None and proxy.auth else ())]),
        limiter=Limiter(
            system.name.lower(), folder=options.get("cache"), max_wait_s=options.get("max_wait_s", MAX_WAIT_S)
        ),
        watch=options.get("watch"),
    )


@cache
def warn_of_plain_http(name: str, host: str) -> None:
    """Say that whoever stands in between reads along: once a run, however often it connects."""
    table = name.lower()
    say(
        t(
            f"警告: {name}（http://{host}）とは暗号なしでつなぎます。API キーも本文も、途中で読まれたり書き換えられたり"
            f"するかもしれません（[{table}] allow_http）。",
            f"warning: {name} (http://{host}) is reached without encryption: whoever stands in between can read and"
            f" change key and texts ([{table}] allow_http).",
        )
    )


def open_transport(ca_file: str, proxy: httpx.Proxy | None) -> httpx.BaseTransport:
    """Return a transport with a connection pool, trusting what the system trusts and `ca_file`.

    Raises ConfigError when the certificate file cannot be used.
    """
    return BoundedTransport(
        verify=trust_certificates(ca_file),
        proxy=proxy,
        trust_env=False,
        limits=httpx.Limits(max_connections=8, max_keepalive_connections=8, keepalive_expiry=30),
    )


def trust_certificates(ca_file: str) -> ssl.SSLContext:
    """Return a context that trusts what the system trusts and `ca_file`. Raises ConfigError."""
    if not ca_file:
        return trust_system()
    context = _read_authorities()
    try:
        context.load_verify_locations(Path(ca_file).expanduser())
    except (OSError, ssl.SSLError) as error:
        why = os_reason(error)
        if isinstance(error, ssl.SSLError):
            why = t("証明書が入っていません", why.en)
        raise ConfigError(
            t(
                f"ca_file「{ca_file}」を証明書として読めません（{why.ja}）。",
                f"ca_file {ca_file!r} cannot be used as a certificate ({why.en}).",
            ),
            t("PEM 形式のファイルの場所を書いてください。", "give the path of a PEM file."),
        ) from None
    return context


@cache
def trust_system() -> ssl.SSLContext:
    """Return the context that trusts what the system trusts, read once: to read hundreds of authorities takes 7 ms."""
    return _read_authorities()


def _read_authorities() -> ssl.SSLContext:
    context = ssl.create_default_context()
    system = ssl.get_default_verify_paths()
    if system.cafile is None and system.capath is None:  # Python from python.org on macOS
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def find_proxy(base: str, setting: str) -> httpx.Proxy | None:
    """Return the proxy to `base`: `setting`, else the environment's (HTTPS_PROXY, NO_PROXY); none on loopback.

    Raises ConfigError for what is not a proxy's address.
    """
    parts = urlsplit(base)
    host = parts.hostname or ""
    chosen = setting
    if not chosen and host not in {"127.0.0.1", "localhost", "::1"} and not urllib.request.proxy_bypass(host):
        proxies = urllib.request.getproxies()
        chosen = proxies.get(parts.scheme, proxies.get("all", ""))
    if not chosen:
        return None
    try:
        proxy = httpx.Proxy(chosen if "://" in chosen else f"http://{chosen}")
    except (httpx.InvalidURL, ValueError):
        proxy = None
    if proxy is not None and proxy.url.scheme.startswith("socks") and find_spec("socksio") is None:
        raise ConfigError(
            t(
                "SOCKS のプロキシには、ここにない socksio が要ります。",
                "a SOCKS proxy needs socksio, which is not here.",
            ),
            t(
                "pip install 'httpx[socks]' で入れるか、http:// のプロキシを使ってください。",
                "install it with pip install 'httpx[socks]', or use a proxy of http://.",
            ),
        )
    if proxy is not None and proxy.url.host:
        return proxy
    raise ConfigError(
        t("proxy の値を URL として読めません。", "the proxy's value is no URL."),
        t('例: proxy = "http://proxy.example.jp:3128"', 'example: proxy = "http://proxy.example.jp:3128"'),
    )
