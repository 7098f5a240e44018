"""What a picture shows, in whatever form: boxes, cards and lines, sorted."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SceneBox:
    """A frame around what belongs together."""

    id: str
    label: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class SceneCard:
    """A card: a name, a second line, and a remark (`mark`).

    `opens` is the picture a click leads to, `url` the page. `aside` stands for something on another page. `sign`
    marks a difference: ＋, － or △.
    """

    id: str
    label: str
    kind: str = ""
    detail: str = ""
    mark: str = ""
    box: str = ""
    owner: str = ""
    url: str = ""
    opens: str = ""
    aside: bool = False
    faded: bool = False
    links: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    sign: str = ""


@dataclass(frozen=True, slots=True)
class SceneLine:
    """An arrow. `both` points either way, `weight` is how many it stands for."""

    source: str
    target: str
    label: str = ""
    dashed: bool = False
    both: bool = False
    weight: int = 1
    sign: str = ""


@dataclass(frozen=True, slots=True)
class DiagramScene:
    """A picture. `id` names its file; `note` is a sentence below the title."""

    id: str
    title: str
    direction: str = "LR"
    boxes: tuple[SceneBox, ...] = ()
    cards: tuple[SceneCard, ...] = ()
    lines: tuple[SceneLine, ...] = ()
    note: str = ""
    overview: bool = False
    back: str = ""


@dataclass(frozen=True, slots=True)
class DiagramPicture:
    """A view as drawn: one scene, or an overview and the pages it opens."""

    id: str
    title: str
    forms: tuple[str, ...]
    asked: bool
    scenes: tuple[DiagramScene, ...] = field(default=())
