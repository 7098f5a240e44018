"""What the remote systems say about themselves and about the key: checks of `kb doctor`.

Reads only. Each system costs a handful of requests: esa 4, Redmine 6.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kb.errors import KbError
from kb.model.health import HealthCheck, failed_check, note_check, ok_check
from kb.settings.kb_toml import EsaSettings, RedmineSettings, Settings, SlackSettings
from kb.sources.esa import requests as esa_requests
from kb.sources.redmine import requests
from kb.sources.slack import client
from kb.sources.transport import credentials
from kb.sources.transport.call import Row
from kb.sources.transport.credentials import CredentialSpec
from kb.text.lang import Text, t

SKEW_S = 60
"""A clock this far from the server's makes "since yesterday" mean something else."""

SOON_DAYS = 14


def check_esa(settings: EsaSettings, *, cache: Path | None, now: Callable[[], datetime]) -> Iterator[HealthCheck]:
    """The token, what it may do, how many requests are left, and the clock."""
    from kb.sources.esa.client import Esa

    try:
        with Esa.connect(settings, cache=cache) as esa:
            who = esa.identify()
            yield ok_check(
                t(
                    f"esa: チーム {settings.team} に {who.screen_name} として接続",
                    f"esa: team {settings.team} as {who.screen_name}",
                )
            )
            yield from _clock("esa", who.server_time, now())
            total = sum(esa.category_counts().values())
            yield ok_check(
                t(f"esa: このトークンで見える記事 {total:,} 件", f"esa: {total:,} posts are visible with this token")
            )
            yield from _token(esa.token_info())
            left = esa.access.limiter.standing
            if left.remaining is not None:
                yield ok_check(
                    t(
                        f"esa: 残りのリクエスト {left.remaining} / {left.limit}",
                        f"esa: {left.remaining} of {left.limit} requests left",
                    )
                )
    except KbError as error:
        yield failed_check(error)


def _token(info: Row | None) -> Iterator[HealthCheck]:
    """What esa tells of the token itself; older tokens and servers tell nothing."""
    if info is None:
        return
    scopes = info.get("scope") or info.get("scopes") or []
    scopes = scopes.split() if isinstance(scopes, str) else [str(each) for each in scopes if isinstance(each, str)]
    writing = [scope for scope in scopes if scope.startswith(("write", "admin"))]
    if writing:
        yield note_check(
            t("esa: このトークンは書き込みもできます。", "esa: this token may write, too."),
            t(
                "ふだんは read だけのトークンが安全です。送るときのものは ESA_WRITE_TOKEN に分けられます。",
                "read scopes are safer day by day; what kb apply sends with can stand in ESA_WRITE_TOKEN.",
            ),
        )
    seconds = info.get("expires_in_seconds", info.get("expires_in"))
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        days = int(seconds // 86400)
        if days <= SOON_DAYS:
            yield note_check(
                t(f"esa: トークンの期限まであと {days} 日です。", f"esa: the token expires in {days} days."),
                t("新しいトークンを用意してください。", "prepare a new one."),
            )
        else:
            yield ok_check(t(f"esa: トークンの期限まであと {days} 日", f"esa: the token is good for {days} days"))


def check_redmine(
    settings: RedmineSettings, *, cache: Path | None, now: Callable[[], datetime]
) -> Iterator[HealthCheck]:
    """The key and whose it is, the clock, what this server can and cannot do."""
    from kb.sources.redmine.client import Redmine

    try:
        with Redmine.connect(settings, cache=cache) as redmine:
            who = redmine.identify()
            yield ok_check(t(f"Redmine: {who.login} として接続", f"Redmine: connected as {who.login}"))
            if who.admin:
                yield note_check(
                    t("Redmine: 管理者の鍵です。", "Redmine: this is an administrator's key."),
                    t(
                        "読むだけなら、必要なプロジェクトの閲覧者の鍵で足ります。",
                        "to read, a viewer's key of the projects is enough.",
                    ),
                )
            yield from _clock("Redmine", who.server_time, now())
            tables = redmine.tables()
            count = redmine.count()
            yield ok_check(
                t(
                    f"Redmine: 見えるプロジェクト {len(tables.projects)}、チケット {count:,}",
                    f"Redmine: {len(tables.projects)} projects and {count:,} tickets are visible",
                )
            )
            for sentence in redmine.abilities.degraded():
                yield note_check(t(f"Redmine: {sentence.ja}", f"Redmine: {sentence.en}"))
    except KbError as error:
        yield failed_check(error)


def _clock(system: str, server_time: str, now: datetime) -> Iterator[HealthCheck]:
    if not server_time:
        return
    behind = (datetime.fromisoformat(server_time) - now.astimezone(UTC)).total_seconds()
    if abs(behind) > SKEW_S:
        yield note_check(
            t(
                f"{system}: 時計が {abs(behind):.0f} 秒ずれています。",
                f"{system}: the clocks differ by {abs(behind):.0f} s.",
            ),
            t("この機械の時刻合わせ（NTP）を確かめてください。", "check this machine's NTP."),
        )


# Whose credentials kb works with, and how long they hold: names and dates, never a value.


@dataclass(frozen=True, slots=True)
class CredentialStatus:
    """One credential: what it is for, its variable, where it comes from ("": it is nowhere), whose account it is.

    `admin`, `scopes` and `expires` (UTC, "" for never or not told) are what the system tells; `unasked` says why it
    was not asked.
    """

    system: str
    use: str
    variable: str
    origin: Text | None
    account: str = ""
    admin: bool | None = None
    scopes: tuple[str, ...] = ()
    expires: str = ""
    unasked: Text | None = None


def credential_statuses(settings: Settings, now: datetime) -> Iterator[CredentialStatus]:
    """The credentials of every system kb.toml names; asks esa and Redmine, twice where one writes apart."""
    if esa := settings.esa:
        for use in _uses(credentials.has_write_credential(credentials.WRITE_TOKEN, esa.write_token_command)):
            yield _credential_status(
                "esa", use, esa_requests.esa_token_spec(esa, to_write=use == "write"), _ask_esa(settings, use, now)
            )
    if redmine := settings.redmine:
        for use in _uses(credentials.has_write_credential(credentials.WRITE_KEY, redmine.write_key_command)):
            yield _credential_status(
                "redmine", use, requests.redmine_key_spec(redmine, to_write=use == "write"), _ask_redmine(settings, use)
            )
        if redmine.basic_user:
            wanted = requests.basic_password_spec(redmine)
            yield CredentialStatus(
                "redmine", "basic", wanted.variable, credential_origin(wanted), account=redmine.basic_user
            )
    if settings.slack != SlackSettings():
        for by_token in (False, True):
            wanted = client.slack_credential_spec(settings.slack, by_token=by_token)
            if (found := credential_origin(wanted)) is not None:
                yield CredentialStatus("slack", "notify", wanted.variable, found)


def credential_origin(wanted: CredentialSpec) -> Text | None:
    """Where a credential would come from, without running or reading anything; None where nothing says so."""
    if os.environ.get(wanted.variable, "").strip():
        return t(f"環境変数 {wanted.variable}", f"the variable {wanted.variable}")
    if wanted.command:
        program = wanted.command.split()[0].rpartition("/")[2] if wanted.command.split() else ""
        return t(f"kb.toml の {wanted.setting}（{program}）", f"{wanted.setting} in kb.toml ({program})")
    return t("keyring", "the keyring") if credentials.is_in_keyring(wanted) else None


def _uses(apart: bool) -> tuple[str, ...]:
    return ("read", "write") if apart else ("read",)


def _credential_status(
    system: str, use: str, wanted: CredentialSpec, ask: Callable[[], dict[str, object]]
) -> CredentialStatus:
    found = credential_origin(wanted)
    if found is None:
        return CredentialStatus(
            system, use, wanted.variable, None, unasked=t("どこにも見つかりません", "it is nowhere to be found")
        )
    try:
        told = ask()
    except KbError as error:
        return CredentialStatus(system, use, wanted.variable, found, unasked=error.what)
    return CredentialStatus(system, use, wanted.variable, found, **told)  # type: ignore[arg-type]


def _ask_esa(settings: Settings, use: str, now: datetime) -> Callable[[], dict[str, object]]:
    def ask() -> dict[str, object]:
        from kb.sources.esa.client import Esa

        assert settings.esa is not None
        with Esa.connect(settings.esa, to_write=use == "write", max_wait_s=0) as esa:
            who, info = esa.identify(), esa.token_info()
        return {"account": who.screen_name, "scopes": _scopes(info), "expires": _expires(info, now)}

    return ask


def _ask_redmine(settings: Settings, use: str) -> Callable[[], dict[str, object]]:
    def ask() -> dict[str, object]:
        from kb.sources.redmine.client import Redmine

        assert settings.redmine is not None
        with Redmine.connect(settings.redmine, to_write=use == "write", max_wait_s=0) as redmine:
            who = redmine.identify()
        return {"account": who.login, "admin": who.admin}

    return ask


def _scopes(info: Row | None) -> tuple[str, ...]:
    told = (info or {}).get("scope") or (info or {}).get("scopes") or []
    listed = told.split() if isinstance(told, str) else told if isinstance(told, list) else []
    return tuple(each[:60] for each in listed if isinstance(each, str))


def _expires(info: Row | None, now: datetime) -> str:
    told = info or {}
    seconds = told.get("expires_in_seconds", told.get("expires_in"))
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return ""
    try:
        return (now + timedelta(seconds=seconds)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return ""
