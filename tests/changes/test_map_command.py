"""kb plan move --map, typed: what a table leaves behind, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from changes.site import opened, posts
from servers import Sandbox


def test_a_table_with_mistakes_writes_no_plan_and_another_tells_what_it_does_not_know(
    sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = opened(sandbox("--profile", "nolimit", data=posts(3, "旧運用")), tmp_path, monkeypatch, capsys)
    table = tmp_path / "old-new.csv"
    here.kb("plan", "move", "--map", "old-new.csv", code=2)
    assert "kb inventory --format csv" in here.said
    table.write_text("old,new\n旧運用,\n" + "旧運用,運用\n" * 30, encoding="utf-8")
    here.kb("plan", "move", "--map", "old-new.csv", code=2)
    assert here.said.count("行目: ") == 20
    assert "使えないところが 30 か所あります。変更案は書いていません。" in here.said
    assert not (tmp_path / "plan.toml").exists()
    table.write_text("old,new\n旧運用,運用\n手順書,手順\n", encoding="utf-8")
    here.kb("plan", "move", "--map", "old-new.csv")
    assert "3 行目: 「手順書」とその下には、記事がありません。" in here.said
    assert "plan.toml に変更 3 件" in here.said
    here.kb("plan", "move", "--map", "old-new.csv", "--from", "旧運用", code=2)
