"""`kb diagram init`: the first text of a system diagram (構成図のもとを作る)."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from kb.assets import asset
from kb.config import find_config, load
from kb.console import safe, say
from kb.errors import UsageError
from kb.lang import t

EXAMPLE = "kb diagram init\nkb diagram init --from ec2.json"


def command(
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="FILE",
            help=str(
                t(
                    "サーバーの一覧から下書きを作る（aws ec2 describe-instances の JSON、host 列のある CSV）",
                    "draft it from a list of machines: JSON of aws ec2 describe-instances, or CSV with a column host",
                )
            ),
            show_default=False,
        ),
    ] = "",
) -> None:
    """Write diagrams/system.toml, commented or drafted, and the schema for editors beside it."""
    from kb.system.read import FILE, FOLDER, files_of, merge
    from kb.system.schema import NAME, written

    folder = _root() / FOLDER
    there = files_of(folder)
    if there:
        raise UsageError(
            t(f"{_short(there[0])} がもうあります。", f"{_short(there[0])} is there already."),
            t("編集して kb diagram build を実行してください。", "edit it, then run kb diagram build."),
        )
    text = _drafted(Path(source).expanduser()) if source else asset("templates/system.toml").read_text("utf-8")
    model = merge([(f"{FOLDER}/{FILE}", text)])  # what kb writes, kb reads
    folder.mkdir(parents=True, exist_ok=True)
    for name, words in ((NAME, written()), (FILE, text)):
        _write(folder / name, words)
    print(
        t(
            f"{_short(folder / FILE)} を書きました（ノード {len(model.nodes):,}、グループ {len(model.groups):,}）。",
            f"{_short(folder / FILE)} was written (nodes: {len(model.nodes):,}, groups: {len(model.groups):,}).",
        )
    )
    say(str(t("→ 直したら: kb diagram build", "→ edit it, then: kb diagram build")))


def _root() -> Path:
    """Beside kb.toml where there is one, else here."""
    path = find_config()
    return path.parent if path else Path.cwd()


def _drafted(path: Path) -> str:
    from kb.system.inventory import read
    from kb.system.proposal import proposed

    config = find_config()
    zone = load(config).timezone if config else "Asia/Tokyo"
    today = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
    return proposed(read(path), seen=f"{today} {path.name}")


def _write(path: Path, text: str) -> None:
    """The file as a whole, or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".kb-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _short(path: Path) -> str:
    try:
        path = path.relative_to(Path.cwd())
    except ValueError:
        pass
    return safe(str(path))
