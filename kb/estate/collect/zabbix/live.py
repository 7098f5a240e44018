"""Ask the Zabbix of kb.toml, and keep the answers as a record that `--from` reads again with the same snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from kb.errors import CredentialError, InputError
from kb.estate.collect.inputs import InputFile
from kb.estate.collect.zabbix.connection import CallFailedError, connect
from kb.estate.collect.zabbix.questions import Interview
from kb.files import replace_file, require_regular_file, store_error
from kb.settings.kb_toml import ZabbixSettings
from kb.settings.workspace import is_plain_http
from kb.sources.transport.connect import warn_of_plain_http
from kb.sources.transport.credentials import CredentialSpec, find_credential
from kb.text.display import sanitize
from kb.text.lang import Text, t

VARIABLE = "ZABBIX_API_TOKEN"
"""Where the token may be; a command of `[zabbix]` and the keyring come after it."""


@dataclass(frozen=True, slots=True)
class LiveAnswers:
    """The record of what was asked; `failed` are methods with what was said of each, `is_super_admin` the token's."""

    text: str
    taken_at: str
    failed: tuple[tuple[str, Text], ...]
    is_super_admin: bool

    def as_input(self) -> InputFile:
        """Return the record as a file that is read."""
        return InputFile("zabbix", self.text, self.taken_at)


def ask_zabbix(settings: ZabbixSettings, moment: datetime) -> LiveAnswers:
    """Ask all there is to ask, with methods that only read.

    Raises CredentialError for no token or one that Zabbix does not know, UnreachableError, AnswerError for what is no
    Zabbix, ToolError without zabbix-utils. A single call that fails is in the record.
    """
    if is_plain_http(settings.url):
        warn_of_plain_http("Zabbix", sanitize(urlsplit(settings.url).netloc))
    token = find_credential(token_spec(settings))
    with connect(settings.url, token.value, settings.ca_file) as connection:
        interview = Interview(connection, moment)
        try:
            interview.hold()
        except CallFailedError as error:
            raise _bad_token(error, token.origin) from None
        is_super_admin = interview.is_super_admin()
    return LiveAnswers(interview.record(settings.url), interview.taken_at, tuple(interview.failed), is_super_admin)


def token_spec(settings: ZabbixSettings) -> CredentialSpec:
    """Return which token is asked with."""
    return CredentialSpec(
        t("Zabbix の API トークン", "API token of Zabbix"),
        VARIABLE,
        "zabbix.token_command",
        settings.token_command,
        f"zabbix:{settings.url}",
        t(
            "必要な権限は kb diagram collect zabbix --policy で出ます。",
            "kb diagram collect zabbix --policy prints the rights it needs.",
        ),
    )


def _bad_token(error: CallFailedError, origin: str) -> CredentialError:
    return CredentialError(
        t(
            f"Zabbix が API トークン（{origin}）を受けつけません（{error.message.ja}）。",
            f"Zabbix does not take the API token of {origin} ({error.message.en}).",
        ),
        t(
            "Zabbix の「ユーザー」→「API トークン」で、値と期限、ユーザーが有効なことを確かめてください。"
            "前のスナップショットはそのままです。",
            "check its value and expiry, and that its user is enabled, in Zabbix below Users → API tokens."
            " The last snapshot is kept.",
        ),
    )


def require_record_place(path: Path) -> None:
    """Raise InputError where no record can be written, before anything is asked."""
    require_regular_file(path)
    if not path.absolute().parent.is_dir():
        raise InputError(
            t(
                f"{sanitize(str(path.parent))} というフォルダーがありません。",
                f"there is no folder {sanitize(str(path.parent))}.",
            ),
            t("--record の場所を確かめてください。", "check the place of --record."),
        )


def save_record(path: Path, text: str) -> None:
    """Write a record for its owner only, in place of one that is there. Raises InputError, StoreError."""
    try:
        replace_file(path, text.encode(), private=True)
    except OSError as error:
        raise store_error(error, path) from None
