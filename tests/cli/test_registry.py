"""The registry of commands: what the help reads from the text of modules is what importing them gives."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kb.commands import GROUPS
from kb.commands.registry import find_command, list_commands

COMMANDS = list_commands()


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_read_is_what_is_registered(name: str) -> None:
    found = find_command(name)
    assert found is not None
    assert (found.name, found.help) == (name, COMMANDS[name].help)
    assert found.run.__module__.startswith(f"kb.commands.{COMMANDS[name].group}.")
    assert f"kb {name}" in found.example


def test_a_name_stands_once_and_every_group_has_commands() -> None:
    code = (
        "import importlib, pkgutil, kb.commands as top\n"
        "from kb.commands import registry\n"
        "seen = []\n"
        "kept = registry.command\n"
        "registry.command = lambda name, *rest, **more: (seen.append(name), kept(name, *rest, **more))[1]\n"
        "for each in pkgutil.walk_packages(top.__path__, 'kb.commands.'): importlib.import_module(each.name)\n"
        "print(*sorted(seen), sep='\\n')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == sorted(COMMANDS)
    assert {each.group for each in COMMANDS.values()} == set(GROUPS)


def test_the_help_imports_no_command() -> None:
    code = (
        "import sys\nfrom kb.cli.app import run\nrun(['--help'])\n"
        "found = [name for name in sys.modules if name.startswith('kb.commands.') and name.count('.') > 2]\n"
        "print(*found, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.split() == []


def test_nothing_is_found_where_there_is_nothing() -> None:
    for name in ("", "lnt", "plan", "plan nothing", "../init", "*"):
        assert find_command(name) is None
