"""`kb sandbox`: an esa and a Redmine on this machine, until Ctrl-C."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from kb.commands.registry import command, option
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.sandbox.app import Sandbox


@command(
    "sandbox",
    t("手元に偽の esa と Redmine を立てる", "run a fake esa and Redmine on this machine"),
    example="kb sandbox --demo\nkb sandbox --port 0 --data posts.jsonl --data tickets.jsonl",
)
def sandbox(
    port: Annotated[
        int,
        option(
            "--port P",
            t("ポート（0 は空いているもの）", "port; 0 takes a free one"),
            show_default=True,
            min=0,
            max=65535,
        ),
    ] = 0,
    data: Annotated[
        list[Path] | None,
        option(
            "--data FILE",
            t("JSON 行のファイル（投稿・チケット・メンバー）", "file of JSON lines: posts, tickets, members"),
        ),
    ] = None,
    demo: Annotated[
        bool, option("--demo", t("kb demo の架空のチームで始める", "start with the team of kb demo"))
    ] = False,
    from_mirror: Annotated[
        bool,
        option(
            "--from-mirror",
            t("手元の写しから始める（操作にも token が要る）", "start from the mirror; all needs the token"),
        ),
    ] = False,
    profile: Annotated[
        str, option("--profile NAME", "default | nolimit | legacy75 | strict | redmine-3.4", show_default=True)
    ] = "default",
) -> None:
    """Serve until told to end. Raises UsageError, InputError, StoreError."""
    from kb.sandbox import app, serve

    sandbox = app.build(profile, guarded=from_mirror)
    if demo:
        _load_team(sandbox)
    if from_mirror:
        from kb.sandbox.mirrored import mirror_rows
        from kb.settings.workspace import open_workspace

        sandbox.load(mirror_rows(open_workspace().mirror))
    for path in data or ():
        sandbox.load_file(path)
    serve.serve(sandbox, port)


def _load_team(sandbox: Sandbox) -> None:
    """Load the invented team as it stands now."""
    from kb.sandbox.team import build, write

    with tempfile.TemporaryDirectory(prefix="kb-sandbox-") as folder:
        for path in write(build(datetime.now(UTC)), Path(folder)):
            sandbox.load_file(path)
