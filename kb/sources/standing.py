"""Whose credentials kb works with, and how long they hold: names and dates, never a value."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kb.errors import KbError
from kb.lang import Text, t
from kb.settings import Settings, SlackSettings
from kb.sources import connect, credentials
from kb.sources.call import Row
from kb.sources.credentials import Wanted


@dataclass(frozen=True, slots=True)
class Credential:
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


def standing(settings: Settings, now: datetime) -> Iterator[Credential]:
    """The credentials of every system kb.toml names; asks esa and Redmine, twice where one writes apart."""
    if esa := settings.esa:
        for use in _uses(connect.writes_apart(connect.WRITE_TOKEN, esa.write_token_command)):
            yield _asked("esa", use, connect.esa_token(esa, to_write=use == "write"), _esa(settings, use, now))
    if redmine := settings.redmine:
        for use in _uses(connect.writes_apart(connect.WRITE_KEY, redmine.write_key_command)):
            yield _asked("redmine", use, connect.redmine_key(redmine, to_write=use == "write"), _redmine(settings, use))
        if redmine.basic_user:
            wanted = connect.basic_password(redmine)
            yield Credential("redmine", "basic", wanted.variable, origin(wanted), account=redmine.basic_user)
    if settings.slack != SlackSettings():
        for by_token in (False, True):
            wanted = connect.slack_credential(settings.slack, by_token=by_token)
            if (found := origin(wanted)) is not None:
                yield Credential("slack", "notify", wanted.variable, found)


def origin(wanted: Wanted) -> Text | None:
    """Where a credential would come from, without running or reading anything; None where nothing says so."""
    if os.environ.get(wanted.variable, "").strip():
        return t(f"環境変数 {wanted.variable}", f"the variable {wanted.variable}")
    if wanted.command:
        program = wanted.command.split()[0].rpartition("/")[2] if wanted.command.split() else ""
        return t(f"kb.toml の {wanted.setting}（{program}）", f"{wanted.setting} in kb.toml ({program})")
    return t("keyring", "the keyring") if credentials.in_keyring(wanted) else None


def _uses(apart: bool) -> tuple[str, ...]:
    return ("read", "write") if apart else ("read",)


def _asked(system: str, use: str, wanted: Wanted, ask: Callable[[], dict[str, object]]) -> Credential:
    found = origin(wanted)
    if found is None:
        return Credential(
            system, use, wanted.variable, None, unasked=t("どこにも見つかりません", "it is nowhere to be found")
        )
    try:
        told = ask()
    except KbError as error:
        return Credential(system, use, wanted.variable, found, unasked=error.what)
    return Credential(system, use, wanted.variable, found, **told)  # type: ignore[arg-type]


def _esa(settings: Settings, use: str, now: datetime) -> Callable[[], dict[str, object]]:
    def ask() -> dict[str, object]:
        from kb.sources.esa import Esa

        assert settings.esa is not None
        with Esa.connect(settings.esa, to_write=use == "write", max_wait_s=0) as esa:
            who, info = esa.identify(), esa.token_info()
        return {"account": who.screen_name, "scopes": _scopes(info), "expires": _expires(info, now)}

    return ask


def _redmine(settings: Settings, use: str) -> Callable[[], dict[str, object]]:
    def ask() -> dict[str, object]:
        from kb.sources.redmine import Redmine

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
