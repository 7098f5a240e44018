"""`kb site`: the pages of kb as a folder, for everybody who may read what all members may."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from kb.commands.registry import argument, command, option
from kb.console.terminal import say
from kb.settings.workspace import open_workspace
from kb.text.lang import t


@command(
    "site",
    t("みんなに見せるページをフォルダーに書く", "write the pages for everybody as a folder"),
    example="kb site public\nkb site public --with-text",
    shared=True,
)
def site(
    folder: Annotated[
        Path, argument("DIR", t("空か、前に kb site が書いたフォルダー", "empty, or written by kb site"))
    ],
    with_text: Annotated[
        bool,
        option(
            "--with-text",
            t("伏せた本文も入れる（メンバー全員が読めるもの）", "with masked texts every member may read"),
        ),
    ] = False,
) -> None:
    """Write the folder whole or not at all. Raises UsageError for a folder of others, StoreError."""
    from kb.pages.site import write_site

    workspace = open_workspace()
    workspace.mirrored()
    count = write_site(workspace, folder, with_text=with_text)
    say(
        t(
            f"{folder} に {count:,} ファイルを書きました。{folder}/index.html を開いてください。",
            f"{count:,} files written to {folder}. Open {folder}/index.html.",
        )
    )
