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


DRIFT_SIGNS = {3: "▲", 2: "△", 1: "◇"}
"""What a card carries beside its colour, by the severity of its worst finding (`kb.model.finding.Severity`)."""


@dataclass(frozen=True, slots=True)
class DriftRow:
    """The findings of one rule on a card: code, title, severity, and how many."""

    code: str
    title: str
    severity: int
    count: int = 1

    @property
    def sign(self) -> str:
        """The sign of its severity."""
        return DRIFT_SIGNS[self.severity]

    @property
    def words(self) -> str:
        """The rule, and how often it found something."""
        return f"{self.title} × {self.count}" if self.count > 1 else self.title


@dataclass(frozen=True, slots=True)
class SceneDrift:
    """How what runs differs from a card, worst first, and the card's recent incidents; no name that only a source has.

    `lacks` says what whoever takes care of it would look for and not find: 担当, 手順. `links` are incidents to read,
    with their day.
    """

    rows: tuple[DriftRow, ...] = ()
    incidents: int = 0
    latest: str = ""
    lacks: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()

    @property
    def count(self) -> int:
        """The number of findings."""
        return sum(row.count for row in self.rows)

    @property
    def severity(self) -> int:
        """The severity of the worst finding, 0 for none."""
        return max((row.severity for row in self.rows), default=0)

    @property
    def sign(self) -> str:
        """The sign of the worst finding with the number of all, "" for none."""
        return f"{DRIFT_SIGNS[self.severity]}{self.count}" if self.rows else ""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is said besides the findings: what is lacking, and the incidents."""
        lacks = "、".join(f"{word}なし" for word in self.lacks)
        latest = f"、最後は {self.latest}" if self.latest else ""
        incidents = f"障害 {self.incidents:,} 件（{INCIDENT_DAYS} 日以内{latest}）" if self.incidents else ""
        return tuple(word for word in (lacks, incidents) if word)

    @property
    def texts(self) -> tuple[str, ...]:
        """All of it, a line each, with the codes."""
        found = (f"{row.sign} {row.code} {row.words}" for row in self.rows)
        return (*found, *self.remarks)


INCIDENT_DAYS = 90
"""How far back a card tells of incidents."""

RUNBOOK = "手順"
"""What the link to a runbook is called."""


@dataclass(frozen=True, slots=True)
class SceneCard:
    """A card: a name, a second line, and a remark (`mark`).

    `opens` is the picture a click leads to, `url` the page. `aside` stands for something on another page. `sign`
    marks a difference: ＋, － or △. `drift` is None in pictures of the model alone.
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
    drift: SceneDrift | None = field(default=None, repr=False)  # what a picture is made from is told by its repr

    @property
    def title(self) -> str:
        """The label, after the sign."""
        sign = self.sign or (self.drift.sign if self.drift else "")
        return f"{sign} {self.label}" if sign else self.label


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
