"""The registry of commands: a function with `@command(…)` in a module below a group's folder is a command.

A module is imported when its command is called. What the help lists is read from the text of the
modules: importing them all would take longer than anything else `kb --help` does.
A command stands where its first word says: `kb plan ship` in `plan.py` or in the folder `plan/`.
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

_HERE = Path(__file__).parent
_DECORATOR = re.compile(r'^@(command\(\s*"([^"]+)".*?\n?\))\ndef ', re.M | re.S)

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its words, its sentence in the help, lines a person can paste, and who reads what it prints."""

    name: str
    help: Text
    example: str
    shared: bool
    run: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """What the help lists of a command."""

    name: str
    group: str
    help: Text


REGISTERED: dict[str, Command] = {}
"""The commands of the modules imported so far."""


def command(name: str, help: Text, *, example: str, shared: bool = False) -> Callable[[AnyFunction], AnyFunction]:
    """Register a function as `kb NAME`. `shared`: others read what it prints, who may not see all of the mirror."""

    def register(function: AnyFunction) -> AnyFunction:
        REGISTERED[name] = Command(name, help, example, shared, function)
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
    if name not in REGISTERED and (word := re.match(r"[a-z-]+", name)):
        for path in _modules(word[0].replace("-", "_")):
            if any(found[2] == name for found in _DECORATOR.finditer(_read(path))):
                importlib.import_module(".".join(("kb.commands", *path.relative_to(_HERE).with_suffix("").parts)))
    return REGISTERED.get(name)


@cache
def list_commands() -> dict[str, CommandEntry]:
    """Every command by its words, in the order of the help. Imports none of their modules."""
    found: dict[str, CommandEntry] = {}
    for group in GROUPS:
        names: dict[str, Text] = {}
        for path in sorted((_HERE / group).rglob("*.py")):
            names |= _read_entries(_read(path))
        order = importlib.import_module(f"kb.commands.{group}").ORDER
        for name in sorted(names, key=lambda name: (order.index(name) if name in order else len(order), name)):
            found[name] = CommandEntry(name, group, names[name])
    return found


def _modules(word: str) -> Iterator[Path]:
    """The files that may hold commands with this first word."""
    for group in GROUPS:
        yield from (_HERE / group).rglob(f"{word}.py")
        for folder in [*(_HERE / group).rglob(word), *([_HERE / group] if group == word else [])]:
            yield from folder.glob("*.py")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _read_entries(text: str) -> Iterator[tuple[str, Text]]:
    """The names and sentences of the commands that stand in the text of a module."""
    for match in _DECORATOR.finditer(text):
        call = ast.parse(match[1], mode="eval").body
        assert isinstance(call, ast.Call)
        assert isinstance(call.args[1], ast.Call)
        ja, en = map(ast.literal_eval, call.args[1].args)
        yield match[2], Text(ja, en)
