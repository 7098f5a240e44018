"""What `make` installs on a machine that has nothing: which Python it takes, what it asks apt for, what it says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOOLS = ("bash", "env", "cat", "grep", "mktemp", "rm", "tail")
WORKS = f'exec {sys.executable} "$@"'
BROKEN_SHIM = 'echo "pyenv: python3: command not found" >&2; exit 127'


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine with the programs of one folder."""

    programs: Path

    def add(self, name: str, script: str) -> Path:
        """Put a program there, as a script for bash."""
        program = self.programs / name
        program.write_text(f"#!/usr/bin/env bash\n{script}\n", encoding="utf-8")
        program.chmod(0o755)
        return program

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a script of .ci/."""
        env = {"PATH": str(self.programs), "KB_DEBIAN_PYTHON": str(self.programs / "debian-python")}
        script = [str(ROOT / ".ci" / command[0]), *command[1:]]
        return subprocess.run(script, env=env, capture_output=True, text=True, check=False)

    def asked(self) -> list[str]:
        """What apt-get was asked, without the options that stand in every call."""
        lines = (self.programs / "asked").read_text(encoding="utf-8").splitlines()
        assert all("-o DPkg::Lock::Timeout=" in line for line in lines)
        return [line.rpartition("Acquire::Retries=3 ")[2] for line in lines]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A bare machine, as root."""
    made = Machine(tmp_path)
    for name in TOOLS:
        found = shutil.which(name)
        assert found, name
        os.symlink(found, tmp_path / name)
    made.add("id", "echo 0")
    made.add("sleep", "exit 0")
    return made


@pytest.fixture
def apt(machine: Machine) -> Callable[[str], None]:
    """Puts an apt-get there that writes down what it is asked, then runs a line of its own."""

    def put(line: str = "exit 0") -> None:
        machine.add("apt-get", f'echo "$*" >> "{machine.programs}/asked"\n{line}')

    return put


def test_debians_own_python_comes_before_any_other(machine: Machine) -> None:
    own = machine.add("debian-python", WORKS)
    machine.add("python3", WORKS)
    assert machine.run("python").stdout == f"{own}\n"


@pytest.mark.parametrize("own", [BROKEN_SHIM, "exit 1", None])
def test_a_python_that_runs_nothing_or_is_too_old_is_passed_over(machine: Machine, own: str | None) -> None:
    if own:
        machine.add("debian-python", own)
    machine.add("python3", BROKEN_SHIM)
    machine.add("python3.11", BROKEN_SHIM)
    other = machine.add("python3.12", WORKS)
    assert machine.run("python").stdout == f"{other}\n"


def test_without_any_python_there_is_none(machine: Machine) -> None:
    assert (machine.run("python").returncode, machine.run("python").stdout) == (1, "")


def test_where_all_is_there_nobody_is_asked(machine: Machine) -> None:
    machine.add("python3", WORKS)
    done = machine.run("install", "python")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_on_a_bare_machine_python_is_installed_in_one_go(machine: Machine, apt: Callable[[], None]) -> None:
    apt()
    done = machine.run("install", "python")
    assert (done.returncode, done.stderr) == (0, "install: installing python3 python3-venv\n")
    assert machine.asked() == ["update", "install -y --no-install-recommends python3 python3-venv"]


def test_all_that_the_tests_use_is_installed_in_one_go(machine: Machine, apt: Callable[[], None]) -> None:
    apt()
    assert machine.run("install", "test").returncode == 0
    update, install = machine.asked()
    assert update == "update"
    assert {"python3-venv", "git", "chromium", "graphviz", "redmine-sqlite"} <= set(install.split())


def test_a_lock_that_another_program_holds_is_waited_for(machine: Machine, apt: Callable[[str], None]) -> None:
    """apt-get waits for dpkg's lock when told to, and never for that of its lists."""
    held = 'echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)"; exit 100'
    apt(f'[[ $(grep -c update "{machine.programs}/asked") -gt 3 ]] || {{ {held}; }}')
    assert machine.run("install", "python").returncode == 0
    assert [line.split()[0] for line in machine.asked()] == ["update"] * 4 + ["install"]


def test_what_apt_says_is_shown_when_it_fails(machine: Machine, apt: Callable[[str], None]) -> None:
    apt('echo "E: Unable to locate package python3"; exit 100')
    done = machine.run("install", "python")
    assert done.returncode == 1
    assert done.stderr.splitlines()[1:] == [
        "E: Unable to locate package python3",
        "install: apt-get update failed",
    ]


def test_who_is_not_root_gets_one_sentence_with_the_command(machine: Machine, apt: Callable[[], None]) -> None:
    apt()
    machine.add("id", "echo 1000")
    done = machine.run("install", "python")
    assert done.returncode == 1
    assert done.stderr == (
        "install: run this, then make again: "
        "sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends python3 python3-venv'\n"
    )
    assert not (machine.programs / "asked").exists()


def test_without_apt_one_sentence_names_what_is_missing(machine: Machine) -> None:
    done = machine.run("install", "python")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "python3 python3-venv" in done.stderr
