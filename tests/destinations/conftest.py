"""A workspace whose mirror holds the blind team, as a sync would have written it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from destinations.teams import STACKS

from kb.cli.app import run
from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.model.plan import Plan
from kb.plan.file.parse import parse_plan

Row = dict[str, object]
MEMBERS = ("hagiwara", "minase", "tokuda", "sekine", "uotani", "noguchi")
GONE = ("kuze", "yanagi", "ebihara")


@dataclass
class Site:
    folder: Path
    capsys: pytest.CaptureFixture[str] = field(repr=False)
    said: str = ""

    def kb(self, *words: str, code: int = 0) -> str:
        got = run(list(words))
        printed = self.capsys.readouterr()
        assert got == code, f"kb {' '.join(words)} → {got}\n{printed.out}\n{printed.err}"
        self.said = printed.err
        return printed.out

    def plan(self, name: str = "plan.toml") -> Plan:
        return parse_plan((self.folder / name).read_text("utf-8"), name)


def make_workspace(
    folder: Path, state: str | None = "whole", settings: str = "", keep: Callable[[Row], bool] = lambda row: True
) -> None:
    """Write kb.toml, and a mirror of the posts kept; `state` is how the list of members came."""
    (folder / "kb.toml").write_text(f'[esa]\nteam = "biblioteam"\n{settings}', encoding="utf-8")
    (folder / ".kb").mkdir(mode=0o700)
    rows = map(json.loads, (STACKS / "docs.jsonl").read_text("utf-8").splitlines())
    with Mirror.open(folder / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        for kind, names in (("member", MEMBERS), ("unlisted-author", GONE)):
            writer.things(Source.ESA, kind, {name: {"screen_name": name} for name in names})
        writer.mark("esa.members", None if state is None else json.dumps(state))
        writer.put([_row(row) for row in rows if keep(row)])


def third(row: Row) -> bool:
    return int(str(row["number"])) % 3 == 0


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a third of the team was planned once."""
    folder = tmp_path_factory.mktemp("stacks")
    make_workspace(folder, keep=third)
    before = Path.cwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stderr(io.StringIO()) as said:
            assert run(["plan", "move", "-o", "plan.toml", "--from", "Users/*"]) == 0
    finally:
        os.chdir(before)
    (folder / "said.txt").write_text(said.getvalue(), "utf-8")
    return folder


@pytest.fixture
def site(planned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Site:
    """A copy of the planned folder."""
    folder = tmp_path / "copy"
    shutil.copytree(planned, folder)
    monkeypatch.chdir(folder)
    return Site(folder, capsys, (folder / "said.txt").read_text("utf-8"))


def _row(row: Row) -> SourceRow:
    author = dict(row["created_by"])["screen_name"]  # type: ignore[call-overload]
    number = int(str(row["number"]))
    return SourceRow(
        Source.ESA, Kind.POST, str(number), f"esa:{number}", str(row["name"]).replace("&#47;", "/"),
        str(row["body_md"]), {}, number=number, category=str(row["category"]), tags=tuple(row["tags"]),  # type: ignore[arg-type]
        wip=bool(row["wip"]), author=author, edited_by=author, created_at=str(row["created_at"]),
        updated_at=str(row["updated_at"]), url=str(row["url"]), revision=1,
    )  # fmt: skip
