"""A workspace against a sandbox, for tests of what is sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from servers import Row, Sandbox

from kb.cli.app import run
from kb.model.facts import Confidence
from kb.model.plan import Change, Plan, SeenState, Value, Verb, digest_group, new_plan
from kb.plan.file.render import render_plan


def posts(count: int, category: str = "不具合共有/2025") -> list[Row]:
    """Rows of a data file: posts 1 to `count`."""
    return [
        {"number": n, "name": f"記事 {n}", "category": category, "body_md": f"本文 {n}", "tags": ["a"]}
        for n in range(1, count + 1)
    ]


def change(number: int, verb: Verb = Verb.MOVE, **after: Value) -> Change:
    """A change of a post of `posts`, as if it was seen at its first revision."""
    stands: dict[str, Value] = {
        "title": f"記事 {number}", "category": "不具合共有/2025", "tags": ("a",), "wip": False
    }  # fmt: skip
    before = {key: stands[key] for key in after}
    return Change(
        verb, f"esa:{number}", before, after, SeenState("2026-01-01T00:00:00Z", 1), "まとめて", "理由",
        Confidence.HIGH, title=f"記事 {number}",
    )  # fmt: skip


def accepted(plan: Plan) -> Plan:
    """The plan as `kb review --accept all` leaves it: groups of which nothing is proposed stay undecided."""
    groups = ((name, changes) for name, changes in plan.groups() if any(each.accept for each in changes))
    return replace(plan, reviewed=tuple(digest_group(name, changes) for name, changes in groups))


@dataclass(slots=True)
class Site:
    """A workspace, and the sandbox it looks at."""

    folder: Path
    sandbox: Sandbox
    capsys: pytest.CaptureFixture[str] = field(repr=False)

    def kb(self, *words: str, code: int = 0) -> str:
        """What a command prints on stdout; its exit code is checked."""
        got = run(list(words))
        printed = self.capsys.readouterr()
        assert got == code, f"kb {' '.join(words)} → {got}\n{printed.out}\n{printed.err}"
        self.said = printed.err
        return printed.out

    said: str = ""

    def plan(
        self,
        changes: Iterable[Change],
        name: str = "plan.toml",
        redmine: str = "",
        created: str = "2000-01-01T00:00:00Z",
        decided: bool = True,
    ) -> Plan:
        """Write a plan of these changes, made long ago, and `decided` on as by `kb review --accept all`."""
        plan = new_plan("docs", created, "0.1", changes, redmine=redmine)
        if decided:
            plan = accepted(plan)
        (self.folder / name).write_text(render_plan(plan), encoding="utf-8")
        return plan

    def apply(self, *words: str, code: int = 0) -> dict[str, Any]:
        """The figures of an apply."""
        return dict(json.loads(self.kb("apply", "plan.toml", "--json", *words, code=code)))

    def undo(self, name: str, *words: str, code: int = 0) -> dict[str, Any]:
        """The figures of an undo."""
        return dict(json.loads(self.kb("undo", name, "--json", "--yes", *words, code=code)))

    def post(self, number: int) -> Row:
        """A post as it stands."""
        return next(row for row in self.sandbox.dump("esa") if row["number"] == number)

    def seen(self, number: int) -> Row:
        """A post as the API shows it."""
        headers = {"Authorization": f"Bearer {self.sandbox.token}"}
        answer = httpx.get(f"{self.sandbox.esa}/v1/teams/docs/posts/{number}", headers=headers, trust_env=False)
        return dict(answer.json())

    def counted(self, system: str = "esa") -> dict[str, int]:
        """The requests since the counters were reset."""
        return self.sandbox.requests(system)

    def journal(self, name: str) -> list[dict[str, Any]]:
        """The entries of a run's journal."""
        path = self.folder / ".kb" / "runs" / f"{name}.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def opened(
    sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    redmine: str = "", extra: Sequence[str] = (),
) -> Site:  # fmt: skip
    """A workspace that has mirrored its sandbox."""
    part = f'[redmine]\nurl = "{redmine}"\n' if redmine else ""
    (folder / "kb.toml").write_text("\n".join(['[esa]\nteam = "docs"', part, *extra]), encoding="utf-8")
    monkeypatch.chdir(folder)
    sandbox.use(monkeypatch)
    site = Site(folder, sandbox, capsys)
    site.kb("sync")
    sandbox.reset(counters=True)
    return site
