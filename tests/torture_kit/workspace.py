"""A workspace over a sandbox, and `kb sync` in it: run, or killed at some moment."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers import Sandbox, warm_kb
from torture_kit.compare import differences

Row = dict[str, Any]


@dataclass(slots=True)
class Workspace:
    """A folder with a kb.toml whose esa and Redmine are a sandbox."""

    root: Path
    sandbox: Sandbox

    @classmethod
    def make(cls, root: Path, sandbox: Sandbox, *, audit: int = 0) -> Workspace:
        """Write kb.toml and open the workspace."""
        workspace = cls(root, sandbox)
        workspace.configure(audit=audit)
        return workspace

    def configure(self, **sync: int) -> None:
        """Write kb.toml with these settings under `[sync]`."""
        lines = ["[esa]", 'team = "docs"', "[redmine]", f'url = "{self.sandbox.redmine}"', "[sync]"]
        lines += [f"{name} = {value}" for name, value in sync.items()]
        (self.root / "kb.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    @property
    def mirror(self) -> Path:
        """The mirror's file."""
        return self.root / ".kb" / "mirror.db"

    @property
    def environment(self) -> dict[str, str]:
        """What `kb` needs to reach the sandbox."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ESA_", "REDMINE_", "KB_"))}
        return {**kept, **self.sandbox.credentials}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a `kb` command."""
        return subprocess.Popen(
            [sys.executable, "-m", "kb", *arguments],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def sync(self, *arguments: str, within_s: float = 300) -> tuple[int, Row, str]:
        """Run `kb sync --json` to its end: exit code, figures by source, what it said."""
        done = subprocess.run(
            [warm_kb().program, "sync", "--json", *arguments],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=within_s,
        )
        return done.returncode, json.loads(done.stdout)["sources"] if done.stdout.strip() else {}, done.stderr

    def killed_sync(self, after_s: float, *arguments: str) -> bool:
        """Run `kb sync` and kill it after a while. Gives whether it was still running then."""
        with self.start("sync", *arguments) as process:
            time.sleep(after_s)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        return process.returncode == -signal.SIGKILL

    def differences(self, quiet: Collection[str] = (), moved: Collection[str] = ()) -> list[str]:
        """What differs between the mirror and the servers (torture_kit.compare)."""
        return differences(self.mirror, self.sandbox.dump("esa"), self.sandbox.dump("redmine"), quiet, moved)


def moment(chance: random.Random, longest_s: float) -> float:
    """When to kill: any time between the first request and a little after the usual end."""
    return chance.uniform(0.2, max(0.4, longest_s * 1.05))
