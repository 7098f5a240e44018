"""Turn Graphviz's SVG into one self-contained file with links and nothing of the machine.

Each icon is embedded once: referenced files would not show in a wiki page's `<img>`, nor once the file is
moved. Comments, which hold Graphviz's version, are removed.
"""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Collection, Mapping

from kb.diagram.draw.scene import RUNBOOK, DiagramScene, SceneCard

SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
HREF = f"{{{_XLINK}}}href"
SVG_PREFIX = "kb-"
_FONTS = "'Noto Sans CJK JP','Noto Sans JP','Hiragino Sans','Yu Gothic UI',Meiryo,sans-serif"

ET.register_namespace("", SVG)
ET.register_namespace("xlink", _XLINK)


def finish_svg(raw: str, scene: DiagramScene, icons: Mapping[str, str], source: str) -> str:
    """Return the finished picture. `icons` are data URIs by dot's path, `source` its source's hash.

    Raises ValueError when `raw` is not an SVG of this scene.
    """
    root = _parsed(raw)
    graph = root.find(f"{{{SVG}}}g")
    if graph is None:
        raise ValueError("no graph")
    used = link_images(graph, icons, _icon_id)
    _clean(graph)
    cards = {card.id: card for card in scene.cards}
    boxes = {f"cluster_{box.id}": box for box in scene.boxes}
    arrows: Counter[str] = Counter()
    for part in list(graph):
        kind, name = part.get("class"), _titled(part)
        if kind == "node":
            _node(part, cards[name])
        elif kind == "cluster":
            _named(part, f"{SVG_PREFIX}{boxes[name].id}", boxes[name].label)
        elif kind == "edge":
            source_id, _, target_id = name.partition("->")
            words = f"{_label(cards, source_id)} → {_label(cards, target_id)}"
            arrows[name] += 1  # between the same two there may be one that waits and one that does not
            again = f".{arrows[name]}" if arrows[name] > 1 else ""
            _named(part, f"{SVG_PREFIX}{source_id}.to.{target_id}{again}", words)
    _named(graph, f"{SVG_PREFIX}picture.{scene.id}", scene.title)
    _, _, width, height = (f"{float(number):g}" for number in root.get("viewBox", "0 0 0 0").split())
    frame = {"width": f"{width}pt", "height": f"{height}pt", "viewBox": f"0 0 {width} {height}"}
    new = ET.Element(f"{{{SVG}}}svg", frame | {"role": "img", "font-family": _FONTS})
    ET.SubElement(new, f"{{{SVG}}}title").text = scene.title
    ET.SubElement(new, f"{{{SVG}}}metadata").text = f"kb-source-sha256:{source}"
    if used:
        definitions = ET.SubElement(new, f"{{{SVG}}}defs")
        definitions.extend(make_symbol(_icon_id(path), icons[path]) for path in used)
    new.append(graph)
    ET.indent(new, " ")
    return ET.tostring(new, encoding="unicode") + "\n"


def inline_svg(finished: str, prefix: str) -> str:
    """Return a finished picture for an HTML page: ids of its own, the icons left to the page.

    Links to other pictures become links within the page. Raises ValueError for an invalid SVG.
    """
    root = _parsed(finished)
    for part in list(root):
        if part.tag != f"{{{SVG}}}g":
            root.remove(part)
    for part in root.iter():
        name, address = part.get("id", ""), part.get(HREF, "")
        if name.startswith(SVG_PREFIX):
            part.set("id", prefix + name.removeprefix(SVG_PREFIX))
        if part.tag == f"{{{SVG}}}a" and not address.startswith("https:"):
            part.set(HREF, "#" + address.removesuffix(".svg"))
    for key in ("width", "height"):
        root.attrib.pop(key, None)
    return ET.tostring(root, encoding="unicode") + "\n"


def collect_symbols(paths: Mapping[str, str]) -> str:
    """Return the icons of several pictures, each once."""
    new = ET.Element(f"{{{SVG}}}svg", {"width": "0", "height": "0", "aria-hidden": "true", "class": "symbols"})
    new.extend(make_symbol(_icon_id(path), paths[path]) for path in sorted(paths))
    return ET.tostring(new, encoding="unicode") + "\n"


def _parsed(raw: str) -> ET.Element:
    try:
        return ET.fromstring(raw)  # noqa: S314 - what Graphviz wrote
    except ET.ParseError as error:
        raise ValueError(f"no SVG: {error}") from None


def _titled(part: ET.Element) -> str:
    title = part.find(f"{{{SVG}}}title")
    return title.text or "" if title is not None else ""


def _named(part: ET.Element, name: str, words: str) -> None:
    part.set("id", name)
    title = part.find(f"{{{SVG}}}title")
    if title is None:
        title = ET.Element(f"{{{SVG}}}title")
        part.insert(0, title)
    title.text = words


def _node(part: ET.Element, card: SceneCard) -> None:
    """Rewrite a card: its name, details and link."""
    owner = f"担当: {card.owner}" if card.owner else ""
    words = [card.label, card.detail, owner]
    if card.drift:
        runbook = next((url for title, url in card.links if title == RUNBOOK), "")
        words += [f"{RUNBOOK}: {runbook}" if runbook else "", *card.drift.texts]
    _named(part, f"{SVG_PREFIX}{card.id}", "\n".join(word for word in words if word))
    address = f"{card.opens}.svg" if card.opens else card.url
    if not address:
        return
    link = ET.Element(f"{{{SVG}}}a", {HREF: address})
    if not card.opens:
        link.set("target", "_blank")
        link.set("rel", "noopener noreferrer")
    for child in list(part)[1:]:
        part.remove(child)
        link.append(child)
    part.append(link)


def _label(cards: Mapping[str, SceneCard], name: str) -> str:
    return cards[name].label if name in cards else name


def link_images(root: ET.Element, known: Collection[str], name: Callable[[str], str]) -> list[str]:
    """Replace images by references to one symbol of each, called `name(path)`; return the paths, sorted.

    Raises ValueError for a path that is not `known`.
    """
    used = set()
    for parent in list(root.iter()):
        for number, child in enumerate(list(parent)):
            if child.tag != f"{{{SVG}}}image":
                continue
            path = child.get(HREF, "")
            used.add(path)
            place = {key: child.get(key, "0").removesuffix("px") for key in ("x", "y", "width", "height")}
            parent[number] = ET.Element(f"{{{SVG}}}use", {HREF: f"#{name(path)}", **place})
    if not used <= set(known):
        raise ValueError("an icon that was not requested")
    return sorted(used)


def make_symbol(name: str, uri: str, width: str = "64", height: str = "64") -> ET.Element:
    symbol = ET.Element(f"{{{SVG}}}symbol", {"id": name, "viewBox": f"0 0 {width} {height}"})
    ET.SubElement(symbol, f"{{{SVG}}}image", {"width": width, "height": height, HREF: uri})
    return symbol


def png_uri(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


def _icon_id(path: str) -> str:
    return "icon-" + re.sub(r"[^a-z0-9]+", "-", path.removesuffix(".png").lower())


def _clean(graph: ET.Element) -> None:
    """Remove attributes of old Graphviz that SVG lacks, and name the font once at the top."""
    for part in graph.iter():
        part.attrib.pop("font-family", None)
        for key in ("fill", "stroke"):
            if part.get(key) == "transparent":
                part.set(key, "none")
        if part.text and not part.text.strip():
            part.text = None
        part.tail = None
    for part in list(graph.iter()):
        for blank in [each for each in part if each.tag == f"{{{SVG}}}text" and not (each.text or len(each))]:
            part.remove(blank)
