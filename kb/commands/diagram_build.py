"""`kb diagram build`: the pictures of the system as text describes it (構成図を描く)."""

from __future__ import annotations

import difflib
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from kb.config import find_config
from kb.console import safe, say
from kb.errors import InputError, UsageError
from kb.lang import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kb.system.build import Built
    from kb.system.draw.scene import Picture

EXAMPLE = "kb diagram build\nkb diagram build --view all --out public"
PICTURES = "pictures"


def command(
    view: Annotated[
        list[str] | None,
        typer.Option(
            "--view",
            metavar="ID",
            help=str(t("このビューだけ（繰り返せます）", "only this view; can be repeated")),
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        str,
        typer.Option(
            "--out",
            metavar="DIR",
            help=str(
                t("書き出すフォルダー（既定は diagrams/pictures）", "where to write (default: diagrams/pictures)")
            ),
            show_default=False,
        ),
    ] = "",
) -> None:
    """Read the model, draw what changed, and say what was written."""
    from kb.commands import diagram_scripts
    from kb.system.read import find_folder

    scripts = [] if view else diagram_scripts.allowed()
    try:
        folder = find_folder(Path.cwd())
    except InputError:
        if not scripts:
            raise
    else:
        _draw(folder, view, out)
    own = None if view else diagram_scripts.drawn(scripts, out)
    if own is not None:
        _tell(*own)


def _draw(folder: Path, view: Sequence[str] | None, out: str) -> None:
    """The pictures of the model in a folder."""
    from kb.progress import Meter
    from kb.system.build import build
    from kb.system.draw.views import pictures
    from kb.system.read import load

    found = pictures(load(folder), post_url=post_url(folder))
    target = Path(out).expanduser() if out else folder / PICTURES
    with Meter(str(t("構成図", "diagram"))) as meter:
        built = build(wanted(found, view), target, whole=not view, progress=meter.step)
    _tell(built, target)


def post_url(folder: Path) -> str:
    """What the number of an esa post is appended to, "" where no kb.toml names a team."""
    from kb.config import load

    path = find_config(start=folder.parent)
    if path is None:
        return ""
    esa = load(path).esa
    return f"https://{esa.team}.esa.io/posts/" if esa else ""


def wanted(found: Sequence[Picture], names: Sequence[str] | None) -> list[Picture]:
    """The pictures that are asked for by name; all when none is. Raises UsageError for a name nothing has."""
    known = {picture.id: picture for picture in found}
    for name in names or ():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            raise UsageError(
                t(f"「{safe(name)}」というビューはありません。", f"there is no view {safe(name)!r}."),
                t(f"{near[0]} ではありませんか。", f"did you mean {near[0]}?")
                if near
                else t(f"あるもの: {'、'.join(known)}。", f"there are: {', '.join(known)}."),
            )
    return [known[name] for name in dict.fromkeys(names)] if names else list(found)


def _tell(built: Built, target: Path) -> None:
    where = _short(target)
    if built.written:
        print(
            t(
                f"{len(built.written):,} ファイルを {where} に書きました（そのまま {built.same:,}）。",
                f"{len(built.written):,} files written to {where} ({built.same:,} as before).",
            )
        )
    else:
        print(
            t(
                f"変わったものはありません（{where} の {built.same:,} ファイル）。",
                f"nothing has changed ({built.same:,} files in {where}).",
            )
        )
    for name in built.removed:
        say(
            str(
                t(
                    f"{safe(name)} は、もうどのビューのものでもないので消しました。",
                    f"{safe(name)} belongs to no view any more and was removed.",
                )
            )
        )
    for note in built.notes:
        say(safe(str(note)))
    page = next((name for name in built.written if name.endswith(".html")), "")
    if page:
        say(str(t(f"→ ブラウザーで開けます: {where}/{page}", f"→ open it in a browser: {where}/{page}")))


def _short(path: Path) -> str:
    """A path as a person would type it here."""
    try:
        path = path.resolve().relative_to(Path.cwd().resolve())
    except ValueError:
        pass
    return safe(quote(str(path)))
