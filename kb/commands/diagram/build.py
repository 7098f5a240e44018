"""`kb diagram build`: the pictures of the system as text describes it (構成図を描く)."""

from __future__ import annotations

import difflib
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.flows.publish import DryRun, Insert, Silent, Yes
from kb.commands.flows.publish_page import Options
from kb.console.terminal import say
from kb.errors import InputError, UsageError
from kb.model.document import Source
from kb.settings.kb_toml import Settings
from kb.settings.workspace import find_config, open_workspace
from kb.system.build import PICTURES
from kb.text.display import safe
from kb.text.lang import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kb.reports.publish.decide import Page
    from kb.system.build import Built
    from kb.system.draw.scene import Picture
    from kb.system.model.nouns import Model


BUILD_DIAGRAM_EXAMPLE = "kb diagram build\nkb diagram build --view all --out public"


def build_diagram(
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
    from kb.system.model.toml import find_folder
    from kb.system.scripts import team_scripts

    scripts = [] if view else team_scripts.allowed()
    try:
        folder = find_folder(Path.cwd())
    except InputError:
        if not scripts:
            raise
    else:
        _draw(folder, view, out)
    own = None if view else team_scripts.drawn(scripts, out)
    if own is not None:
        _tell(*own)


def _draw(folder: Path, view: Sequence[str] | None, out: str) -> None:
    """The pictures of the model in a folder."""
    from kb.console.progress import Meter
    from kb.system.build import build
    from kb.system.draw.views import pictures
    from kb.system.model.toml import load

    found = pictures(load(folder), post_url=post_url(folder))
    target = Path(out).expanduser() if out else folder / PICTURES
    with Meter(str(t("構成図", "diagram"))) as meter:
        built = build(wanted(found, view), target, whole=not view, progress=meter.step)
    _tell(built, target)


def post_url(folder: Path) -> str:
    """What the number of an esa post is appended to, "" where no kb.toml names a team."""
    from kb.settings.workspace import load

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


# `kb diagram publish`: the system's pictures into a section of an esa post (構成図を esa に載せる).


PUBLISH_DIAGRAM_EXAMPLE = "kb diagram publish --insert top\nkb diagram publish --dry-run\nkb diagram publish --yes"


def publish_diagram(insert: Insert = "", silent: Silent = False, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Draw what is out of date, send the files esa does not have yet, and write the section."""
    from kb.commands.flows.publish_page import to_page
    from kb.plan.sections.patch import place_in
    from kb.system.build_files import wishes
    from kb.system.draw.views import pictures
    from kb.system.icons import find
    from kb.system.model.toml import find_folder, load
    from kb.system.publish import Sending

    place = place_in(insert) if insert else None
    workspace = open_workspace()
    folder = find_folder(Path.cwd())
    model = load(folder)
    page = aim(model, workspace.settings)
    found = pictures(model, post_url=post_url(folder))
    icons = find(card.kind for picture in found for scene in picture.scenes for card in scene.cards if card.kind)
    sending = Sending(workspace, page, folder, model, wishes(found, icons), dry=dry_run)
    options = Options("", insert, silent, dry_run, yes, again="kb diagram publish")
    published = to_page(workspace, page, sending.against, options, place)
    if published.code:
        raise typer.Exit(published.code)


def aim(model: Model, settings: Settings) -> Page:
    """The post the model names. Raises UsageError with the line that is missing."""
    from kb.reports.publish.decide import Page

    if settings.esa is None:
        raise UsageError(
            t("kb.toml に [esa] がありません。", "there is no [esa] in kb.toml."),
            t("docs/settings.md を見て書き足してください。", "add it (docs/settings.md)."),
        )
    if model.system.esa_post > 0:
        return Page(Source.ESA, model.system.esa_post, "diagrams/system.toml")
    raise UsageError(
        t(
            "構成図を載せる記事が決まっていません（diagrams/system.toml の [system] esa_post）。",
            "the model does not say which post the diagram goes to ([system] esa_post in diagrams/system.toml).",
        ),
        t(
            "esa に記事を用意し、その番号を書いてください。例: [system] の下に esa_post = 123"
            "（kb は何も消さないので、新しく作ることもしません）",
            "make one in esa and add its number: esa_post = 123 below [system] "
            "(kb deletes nothing, and so makes nothing either).",
        ),
    )
