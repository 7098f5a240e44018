"""`kb state export`: what this workspace remembers of its findings, as a file for another machine."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

import kb
from kb import clock
from kb.config import Workspace, open_workspace
from kb.console import safe
from kb.errors import UsageError
from kb.lang import t

if TYPE_CHECKING:
    from kb.secret_key import Key

EXAMPLE = "kb state export kb-state.jsonl.gz"


def command(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help=str(t("書き出す先（.gz なら圧縮）", "where to (packed if .gz)"))),
    ],
) -> None:
    """Write the findings' history, the judges and the runs' figures. No text, no title, no value."""
    from kb.mirror.carry import file as files
    from kb.mirror.carry.sealing import Seal
    from kb.mirror.carry.store import open_state
    from kb.mirror.carry.take_out import head, lines
    from kb.mirror.store import Mirror

    workspace = open_workspace()
    mirrored = workspace.mirrored()
    key = key_of(workspace)
    if file.is_dir():
        raise UsageError(
            t(f"{file} はフォルダーです。", f"{file} is a folder."),
            t("例: kb state export kb-state.jsonl.gz", "example: kb state export kb-state.jsonl.gz"),
        )
    seal = Seal(key.bytes_)
    with closing(open_state(workspace.state)) as state, Mirror.open(mirrored, readonly=True) as mirror:
        first = head(state, key.id, kb.__version__, clock.now(ZoneInfo(workspace.settings.timezone)))
        count = files.write(file, first, lines(state, mirror.database, seal), seal)
    size = max(1, file.stat().st_size >> 10)
    print(
        t(
            f"状態を {safe(str(file))} に書き出しました（{count:,} 行、{size:,} KB、鍵 {key.id}）。"
            "本文も題名も入っていません。",
            f"wrote the state to {safe(str(file))} ({count:,} lines, {size:,} KB, key {key.id}): no texts, no titles.",
        )
    )


def key_of(workspace: Workspace) -> Key:
    """The key that is there: one made now would be known nowhere else. Raises UsageError."""
    from kb.secret_key import VARIABLE, key_for

    key = key_for(workspace, make=False)
    if key is None:
        raise UsageError(
            t("鍵がありません。", "there is no key."),
            t(
                f"チームの鍵を kb key import か環境変数 {VARIABLE} で渡すか、kb key export で作ってください。",
                f"bring your team's key by kb key import or in {VARIABLE}, or make one with kb key export.",
            ),
        )
    return key
