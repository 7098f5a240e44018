"""`kb diagram import`: an existing script of the library `diagrams` as the text of a model (スクリプトを取り込む)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kb.console import safe, say
from kb.lang import t

EXAMPLE = "kb diagram import old/system.py\nkb diagram import old/system.py > diagrams/system.toml"


def command(
    script: Annotated[
        Path,
        typer.Argument(
            metavar="SCRIPT.py",
            help=str(
                t(
                    "diagrams パッケージで描くスクリプト（実行されます）",
                    "a script that draws with the package diagrams; it is run",
                )
            ),
        ),
    ],
) -> None:
    """Run one script apart, and print what it draws as a model; no picture is made and no file written."""
    from kb.system.read import merge
    from kb.system.scripts.as_toml import as_toml
    from kb.system.scripts.run import require_script, run

    require_script(script)
    name = safe(script.name)
    say(
        str(
            t(
                f"{name} を実行します。プログラムなので、中身を知っているものだけにしてください。",
                f"running {name}. it is a program: import only what you know.",
            )
        )
    )
    text = as_toml(run(script), script.name)
    model = merge([(script.name, text)])  # what kb writes, kb reads
    print(text, end="")
    say(
        str(
            t(
                f"ノード {len(model.nodes):,}、グループ {len(model.groups):,}、つながり {len(model.edges):,} を"
                "取り込みました（ファイルは書いていません）。",
                f"nodes: {len(model.nodes):,}, groups: {len(model.groups):,}, edges: {len(model.edges):,}"
                " (no file was written).",
            )
        )
    )
    say(
        str(
            t(
                "→ diagrams/system.toml に書いて、kb diagram build",
                "→ put it into diagrams/system.toml, then: kb diagram build",
            )
        )
    )
