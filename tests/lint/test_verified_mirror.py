"""Marks of having verified a page, through a lint of the mirror: kept between runs, and looked at each day anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source

Call = Callable[..., Any]
LINT = ("lint", "--format", "jsonl", "--select", "PST101,KB905")


def put(root: Path, number: int, mark: str, *, edited: str = "2025-03-01T00:00:00Z", revision: int = 1) -> None:
    row = SourceRow(
        Source.ESA,
        Kind.POST,
        str(number),
        f"esa:{number}",
        f"切り替えの手順 {number}",
        f"<!-- kb:verified {mark} -->\n\n1. 止める\n",
        {},
        number=number,
        category="運用/手順",
        wip=True,
        author="sato",
        edited_by="sato",
        created_at="2025-03-01T00:00:00Z",
        updated_at=edited,
        revision=revision,
    )
    with Mirror.open(root / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put([row])


def members(root: Path, *names: str) -> None:
    with Mirror.open(root / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.things(Source.ESA, "member", {name: {"screen_name": name, "name": ""} for name in names})


def test_a_page_is_not_stale_while_its_mark_holds(kb: Call, workspace: Path) -> None:
    members(workspace, "sato")
    put(workspace, 1, "2025-06-20 sato")
    put(workspace, 2, "2025-02-01 sato")
    ask = (*LINT, "--now")
    assert kb(*ask, "2025-07-01").codes == [("esa:2", "PST101")]
    assert kb(*ask, "2025-07-01").codes == [("esa:2", "PST101")]  # as kept
    assert kb(*ask, "2025-12-18").codes == [("esa:1", "PST101"), ("esa:2", "PST101")]
    put(workspace, 1, "2025-06-20 sato", edited="2025-06-22T00:00:00Z", revision=2)
    assert kb(*ask, "2025-07-01").codes == [("esa:2", "PST101")]  # edited since, and not long ago
    assert kb(*ask, "2025-10-01").codes == [("esa:1", "PST101"), ("esa:2", "PST101")]


def test_the_days_are_those_of_kb_toml(kb: Call, workspace: Path) -> None:
    members(workspace, "sato")
    put(workspace, 1, "2025-06-20 sato")
    assert kb(*LINT, "--now", "2025-07-05").codes == []
    (workspace / "kb.toml").write_text('[esa]\nteam = "docs"\n[owners]\nverified_days = 10\n', encoding="utf-8")
    assert kb(*LINT, "--now", "2025-07-05").codes == [("esa:1", "PST101")]


def test_a_name_of_a_mark_is_looked_up_among_those_there_are_today(kb: Call, workspace: Path) -> None:
    put(workspace, 1, "2025-06-20 ono")
    ask = (*LINT, "--now", "2025-07-01")
    assert kb(*ask).codes == []  # nobody is known yet
    members(workspace, "sato")
    assert kb(*ask).codes == [("esa:1", "KB905")]
    (workspace / "kb.toml").write_text('[esa]\nteam = "docs"\n[people.same]\nsato = "ono"\n', encoding="utf-8")
    assert kb(*ask).codes == []
