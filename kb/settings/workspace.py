"""kb.toml → Settings, and the workspace it stands in.

An unknown key, or a value of the wrong type, stops kb with the line, the nearest valid name and an example: a setting
that is silently ignored is worse than none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kb.errors import ConfigError, UsageError, os_reason
from kb.files import describe_encoding, no_file_error, remove_abandoned_folders
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.model.host_names import CollectedNames, HostNames
    from kb.settings.kb_toml import Settings
    from kb.settings.toml import TomlReader

FILE_NAME = "kb.toml"
ESA_API = "https://api.esa.io"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with a kb.toml, and the `.kb/` beside it."""

    root: Path
    settings: Settings

    @property
    def private(self) -> Path:
        """`.kb/`: never leaves the machine."""
        return self.root / ".kb"

    @property
    def mirror(self) -> Path:
        """The copy of the remote texts."""
        return self.private / "mirror.db"

    def mirrored(self) -> Path:
        """Return the path of an existing mirror.

        Raises UsageError when there is none yet, InputError for a link to nothing.
        """
        if not self.mirror.exists():
            if self.mirror.is_symlink():
                raise no_file_error(self.mirror)
            raise UsageError(
                t("まだ何も写していません。", "nothing is mirrored yet."),
                t("kb sync を実行してください。", "run kb sync."),
            )
        return self.mirror

    @property
    def state(self) -> Path:
        """Findings, decisions and runs; no text."""
        return self.private / "state.db"

    @property
    def known(self) -> Path:
        """The secrets found so far, as keyed hashes (`kb.lint.cache.known_values`)."""
        return self.private / "known.db"

    @property
    def key(self) -> Path:
        """What the ids of secrets are made with (`kb.settings.secret_key`)."""
        return self.private / "key"

    @property
    def cache(self) -> Path:
        """What can be made again: compiled patterns, the shared limiter's last figures."""
        return self.private / "cache"


_named: str | None = None
_names_loader: Callable[[Path, HostNames], CollectedNames] | None = None
_source_tables: Callable[[], Mapping[str, type]] = dict


def use_config(config: str) -> None:
    """Let this process work with one kb.toml (`--config`). Called once, by the command line."""
    global _named
    _named = config


def use_source_tables(tables: Callable[[], Mapping[str, type]]) -> None:
    """Let kb.toml hold the tables that sources bring along. Called once, by the command line."""
    global _source_tables
    _source_tables = tables


def use_names_loader(loader: Callable[[Path, HostNames], CollectedNames]) -> None:
    """Let settings know what collected sources call machines. Called once, by the command line."""
    global _names_loader
    _names_loader = loader


def source_tables() -> Mapping[str, type]:
    """Return the tables that sources bring along, by name."""
    return _source_tables()


def open_workspace(*, start: Path | None = None) -> Workspace:
    """Open the workspace of `--config`, `KB_CONFIG`, or the nearest kb.toml upwards of `start`.

    Raises UsageError when there is none, ConfigError when kb.toml cannot be used.
    """
    if (path := find_config(start=start)) is None:
        raise UsageError(
            t(
                f"kb.toml が見つかりません（{start or Path.cwd()} から上を探しました）。",
                f"no kb.toml found (looked upwards from {start or Path.cwd()}).",
            ),
            t("kb init で作ってください。", "make one with kb init."),
        )
    workspace = Workspace(path.parent, _with_names(load_settings(path), path.parent))
    remove_abandoned_folders(workspace.private / "private")
    return workspace


def _with_names(settings: Settings, root: Path) -> Settings:
    """Return settings that know the names collected beside a kb.toml; they are loaded once, when first asked."""
    loader = _names_loader
    if loader is None:
        return settings
    return replace(settings, collected=cache(lambda: loader(root, settings.hosts.host_names)))


def find_config(*, start: Path | None = None) -> Path | None:
    """Find kb.toml: that of `--config`, else of `KB_CONFIG`, else the nearest one upwards of `start`."""
    named = _named or os.environ.get("KB_CONFIG")
    if named:
        path = Path(named).absolute()
        return path / FILE_NAME if path.is_dir() else path
    here = (start or Path.cwd()).absolute()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    return None


def load_settings(path: Path) -> Settings:
    """Load the settings of a kb.toml. Raises ConfigError with file, line and the next step."""
    if path.exists() and not path.is_file():
        raise ConfigError(
            t(f"{path} はファイルではありません。", f"{path} is no file."),
            t("--config には kb.toml の場所を指定してください。", "give --config the place of a kb.toml."),
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            t(f"{path} がありません。", f"{path} does not exist."),
            t("--config の値を確かめるか、kb init で作ってください。", "check --config, or make one with kb init."),
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(*describe_encoding(path, error.object)) from None
    except OSError as error:
        raise ConfigError(
            t(f"{path} を読めません（{os_reason(error).ja}）。", f"{path} cannot be read ({os_reason(error).en})."),
            t("権限を確かめてください。", "check its permissions."),
        ) from None
    if not text:
        raise ConfigError(
            t(f"{path} は空です（0 バイト）。", f"{path} is empty (0 bytes)."),
            t("控えから戻すか、消して kb init で作り直してください。", "restore it, or remove it and run kb init."),
        )
    return parse_settings(text, path.name)


def parse_settings(text: str, name: str = FILE_NAME) -> Settings:
    """Parse settings; `name` is the file's name for messages."""
    from kb.settings.kb_toml import Settings  # slow to load, and a help reads no settings
    from kb.settings.toml import TomlReader, parse_toml

    reader = TomlReader(text, name)
    tables = parse_toml(text, name)
    own = {field.name for field in fields(Settings)}
    added: dict[str, object] = {}
    for key, shape in source_tables().items() if not own.issuperset(tables) else ():
        if (found := tables.pop(key, None)) is None:
            continue
        if not isinstance(found, dict):
            raise reader.error(
                (key,),
                t(f"{key} は表（[{key}]）で書きます", f"{key} must be a table ([{key}])"),
                t(f"例: [{key}]", f"example: [{key}]"),
            )
        added[key] = reader.table(found, shape, (key,))
    settings = replace(reader.table(tables, Settings, ()), tables=added)
    _check(settings, reader)
    return settings


def _check(settings: Settings, reader: TomlReader) -> None:
    """Check what types alone cannot say."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from kb.settings.check_hosts import check_hosts
    from kb.settings.toml import quote_value

    if settings.redmine is not None:
        where = f"{reader.place(('redmine', 'url'))} redmine.url"
        require_safe_url(settings.redmine.url, where, allow_http=settings.redmine.allow_http)
    if settings.zabbix is not None:
        where = f"{reader.place(('zabbix', 'url'))} zabbix.url"
        require_safe_url(settings.zabbix.url, where, allow_http=settings.zabbix.allow_http, table="zabbix")
    if settings.esa is not None and not is_team_name(settings.esa.team):
        team = quote_value(settings.esa.team)
        raise reader.error(
            ("esa", "team"),
            t(f"esa.team「{team}」はチーム名ではありません", f"esa.team {team!r} is no team name"),
            t("https://docs.esa.io なら team は docs です。", "for https://docs.esa.io the team is docs."),
        )
    check_hosts(settings.hosts, reader)
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = quote_value(settings.timezone)
        raise reader.error(
            ("timezone",),
            t(f"timezone「{zone}」がありません", f"there is no time zone {zone!r}"),
            t('例: timezone = "Asia/Tokyo"', 'example: timezone = "Asia/Tokyo"'),
        ) from None
    for number, event in enumerate(settings.event, 1):
        try:
            date.fromisoformat(event.date)
        except ValueError:
            day = quote_value(event.date)
            raise reader.error(
                ("event", str(number), "date"),
                t(f"event の date「{day}」を日付として読めません", f"the date of an event {day!r} is no date"),
                t('例: date = "2026-08-24"', 'example: date = "2026-08-24"'),
            ) from None
    for number, rule in enumerate(settings.owners.rule, 1):
        if not (rule.place or rule.tag or rule.node):
            raise reader.error(
                ("owners", "rule", str(number)),
                t("[[owners.rule]] に place も tag も node もありません", "[[owners.rule]] has no place, tag or node"),
                t('例: place = "運用/手順/**"', 'example: place = "運用/手順/**"'),
            )
    names = [source.name for source in settings.source]
    for name in names:
        if not name.isprintable() or not name.strip(". ") or set(name) & set("/\\:"):
            raise reader.error(
                ("source",),
                t(f"source の name「{name}」は名前に使えません", f"a source cannot be called {name!r}"),
                t("文字と数字の短い名前にしてください。例: minutes", "give it a short name of letters, as in minutes."),
            )
        if names.count(name) > 1:
            raise reader.error(
                ("source",),
                t(f"source の name「{name}」が重なっています", f"two sources are called {name!r}"),
                t("別の名前にしてください。", "give one another name."),
            )


def is_team_name(name: str) -> bool:
    """Return whether esa can know a team by this name: it is a part of its address."""
    return re.fullmatch(r"[A-Za-z0-9-]+", name) is not None


_ALLOW_HTTP = {
    "redmine": t(
        "https:// で始まる URL にしてください。社内の Redmine で https にできないときだけ、kb.toml の [redmine] に"
        " allow_http = true と書けます（API キーも本文も暗号なしで流れます。管理者のキーは使えません）。",
        "give a URL that begins with https://. Only for a Redmine in the house that has none, allow_http = true can"
        " stand in [redmine] of kb.toml (key and texts then travel in clear; no administrator's key is taken).",
    ),
    "zabbix": t(
        "https:// で始まる URL にしてください。社内の Zabbix で https にできないときだけ、kb.toml の [zabbix] に"
        " allow_http = true と書けます（トークンも答えも暗号なしで流れます）。",
        "give a URL that begins with https://. Only for a Zabbix in the house that has none, allow_http = true can"
        " stand in [zabbix] of kb.toml (token and answers then travel in clear).",
    ),
}


def is_plain_http(url: str) -> bool:
    """Return whether what is sent to an address can be read on its way: http, and not to this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}


def require_safe_url(url: str, what: str, *, allow_http: bool | None = None, table: str = "redmine") -> None:
    """Raise ConfigError unless `url` is https, or http on loopback: a key must not travel in clear.

    `allow_http` is the team's decision that it may, in a `table` of kb.toml; None where nobody may decide so.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:  # brackets that do not close, a port beyond 65535, or a password with a slash in its place
        raise ConfigError(
            t(f"{what} を URL として読めません。", f"{what} is no URL."),
            t("例: https://redmine.example.jp/redmine", "example: https://redmine.example.jp/redmine"),
        ) from None
    plain = is_plain_http(url)
    if not (parts.hostname and parts.scheme in ("https", "http")) or (plain and not allow_http):
        shown = f"{parts.scheme}://{parts.hostname or ''}" if parts.scheme else url.rpartition("@")[2][:80]
        raise ConfigError(
            t(
                f"{what}「{shown}」は https でも loopback でもありません。",
                f"{what} {shown!r} is neither https nor loopback.",
            ),
            _ALLOW_HTTP[table]
            if plain and allow_http is not None
            else t("https:// で始まる URL にしてください。", "give a URL that begins with https://."),
        )
    if parts.username or parts.password or parts.query:
        raise ConfigError(
            t(f"{what} に認証情報やクエリは書けません。", f"{what} must not hold credentials or a query."),
            t(
                "basic_user と basic_password_command、または環境変数を使ってください。",
                "use basic_user with basic_password_command, or the environment.",
            ),
        )
