"""`kb completion`: what shells are offered, in each shell itself, and what they are not."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kb.cli.complete import FILES, find_candidates
from kb.commands.registry import list_commands
from kb.mirror.store import Mirror
from kb.rules.registry import load_rules
from kb.sources.esa import rows as esa_rows

SECRET = "Kx7" + "q9Zt4LmW"
PEOPLE = ("sato", "ono haruka")


@pytest.fixture
def team(workspace: Path) -> Path:
    with Mirror.open(workspace / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        for number in (14, 150, 151):
            write.put(esa_rows.post_rows(_post(number)))
    return workspace


def _post(number: int) -> dict[str, Any]:
    return {
        "number": number,
        "name": f"password: {SECRET}",
        "category": "運用",
        "body_md": f"password: {SECRET}",
        "tags": [],
        "wip": False,
        "created_by": {"screen_name": PEOPLE[0]},
        "updated_by": {"screen_name": PEOPLE[1]},
        "created_at": "2025-05-03T09:00:00+09:00",
        "updated_at": f"2025-06-{number // 10:02}T09:00:00+09:00",
        "revision_number": 2,
        "url": f"https://docs.esa.io/posts/{number}",
        "message": "",
        "comments": [],
    }


def values(line: str) -> list[str]:
    return [value for value, _ in find_candidates(line)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("kb pl", ["plan"]),
        ("kb plan ret", ["retitle"]),
        ("kb --lang en plan ret", ["retitle"]),
        ("kb lint --fo", ["--format", "--for"]),
        ("kb lint --format js", ["json", "jsonl"]),
        ("kb lint --format=sa", ["--format=sarif"]),
        ("kb lint -j ", []),
        ("kb explain INC40", [f"INC40{n}" for n in range(1, 7)]),
        ("kb show esa:15", ["esa:150", "esa:151"]),
        ("kb lint esa:14", ["esa:14"]),
        ("kb lint --for ", sorted(PEOPLE)),
        ("kb lint --for 'ono ", ["ono haruka"]),
        ("kb lint --for ono\\ ", ["ono haruka"]),
        ("kb lint ", [FILES]),
        ("kb lint --baseline ", [FILES]),
        ("kb completion f", ["fish"]),
        ("kb undo ", ["last"]),
        ("kb show esa:14 ", []),
        ("kb nothing ", []),
        ("kb show esa:99", []),
        ("kb --lang ", ["ja", "en"]),
    ],
)
def test_what_may_come_next_is_offered(team: Path, line: str, expected: list[str]) -> None:
    assert [each for each in values(line) if not (line.endswith("INC40") and each > "INC406")] == expected


def test_every_command_option_and_rule_is_known(team: Path) -> None:
    assert set(values("kb ")) == {name.partition(" ")[0] for name in list_commands()}
    assert {"done", "move", "to-csv"} <= set(values("kb plan "))
    assert len(values("kb lint --")) == 30
    assert set(values("kb explain ")) >= {rule.code for rule in load_rules()}


def test_plans_are_offered_and_receipts_are_not(team: Path) -> None:
    for name in ("done.toml", "done.receipt.toml"):
        (team / name).write_text("", encoding="utf-8")
    assert values("kb apply ") == ["done.toml"]


def test_what_is_said_is_in_the_language_in_use_and_says_no_secret(
    team: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert dict(find_candidates("kb li"))["lint"] == "直すべきところを見つける"
    assert dict(find_candidates("kb --lang en li"))["lint"] == "find what needs mending"
    assert find_candidates("kb show esa:14") == [("esa:14", "post 2025-06-01")]
    assert not any(
        SECRET in said for line in ("kb show ", "kb lint --for ") for each in find_candidates(line) for said in each
    )


def asked(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "_KB_COMPLETE": line, **environment}
    return subprocess.run([sys.executable, "-m", "kb"], env=variables, cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize("line", ["kb show esa:", "kb lint --for ", "kb 'open", "kb --lang xx li", "", "kb \x1b["])
def test_any_fault_is_silent_and_nothing_is_written(tmp_path: Path, line: str) -> None:
    (tmp_path / "kb.toml").write_text("[esa\n", encoding="utf-8")
    (tmp_path / ".kb").mkdir()
    (tmp_path / ".kb" / "mirror.db").write_bytes(b"no database")
    done = asked(line, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in tmp_path.rglob("*")) == [".kb", "kb.toml", "mirror.db"]


def test_the_mirror_is_only_read(team: Path) -> None:
    before = (team / ".kb" / "mirror.db").read_bytes()
    assert "esa:150" in asked("kb show esa:15", team).stdout
    assert (team / ".kb" / "mirror.db").read_bytes() == before


def test_nothing_heavy_is_loaded(team: Path) -> None:
    code = (
        "import sys\nfrom kb.cli.complete import find_candidates\nassert find_candidates('kb show esa:15')\n"
        "heavy = ('httpx', 'jinja2', 'hyperscan', 'kb.secrets.find', 'kb.lint', 'kb.settings.kb_toml')\n"
        "print(*(name for name in heavy if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=team)
    assert done.stdout.split() == []


_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?>=<]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78])")


class Typed:
    """A shell in a pseudo-terminal, with kb on its path and its completion loaded."""

    def __init__(self, words: list[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.child, self.terminal = pty.fork()
        if not self.child:  # pragma: no cover
            os.chdir(folder)
            os.execvpe(words[0], words, environment)  # noqa: S606
        self.text = ""

    def until(self, pattern: str, wait_s: float = 60.0) -> None:
        """Read until the terminal shows a pattern. Fails with all it showed where it does not come."""
        end = time.monotonic() + wait_s
        while not re.search(pattern, _ESCAPE.sub("", self.text)):
            assert time.monotonic() < end, f"{pattern} is not in {self.text!r}"
            if select.select([self.terminal], [], [], 0.2)[0]:
                self.text += os.read(self.terminal, 65536).decode("utf-8", "replace")

    def type(self, keys: str) -> None:
        self.text = ""
        os.write(self.terminal, keys.encode())

    def close(self) -> None:
        os.kill(self.child, 9)
        os.waitpid(self.child, 0)
        os.close(self.terminal)


SHELLS: dict[str, list[str]] = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "--interactive"],
}
LOAD = {
    "bash": "PS1='READY> '; source kb.bash",
    "zsh": "PS1='READY> '; autoload -Uz compinit && compinit -u -D; source kb.zsh",
    "fish": "function fish_prompt; echo 'READY> '; end; source kb.fish",
}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes_in_a_terminal(team: Path, shell: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "kb"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kb "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "TERM": "xterm", "HOME": str(folder)}
    environment |= {"LC_ALL": "C.UTF-8", "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    script = subprocess.run([program, "completion", shell], capture_output=True, text=True, check=True, cwd=team).stdout
    (team / f"kb.{shell}").write_text(script, encoding="utf-8")
    typed = Typed(SHELLS[shell], team, environment)
    try:
        typed.type(LOAD[shell] + "; echo LO''ADED\n")
        typed.until(r"LOADED[\s\S]*READY> ")
        typed.type("echo kb inc; kb expl\t")
        typed.until(r"expl[\s\S]*ain ")
        typed.type("INC40\t\t")
        typed.until(r"INC402[\s\S]*再発防止が TODO")
        typed.type("\x15kb show esa:15\t\t")
        typed.until(r"(?:esa:)?150[\s\S]*(?:esa:)?151|(?:esa:)?151[\s\S]*(?:esa:)?150")
        typed.type("\x15kb sh\tesa:14\t\n")
        typed.until(r"password: \S*")
    finally:
        typed.close()
