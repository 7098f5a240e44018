"""The files a model asks for, and the hash of all that decides what is in each. Nothing is drawn here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kb.assets import asset
from kb.lang import Text, t
from kb.system.draw import dot
from kb.system.draw.mermaid import mermaid, too_much
from kb.system.draw.plantuml import plantuml
from kb.system.draw.scene import Picture, Scene
from kb.system.icons import Icons
from kb.system.model import Form

SUFFIX = {Form.SVG: "svg", Form.PNG: "png", Form.MERMAID: "mmd", Form.PLANTUML: "puml", Form.HTML: "html"}
PAGE_ASSETS = {"css": "templates/diagram.css", "js": "templates/diagram.js"}


@dataclass(frozen=True, slots=True)
class File:
    """One file of a view. `scene` is None for HTML, which holds them all; `text` is there where it needs no dot."""

    name: str
    form: Form
    source: str
    scene: Scene | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """A picture and its files; `left_out` tells what could not be made, and why."""

    picture: Picture
    files: tuple[File, ...]
    left_out: tuple[Text, ...] = ()


def wishes(pictures: Iterable[Picture], icons: Icons) -> tuple[Wish, ...]:
    """What is to be made of these pictures."""
    hashes = icons.hashes()
    return tuple(_wish(picture, hashes) for picture in pictures)


def _wish(picture: Picture, icons: Mapping[str, str]) -> Wish:
    files: list[File] = []
    left: list[Text] = []
    scenes = {scene.id: source(scene, icons) for scene in picture.scenes}
    for scene in picture.scenes:
        drawn = [form for form in (Form.SVG, Form.PNG) if form in picture.forms]
        files += [File(f"{scene.id}.{SUFFIX[form]}", form, scenes[scene.id], scene) for form in drawn]
        if Form.MERMAID in picture.forms:
            text = mermaid(scene)
            why = too_much(text, scene)
            if why is None:
                files.append(_text(scene, Form.MERMAID, text))
            else:
                left.append(
                    t(
                        f"{scene.id}.mmd は作りませんでした。{why.ja}（ビューを groups や kinds で分けると作れます）。",
                        f"{scene.id}.mmd was not made: {why.en} (smaller views can be).",
                    )
                )
        if Form.PLANTUML in picture.forms:
            files.append(_text(scene, Form.PLANTUML, plantuml(scene)))
    if Form.HTML in picture.forms:
        texts = [asset(name).read_text("utf-8") for name in PAGE_ASSETS.values()]
        whole = _hash(["html", picture.title, *scenes.values(), *texts])
        files.append(File(f"{picture.id}.html", Form.HTML, whole, None))
    return Wish(picture, tuple(files), tuple(left))


def source(scene: Scene, icons: Mapping[str, str]) -> str:
    """The hash of what decides a drawn picture: every word of it, the icons' bytes, and how kb draws."""
    kinds = sorted({card.kind for card in scene.cards if card.kind in icons})
    return _hash([f"kb-diagram {dot.VERSION}", repr(scene), *(f"{kind} {icons[kind]}" for kind in kinds)])


def _text(scene: Scene, form: Form, text: str) -> File:
    return File(f"{scene.id}.{SUFFIX[form]}", form, _hash([form.value, text]), scene, text)


def _hash(parts: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
