"""Folders are layers, low to high: a module imports from lower rooms and from its own, by any kind of import."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Each room may use what stands before it, and itself; never its neighbours in one line. A corridor that is named stands
# apart from the rest of its room.
ORDER: list[tuple[str, ...]] = [
    ("kb.text",),
    ("kb",),  # errors, clock, files
    ("kb.model",),
    ("kb.markup",),
    ("kb.reading",),
    ("kb.recurrence",),
    ("kb.secrets",),
    ("kb.settings", "kb.console"),
    ("kb.ingest",),
    ("kb.rules",),
    ("kb.diagram.model",),
    ("kb.plan", "kb.estate.match"),
    ("kb.estate.drift",),
    ("kb.diagram.draw",),
    ("linters",),
    ("kb.mirror",),
    ("kb.sources",),
    ("kb.sandbox",),
    ("kb.execute",),
    ("kb.lint",),
    ("kb.export", "kb.deploy"),
    ("kb.estate",),
    ("kb.reports",),
    ("kb.diagram",),
    ("kb.pages",),
    ("kb.commands",),
    ("kb.cli",),
]
PURE = (
    "kb.text",
    "kb.model",
    "kb.markup",
    "kb.reading",
    "kb.recurrence",
    "kb.secrets",
    "kb.ingest",
    "kb.rules",
    "kb.plan",
    "linters",
)
LINTERS_SEE = (
    "kb.text",
    "kb.model",
    "kb.reading",
    "kb.rules",
    "kb.secrets",
    "kb.diagram.model",
    "kb.estate.drift",
    "linters",
)
# What a pure module may not know: networks, stores, terminals, clocks of the machine.
EDGE_LIBRARIES = {"httpx", "requests", "redminelib", "sqlite3", "rich", "starlette", "uvicorn", "socket", "subprocess"}

# What no command may load before it is needed (start-up budget).
HEAVY = {
    "rich", "httpx", "requests", "redminelib", "jinja2", "starlette", "uvicorn", "joblib", "pydantic",
    "asyncio", "keyring", "numpy", "hyperscan", "pyromark", "stamina",
    "kb.secrets.page.prefilter", "kb.secrets.find", "kb.reading.facts", "kb.reading.claims.owner_due",
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
def imports(path: Path) -> tuple[str, ...]:
    """The modules that a file imports: at its top, inside functions, for types alone."""
    known = modules()
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the order"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.append(full if full in known else str(node.module))
    return tuple(found)


@cache
def room(name: str) -> tuple[int, str]:
    """The line of ORDER a module stands in, and its room: the longest prefix wins."""
    best = (-1, "")
    for line, rooms in enumerate(ORDER):
        for each in rooms:
            inside = name == each or name.startswith(each + ".")
            if each == "kb":  # the modules of kb/ itself, not its rooms
                inside = name == "kb" or (name.count(".") == 1 and modules()[name].name != "__init__.py")
            if inside and len(each) > len(best[1]):
                best = (line, each)
    return best


def places() -> Iterator[tuple[str, str, Path]]:
    for name, path in modules().items():
        if name != "kb.__main__":  # the door: it calls the command line
            yield name, room(name)[1], path


def test_every_module_says_what_it_is() -> None:
    docs = {name: ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) for name, path in modules().items()}
    assert [name for name, doc in docs.items() if name.startswith("kb") and len(doc or "") < 10] == []


def test_every_module_has_a_room() -> None:
    assert [name for name, here, _ in places() if not here] == []


def test_imports_follow_the_order() -> None:
    known = modules()
    wrong = [
        f"{name} imports {target}"
        for name, here, path in places()
        for target in imports(path)
        if target in known and room(target)[1] != here and room(target)[0] >= room(name)[0]
    ]
    assert wrong == []


def test_linters_see_only_the_pure_middle() -> None:
    wrong = [
        f"{name} imports {target}"
        for name, here, path in places()
        for target in imports(path)
        if here == "linters" and target.split(".")[0] in ("kb", "linters") and not target.startswith(LINTERS_SEE)
    ]
    assert wrong == []


def test_the_pure_middle_knows_no_edge() -> None:
    pure = [(name, path) for name, here, path in places() if here in PURE]
    assert len(pure) > 100
    wrong = [
        f"{name} imports {target}"
        for name, path in pure
        for target in imports(path)
        if target.split(".")[0] in EDGE_LIBRARIES
    ]
    assert wrong == []


def test_no_circles_of_any_kind() -> None:
    known = modules()
    graph = {name: {each for each in imports(path) if each in known and each != name} for name, path in known.items()}
    list(graphlib.TopologicalSorter(graph).static_order())


def test_programs_are_started_in_one_module() -> None:
    starts = re.compile(r"\bsubprocess\.(?:run|Popen|call|check_\w+)\(|\bos\.(?:system|popen|spawn\w*)\(")
    found = {name for name, path in modules().items() if starts.search(path.read_text("utf-8"))}
    assert {name for name in found if not name.startswith("kb.sandbox.")} == {"kb.console.run_program"}


def named_paths(page: str) -> list[str]:
    """Return the paths of this repository that a page names, in their order."""
    text = (ROOT / page).read_text("utf-8")
    return re.findall(r"`((?:kb|linters|templates|docs|tests|bench|diagrams)/[\w./-]*)`", text)


@pytest.mark.parametrize("page", ["ARCHITECTURE", "CONTRIBUTING"])
def test_the_map_names_what_is_there_in_both_languages(page: str) -> None:
    english, japanese = (named_paths(f"{page}{suffix}") for suffix in (".md", ".ja.md"))
    assert sorted(english) == sorted(japanese)
    assert [path for path in english if not (ROOT / path).exists()] == []


def test_the_map_names_every_room_in_the_order_of_the_layers() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    table = [line for line in text.split("## The rooms")[1].split("\n## ")[0].splitlines() if line.startswith("| `")]
    named = [path for row in table for path in re.findall(r"`([\w/]+)/`", row.split("|")[1])]
    rooms = {path.parent for name, path in modules().items() if name.count(".") == 1 and path.name == "__init__.py"}
    assert {f"kb/{each.name}" for each in rooms if each.parent.name == "kb"} <= set(named)
    lines = [room(path.replace("/", "."))[0] for path in named]
    assert lines == sorted(lines)


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
        "from kb.cli.app import run\n"
        f"run({words!r})\n"
        f"print(sorted(set({sorted(HEAVY)!r}) & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


def test_a_lint_of_files_loads_neither_mirror_nor_plans(tmp_path: Path) -> None:
    """Each costs its part of the quarter of a second that a lint without anything to do may take."""
    code = (
        "import sys\n"
        "from kb.cli.app import run\n"
        f"run(['lint', {str(tmp_path)!r}])\n"
        "rooms = ('kb.mirror.store', 'kb.mirror.history', 'kb.plan', 'kb.diagram.model.nouns', 'kb.lint.proposals')\n"
        "print([name for name in sys.modules if name.startswith(rooms)])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_report_does_not_load_what_judges_pages() -> None:
    """Its patterns take a third of a second, and the report reads hardly a page."""
    code = (
        "import sys, kb.reports.week.gather, kb.reports.week.markdown, kb.reports.incidents.render\n"
        "print('kb.reading.pages.kind' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
