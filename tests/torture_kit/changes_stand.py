"""A sandbox, a workspace that mirrors it, and the process that runs kb in it: what the state machine stands on."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from changes.site import accepted
from servers import Sandbox, run_sandbox
from torture_kit.changes_orders import change, rows
from torture_kit.changes_truth import Esa

from kb.model.plan import Verb, new_plan
from kb.plan.file.render import render_plan

RUNNER = Path(__file__).with_name("changes_runner.py")
BEGAN = "2026-11-26T00:00:00+00:00"
EPOCH = 1_795_651_200.0
"""The same moment, as the runs' clock tells it."""


@dataclass(slots=True)
class Ran:
    """One call: its code (-9 when it was killed), what it said, and its trace."""

    code: int
    out: str
    err: str
    trace: list[dict[str, Any]]


@dataclass(slots=True)
class Stand:
    """All that is made once. `fresh` gives a workspace as it was after the first sync, the sandbox as it was loaded."""

    sandbox: Sandbox
    runner: subprocess.Popen[str] = field(repr=False)
    root: Path
    number: int = 0

    @property
    def folder(self) -> Path:
        """The present workspace."""
        return self.root / f"w{self.number}"

    def fresh(self) -> None:
        """Begin anew."""
        if self.number:
            shutil.rmtree(self.folder)
        self.number += 1
        self.sandbox.reset()
        self.sandbox.clock(now=BEGAN, frozen=True)
        shutil.copytree(self.root / "template", self.folder)

    def warm(self) -> None:
        """Let the runner import and compile all that a run needs."""
        post = Esa.of(list(rows())).posts[1]
        changes = [change("esa:1", 1, post.values, {"category": "移動先"}, Verb.MOVE)]
        plan = new_plan("docs", "2026-01-01T00:00:00Z", "0", changes, redmine=self.sandbox.redmine)
        (self.folder / "warm.toml").write_text(render_plan(accepted(plan)), encoding="utf-8")
        self.run(["apply", "warm.toml", "--allow", "9"], warm=True)

    def run(self, argv: list[str], skipped: float = 0.0, mutant: str = "", **order: Any) -> Ran:
        """Carry out one command, with all that is to happen to it."""
        trace, out, err = (self.folder / name for name in ("trace", "out", "err"))
        trace.unlink(missing_ok=True)
        asked = {
            "argv": [*argv, "--debug"], "folder": str(self.folder), "trace": str(trace), "out": str(out),
            "err": str(err), "epoch": EPOCH, "skipped": skipped, "control": self.sandbox.esa,
            "environment": self.sandbox.credentials,
            "happenings": [], "ends": [], "at_once": 50, "many": 20, "mutant": mutant,
            "warm": False, "keeps": False, **order,
        }  # fmt: skip
        assert self.runner.stdin
        assert self.runner.stdout
        self.runner.stdin.write(json.dumps(asked, ensure_ascii=False) + "\n")
        self.runner.stdin.flush()
        line = self.runner.stdout.readline()
        assert line, "the runner has ended"
        told = trace.read_text(encoding="utf-8").splitlines() if trace.exists() else []
        return Ran(
            json.loads(line)["code"], out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"),
            [json.loads(each) for each in told],
        )  # fmt: skip


@contextlib.contextmanager
def standing(data: Sequence[dict[str, Any]] = ()) -> Iterator[Stand]:
    """A stand in a folder of its own: in memory where that is possible, since journals wait for their disk.

    `data` are the sandbox's rows, else those of torture_kit.changes_orders.
    """
    memory = Path("/dev/shm")  # noqa: S108 - a folder with a name nobody can guess is made in it
    with (
        tempfile.TemporaryDirectory(prefix="kb-changes-", dir=memory if os.access(memory, os.W_OK) else None) as name,
        run_sandbox("--profile", "nolimit", data=data or rows(), folder=Path(name)) as sandbox,
    ):
        root = Path(name)
        command = [sys.executable, str(RUNNER)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as runner:
            try:
                stand = Stand(sandbox, runner, root)
                template = root / "template"
                template.mkdir()
                text = f'[esa]\nteam = "docs"\n[redmine]\nurl = "{sandbox.redmine}"\n'
                (template / "kb.toml").write_text(text, encoding="utf-8")
                sandbox.clock(now=BEGAN, frozen=True)
                template.rename(stand.folder)
                ran = stand.run(["sync"])
                assert ran.code == 0, ran.err
                stand.folder.rename(template)
                stand.fresh()
                stand.warm()
                yield stand
            finally:
                assert runner.stdin
                runner.stdin.close()


def line(event: dict[str, Any]) -> str:
    """An event of a trace in one line, for whoever has to find out what went wrong."""
    rest = {key: value for key, value in event.items() if key not in ("t", "now", "on", "places")}
    if event["t"] == "plan":
        return (
            f"  plan {[(each['identity'], each['target'], each['before'], each['after']) for each in event['changes']]}"
        )
    if event["t"] == "entry":
        rest = event["entry"]
    if event["t"] == "send":
        query = re.findall(r"number:(\d+)|in:\"([^\"]*)|issue_id=([\d,]+)", event["query"])
        what = " ".join("".join(each) for each in query)
        rest = {key: value for key, value in rest.items() if key in ("body", "fault", "nth") and value is not None}
        return f"  → {event['method']} {event['path']} {what} {rest}"
    return f"  {event['t']} {rest}"
