"""kb.toml and credentials → an access object."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from urllib.parse import urlsplit

from kb.config import ESA_API, require_safe_url
from kb.errors import ConfigError
from kb.lang import t
from kb.settings import EsaSettings, RedmineSettings, SlackSettings
from kb.sources import credentials
from kb.sources.access import Access
from kb.sources.call import Watcher
from kb.sources.credentials import Secret, Wanted
from kb.sources.limiter import Limiter
from kb.sources.redactor import Redactor, SecretHeaders
from kb.sources.wire import Route, open_wire, proxy_for

WRITE_TOKEN, WRITE_KEY = "ESA_WRITE_TOKEN", "REDMINE_WRITE_KEY"
"""Where a credential that only apply and undo use may be, apart from the one that reads."""


def esa_base() -> str:
    """esa's address: `ESA_API_BASE_URL`, without `/v1`, else api.esa.io.

    Raises ConfigError unless it is https or loopback.
    """
    base = os.environ.get("ESA_API_BASE_URL", "").strip().rstrip("/") or ESA_API
    require_safe_url(base, "ESA_API_BASE_URL")
    return base.removesuffix("/v1")


def esa_access(
    settings: EsaSettings,
    *,
    cache: Path | None = None,
    max_wait_s: float = 1800,
    watch: Watcher | None = None,
    to_write: bool = False,
) -> Access:
    """The way to esa with the team's token, or the one for writing. Sends nothing.

    Raises CredentialError, ConfigError.
    """
    base = esa_base()
    # The route first: what it may raise then has no credential in its frames.
    route = Route(settings.ca_file, proxy_for(base, settings.proxy))
    wire = open_wire(route)
    wanted = esa_token(settings, to_write=to_write)
    token = credentials.find(wanted)
    return Access(
        "esa",
        base,
        wire,
        setting="ESA_API_BASE_URL",
        variable=wanted.variable,
        secret=SecretHeaders({"Authorization": f"Bearer {token.value}"}),
        redactor=Redactor([token.value, *_hidden(route)]),
        limiter=Limiter("esa", folder=cache, max_wait_s=max_wait_s),
        watch=watch,
    )


def redmine_access(
    settings: RedmineSettings,
    *,
    cache: Path | None = None,
    max_wait_s: float = 1800,
    watch: Watcher | None = None,
    to_write: bool = False,
) -> Access:
    """The way to Redmine with the person's key, or the one for writing. Sends nothing.

    Raises CredentialError, ConfigError.
    """
    require_safe_url(settings.url, "redmine.url")
    route = Route(settings.ca_file, proxy_for(settings.url, settings.proxy))
    wire = open_wire(route)
    wanted = redmine_key(settings, to_write=to_write)
    key = credentials.find(wanted)
    password = credentials.find(basic_password(settings)) if settings.basic_user else None
    pair = f"{settings.basic_user}:{password.value}" if password else ""
    basic = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"} if password else {}
    return Access(
        "Redmine",
        settings.url,
        wire,
        setting="redmine.url",
        variable=wanted.variable,
        secret=SecretHeaders({"X-Redmine-API-Key": key.value, **basic}),
        redactor=Redactor([key.value, pair, password.value if password else "", *_hidden(route)]),
        limiter=Limiter("redmine", folder=cache, max_wait_s=max_wait_s),
        watch=watch,
    )


def slack_access(
    settings: SlackSettings,
    *,
    by_token: bool,
    cache: Path | None = None,
    max_wait_s: float = 1800,
    watch: Watcher | None = None,
) -> Access:
    """The way to Slack's API with a bot's token, or to a webhook, whose address nobody sees. Sends nothing.

    Raises CredentialError, ConfigError.
    """
    from kb.sources.slack import API

    wanted = slack_credential(settings, by_token=by_token)
    secret = credentials.find(wanted)
    base = API if by_token else _webhook_host(secret)
    if not base:
        raise ConfigError(
            t(f"{wanted.variable} は Webhook の URL ではないようです。", f"{wanted.variable} is no URL of a webhook."),
            t(
                "Slack が示した https://hooks.slack.com/services/… をそのまま入れてください。",
                "put in what Slack shows: https://hooks.slack.com/services/…",
            ),
        )
    require_safe_url(base, wanted.variable)
    route = Route(settings.ca_file, proxy_for(base, settings.proxy))
    return Access(
        "Slack",
        base,
        open_wire(route),
        setting=wanted.variable,
        variable=wanted.variable,
        secret=SecretHeaders({"Authorization": f"Bearer {secret.value}"} if by_token else {},
                             "" if by_token else secret.value),
        redactor=Redactor([*_spellings(secret), *_hidden(route)]),
        limiter=Limiter("slack", folder=cache, max_wait_s=max_wait_s),
        watch=watch,
    )  # fmt: skip


def slack_credential(settings: SlackSettings, *, by_token: bool) -> Wanted:
    """Which credential Slack needs."""
    from kb.sources.slack import TOKEN, WEBHOOK

    if by_token:
        name = t("Slack のボットのトークン", "bot's token for Slack")
        return Wanted(name, TOKEN, "slack.token_command", settings.token_command, "slack-token")
    name = t("Slack の Webhook の URL", "URL of a Slack webhook")
    return Wanted(name, WEBHOOK, "slack.webhook_command", settings.webhook_command, "slack-webhook")


def _webhook_host(secret: Secret) -> str:
    """Scheme and host of a webhook, which may be said; "" where this is no address of one."""
    try:
        parts = urlsplit(secret.value)
        _ = parts.port
    except ValueError:
        return ""
    whole = parts.scheme in ("http", "https") and parts.path.strip("/") and not parts.query and "@" not in parts.netloc
    return f"{parts.scheme}://{parts.netloc}" if whole else ""


def _spellings(secret: Secret) -> list[str]:
    """A webhook's address, its path, and what comes last in it: a server may give back any of them. Else the token."""
    if "://" not in secret.value:
        return [secret.value]
    path = urlsplit(secret.value).path
    return [secret.value, path, path.removeprefix("/services"), path.rstrip("/").rpartition("/")[2]]


def esa_token(settings: EsaSettings, *, to_write: bool = False) -> Wanted:
    """Which credential esa needs: to write, the one kept for that where there is one."""
    if to_write and writes_apart(WRITE_TOKEN, settings.write_token_command):
        name = t("esa の書き込み用アクセストークン", "access token for writing to esa")
        command, entry = settings.write_token_command, f"esa-write:{settings.team}"
        return Wanted(name, WRITE_TOKEN, "esa.write_token_command", command, entry)
    name = t("esa のアクセストークン", "access token for esa")
    return Wanted(name, "ESA_ACCESS_TOKEN", "esa.token_command", settings.token_command, f"esa:{settings.team}")


def redmine_key(settings: RedmineSettings, *, to_write: bool = False) -> Wanted:
    """Which credential Redmine needs: to write, the one kept for that where there is one."""
    if to_write and writes_apart(WRITE_KEY, settings.write_key_command):
        name = t("Redmine の書き込み用 API キー", "API key for writing to Redmine")
        command, entry = settings.write_key_command, f"redmine-write:{settings.url}"
        return Wanted(name, WRITE_KEY, "redmine.write_key_command", command, entry)
    name = t("Redmine の API キー", "API key for Redmine")
    return Wanted(name, "REDMINE_API_KEY", "redmine.key_command", settings.key_command, f"redmine:{settings.url}")


def writes_apart(variable: str, command: str) -> bool:
    """Whether a credential of its own is kept for writing."""
    return bool(os.environ.get(variable, "").strip() or command)


def basic_password(settings: RedmineSettings) -> Wanted:
    """The password of the Basic authentication in front of Redmine."""
    return Wanted(
        t("Redmine の前段の Basic 認証のパスワード", "password of the Basic authentication in front of Redmine"),
        "REDMINE_BASIC_PASSWORD",
        "redmine.basic_password_command",
        settings.basic_password_command,
        f"basic:{settings.url}",
    )


def _hidden(route: Route) -> list[str]:
    return [route.proxy.auth[1]] if route.proxy is not None and route.proxy.auth else []
