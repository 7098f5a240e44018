"""`manifest.json` beside the pictures: what each file was made from, so that nothing is drawn twice.

It holds no time: the same model gives the same manifest.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from kb.diagram.draw import dot
from kb.diagram.draw.scene import DiagramPicture, DiagramScene
from kb.diagram.draw.wiki import explain_too_large, render_mermaid, render_plantuml
from kb.diagram.icons import IconSet
from kb.diagram.model.nouns import ViewForm
from kb.errors import InputError
from kb.files import asset_path
from kb.text.display import sanitize
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

MANIFEST_NAME = "manifest.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A file: the hash of its source, its own hash and size, and the engine that drew it."""

    form: str
    source: str
    sha256: str
    size: int
    engine: str = ""


@dataclass(frozen=True, slots=True)
class ManifestView:
    """A view's files by name, and what drew them: Graphviz, font, icons, kb's own forms."""

    title: str
    files: Mapping[str, ManifestFile]
    renderer: Mapping[str, str]


NO_FILES = ManifestView("", {}, {})
"""A view that was never drawn."""


def make_entry(form: str, source: str, data: bytes, engine: str = "") -> ManifestFile:
    return ManifestFile(form, source, hashlib.sha256(data).hexdigest(), len(data), engine)


def read_manifest(folder: Path) -> dict[str, ManifestView]:
    """Return the views drawn into a folder; none without a readable manifest."""
    try:
        whole = json.loads((folder / MANIFEST_NAME).read_bytes())
        if whole["format"] != _FORMAT:
            return {}
        return {
            str(name): ManifestView(
                str(view["title"]),
                {str(file): ManifestFile(**row) for file, row in view["files"].items()},
                dict(view["renderer"]),
            )
            for name, view in whole["views"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def list_files(views: Mapping[str, ManifestView]) -> frozenset[str]:
    return frozenset(name for view in views.values() for name in view.files)


def render_manifest(views: Mapping[str, ManifestView]) -> bytes:
    whole = {"format": _FORMAT, "views": {name: asdict(view) for name, view in views.items()}}
    return (json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def is_intact(folder: Path, name: str, kept: ManifestFile) -> bool:
    """Return whether a file is as it was written."""
    try:
        return hashlib.sha256((folder / name).read_bytes()).hexdigest() == kept.sha256
    except OSError:
        return False


# What kb writes into its pictures, and how its texts begin: a manifest may be lost, or a run be killed before it.
_OURS = compile_lazy(
    rb"kb-source-sha256|\Aflowchart (?:LR|TB)\n(?:  n1\[|  subgraph g\d|\Z)"
    rb"|\A@startuml\n(?:left to right|top to bottom) direction\ntitle "
)


def replace_files(out: Path, made: Mapping[str, bytes], listing: bytes, known: Collection[str] = ()) -> None:
    """Replace all files, the manifest last; all are on disk before the first is moved.

    `known` are the names the manifest listed before. Raises InputError, with nothing changed, if `out` cannot be
    a folder or a file kb did not write has one of the names.
    """
    target = out / MANIFEST_NAME
    if not made and target.is_file() and target.read_bytes() == listing:
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InputError(
            t(f"{sanitize(str(out))} はフォルダーではありません。", f"{sanitize(str(out))} is not a folder."),
            t("--out にはフォルダーを指定してください。", "give --out a folder."),
        ) from None
    _require_free(out, made, known)
    staging = Path(tempfile.mkdtemp(prefix=".kb-", dir=out))
    try:
        for name, data in {**made, MANIFEST_NAME: listing}.items():
            (staging / name).write_bytes(data)
        for name in (*sorted(made), MANIFEST_NAME):
            os.replace(staging / name, out / name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _require_free(out: Path, made: Mapping[str, bytes], known: Collection[str]) -> None:
    for name in (*sorted(made), MANIFEST_NAME):
        path = out / name
        if path.is_dir():
            raise _taken(path, t("フォルダーです", "is a folder"))
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise _taken(path, t("ファイルではありません", "is not a file"))
        if name in made and name not in known and path.exists():
            there = path.read_bytes()
            if there != made[name] and not _OURS.search(there):
                raise _taken(path, t(" kb が書いたものではありません", "was not written by kb"))


def _taken(path: Path, why: Text) -> InputError:
    return InputError(
        t(
            f"{sanitize(str(path))} は{why.ja}。何も書き換えていません。",
            f"{sanitize(str(path))} {why.en}. Nothing was changed.",
        ),
        t(
            "それをほかに移すか、--out で別のフォルダーを指定してください。",
            "move it, or give another folder with --out.",
        ),
    )


def remove_dropped_files(
    out: Path, before: Mapping[str, ManifestView], after: Mapping[str, ManifestView]
) -> tuple[str, ...]:
    """Remove files the manifest listed and no view needs, if they are as kb wrote them."""
    named = {name for view in after.values() for name in view.files}
    gone = []
    for view in before.values():
        for name, kept in view.files.items():
            if name not in named and "/" not in name and is_intact(out, name, kept):
                (out / name).unlink()
                gone.append(name)
    return tuple(sorted(gone))


_SUFFIXES = {ViewForm.MERMAID: "mmd", ViewForm.PLANTUML: "puml"}
DRAWN_FORMS = (ViewForm.SVG, ViewForm.PNG)
"""The forms that Graphviz draws."""
_PAGE_ASSETS = {"css": ("templates/diagram.css",), "js": ("templates/diagram.js",)}
_DRIFT_ASSETS = {"css": ("templates/diagram_drift.css",), "js": ("templates/diagram_drift.js",)}


def read_page_assets(picture: DiagramPicture) -> dict[str, str]:
    """Return the style (`css`) and the script (`js`) of a picture's page; more where it shows what differs."""
    more = _DRIFT_ASSETS if any(card.drift for card in picture.cards) else {}
    return {
        key: "".join(asset_path(name).read_text("utf-8") for name in (*names, *more.get(key, ())))
        for key, names in _PAGE_ASSETS.items()
    }


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A file of a view. `scene` is None for HTML, which holds them all; `text` is set when no dot is needed."""

    name: str
    form: ViewForm
    source: str
    scene: DiagramScene | None
    text: str = ""

    @property
    def key(self) -> str:
        """What tells that another machine's file shows the same."""
        return f"{self.form}:{self.source}"


@dataclass(frozen=True, slots=True)
class WantedPicture:
    """A picture and its files; `left_out` says what could not be made, and why."""

    picture: DiagramPicture
    files: tuple[PictureFile, ...]
    left_out: tuple[Text, ...] = ()


def list_wanted(pictures: Iterable[DiagramPicture], icons: IconSet) -> tuple[WantedPicture, ...]:
    hashes = icons.hashes()
    return tuple(_wanted(picture, hashes) for picture in pictures)


def _wanted(picture: DiagramPicture, icons: Mapping[str, str]) -> WantedPicture:
    files: list[PictureFile] = []
    left: list[Text] = []
    scenes = {scene.id: hash_source(scene, icons) for scene in picture.scenes}
    for scene in picture.scenes:
        files += [_file(scene, form, scenes[scene.id]) for form in DRAWN_FORMS if form in picture.forms]
        for form, render in ((ViewForm.MERMAID, render_mermaid), (ViewForm.PLANTUML, render_plantuml)):
            if form not in picture.forms:
                continue
            text = render(scene)
            why = explain_too_large(text, scene) if form is ViewForm.MERMAID else None
            if why is None:
                files.append(_file(scene, form, _hash([form.value, text]), text))
                continue
            left.append(
                t(
                    f"{scene.id}.mmd は作りませんでした。{why.ja}（ビューを groups や kinds で分けると作れます）。",
                    f"{scene.id}.mmd was not made: {why.en} (smaller views can be).",
                )
            )
    if ViewForm.HTML in picture.forms:
        whole = _hash(["html", picture.title, *scenes.values(), *read_page_assets(picture).values()])
        files.append(PictureFile(f"{picture.id}.html", ViewForm.HTML, whole, None))
    return WantedPicture(picture, tuple(files), tuple(left))


def _file(scene: DiagramScene, form: ViewForm, source: str, text: str = "") -> PictureFile:
    return PictureFile(f"{scene.id}.{_SUFFIXES.get(form, form.value)}", form, source, scene, text)


def hash_source(scene: DiagramScene, icons: Mapping[str, str]) -> str:
    """Return the hash of what decides a drawn picture: its words, the icons' bytes, and kb's way to draw."""
    kinds = sorted({card.kind for card in scene.cards if card.kind in icons})
    drift = [f"{card.id} {card.drift!r}" for card in scene.cards if card.drift]
    return _hash([f"kb-diagram {dot.DOT_VERSION}", repr(scene), *(f"{kind} {icons[kind]}" for kind in kinds), *drift])


def _hash(parts: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
