"""`kb diagram collect zabbix` without a file: which Zabbix is asked, and what is said of its answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kb.clock import now
from kb.console.terminal import say
from kb.errors import UsageError
from kb.settings.workspace import find_config, load_settings
from kb.text.display import sanitize
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.estate.collect.inputs import InputFile
    from kb.estate.drift.kinds import SourceKind
    from kb.settings.kb_toml import ZabbixSettings

ZABBIX = "zabbix"
_MAX_FAILED = 5


def live_question(kind: SourceKind, *, given: bool, record: Path | None) -> Callable[[], InputFile] | None:
    """Return what asks a source live, None where files are given. Raises UsageError where neither can be."""
    if record is not None and (given or kind.value != ZABBIX):
        raise UsageError(
            t("--record は、Zabbix に聞くときだけ使えます。", "--record is for asking Zabbix."),
            t(
                "例: kb diagram collect zabbix --record zabbix.json",
                "example: kb diagram collect zabbix --record zabbix.json",
            ),
        )
    return None if given else partial(_ask, _zabbix_settings(kind), record.expanduser() if record else None)


def _zabbix_settings(kind: SourceKind) -> ZabbixSettings:
    """Return where Zabbix is asked. Raises UsageError for other sources, and where kb.toml does not say."""
    config = find_config()
    settings = load_settings(config).zabbix if config and kind.value == ZABBIX else None
    if settings is not None:
        return settings
    example = t(
        f"例: kb diagram collect {kind} --from FILE（ツールの印刷した出力）",
        f"example: kb diagram collect {kind} --from FILE, as the tool printed it",
    )
    if kind.value == ZABBIX:
        example = t(
            'kb.toml に [zabbix] と url = "https://…" を書くか、呼び出しの記録を --from FILE で渡してください。',
            'write [zabbix] with url = "https://…" into kb.toml, or give a record of the calls with --from FILE.',
        )
    raise UsageError(t("取り込むファイルがありません。", "there is no file to take in."), example)


def _ask(settings: ZabbixSettings, record: Path | None) -> InputFile:
    """Ask Zabbix, write the record where one is wanted, and say what failed or should not be."""
    from kb.estate.collect.zabbix.live import ask_zabbix, require_record_place, save_record

    if record is not None:
        require_record_place(record)
    found = ask_zabbix(settings, now(UTC))
    if record is not None:
        save_record(record, found.text)
    if found.is_super_admin:
        say(
            t(
                "警告: 特権管理者のトークンです。読むだけなら、--policy の権限のユーザーのトークンにしてください。",
                "warning: this is the token of a super admin. To read, use one of a user with the rights of --policy.",
            )
        )
    for method, message in found.failed[:_MAX_FAILED]:
        say(
            t(
                f"{method} は失敗しました（{sanitize(message.ja)}）。",
                f"{method} failed ({sanitize(message.en)}).",
            )
        )
    return found.as_input()
