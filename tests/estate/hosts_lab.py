"""Runs the hosts script in any shell, as anybody, on a machine of which some parts are made up."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "templates/collect-hosts.sh"
SHELLS = {"dash": ["dash", "-s"], "busybox": ["busybox", "ash", "-s"], "bash": ["bash", "-s"]}
ORDER = ["id", "nproc", "loadavg", "mem", "ps", "listen", "units", "containers", "git", "files", "jars", "redis"]
ORDER += ["cron", "disk", "tls", "restart", "peers", "services"]
IS_ROOT = os.geteuid() == 0
READY_S = 60


@dataclass(frozen=True, slots=True)
class Printed:
    """What the script printed: the state and the rows of each section."""

    text: str
    states: dict[str, str]
    rows: dict[str, list[list[str]]]

    def find(self, section: str, first: str) -> list[list[str]]:
        """The rows of a section that begin with a cell."""
        return [row for row in self.rows[section] if row[0] == first]


def parse(data: bytes) -> Printed:
    """Read an output; it must be format 1 to the letter."""
    text = data.decode("utf-8")
    lines = text.split("\n")
    assert lines.pop() == ""
    assert lines[0] == "#kb-hosts 1"
    assert re.fullmatch(r"#taken \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", lines[1])
    assert re.fullmatch(r"#user \S+", lines[2])
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", text)
    assert max(len(line.encode()) for line in lines) <= 4000
    states, rows, at = {}, {}, 3
    while not lines[at].startswith("=== end "):
        found = re.fullmatch(r"=== ([a-z]+) (ok|absent|denied|failed|cut) (\d+)", lines[at])
        assert found, lines[at]
        count = int(found[3])
        states[found[1]] = found[2]
        rows[found[1]] = [line.split("\t") for line in lines[at + 1 : at + 1 + count]]
        at += 1 + count
    assert lines[at:] == [f"=== end ok {len(states)}"]
    assert list(states) == ORDER
    return Printed(text, states, rows)


@dataclass(frozen=True, slots=True)
class Lab:
    """A folder that is taken for `/` where teams put things, and one of programs that come first."""

    root: Path
    programs: Path
    applets: Path
    spoken: list[str] = field(default_factory=list)

    def write(self, path: str, text: str | bytes = "x", *, mode: int = 0o644) -> Path:
        """A file below the root."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        file.chmod(mode)
        return file

    def fake(self, name: str, script: str) -> None:
        """A program that does what a line of sh says."""
        program = self.programs / name
        program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        program.chmod(0o755)

    def path(self, shell: str) -> str:
        """Where programs are looked for: with busybox nowhere but there."""
        tools = str(self.applets) if shell == "busybox" else f"{os.environ['PATH']}:/usr/sbin:/sbin"
        return f"{self.programs}:{tools}"

    def run(
        self, shell: str = "dash", *folders: str | Path, nobody: bool = False, path: str = "", seconds: int = 60
    ) -> Printed:
        """What the script prints. Who is not root is nobody already."""
        env = {
            "PATH": os.environ["PATH"],
            "KB_HOSTS_PATH": path or self.path(shell),
            "KB_HOSTS_ROOT": str(self.root),
            "KB_HOSTS_SECONDS": str(seconds),
            "HOME": "/nonexistent",
        }
        who = {"user": "nobody", "group": "nogroup", "extra_groups": []} if nobody and IS_ROOT else {}
        command = [*SHELLS[shell], *(["--", *map(str, folders)] if folders else [])]
        done = subprocess.run(
            command, input=SCRIPT.read_bytes(), capture_output=True, env=env, cwd="/", timeout=300, check=True, **who
        )  # type: ignore[call-overload]
        self.spoken.append(done.stderr.decode(errors="replace"))
        return parse(done.stdout)


@contextlib.contextmanager
def make_lab() -> Iterator[Lab]:
    """A lab that everybody may look into."""
    with tempfile.TemporaryDirectory(prefix="hosts-lab-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        made = Lab(folder / "root", folder / "programs", folder / "applets")
        for each in (made.root, made.programs, made.applets):
            each.mkdir()
        busybox = shutil.which("busybox")
        assert busybox
        subprocess.run([busybox, "--install", "-s", str(made.applets)], check=True)
        yield made


@contextlib.contextmanager
def running(command: list[str], *, program: str | None = None, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """A process, ended at the end."""
    process = subprocess.Popen(  # type: ignore[call-overload]
        command,
        executable=program or command[0],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **options,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()


def pretend(*command: str | bytes) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    """A process with that command line, which waits; a shell of ours stands in for the program."""
    first, *rest = command
    return running([first, "-c", "read wait", *rest], program=shutil.which("dash"))  # type: ignore[list-item]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(ready: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + READY_S
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.02)


def answers(port: int) -> bool:
    """Whether anybody listens on a port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False
