"""Post one short message to one channel of Slack, by an incoming webhook or a bot's token.

slack-sdk opens connections of its own, past the gate, the limiter and the redactor, for what is one request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Unpack
from urllib.parse import quote, urlsplit

from kb.errors import AnswerError, ConfigError, SourceError
from kb.settings.report_tables import SlackSettings
from kb.sources.transport.access import Access, Client
from kb.sources.transport.call import Answer, Call
from kb.sources.transport.connect import Authorization, ConnectOptions, HttpSystem, open_access
from kb.sources.transport.credentials import CredentialSpec, FoundCredential, find_credential
from kb.sources.transport.http import refusal_message
from kb.sources.transport.redaction import SecretHeaders, redact_errors
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

WEBHOOK, TOKEN = "SLACK_WEBHOOK_URL", "SLACK_BOT_TOKEN"
"""Where the address of a webhook, which is a secret, or a bot's token may be."""

API = "https://slack.com/api"

MAX_MESSAGE_CHARS = 3500
"""Characters of a message: beyond 4,000 Slack makes several of one.

Source: docs.slack.dev/reference/methods/chat.postMessage, "Truncating content"; api.slack.com/changelog/2018-04.
"""

TRIES = 3
"""How often a message is sent that Slack refuses with 429: each time after the wait it asks for, nothing was posted."""

_ERROR = compile_lazy(r"[a-z][a-z_]{1,60}")
_HEADERS = {"Content-Type": "application/json; charset=utf-8"}

_VOID = frozenset({"invalid_token", "no_active_hooks", "no_service", "no_service_id", "no_team", "team_disabled"})
_KEY = frozenset({"account_inactive", "invalid_auth", "missing_scope", "not_authed", "token_expired", "token_revoked"})
_PLACE = frozenset({"action_prohibited", "channel_is_archived", "channel_not_found", "is_archived", "not_in_channel"})


def escape(text: str) -> str:
    """Return a text that Slack shows as it is: no link, no command (`<!channel>`), no mention (`<@U1>`).

    Source: docs.slack.dev/messaging/formatting-message-text, "Escaping text" and "Advanced formatting".
    """
    for plain, shown in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("@", "＠")):
        text = text.replace(plain, shown)
    return " ".join(text.split())


def link(url: str, label: str) -> str:
    """Return a link in Slack's form; its address cannot end it early."""
    return f"<{quote(url, safe=':/?#=%~-._+,;')}|{escape(label).replace('|', '｜')}>"


def target_channel(settings: SlackSettings) -> str:
    """Return the channel for a bot's token; "" where a webhook is used, which comes first and knows its own.

    Raises ConfigError where a token has no channel.
    """
    webhook, token = (slack_credential_spec(settings, by_token=each) for each in (False, True))
    if webhook.is_given or not token.is_given:
        return ""
    if settings.channel:
        return settings.channel
    raise ConfigError(
        t("kb.toml に slack.channel がありません。", "kb.toml has no slack.channel."),
        t(
            '[slack] に channel = "#ops" のように書いてください（Webhook なら要りません）。',
            'write it below [slack], as in channel = "#ops" (a webhook needs none).',
        ),
    )


@dataclass(frozen=True, slots=True)
class PostedMessage:
    """Where a message stands and when (`ts`), as far as Slack tells."""

    channel: str = ""
    ts: str = ""


class Slack(Client):
    """One channel, through a webhook or with a token."""

    def __init__(self, access: Access, channel: str = "") -> None:
        self.access = access
        self.channel = channel

    @classmethod
    def connect(cls, settings: SlackSettings, **options: Unpack[ConnectOptions]) -> Slack:
        """Return the channel of `settings`. Sends nothing yet. Raises CredentialError, ConfigError."""
        to = target_channel(settings)
        return cls(open_slack_access(settings, by_token=bool(to), **options), to)

    @redact_errors
    def post(self, payload: Mapping[str, Any]) -> PostedMessage:
        """Post a message (`payload`). Raises SourceError: AnswerError where Slack refused it."""
        path = "/chat.postMessage" if self.channel else "/webhook"
        body = json.dumps(payload, ensure_ascii=False).encode()
        call = Call("POST", self.access.base + path, _HEADERS, body)
        for _ in range(TRIES):
            self.access.settle()
            answer = self.access.perform(call)
            if answer.status != 429:
                break
        return self._posted(answer)

    def _posted(self, answer: Answer) -> PostedMessage:
        if not self.channel and answer.status == 200 and answer.body.strip() == b"ok":
            return PostedMessage()
        data = answer.data if isinstance(answer.data, dict) else {}
        if self.channel and answer.status == 200 and data.get("ok") is True:
            return PostedMessage(str(data.get("channel", ""))[:40], str(data.get("ts", ""))[:40])
        raise _refused(answer, data)


def message_payload(settings: SlackSettings, text: str) -> dict[str, Any]:
    """Return the JSON of a message: no name becomes a mention, no link a preview."""
    to = target_channel(settings)
    quiet = {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}
    return {**({"channel": to} if to else {}), "text": _cut(text), **quiet}


def _cut(text: str) -> str:
    """Cut a text at a line, so that no link or entity is cut in two."""
    kept: list[str] = []
    for line in text.split("\n"):
        if sum(map(len, kept)) + len(kept) + len(line) > MAX_MESSAGE_CHARS:
            break
        kept.append(line)
    return "\n".join(kept)


def _refused(answer: Answer, data: Mapping[str, Any]) -> SourceError:
    """Return the error for a refusal, with Slack's word for it."""
    said = data.get("error", refusal_message(answer) if not answer.is_html else "")
    word = said.strip() if isinstance(said, str) else ""
    word = word if _ERROR.fullmatch(word) else ""
    shown = f"{answer.status} {word}".strip()
    return AnswerError(
        t(f"Slack が受け取りませんでした（{shown}）。", f"Slack did not take the message ({shown})."),
        _next(word, answer.status),
        status=answer.status,
    )


def _next(word: str, status: int) -> Text:
    if word in _PLACE:
        return t(
            "チャンネルがあるか、アプリを招待してあるかを確かめてください（kb.toml の slack.channel）。",
            "check that the channel is there and the app is invited to it (slack.channel in kb.toml).",
        )
    if word in _KEY or (status == 401 and not word):
        return t(
            "SLACK_BOT_TOKEN と、その権限 chat:write を確かめてください。",
            "check SLACK_BOT_TOKEN, and that it may chat:write.",
        )
    if word in _VOID or status in (403, 404, 410):
        return t(
            "Webhook の URL が無効になっているようです。Slack で作り直し、SLACK_WEBHOOK_URL を入れ替えてください。",
            "the webhook seems to be void: make a new one in Slack and replace SLACK_WEBHOOK_URL.",
        )
    if status == 429 or status >= 500:
        return t("しばらくしてから同じコマンドをもう一度。", "run the same command again in a while.")
    return t(
        "kb report --notify slack --dry-run で送る中身を確かめてください。",
        "see what would be sent with kb report --notify slack --dry-run.",
    )


def open_slack_access(settings: SlackSettings, *, by_token: bool, **options: Unpack[ConnectOptions]) -> Access:
    """Return the way to Slack's API with a bot's token, or to a webhook, whose address nobody sees.

    Raises CredentialError, ConfigError.
    """
    wanted = slack_credential_spec(settings, by_token=by_token)
    secret = find_credential(wanted)
    base = API if by_token else _webhook_host(secret.value)
    if not base:
        raise ConfigError(
            t(f"{wanted.variable} は Webhook の URL ではないようです。", f"{wanted.variable} is not a webhook URL."),
            t(
                "Slack が示した https://hooks.slack.com/services/… をそのまま入れてください。",
                "set it to what Slack shows: https://hooks.slack.com/services/…",
            ),
        )
    system = HttpSystem("Slack", base, wanted.variable, wanted.variable, settings)
    return open_access(system, lambda: _authorize(secret, by_token=by_token), **options)


def _authorize(secret: FoundCredential, *, by_token: bool) -> Authorization:
    if by_token:
        headers = SecretHeaders({"Authorization": f"Bearer {secret.value}"})
    else:
        headers = SecretHeaders(address=secret.value)
    return Authorization(headers, _spellings(secret.value))


def slack_credential_spec(settings: SlackSettings, *, by_token: bool) -> CredentialSpec:
    if by_token:
        name = t("Slack のボットのトークン", "bot's token for Slack")
        return CredentialSpec(name, TOKEN, "slack.token_command", settings.token_command, "slack-token")
    name = t("Slack の Webhook の URL", "URL of a Slack webhook")
    return CredentialSpec(name, WEBHOOK, "slack.webhook_command", settings.webhook_command, "slack-webhook")


def _webhook_host(address: str) -> str:
    """Return scheme and host of a webhook, which may be shown; "" for another address."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return ""
    whole = parts.scheme in ("http", "https") and parts.path.strip("/") and not parts.query and "@" not in parts.netloc
    return f"{parts.scheme}://{parts.netloc}" if whole else ""


def _spellings(secret: str) -> list[str]:
    """Return a token, or a webhook's address, path and end: a server may echo any of them."""
    if "://" not in secret:
        return [secret]
    path = urlsplit(secret).path
    return [secret, path, path.removeprefix("/services"), path.rstrip("/").rpartition("/")[2]]
