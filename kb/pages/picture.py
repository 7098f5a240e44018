"""The drawn diagram for a page: the built picture, its nodes leading to their pages."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

from kb import files
from kb.diagram.build import PICTURES_FOLDER
from kb.diagram.draw.svg import HREF, SVG, SVG_PREFIX
from kb.diagram.model.toml import MODEL_FOLDER

_ICON = "data:image/png;base64,"


def read_picture(root: Path, pages: Mapping[str, str]) -> str:
    """Return the whole picture as `kb diagram build` drew it, with links to `pages` (by node); "" where there is none.

    Nothing of it leads or loads elsewhere: other links are dropped, and so is what may run.
    """
    folder = root / MODEL_FOLDER / PICTURES_FOLDER
    path = next((each for each in [folder / "all.svg", *sorted(folder.glob("*.svg"))] if each.is_file()), None)
    text = files.read_text(path) if path is not None else None
    if text is None or "<!DOCTYPE" in text or "<!ENTITY" in text:
        return ""
    try:
        picture = ET.fromstring(text)  # noqa: S314 - without a document type there is nothing to expand
    except ET.ParseError:
        return ""
    _clean(picture)
    for parent in list(picture.iter()):
        for at, part in enumerate(list(parent)):
            page = pages.get(part.get("id", "").removeprefix(SVG_PREFIX))
            if page and part.get("class") == "node":
                link = ET.Element(f"{{{SVG}}}a", {"href": page, "class": "node-link"})
                link.append(part)
                parent[at] = link
    for key in ("width", "height"):
        picture.attrib.pop(key, None)
    return ET.tostring(picture, encoding="unicode")


_NAMES = (
    *("svg", "g", "title", "desc", "defs", "symbol", "use", "image", "path", "polygon", "polyline", "ellipse"),
    *("circle", "rect", "line", "text", "tspan", "linearGradient", "stop", "clipPath", "marker"),
)
_DRAWN = {f"{{{SVG}}}{name}" for name in _NAMES}
"""What draws; all else, such as scripts and foreign objects, is dropped."""


def _clean(parent: ET.Element) -> None:
    """Keep what draws; of a link its content."""
    for part in list(parent):
        _clean(part)
        at = list(parent).index(part)
        if part.tag == f"{{{SVG}}}a":
            parent.remove(part)
            for number, child in enumerate(list(part)):
                parent.insert(at + number, child)
        elif part.tag not in _DRAWN:
            parent.remove(part)
    for name in list(parent.attrib):
        value = parent.attrib[name]
        outward = name in ("href", HREF) and not value.startswith(("#", _ICON))
        if name.lower().startswith("on") or name == "style" or outward or ("url(" in value and "url(#" not in value):
            del parent.attrib[name]
