"""What a `diagrams` script drew, as the program that ran it writes it down. All of it is foreign text."""

from __future__ import annotations

import msgspec


class Thing(msgspec.Struct, frozen=True):
    """A node: its label, and the names of its class below `diagrams`, its own first."""

    id: str
    label: str
    classes: tuple[str, ...] = ()
    group: str = ""
    url: str = ""
    own_icon: bool = False


class Frame(msgspec.Struct, frozen=True):
    """A cluster."""

    id: str
    label: str
    parent: str = ""


class Arrow(msgspec.Struct, frozen=True):
    """An edge. `way` is forward, back, both or none, as Graphviz says it."""

    source: str
    target: str
    label: str = ""
    way: str = "forward"
    style: str = ""


class Drawing(msgspec.Struct, frozen=True):
    """One `with Diagram(...)`. `dot` is its text for Graphviz, its images called by the names in `Captured.images`."""

    name: str
    direction: str
    nodes: tuple[Thing, ...]
    groups: tuple[Frame, ...]
    edges: tuple[Arrow, ...]
    dot: str = ""


class Failure(msgspec.Struct, frozen=True):
    """Why there is nothing: of the library (`cause` names it), or what the script raised, and where."""

    kind: str
    cause: str
    message: str
    line: int = 0


class Captured(msgspec.Struct, frozen=True):
    """The diagrams of one script; `images` are the files of its icons, and the names they go by."""

    diagrams: tuple[Drawing, ...] = ()
    images: dict[str, str] = {}
    error: Failure | None = None
