"""Find commands: functions with `@command(…)` in a module below a group's folder.

A module is imported when its command is called. The help reads the text of the modules instead, since
importing them all would take longer than everything else `kb --help` does.
A command is found by its first word: `kb plan ship` in `plan.py` or in the folder `plan/`.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import typer

from kb.commands import GROUPS
from kb.text.lang import Text
from kb.text.lazy_pattern import compile_lazy

_HERE = Path(__file__).parent
_DECORATOR = compile_lazy(r'^@(command\(\s*"([^"]+)".*?\n?\))\ndef ', re.M | re.S)

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its words, its sentence in the help, and examples to paste. `shared`, `usual`: see `command`."""

    name: str
    help: Text
    example: str
    shared: bool
    usual: tuple[str, ...]
    run: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """What the help lists of a command."""

    name: str
    group: str
    help: Text


FULL_HELP = "kb.full_help"
"""In the meta of a context: its help shows everything."""

COMPLETE_VARIABLE = "_KB_COMPLETE"
"""Where a shell puts the line that is to be completed."""

REGISTERED: dict[str, Command] = {}
"""The commands of the modules imported so far."""


def command(
    name: str, help: Text, *, example: str, shared: bool = False, usual: tuple[str, ...] = ()
) -> Callable[[AnyFunction], AnyFunction]:
    """Register a function as `kb NAME`. `shared`: people who may not read all of the mirror see its output, or a file
    it writes beside kb.toml. `usual`: the options its help shows without `--all`, if not each.
    """

    def register(function: AnyFunction) -> AnyFunction:
        REGISTERED[name] = Command(name, help, example, shared, usual, function)
        return function

    return register


def option(words: str, help: Text | str, *, show_default: bool = False, **others: Any) -> Any:
    """Declare an option as its help writes it: `-o, --output FILE`. `others` are as for `typer.Option`."""
    flags, _, metavar = words.replace(", ", ",").partition(" ")
    return typer.Option(*flags.split(","), metavar=metavar or None, help=str(help), show_default=show_default, **others)


def argument(metavar: str, help: Text, *, show_default: bool = False) -> Any:
    """Declare a positional argument."""
    return typer.Argument(metavar=metavar, help=str(help), show_default=show_default)


def find_command(name: str) -> Command | None:
    """Return the command of this name, importing its module; None where there is none."""
    if name not in REGISTERED:
        for path in _modules(name):
            if name in _names(path):
                importlib.import_module(".".join(("kb.commands", *path.relative_to(_HERE).with_suffix("").parts)))
    return REGISTERED.get(name)


def is_first_word(word: str) -> bool:
    """Return whether commands of two words begin with this one."""
    return any(name.startswith(f"{word} ") for path in _modules(word) for name in _names(path))


@cache
def list_commands() -> dict[str, CommandEntry]:
    """Return every command by its words, in the order of the help. Imports none of their modules."""
    found: dict[str, CommandEntry] = {}
    for group in GROUPS:
        names: dict[str, Text] = {}
        for path in _paths():
            if path.is_relative_to(_HERE / group):
                names |= _read_entries(path)
        order = importlib.import_module(f"kb.commands.{group}").ORDER
        for name in sorted(names, key=lambda name: (order.index(name) if name in order else len(order), name)):
            found[name] = CommandEntry(name, group, names[name])
    return found


@cache
def _paths() -> list[Path]:
    return sorted(_HERE.rglob("*.py"))


def _modules(name: str) -> list[Path]:
    """Return the files that may hold commands with the first word of a name: called so, or in a folder called so."""
    word = name.partition(" ")[0].replace("-", "_")
    return [path for path in _paths() if word in (path.stem, *path.relative_to(_HERE).parts[:-1])]


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _names(path: Path) -> list[str]:
    return [match[2] for match in _DECORATOR.finditer(_read(path))]


def _read_entries(path: Path) -> Iterator[tuple[str, Text]]:
    """Yield the names and sentences of the commands in a module, from its text."""
    for match in _DECORATOR.finditer(_read(path)):
        call = ast.parse(match[1], mode="eval").body
        assert isinstance(call, ast.Call)
        assert isinstance(call.args[1], ast.Call)
        ja, en = map(ast.literal_eval, call.args[1].args)
        yield match[2], Text(ja, en)
