"""What is decided or baselined on a page not every member may read stands below `.kb/`, and counts like the rest."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source, Visibility

Call = Callable[..., Any]

BLANK = "## 影響\n2025/05/01 10:00 に停止\n\n## 原因\n検討中\n\n## 対応\n再起動\n\n## 再発防止\n上限を見直す\n"


@pytest.fixture
def team(workspace: Path) -> Path:
    """A page for everybody and one for some, with the same findings."""
    with Mirror.open(workspace / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        for number, visibility in ((1, Visibility.MEMBERS), (2, Visibility.PRIVATE)):
            writer.put(
                [
                    SourceRow(
                        Source.ESA, Kind.POST, str(number), f"esa:{number}", "止まった", BLANK, {}, number=number,
                        category="不具合共有", visibility=visibility, created_at="2025-05-01T00:00:00Z",
                        updated_at="2025-06-02T00:00:00Z",
                    )
                ]
            )  # fmt: skip
    return workspace


def docs(path: Path) -> set[str]:
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {line.split('"')[1] for line in lines if line.startswith("doc = ")}


def test_a_baseline_is_in_two_files_and_counts_as_one(kb: Call, team: Path) -> None:
    before = kb("lint", "--fail-on", "info")
    assert before.code == 1
    said = kb("lint", "--update-baseline")
    assert ".kb/kb-baseline.toml: " in said.err
    assert docs(team / "kb-baseline.toml") == {"esa:1"}
    assert docs(team / ".kb/kb-baseline.toml") == {"esa:2"}
    assert kb("lint", "--fail-on", "info").code == 0
    assert kb("lint", "--fail-on", "info", "--baseline", "/dev/null").code == 1
    again = kb("lint", "--update-baseline")
    assert "kb-baseline.toml: 変わりません" in again.err
    assert ".kb/" not in again.err


def test_entries_of_a_baseline_from_before_move(kb: Call, team: Path) -> None:
    kb("lint", "--update-baseline")
    shared, private = team / "kb-baseline.toml", team / ".kb/kb-baseline.toml"
    whole = f"{shared.read_text('utf-8')}\n{private.read_text('utf-8').partition('[[')[1]}"
    shared.write_text(whole + private.read_text("utf-8").partition("[[")[2], "utf-8")
    private.unlink()
    assert docs(shared) == {"esa:1", "esa:2"}
    assert kb("lint", "--fail-on", "info").code == 0
    kb("lint", "--update-baseline")
    assert docs(shared) == {"esa:1"}
    assert docs(private) == {"esa:2"}
    assert kb("lint", "--fail-on", "info").code == 0


def test_a_baseline_below_kb_holds_everything(kb: Call, team: Path) -> None:
    kb("lint", "--update-baseline", "--baseline", ".kb/mine.toml")
    assert docs(team / ".kb/mine.toml") == {"esa:1", "esa:2"}
    assert not (team / ".kb/kb-baseline.toml").exists()


def test_decisions_are_in_two_files_and_can_be_taken_back(
    kb: Call, team: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def typed(*lines: str) -> Any:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return kb("triage", "--by", "小野")

    said = typed(*["a 理由"] * 40)
    assert ".kb/kb-decisions.toml" in said.out + said.err
    assert docs(team / "kb-decisions.toml") == {"esa:1"}
    assert docs(team / ".kb/kb-decisions.toml") == {"esa:2"}
    assert "決めるべき指摘はありません" in typed("q").err
    assert kb("lint", "--fail-on", "info").code == 0
    for name in ("kb-decisions.toml", ".kb/kb-decisions.toml"):
        (team / name).unlink()
    typed("a 理由", "b", "q")
    assert docs(team / "kb-decisions.toml") | docs(team / ".kb/kb-decisions.toml") == set()


def test_what_is_passed_on_counts_what_every_member_may_read(kb: Call, team: Path) -> None:
    said = kb("lint", "--format", "markdown", "--fail-on", "info")
    assert "文書 1 件" in said.out.replace("\\", "")
    assert "読める人が限られた文書の" in said.out
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.mark_gone(next(stored.id for stored in mirror.documents(doc="esa:1")))
    assert kb("lint", "--format", "markdown", "--fail-on", "info").code == 0
    assert kb("lint", "--fail-on", "info").code == 1
