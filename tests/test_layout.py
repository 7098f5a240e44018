"""The order of imports is the architecture: a pure middle, thin edges, a shell."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Each room may use what stands before it, and itself; never its neighbours in one line.
ORDER: list[list[tuple[str, ...]]] = [
    [("kb.lang",), ("kb.toml_lines",)],
    [("kb.errors",)],
    [("kb.model", "kb.health", "kb.clock", "kb.atomic_file")],
    [("kb.reading",)],
    [("kb.secrets",)],
    [
        (
            "kb.lint.world",
            "kb.lint.rules",
            "kb.lint.gate",
            "kb.lint.judge",
            "kb.lint.suppress",
            "kb.lint.directives",
            "kb.lint.asked",
            "kb.lint.cover",
            "kb.lint.baseline",
            "kb.lint.decisions",
            "kb.lint.table_file",
            "kb.lint.finding",
            "kb.lint.joins",
            "kb.lint.fixes",
            "kb.lint.until",
            "kb.lint.secret_codes",
            "kb.lint.sight",
            "kb.lint.history",
            "kb.lint.pattern_cost",
            "kb.lint.people",
            "kb.lint.ownership",
            "kb.lint.owners_file",
        ),
        (
            "kb.changes.plan",
            "kb.changes.section",
            "kb.changes.places",
            "kb.changes.bodies",
            "kb.changes.evidence",
            "kb.changes.propose",
            "kb.changes.collide",
            "kb.changes.consequences",
            "kb.changes.limits",
            "kb.changes.reverse",
            "kb.changes.subtree",
            "kb.changes.titles",
        ),
        ("kb.system.model", "kb.system.match", "kb.system.drift", "kb.system.draw"),
    ],
    [("kb.system.rules",)],
    [
        ("kb.toml_reader", "kb.rule_settings", "kb.settings", "kb.config"),
        ("kb.console", "kb.behind", "kb.progress", "kb.assets"),
    ],
    [("kb.sources",)],
    [("kb.mirror",)],
    [("kb.secret_key",), ("kb.lint.team_file",)],
    [("kb.sandbox",)],
    [("kb.changes",)],
    [("kb.lint",), ("kb.system",)],
    [("kb.reports",), ("kb.export",), ("kb.deploy",)],
    [("kb.commands",)],
    [("kb.usage", "kb.help", "kb.ending", "kb.cli", "kb.__main__")],
]
LINTERS_SEE = (
    "kb.lang",
    "kb.model",
    "kb.reading",
    "kb.lint.rules",
    "kb.lint.world",
    "kb.secrets",
    "kb.system.drift",
    "kb.system.model",
    "kb.system.rules",
    "linters",
)

# What a pure module may not know: networks, stores, terminals, clocks of the machine.
EDGE_LIBRARIES = {"httpx", "requests", "redminelib", "sqlite3", "rich", "starlette", "uvicorn", "socket", "subprocess"}

# What no command may load before it is needed (start-up budget).
HEAVY = {
    "rich", "httpx", "requests", "redminelib", "jinja2", "starlette", "uvicorn", "joblib", "pydantic",
    "asyncio", "keyring", "numpy", "hyperscan", "pyromark", "stamina",
    "kb.secrets.likely", "kb.secrets.find", "kb.reading.facts", "kb.reading.owners",
}  # fmt: skip


@cache
def modules() -> dict[str, Path]:
    found = {}
    for top in ("kb", "linters"):
        for path in (ROOT / top).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imported(path: Path) -> tuple[tuple[str, bool], ...]:
    """The modules that a file imports, each with whether it is bound at import time."""
    known = modules()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    at_once = set(tree.body)
    found: list[tuple[str, bool]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node in at_once) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the order"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.append((full if full in known else str(node.module), node in at_once))
    return tuple(found)


def imports(path: Path, *, top_level: bool = False) -> Iterator[str]:
    """The modules of this project that `path` imports; only those bound at import time with `top_level`."""
    return (name for name, at_once in imported(path) if at_once or not top_level)


@cache
def room(name: str) -> tuple[int, int] | None:
    """Where in ORDER a module stands: its line and its place in the line. The longest prefix wins."""
    best: tuple[int, tuple[int, int]] | None = None
    for line, rooms in enumerate(ORDER):
        for place, prefixes in enumerate(rooms):
            for prefix in prefixes:
                inside = name == prefix or name.startswith(prefix + ".")
                if inside and (best is None or len(prefix) > best[0]):
                    best = (len(prefix), (line, place))
    return best[1] if best else None


def test_every_module_has_a_room() -> None:
    assert [name for name in modules() if name.startswith("kb.") and room(name) is None] == []


def test_imports_follow_the_order() -> None:
    known = modules()
    wrong = []
    for name, path in known.items():
        here = room(name)
        if here is None:
            continue
        for target in imports(path):
            there = room(target)
            if there is not None and (there[0] > here[0] or (there[0] == here[0] and there[1] != here[1])):
                wrong.append(f"{name} imports {target}")
    assert wrong == []


def test_linters_see_only_the_pure_middle() -> None:
    known = modules()
    wrong = [
        f"{name} imports {target}"
        for name, path in known.items()
        if name.startswith("linters")
        for target in imports(path)
        if target.split(".")[0] in ("kb", "linters") and not target.startswith(LINTERS_SEE)
    ]
    assert wrong == []


def test_the_pure_middle_knows_no_edge() -> None:
    known = modules()
    pure = [name for name in known if name.startswith("linters") or (room(name) or (99, 0))[0] <= 4]
    wrong = [
        f"{name} imports {target}"
        for name in pure
        for target in imports(known[name])
        if target.split(".")[0] in EDGE_LIBRARIES
    ]
    assert len(pure) > 5
    assert wrong == []


def test_no_circles() -> None:
    known = modules()
    graph = {
        name: {target for target in imports(path, top_level=True) if target in known} for name, path in known.items()
    }
    list(graphlib.TopologicalSorter(graph).static_order())


def test_the_diagrams_folder_does_not_hide_the_library() -> None:
    """`diagrams/` shares its name with a library: a module in it would win over the library from the checkout."""
    assert not list((ROOT / "diagrams").rglob("__init__.py"))
    assert not list((ROOT / "diagrams").glob("*.py"))
    assert not (ROOT / "diagrams.py").exists()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["lint", "EMPTY"]])
def test_start_up_loads_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    words = [str(tmp_path) if word == "EMPTY" else word for word in arguments]
    code = (
        "import sys\n"
        "from kb.cli import run\n"
        f"run({words!r})\n"
        f"print(sorted(set({sorted(HEAVY)!r}) & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_report_does_not_load_what_judges_pages() -> None:
    """Its patterns take a third of a second, and the report reads hardly a page."""
    code = (
        "import sys, kb.reports.week.gather, kb.reports.week.markdown, kb.reports.incidents.markdown\n"
        "print('kb.reading.kinds' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
