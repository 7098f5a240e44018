"""Build a model's pictures as files: only what changed is drawn, and a run writes all its files or none."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from kb.console import run_program
from kb.diagram import build_files, graphviz
from kb.diagram.build_files import (
    DRAWN_FORMS,
    PictureFile,
    WantedPicture,
    hash_source,
    list_wanted,
    read_page_assets,
    remove_dropped_files,
    replace_files,
)
from kb.diagram.draw.dot import render_dot
from kb.diagram.draw.html import element_prefix, render_html
from kb.diagram.draw.scene import DiagramPicture, DiagramScene
from kb.diagram.draw.svg import collect_symbols, finish_svg, inline_svg
from kb.diagram.graphviz import GraphvizOutput
from kb.diagram.icons import IconSet, find_icons
from kb.diagram.model.nouns import ViewForm
from kb.errors import ToolError
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
    icons = find_icons(card.kind for picture in pictures for card in picture.cards)
    wanted = list_wanted(pictures, icons)
    before = build_files.read_manifest(out)
    notes = [note for wish in wanted for note in wish.left_out]
    made: dict[str, bytes] = {}
    views = {} if whole else dict(before)
    for wish in wanted:
        kept = before.get(wish.picture.id, build_files.NO_FILES)
        files, engines, renderer = _make_files(wish, find_stale_files(wish, kept, out), out, icons, progress)
        made |= files
        entries = {
            file.name: build_files.make_entry(file.form, file.source, files[file.name], engines.get(file.name, ""))
            if file.name in files
            else kept.files[file.name]
            for file in wish.files
        }
        views[wish.picture.id] = build_files.ManifestView(wish.picture.title, entries, renderer or kept.renderer)
        if files:
            notes += _straight(engines) + _nothing(wish.picture)
    if made and not icons.package and any(card.kind for wish in wanted for card in wish.picture.cards):
        notes.append(
            t(
                "アイコンなしで描きました。アイコンを付けるには pip install '.[diagram]'。",
                "drawn without icons; for icons: pip install '.[diagram]'.",
            )
        )
    replace_files(out, made, build_files.render_manifest(views), build_files.list_files(before))
    gone = remove_dropped_files(out, before, views)
    return BuildResult(tuple(sorted(made)), sum(len(wish.files) for wish in wanted) - len(made), gone, tuple(notes))


def find_stale_files(wish: WantedPicture, before: build_files.ManifestView, out: Path) -> tuple[PictureFile, ...]:
    """Return a view's files that are missing, out of date, or not as kb wrote them."""
    return tuple(
        file
        for file in wish.files
        if (kept := before.files.get(file.name)) is None
        or kept.source != file.source
        or not build_files.is_intact(out, file.name, kept)
    )


def find_stale_views(pictures: Sequence[DiagramPicture], out: Path) -> dict[str, int] | None:
    """Return the views whose files in `out` are out of date, with counts; starts no program.

    Empty when nothing was ever drawn; all views when the manifest cannot be read. None when unknown: they were
    drawn with icons that are not installed here.
    """
    before = build_files.read_manifest(out)
    if not before and not (out / build_files.MANIFEST_NAME).exists():
        return {}
    icons = find_icons(card.kind for picture in pictures for card in picture.cards)
    if not icons.package and any(view.renderer.get("icons") for view in before.values()):
        return None
    counts = {
        wish.picture.id: len(find_stale_files(wish, before.get(wish.picture.id, build_files.NO_FILES), out))
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
    scenes = _scenes_to_draw(wish, stale)
    sources = {file.scene.id: file.source for file in wish.files if file.scene and file.form in DRAWN_FORMS}
    with_png = any(file.form is ViewForm.PNG for file in stale)
    drawn, renderer = _draw_all(scenes, sources, icons, progress, with_png=with_png) if scenes else ({}, {})
    files: dict[str, bytes] = {}
    engines: dict[str, str] = {}
    for file in stale:
        if file.scene is None:
            files[file.name] = _page(wish.picture, file, out, icons, drawn)
        elif file.form in DRAWN_FORMS:
            output = drawn[file.scene.id]
            files[file.name] = output.svg.encode() if file.form is ViewForm.SVG else output.png
            engines[file.name] = output.engine
        else:
            files[file.name] = file.text.encode()
    return files, engines, renderer


def _scenes_to_draw(wish: WantedPicture, stale: Sequence[PictureFile]) -> list[DiagramScene]:
    """Return the scenes to draw: those with a stale picture, and those a stale HTML page cannot read."""
    names = {file.scene.id for file in stale if file.scene and file.form in DRAWN_FORMS}
    if any(file.form is ViewForm.HTML for file in stale):
        fresh = {file.name for file in wish.files} - {file.name for file in stale}
        names |= {scene.id for scene in wish.picture.scenes if f"{scene.id}.svg" not in fresh}
    return [scene for scene in wish.picture.scenes if scene.id in names]


def _draw_all(
    scenes: Sequence[DiagramScene],
    sources: Mapping[str, str],
    icons: IconSet,
    progress: Callable[[int, int], object] | None,
    *,
    with_png: bool,
) -> tuple[dict[str, GraphvizOutput], dict[str, str]]:
    """Draw the scenes, one per processor at a time, and say what drew them. The first failure stops them all."""
    graphviz.require_dot()
    font = graphviz.find_japanese_font()
    done: dict[str, GraphvizOutput] = {}
    with ThreadPoolExecutor(max_workers=min(len(scenes), os.cpu_count() or 1)) as pool:
        waiting = {
            scene.id: pool.submit(_draw, scene, sources.get(scene.id, ""), icons, font, with_png=with_png)
            for scene in scenes
        }
        try:
            for number, (name, each) in enumerate(waiting.items(), 1):
                done[name] = each.result()
                if progress:
                    progress(number, len(scenes))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            run_program.stop_programs()
            raise
    return done, graphviz.describe_renderer(font) | {"icons": icons.package}


def _draw(scene: DiagramScene, source: str, icons: IconSet, font: str, *, with_png: bool = True) -> GraphvizOutput:
    """Return the finished picture of a scene. Raises ToolError if dot fails."""
    text = render_dot(scene, icons.files, font=font)
    drawn = graphviz.draw_dot(text, icons.root, overview=scene.overview, name=scene.id, with_png=with_png)
    try:
        svg = finish_svg(drawn.svg, scene, icons.uris(), source)
    except (ValueError, KeyError) as error:
        raise ToolError(
            t(f"dot の出力が読めません（{scene.id}）。", f"what dot drew cannot be read ({scene.id})."),
            t("Graphviz の版を確かめてください。", "check the version of Graphviz."),
        ) from error
    return GraphvizOutput(svg, graphviz.finish_png(drawn.png, source) if with_png else b"", drawn.engine)


def _page(
    picture: DiagramPicture, file: PictureFile, out: Path, icons: IconSet, drawn: Mapping[str, GraphvizOutput]
) -> bytes:
    """Return the HTML page, from pictures just drawn or in `out`."""
    pages = {
        scene.id: inline_svg(
            drawn[scene.id].svg if scene.id in drawn else (out / f"{scene.id}.svg").read_text("utf-8"),
            element_prefix(number),
        )
        for number, scene in enumerate(picture.scenes)
    }
    used = {icons.files[card.kind] for card in picture.cards if card.kind in icons.files}
    uris = {path: uri for path, uri in icons.uris().items() if path in used}
    symbols = collect_symbols(uris) if uris else ""
    return render_html(picture, pages, symbols, read_page_assets(picture), file.source).encode()


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
    if picture.cards:
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
    icons = find_icons(card.kind for card in scene.cards)
    drawn = _draw(scene, hash_source(scene, icons.hashes()), icons, font)
    return {".svg": drawn.svg.encode(), ".png": drawn.png}


PICTURES_FOLDER = "pictures"
