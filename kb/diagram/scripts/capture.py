"""Run one `diagrams` script and record what it draws. Renders nothing, imports nothing of kb.

    python -P -B capture.py SCRIPT ANSWER FONT

Ids are counted instead of drawn at random, every cluster is one of its own (the library merges those of the
same label), and the answer is one JSON file. `-P` keeps the script's folder out of the way of the libraries: a
`logging.py` or a folder `diagrams/` beside the script would hide them. The folder comes last instead.
"""

from __future__ import annotations

import itertools
import json
import os
import runpy
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

_BROKEN = "library"


def main(script: str, answer: str, font: str) -> None:
    """Run the script and write what it drew, or why it failed, as JSON."""
    try:
        library = _library(script)
        answer_data = Recorder(Path(script)).watch(library, font)
        answer_data = answer_data | _run(script)
    except LibraryError as error:
        answer_data = {"error": {"kind": _BROKEN, "cause": error.cause, "message": error.where}}
    Path(answer).write_text(json.dumps(answer_data), encoding="utf-8")


class LibraryError(Exception):
    """`import diagrams` failed or found something else: `cause` says what, `where` the file or name."""

    def __init__(self, cause: str, where: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.where = where


def _library(script: str) -> ModuleType:
    """Return the library. Raises LibraryError if it is missing, incomplete, or a folder of the repository."""
    try:
        import diagrams
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        raise LibraryError("missing" if missing == "diagrams" else "needs", error.name or str(error)) from None
    file = getattr(diagrams, "__file__", None)
    where = file or next(iter(getattr(diagrams, "__path__", ())), "")
    installed = {"site-packages", "dist-packages"} & set(Path(where).parts)
    if not installed and _inside(where, script):
        raise LibraryError("shadowed", where)
    if not file or not hasattr(diagrams, "Diagram"):
        raise LibraryError("broken", where)
    return diagrams


def _inside(where: str, script: str) -> bool:
    """Return whether a file is in the script's repository: the nearest folder with .git, or its own."""
    here = Path(script).resolve().parent
    root = next((each for each in (here, *here.parents) if (each / ".git").exists()), here.parent)
    return Path(where).resolve().is_relative_to(root)


class Recorder:
    """Records the diagrams of one script."""

    def __init__(self, script: Path) -> None:
        self.script = script
        self.diagrams: list[dict[str, Any]] = []
        self.images: dict[str, str] = {}

    def watch(self, library: Any, font: str) -> dict[str, Any]:
        """Replace what the library does at random or with files."""
        ids, frames = itertools.count(1), itertools.count(1)
        diagram, node, cluster, edge = library.Diagram, library.Node, library.Cluster, library.Edge
        notes: dict[int, dict[str, Any]] = {}
        kept: list[Any] = []  # so that no id() is given twice

        def note_of(each: Any) -> dict[str, Any]:
            return notes.setdefault(
                id(each), {"name": str(each.name), "direction": "LR", "nodes": [], "groups": [], "edges": []}
            )

        if font:
            for owner, name in (
                (diagram, "_default_graph_attrs"),
                (diagram, "_default_node_attrs"),
                (cluster, "_default_graph_attrs"),
                (edge, "_default_edge_attrs"),
            ):
                getattr(owner, name, {})["fontname"] = font

        first = diagram.__init__

        def diagram_init(self: Any, *args: Any, **named: Any) -> None:
            first(self, *args, **named)
            kept.append(self)
            if len(args) < 4 and "curvestyle" not in named and "splines" not in (named.get("graph_attr") or {}):
                self.dot.graph_attr["splines"] = "spline"
            note_of(self)["direction"] = str(self.dot.graph_attr.get("rankdir", "LR"))

        def finished(self: Any) -> None:
            note = note_of(self)
            note["dot"] = str(self.dot.source if hasattr(self.dot, "source") else self.dot)
            if note not in self_.diagrams:
                self_.diagrams.append(note)

        def diagram_exit(self: Any, kind: Any, _value: Any, _trace: Any) -> None:
            if kind is None:
                finished(self)
            library.setdiagram(None)

        node_first = node.__init__

        def node_init(self: Any, label: str = "", *, nodeid: str | None = None, **attrs: Any) -> None:
            node_first(self, label, nodeid=f"n{next(ids)}", **attrs)
            kept.append(self)
            inside = self._cluster
            note_of(self._diagram)["nodes"].append(
                {
                    "id": self._id,
                    "label": str(attrs.get("label", self.label)),
                    "classes": _names(type(self)),
                    "group": inside.kb_id if inside is not None else "",
                    "url": str(attrs.get("URL") or attrs.get("href") or ""),
                    "own_icon": type(self).__module__.startswith("diagrams.custom"),
                }
            )

        cluster_first = cluster.__init__

        def cluster_init(self: Any, *args: Any, **named: Any) -> None:
            cluster_first(self, *args, **named)
            kept.append(self)
            self.kb_id = f"g{next(frames)}"
            self.name = self.dot.name = f"cluster_{self.kb_id}"
            above = self._parent
            note_of(self._diagram)["groups"].append(
                {"id": self.kb_id, "label": str(self.label), "parent": above.kb_id if above is not None else ""}
            )

        connect = diagram.connect

        def diagram_connect(self: Any, source: Any, target: Any, by: Any) -> None:
            connect(self, source, target, by)
            attrs = {str(key): str(value) for key, value in by.attrs.items()}
            note_of(self)["edges"].append(
                {
                    "source": source.nodeid,
                    "target": target.nodeid,
                    "label": attrs.get("label") or attrs.get("xlabel") or "",
                    "way": attrs.get("dir", "none"),
                    "style": attrs.get("style", ""),
                }
            )

        self_ = self
        diagram.__init__, diagram.__exit__, diagram.render = diagram_init, diagram_exit, finished
        diagram.connect = diagram_connect
        node.__init__, node._rand_id = node_init, staticmethod(lambda: f"n{next(ids)}")
        cluster.__init__ = cluster_init
        for owner in (diagram, cluster):
            owner.node = self._with_image_name(owner.node)
        return {"diagrams": self.diagrams, "images": self.images}

    def _with_image_name(self, put: Any) -> Any:
        """Return the library's function with images numbered: their paths are the machine's."""

        def node(owner: Any, nodeid: str, label: str, **attrs: Any) -> None:
            if attrs.get("image"):
                attrs["image"] = self._image(str(attrs["image"]))
            put(owner, nodeid, label, **attrs)

        return node

    def _image(self, path: str) -> str:
        beside = self.script.parent / path
        whole = str(beside.resolve() if beside.exists() and not os.path.exists(path) else Path(path).resolve())
        return self.images.setdefault(whole, f"image-{len(self.images) + 1}.png")


def _names(kind: type) -> list[str]:
    """Return all names of a class, or of its nearest named base: `aws.compute.ECS` and the long one."""
    for each in kind.__mro__:
        module = each.__module__
        if module.startswith("diagrams.") and module.count(".") == 2:
            known = vars(sys.modules[module]) if module in sys.modules else {}
            names = [name for name, value in known.items() if value is each] or [each.__name__]
            return [f"{module.removeprefix('diagrams.')}.{name}" for name in (each.__name__, *sorted(names))]
    return []


def _run(script: str) -> dict[str, Any]:
    """Run the script as `python SCRIPT` would and return what stopped it, if anything."""
    sys.argv = [script]
    sys.path.append(str(Path(script).resolve().parent))
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if end.code not in (None, 0):
            return {"error": {"kind": "script", "cause": "SystemExit", "message": str(end.code), "line": 0}}
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == script]
        line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else 0
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        return {"error": {"kind": "script", "cause": type(error).__name__, "message": message[:500], "line": line or 0}}
    return {}


if __name__ == "__main__":
    main(*sys.argv[1:4])
