"""`kb diagram build` and `kb diagram publish`: draw the system that text describes, and put it into an esa post."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.flows.publish import DryRunOption, InsertOption, SilentOption, YesOption
from kb.commands.registry import command, option
from kb.console.terminal import say, say_safe
from kb.errors import InputError, UsageError
from kb.model.document import Source
from kb.settings.kb_toml import Settings
from kb.settings.workspace import find_config, open_workspace
from kb.text.display import sanitize
from kb.text.lang import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kb.diagram.build import BuildResult
    from kb.diagram.draw.scene import DiagramPicture
    from kb.diagram.model.nouns import Model
    from kb.reports.publish.decide import PublishPage


@command(
    "diagram build",
    t("構成図を描く", "draw the system"),
    example="kb diagram build\nkb diagram build --view all --out public\nkb diagram build --drift",
)
def build_diagram(
    view: Annotated[
        list[str] | None, option("--view ID", t("このビューだけ（繰り返せます）", "only this view; can be repeated"))
    ] = None,
    out: Annotated[
        str,
        option(
            "--out DIR",
            t(
                "書き出すフォルダー（既定は diagrams/pictures、--drift では .kb/pictures）",
                "where to write (default: diagrams/pictures, with --drift .kb/pictures)",
            ),
        ),
    ] = "",
    drift: Annotated[
        bool,
        option(
            "--drift",
            t(
                "取り込んだもの（kb diagram collect）との違いに印を付けた、別の図を描く",
                "draw other pictures that mark how what was collected differs (kb diagram collect)",
            ),
        ),
    ] = False,
    now: Annotated[
        str, option("--now T", t("この日時の時点で（--drift と。既定は今）", "as of this time (with --drift)"))
    ] = "",
) -> None:
    """Read the model, draw what changed, and say what was written."""
    if now and not drift:
        raise UsageError(
            t("--now は --drift といっしょに使います。", "--now needs --drift."),
            t("kb diagram build --drift --now T", "kb diagram build --drift --now T"),
        )
    if drift:
        _draw_drift(view, out, now)
        return
    from kb.diagram.model.toml import find_model_folder
    from kb.diagram.scripts.pictures import allowed_scripts, draw_scripts

    scripts = [] if view else allowed_scripts()
    try:
        folder = find_model_folder(Path.cwd())
    except InputError:
        if not scripts:
            raise
    else:
        _draw(folder, view, out)
    own = None if view else draw_scripts(scripts, out)
    if own is not None:
        _print_result(*own)


def _draw(folder: Path, view: Sequence[str] | None, out: str) -> None:
    """The pictures of the model in a folder."""
    from kb.diagram.build import PICTURES_FOLDER
    from kb.diagram.draw.views import layout_views
    from kb.diagram.model.toml import load_model

    found = layout_views(load_model(folder), post_url=post_url_prefix(folder))
    target = Path(out).expanduser() if out else folder / PICTURES_FOLDER
    _print_result(_draw_pictures(found, view, target), target)


def _draw_drift(view: Sequence[str] | None, out: str, now: str) -> None:
    """The pictures with what differs, beside those that may be committed. Raises UsageError for those as `out`."""
    from kb.commands.diagram.collect import private_folder
    from kb.commands.diagram.drift_pictures import layout_drift
    from kb.diagram.build import PICTURES_FOLDER
    from kb.diagram.model.toml import find_model_folder

    folder = find_model_folder(Path.cwd())
    target = Path(out).expanduser() if out else private_folder() / PICTURES_FOLDER
    if target.resolve() == (folder / PICTURES_FOLDER).resolve():
        raise UsageError(
            t(
                "diagrams/pictures には、もとの文字だけから描いた図を置きます。",
                "diagrams/pictures is for the pictures that the model alone decides.",
            ),
            t(
                "--drift の図には --out で別のフォルダーを指定してください（既定は .kb/pictures）。",
                "give --out another folder with --drift (default: .kb/pictures).",
            ),
        )
    _print_result(_draw_pictures(layout_drift(folder, now, post_url_prefix(folder)), view, target), target)


def _draw_pictures(found: Sequence[DiagramPicture], view: Sequence[str] | None, target: Path) -> BuildResult:
    """Draw pictures into a folder, those of `view` alone where any are named, and show how far it is."""
    from kb.console.progress import Meter
    from kb.diagram.build import build_pictures

    with Meter(str(t("構成図", "diagram"))) as meter:
        return build_pictures(select_pictures(found, view), target, whole=not view, progress=meter.step)


def post_url_prefix(folder: Path) -> str:
    """Return the address that ends in a post's number, "" where kb.toml names no team."""
    from kb.settings.workspace import load_settings

    if (path := find_config(start=folder.parent)) is None:
        return ""
    esa = load_settings(path).esa
    return f"https://{esa.team}.esa.io/posts/" if esa else ""


def select_pictures(found: Sequence[DiagramPicture], names: Sequence[str] | None) -> list[DiagramPicture]:
    """The pictures that are asked for by name; all when none is. Raises UsageError for a name nothing has."""
    import difflib

    known = {picture.id: picture for picture in found}
    for name in names or ():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            raise UsageError(
                t(f"「{sanitize(name)}」というビューはありません。", f"there is no view {sanitize(name)!r}."),
                t(f"{near[0]} ではありませんか。", f"did you mean {near[0]}?")
                if near
                else t(f"あるもの: {'、'.join(known)}。", f"there are: {', '.join(known)}."),
            )
    return [known[name] for name in dict.fromkeys(names)] if names else list(found)


def _print_result(built: BuildResult, target: Path) -> None:
    where = _short(target)
    if built.written:
        print(
            t(
                f"{len(built.written):,} ファイルを {where} に書きました（そのまま {built.unchanged:,}）。",
                f"{len(built.written):,} files written to {where} ({built.unchanged:,} as before).",
            )
        )
    else:
        print(
            t(
                f"変わったものはありません（{where} の {built.unchanged:,} ファイル）。",
                f"nothing has changed ({built.unchanged:,} files in {where}).",
            )
        )
    for name in built.removed:
        say(
            t(
                f"{sanitize(name)} は、もうどのビューのものでもないので消しました。",
                f"{sanitize(name)} belongs to no view any more and was removed.",
            )
        )
    for note in built.notes:
        say_safe(note)
    if page := next((name for name in built.written if name.endswith(".html")), ""):
        say(t(f"→ ブラウザーで開けます: {where}/{page}", f"→ open it in a browser: {where}/{page}"))


def _short(path: Path) -> str:
    """A path as a person would type it here."""
    try:
        path = path.resolve().relative_to(Path.cwd().resolve())
    except ValueError:
        pass
    return sanitize(quote(str(path)))


@command(
    "diagram publish",
    t("構成図を esa に載せる", "publish the diagram to esa"),
    example="kb diagram publish --insert top\nkb diagram publish --dry-run\nkb diagram publish --yes",
    shared=True,
)
def publish_diagram(
    insert: InsertOption = "", silent: SilentOption = False, dry_run: DryRunOption = False, yes: YesOption = False
) -> None:
    """Draw what is out of date, send the files esa does not have yet, and write the section."""
    from kb.commands.flows.publish_page import PublishOptions, publish_page
    from kb.diagram.build_files import list_wanted
    from kb.diagram.draw.views import layout_views
    from kb.diagram.icons import find_icons
    from kb.diagram.model.toml import find_model_folder, load_model
    from kb.diagram.publish import DiagramUpload
    from kb.plan.sections.anchors import parse_anchor

    place = parse_anchor(insert) if insert else None
    workspace = open_workspace()
    folder = find_model_folder(Path.cwd())
    model = load_model(folder)
    page = find_target(model, workspace.settings)
    found = layout_views(model, post_url=post_url_prefix(folder))
    icons = find_icons(card.kind for picture in found for card in picture.cards)
    sending = DiagramUpload(workspace, page, folder, model, list_wanted(found, icons), dry=dry_run)
    options = PublishOptions("", insert, silent, dry_run, yes, again="kb diagram publish")
    published = publish_page(workspace, page, sending.prepare, options, place)
    if published.code:
        raise typer.Exit(published.code)


def find_target(model: Model, settings: Settings) -> PublishPage:
    """The post the model names. Raises UsageError with the line that is missing."""
    from kb.reports.publish.decide import PublishPage

    if settings.esa is None:
        raise UsageError(
            t("kb.toml に [esa] がありません。", "there is no [esa] in kb.toml."),
            t("docs/settings.md を見て書き足してください。", "add it (docs/settings.md).")
            if settings.redmine is None
            else t(
                "載せる先は esa の記事だけです。kb diagram build でファイルに描けます。",
                "a diagram is published to a post of esa only; kb diagram build draws it into files.",
            ),
        )
    if model.system.esa_post > 0:
        return PublishPage(Source.ESA, model.system.esa_post, "diagrams/system.toml")
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
