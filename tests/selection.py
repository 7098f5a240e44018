"""Which test files run where: what asks the real Redmine, what takes long, what is quick.

A file is quick when it is not LONG, and neither it nor the fixtures it takes reach a server, another process, a
browser, a whole command, or measure how time grows. That is read from its imports: nothing has to be marked.
For one room the quick files are those that import it, whole commands in this process included.

    python tests/selection.py                all quick files
    python tests/selection.py lint/formats   those of a room
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
REAL_REDMINE = (
    "tests/contract/",
    "tests/changes/test_close_redmine.py",
    "tests/changes/test_publishing_real.py",
    "tests/changes/test_real_redmine.py",
    "tests/mirror/test_cleaned_history.py",
    "tests/mirror/test_real_redmine.py",
    "tests/sources/test_against_redmine.py",
)
"""What asks the real Redmine runs on one worker: each that asks starts one, which takes half a minute."""

LONG = (
    *REAL_REDMINE,
    "tests/deploy/",
    "tests/plant/",
    "tests/test_bench.py",
    "tests/torture/",
    "tests/demo/",
    "tests/docs/test_examples.py",
    "tests/sitting/",
    "tests/docs/",
    "tests/sandbox/test_description.py",
    "tests/sandbox/test_redmine_world.py",
    "tests/lint/test_incident_gate.py",
    "tests/diagram/test_hostile_labels.py",
    "tests/diagram/test_build.py",
    "tests/secrets/test_hostile.py",
    "tests/secrets/test_patterns.py",
    "tests/reading/test_patterns.py",
    "tests/reports/",
)
"""What takes longest, in the order it begins: begun last, it would run on alone, with the other processors idle."""

SLOW = ("subprocess", "multiprocessing", "pty", "selenium", "socket", "uvicorn", "servers", "warm", "pace")
"""Modules that start something, wait for it, or measure how time grows."""
WHOLE = ("kb.cli", "kb.commands", "kb.sandbox")
"""What runs all of kb: such tests are quick only for one room."""
SERVERS = {"sandbox", "real_redmine", "fresh_redmine", "closing_redmine"}


@dataclass(frozen=True)
class Code:
    """What a file imports (modules, and names of modules), and the arguments of its functions."""

    imports: frozenset[str]
    arguments: frozenset[str]
    fixtures: frozenset[str]


@cache
def read(path: Path) -> Code:
    """Return what `path` imports and takes."""
    imports: set[str] = set()
    arguments: set[str] = set()
    fixtures: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imports |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            if path.name == "conftest.py":
                fixtures |= {alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef):
            arguments |= {each.arg for each in node.args.args}
            if node.decorator_list:
                fixtures.add(node.name)
    return Code(frozenset(imports), frozenset(arguments), frozenset(fixtures))


@cache
def reached(path: Path) -> frozenset[str]:
    """Return all that a file of tests imports, through its helpers and the fixtures it takes from conftest.py."""
    found: set[str] = set()
    seen: set[Path] = set()
    waiting = [path]
    while waiting:
        here = waiting.pop()
        if here in seen or not here.exists():
            continue
        seen.add(here)
        code = read(here)
        found |= code.imports | {f"servers.{name}" for name in SERVERS & code.arguments}
        waiting += [TESTS / f"{name.replace('.', '/')}.py" for name in code.imports]
        conftest = here.parent / "conftest.py"
        if here.parent != TESTS and conftest.exists() and read(conftest).fixtures & code.arguments:
            waiting.append(conftest)
    return frozenset(found)


def _any(names: Iterable[str], prefixes: tuple[str, ...]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for name in names for each in prefixes)


def is_quick(path: Path, room: str = "") -> bool:
    """Tell whether a test file is quick, and of `room` (`plan`, `lint/formats`, `linters/posts`) if one is given."""
    if path.relative_to(TESTS.parent).as_posix().startswith(LONG):
        return False
    names = reached(path)
    if not room:
        return not _any(names, SLOW + WHOLE)
    return not _any(names, SLOW) and _any(read(path).imports, (module_of(room),))


def module_of(room: str) -> str:
    """Return the module of a room: `plan` and `kb/plan/` are `kb.plan`. Raises ValueError where there is none."""
    path = room.strip("/").removeprefix("kb/")
    for module in (f"kb/{path}", path):
        if (TESTS.parent / module).with_suffix(".py").exists() or (TESTS.parent / module / "__init__.py").exists():
            return module.replace("/", ".")
    raise ValueError(f"no room kb/{path}")


def main(room: str = "") -> None:
    """Print the quick files, or those of a room."""
    try:
        module_of(room or "text")
    except ValueError as error:
        sys.exit(str(error))
    found = [path for path in sorted(TESTS.rglob("test_*.py")) if is_quick(path, room)]
    print("\n".join(path.relative_to(TESTS.parent).as_posix() for path in found))


if __name__ == "__main__":
    main(*sys.argv[1:])
