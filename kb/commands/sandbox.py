"""`kb sandbox`: an esa and a Redmine on this machine, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kb.lang import t

EXAMPLE = "kb sandbox --port 0 --data posts.jsonl --data tickets.jsonl"


def command(
    port: Annotated[
        int,
        typer.Option(
            min=0, max=65535, metavar="P", help=str(t("ポート（0 は空いているもの）", "port; 0 takes a free one"))
        ),
    ] = 0,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help=str(t("JSON 行のファイル（投稿・チケット・メンバー）", "file of JSON lines: posts, tickets, members")),
        ),
    ] = None,
    from_mirror: Annotated[
        bool,
        typer.Option(
            "--from-mirror",
            help=str(t("手元の写しから始める（操作にも token が要る）", "start from the mirror; all needs the token")),
        ),
    ] = False,
    profile: Annotated[
        str, typer.Option(metavar="NAME", help="default | nolimit | legacy75 | strict | redmine-3.4")
    ] = "default",
) -> None:
    """Serve until told to end. Raises UsageError, InputError, StoreError."""
    from kb.sandbox import app, serve

    sandbox = app.build(profile, guarded=from_mirror)
    if from_mirror:
        from kb.config import open_workspace
        from kb.sandbox.mirrored import rows

        sandbox.load(rows(open_workspace().mirror))
    for path in data or ():
        sandbox.load_file(path)
    serve.serve(sandbox, port)
