"""What a picture shows, in whatever form: boxes, cards and lines, sorted."""

from __future__ import annotations

from collections.abc import Iterator
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

    @property
    def title(self) -> str:
        """The label, after the sign."""
        return f"{self.sign} {self.label}" if self.sign else self.label


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

    @property
    def text(self) -> str:
        """The label, after the sign; "" for neither."""
        return f"{self.sign} {self.label}".strip()


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

    def outline(self, parent: str = "", depth: int = 1) -> Iterator[tuple[int, SceneCard | SceneBox, bool]]:
        """Yield the depth of each card and box, as they nest, by id; a box once more, closed, after what is in it."""
        for card in sorted(self.cards, key=lambda card: card.id):
            if card.box == parent:
                yield depth, card, False
        for box in sorted(self.boxes, key=lambda box: box.id):
            if box.parent == parent:
                yield depth, box, False
                yield from self.outline(box.id, depth + 1)
                yield depth, box, True

    def sorted_lines(self) -> list[SceneLine]:
        """Return the arrows by their ends and label."""
        return sorted(self.lines, key=lambda line: (line.source, line.target, line.label))


@dataclass(frozen=True, slots=True)
class DiagramPicture:
    """A view as drawn: one scene, or an overview and the pages it opens."""

    id: str
    title: str
    forms: tuple[str, ...]
    asked: bool
    scenes: tuple[DiagramScene, ...] = field(default=())

    @property
    def cards(self) -> list[SceneCard]:
        return [card for scene in self.scenes for card in scene.cards]
