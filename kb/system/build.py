"""Build a model's pictures as files: only what changed is drawn, and a run writes all its files or none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from kb.console import run_program
from kb.errors import ToolError
from kb.files import asset_path
from kb.system import build_files, graphviz
from kb.system.build_files import (
    PAGE_ASSETS,
    PictureFile,
    WantedPicture,
    hash_source,
    list_wanted,
    remove_dropped_files,
    replace_files,
)
from kb.system.draw.dot import render_dot
from kb.system.draw.html import element_prefix, render_html
from kb.system.draw.scene import DiagramPicture, DiagramScene
from kb.system.draw.svg import collect_symbols, finish_svg, inline_svg
from kb.system.icons import IconSet, find_icons
from kb.system.model.nouns import ViewForm
from kb.text.lang import Text, t


@dataclass(frozen=True, slots=True)
class BuildResult:
    """The result of a run: files written, files up to date, files removed with their views.

    `notes` are sentences for the user.
    """

    written: tuple[str, ...]
    unchanged: int
    removed: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()


@dataclass(slots=True)
class _Pages:
    """The finished SVG of each scene, and the engine that drew it."""

    svg: dict[str, str] = field(default_factory=dict)
    png: dict[str, bytes] = field(default_factory=dict)
    engine: dict[str, str] = field(default_factory=dict)


def build_pictures(
    pictures: Sequence[DiagramPicture],
    out: Path,
    *,
    whole: bool = True,
    progress: Callable[[int, int], object] | None = None,
) -> BuildResult:
    """Write what is missing or out of date of these pictures into `out`, with its manifest.

    `whole`: these are all pictures, so other files kb wrote are removed. Raises ToolError when something cannot
    be drawn, InputError when it cannot be written; then nothing in `out` has changed.
    """
    icons = find_icons(
        card.kind for picture in pictures for scene in picture.scenes for card in scene.cards if card.kind
    )
    pictures_wanted = list_wanted(pictures, icons)
    before = build_files.read_manifest(out)
    stale = {wish.picture.id: find_stale_files(wish, before.get(wish.picture.id), out) for wish in pictures_wanted}
    notes = [note for wish in pictures_wanted for note in wish.left_out]
    made: dict[str, bytes] = {}
    views = {} if whole else dict(before)
    for wish in pictures_wanted:
        if stale[wish.picture.id]:
            files, engines, renderer = _make_files(wish, stale[wish.picture.id], out, icons, progress)
            made |= files
            kept = before[wish.picture.id].files if wish.picture.id in before else {}
            entries = {
                file.name: build_files.make_entry(file.form, file.source, files[file.name], engines.get(file.name, ""))
                if file.name in files
                else kept[file.name]
                for file in wish.files
            }
            if not renderer and wish.picture.id in before:  # only texts changed
                renderer = dict(before[wish.picture.id].renderer)
            views[wish.picture.id] = build_files.ManifestView(wish.picture.title, entries, renderer)
            notes += _straight(engines) + _nothing(wish.picture)
        else:
            entries = {file.name: before[wish.picture.id].files[file.name] for file in wish.files}
            views[wish.picture.id] = build_files.ManifestView(
                wish.picture.title, entries, before[wish.picture.id].renderer
            )
    if made and not icons.package and needs_icons(pictures):
        notes.append(
            t(
                "アイコンなしで描きました。アイコンを付けるには pip install 'kb-steward[diagram]'。",
                "drawn without icons; for icons: pip install 'kb-steward[diagram]'.",
            )
        )
    replace_files(out, made, build_files.render_manifest(views), build_files.list_files(before))
    gone = remove_dropped_files(out, before, views)
    return BuildResult(
        tuple(sorted(made)), sum(len(wish.files) for wish in pictures_wanted) - len(made), gone, tuple(notes)
    )


def needs_icons(pictures: Iterable[DiagramPicture]) -> bool:
    """Return whether anything has a kind, and so could have an icon."""
    return any(card.kind for picture in pictures for scene in picture.scenes for card in scene.cards)


def find_stale_files(
    wish: WantedPicture, before: build_files.ManifestView | None, out: Path
) -> tuple[PictureFile, ...]:
    """Return a view's files that are missing, out of date, or not as kb wrote them."""
    kept = before.files if before else {}
    return tuple(
        file
        for file in wish.files
        if file.name not in kept
        or kept[file.name].source != file.source
        or not build_files.is_intact(out, file.name, kept[file.name])
    )


def find_stale_views(pictures: Sequence[DiagramPicture], out: Path) -> dict[str, int] | None:
    """Return the views whose files in `out` are out of date, with counts; starts no program.

    Empty when nothing was ever drawn; all views when the manifest cannot be read. None when unknown: they were
    drawn with icons that are not installed here.
    """
    before = build_files.read_manifest(out)
    if not before and not (out / build_files.MANIFEST_NAME).exists():
        return {}
    icons = find_icons(
        card.kind for picture in pictures for scene in picture.scenes for card in scene.cards if card.kind
    )
    if not icons.package and any(view.renderer.get("icons") for view in before.values()):
        return None
    counts = {
        wish.picture.id: len(find_stale_files(wish, before.get(wish.picture.id), out))
        for wish in list_wanted(pictures, icons)
    }
    return {view: count for view, count in counts.items() if count}


def _make_files(
    wish: WantedPicture,
    stale: Sequence[PictureFile],
    out: Path,
    icons: IconSet,
    progress: Callable[[int, int], object] | None,
) -> tuple[dict[str, bytes], dict[str, str], dict[str, str]]:
    """Return the bytes of files that are out of date, each one's engine, and what drew them."""
    pages = _Pages()
    sources = {
        file.scene.id: file.source for file in wish.files if file.scene and file.form in (ViewForm.SVG, ViewForm.PNG)
    }
    fresh = {file.name for file in wish.files} - {file.name for file in stale}
    needed = _scenes_to_draw(wish, stale, fresh)
    renderer: dict[str, str] = {}
    if needed:
        renderer = _draw_all(
            needed, sources, icons, pages, progress, with_png=any(file.form is ViewForm.PNG for file in stale)
        )
    files: dict[str, bytes] = {}
    engines: dict[str, str] = {}
    for file in stale:
        if file.scene is None:
            files[file.name] = _page(wish.picture, file, out, icons, pages)
        elif file.form is ViewForm.SVG:
            files[file.name] = pages.svg[file.scene.id].encode()
        elif file.form is ViewForm.PNG:
            files[file.name] = pages.png[file.scene.id]
        else:
            files[file.name] = file.text.encode()
        if file.scene is not None and file.form in (ViewForm.SVG, ViewForm.PNG):
            engines[file.name] = pages.engine[file.scene.id]
    return files, engines, renderer


def _scenes_to_draw(wish: WantedPicture, stale: Sequence[PictureFile], fresh: set[str]) -> list[DiagramScene]:
    """Return the scenes to draw: those with a stale picture, and those a stale HTML page cannot read."""
    names = {file.scene.id for file in stale if file.scene and file.form in (ViewForm.SVG, ViewForm.PNG)}
    if any(file.form is ViewForm.HTML for file in stale):
        names |= {scene.id for scene in wish.picture.scenes if f"{scene.id}.svg" not in fresh}
    return [scene for scene in wish.picture.scenes if scene.id in names]


def _draw_all(
    scenes: Sequence[DiagramScene],
    sources: Mapping[str, str],
    icons: IconSet,
    pages: _Pages,
    progress: Callable[[int, int], object] | None,
    *,
    with_png: bool,
) -> dict[str, str]:
    """Draw the scenes, one per processor at a time. The first failure stops them all."""
    graphviz.require_dot()
    font = graphviz.find_japanese_font()
    uris = icons.uris()

    def one(scene: DiagramScene) -> None:
        text = render_dot(scene, icons.files, font=font)
        drawn = graphviz.draw_dot(text, icons.root, overview=scene.overview, name=scene.id, with_png=with_png)
        try:
            pages.svg[scene.id] = finish_svg(drawn.svg, scene, uris, sources.get(scene.id, ""))
        except (ValueError, KeyError) as error:
            raise ToolError(
                t(f"dot の出力が読めません（{scene.id}）。", f"what dot drew cannot be read ({scene.id})."),
                t("Graphviz の版を確かめてください。", "check the version of Graphviz."),
            ) from error
        if with_png:
            pages.png[scene.id] = graphviz.finish_png(drawn.png, sources.get(scene.id, ""))
        pages.engine[scene.id] = drawn.engine

    with ThreadPoolExecutor(max_workers=min(len(scenes), os.cpu_count() or 1)) as pool:
        waiting = [pool.submit(one, scene) for scene in scenes]
        try:
            for number, each in enumerate(waiting, 1):
                each.result()
                if progress:
                    progress(number, len(scenes))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            run_program.stop_programs()
            raise
    return {
        "font": font,
        "font_sha256": graphviz.hash_font(font),
        "graphviz": graphviz.graphviz_version(),
        "icons": icons.package,
    }


def _page(picture: DiagramPicture, file: PictureFile, out: Path, icons: IconSet, pages: _Pages) -> bytes:
    """Return the HTML page, from pictures just drawn or in `out`."""
    drawn = {
        scene.id: inline_svg(
            pages.svg.get(scene.id) or (out / f"{scene.id}.svg").read_text("utf-8"), element_prefix(number)
        )
        for number, scene in enumerate(picture.scenes)
    }
    used = {icons.files[card.kind] for scene in picture.scenes for card in scene.cards if card.kind in icons.files}
    uris = {path: uri for path, uri in icons.uris().items() if path in used}
    assets = {key: asset_path(name).read_text("utf-8") for key, name in PAGE_ASSETS.items()}
    return render_html(picture, drawn, collect_symbols(uris) if uris else "", assets, file.source).encode()


def _straight(engines: Mapping[str, str]) -> list[Text]:
    names = sorted(name for name, engine in engines.items() if engine != "dot" and name.endswith(".svg"))
    return [
        t(
            f"{name} は線が多く、まっすぐな線で描きました（ビューを分けると見やすくなります）。",
            f"{name} has so many lines that they were drawn straight (smaller views read better).",
        )
        for name in names
    ]


def _nothing(picture: DiagramPicture) -> list[Text]:
    if any(scene.cards for scene in picture.scenes):
        return []
    return [
        t(
            f"ビュー {picture.id} に当てはまるノードがありません（groups、kinds、tags、nodes を確かめてください）。",
            f"the view {picture.id} shows no node (check its groups, kinds, tags and nodes).",
        )
    ]


def draw_difference(scene: DiagramScene) -> dict[str, bytes]:
    """Return the bytes by suffix (`.svg`, `.png`). Raises ToolError without Graphviz or a font, or if dot fails."""
    graphviz.require_dot()
    font = graphviz.find_japanese_font()
    icons = find_icons(card.kind for card in scene.cards if card.kind)
    made_from = hash_source(scene, icons.hashes())
    picture = graphviz.draw_dot(render_dot(scene, icons.files, font=font), icons.root, name=scene.id)
    text = finish_svg(picture.svg, scene, icons.uris(), made_from)
    return {".svg": text.encode(), ".png": graphviz.finish_png(picture.png, made_from)}


PICTURES_FOLDER = "pictures"
