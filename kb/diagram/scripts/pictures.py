"""Draw a team's `diagrams` scripts: the same script gives the same bytes, and all files are written or none.

The scripts decide content and looks. kb draws, so that icons are embedded and nothing of the machine is:
files are numbered, and hashed by content.
"""

from __future__ import annotations

import hashlib
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kb.console.terminal import say
from kb.diagram import build_files, graphviz
from kb.diagram.build import BuildResult
from kb.diagram.build_files import remove_dropped_files, replace_files
from kb.diagram.draw.svg import HREF, SVG, link_images, make_symbol, png_uri
from kb.diagram.model.toml import MODEL_FOLDER, clean_label, make_slug, make_unique
from kb.diagram.scripts.run import Captured, CapturedDiagram, run_script
from kb.errors import InputError
from kb.settings.workspace import find_config, load_settings
from kb.text.display import sanitize
from kb.text.lang import t

SCRIPTS_FOLDER = "kb_diagrams"
PICTURE_VERSION = 1
"""Raised when the same script is drawn differently."""

_LARGEST_IMAGE = 5_000_000


@dataclass(frozen=True, slots=True)
class ScriptPicture:
    """A diagram of a script: its files' name, dot text, images, and the hash of all that."""

    name: str
    title: str
    dot: str
    images: Mapping[str, bytes]
    source: str
    script: str


def list_scripts(folder: Path) -> list[Path]:
    """Return the scripts of a folder by name; those starting with `_` are for import only."""
    return sorted(path for path in folder.glob("*.py") if path.is_file() and not path.name.startswith(("_", ".")))


def build_scripts(scripts: Sequence[Path], folder: Path, out: Path) -> BuildResult:
    """Run these scripts in `folder` and write what is missing or changed into `out`.

    Raises KbError when one fails; then nothing in `out` has changed.
    """
    if scripts:
        graphviz.require_dot()
    font = graphviz.find_japanese_font() if scripts else ""
    taken: set[str] = set()
    asked = [
        page
        for script in scripts
        for page in list_pictures(run_script(script, folder=folder, font=font), script, taken)
    ]
    before = build_files.read_manifest(out)
    made: dict[str, bytes] = {}
    views: dict[str, build_files.ManifestView] = {}
    for page in asked:
        kept = before.get(page.name)
        if kept is not None and _is_fresh(page, kept, out):
            views[page.name] = kept
            continue
        files = _drawn(page)
        made |= files
        entries = {
            name: build_files.make_entry(name.rpartition(".")[2], page.source, data) for name, data in files.items()
        }
        views[page.name] = build_files.ManifestView(page.title, entries, graphviz.describe_renderer(font))
    if asked or before:
        replace_files(out, made, build_files.render_manifest(views), build_files.list_files(before))
    gone = remove_dropped_files(out, before, views)
    return BuildResult(tuple(sorted(made)), 2 * len(asked) - len(made), gone)


def list_pictures(captured: Captured, script: Path, taken: set[str]) -> list[ScriptPicture]:
    """Return a script's diagrams, each with its own name. Raises InputError for an unusable image."""
    files = {name: path for path, name in captured.images.items()}
    found = []
    for drawing in captured.diagrams:
        name = make_unique(make_slug(script.stem) or "diagram", taken)
        images = {image: _image(Path(files[image]), script) for image in sorted(files) if f'"{image}"' in drawing.dot}
        title = clean_label(drawing.name) or script.stem
        found.append(ScriptPicture(name, title, drawing.dot, images, _hash(drawing, images), script.name))
    return found


def _image(path: Path, script: Path) -> bytes:
    try:
        data = path.read_bytes() if path.stat().st_size <= _LARGEST_IMAGE else b""
    except OSError:
        data = b""
    if not graphviz.is_whole_png(data):
        raise InputError(
            t(
                f"{sanitize(script.name)} のアイコン {sanitize(str(path))} を使えません。",
                f"{sanitize(script.name)} names an icon that cannot be used: {sanitize(str(path))}.",
            ),
            t("5 MB までの PNG にして、場所を確かめてください。", "make it a PNG of 5 MB at most and check its place."),
        )
    return data


def _hash(drawing: CapturedDiagram, images: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256(f"kb-script {PICTURE_VERSION}\0{drawing.dot}".encode("utf-8", "surrogatepass"))
    for name, data in sorted(images.items()):
        digest.update(f"\0{name}\0".encode() + hashlib.sha256(data).digest())
    return digest.hexdigest()


def _is_fresh(page: ScriptPicture, kept: build_files.ManifestView, out: Path) -> bool:
    names = {f"{page.name}.svg", f"{page.name}.png"}
    return set(kept.files) == names and all(
        entry.source == page.source and build_files.is_intact(out, name, entry) for name, entry in kept.files.items()
    )


def _drawn(page: ScriptPicture) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="kb-icons-") as folder:
        for name, data in page.images.items():
            (Path(folder) / name).write_bytes(data)
        drawn = graphviz.draw_dot(page.dot, Path(folder), name=page.script)
    return {
        f"{page.name}.svg": _finish(drawn.svg, page).encode(),
        f"{page.name}.png": graphviz.finish_png(drawn.png, page.source),
    }


def _finish(raw: str, page: ScriptPicture) -> str:
    """Return a self-contained SVG: each image once, https links only, no comments.

    Raises InputError if it shows an image the script did not name.
    """
    try:
        root = ET.fromstring(raw)  # noqa: S314 - what Graphviz wrote
    except ET.ParseError:
        raise _unusable(page) from None
    for link in root.iter(f"{{{SVG}}}a"):
        if not link.get(HREF, "").startswith("https://"):
            link.attrib.pop(HREF, None)
    try:
        used = link_images(root, page.images, _symbol_id)
    except ValueError:
        raise _unusable(page) from None
    _title(root, page)
    symbols = ET.Element(f"{{{SVG}}}defs")
    symbols.extend(_symbol(name, page.images[name]) for name in used)
    if used:
        root.insert(2, symbols)
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode") + "\n"


def _title(root: ET.Element, page: ScriptPicture) -> None:
    """Set title and source hash; Graphviz's titles are its own numbers."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{{{SVG}}}title":
                parent.remove(child)
    for number, (name, words) in enumerate((("title", page.title), ("metadata", f"kb-source-sha256:{page.source}"))):
        element = ET.Element(f"{{{SVG}}}{name}")
        element.text = words
        root.insert(number, element)
    root.set("role", "img")


def _symbol(name: str, data: bytes) -> ET.Element:
    width, height = (str(int.from_bytes(data[at : at + 4], "big")) for at in (16, 20))
    return make_symbol(_symbol_id(name), png_uri(data), width, height)


def _symbol_id(name: str) -> str:
    return name.removesuffix(".png")


def _unusable(page: ScriptPicture) -> InputError:
    return InputError(
        t(
            f"{sanitize(page.script)} の図に、kb が取り込めない画像があります。",
            f"the diagram of {sanitize(page.script)} shows an image that kb cannot take in.",
        ),
        t("画像は Custom か、ノードの image で指定してください。", "name images by Custom, or by image= of a node."),
    )


def allowed_scripts() -> list[Path]:
    """Return the scripts beside kb.toml; none, and a note, if it does not allow them."""
    path = find_config()
    if path is None:
        return []
    scripts = list_scripts(path.parent / SCRIPTS_FOLDER)
    if scripts and not load_settings(path).diagram.scripts:
        say(
            t(
                f"{SCRIPTS_FOLDER}/ のスクリプトは動かしていません。"
                "動かすには kb.toml の [diagram] に scripts = true。",
                f"the scripts in {SCRIPTS_FOLDER}/ were not run; to run them set scripts = true in [diagram] of "
                "kb.toml.",
            )
        )
        return []
    return scripts


def draw_scripts(scripts: list[Path], out: str) -> tuple[BuildResult, Path] | None:
    """Return what was drawn and where; None if there are no scripts and never were."""
    path = find_config()
    if path is None:
        return None
    pictures = Path(out).expanduser() if out else path.parent / MODEL_FOLDER / "pictures"
    target = pictures / "scripts"
    if not scripts and not target.exists():
        return None
    return build_scripts(scripts, path.parent, target), target
