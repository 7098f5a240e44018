"""The picture of what changed between two models, as SVG and PNG."""

from __future__ import annotations

from kb.system import fonts, png, render
from kb.system.draw.dot import dot
from kb.system.draw.scene import Scene
from kb.system.draw.svg import svg
from kb.system.icons import find
from kb.system.wanted import source


def drawn(scene: Scene) -> dict[str, bytes]:
    """The bytes by suffix (`.svg`, `.png`). Raises ToolError where Graphviz or a font is missing or dot fails."""
    render.require_dot()
    font = fonts.japanese()
    icons = find(card.kind for card in scene.cards if card.kind)
    made_from = source(scene, icons.hashes())
    picture = render.draw(dot(scene, icons.files, font=font), icons.root, name=scene.id)
    text = svg(picture.svg, scene, icons.uris(), made_from)
    return {".svg": text.encode(), ".png": png.finished(picture.png, made_from)}
