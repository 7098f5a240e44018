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
    here.kb("plan", "move", "-o", "plan.toml", "--map", "old-new.csv", code=2)
    assert "kb inventory --format csv" in here.said
    table.write_text("old,new\n旧運用,\n" + "旧運用,運用\n" * 30, encoding="utf-8")
    here.kb("plan", "move", "-o", "plan.toml", "--map", "old-new.csv", code=2)
    assert here.said.count("行目: ") == 20
    assert "使えないところが 30 か所あります。変更案は書いていません。" in here.said
    assert not (tmp_path / "plan.toml").exists()
    table.write_text("old,new\n旧運用,運用\n手順書,手順\n", encoding="utf-8")
    here.kb("plan", "move", "-o", "plan.toml", "--map", "old-new.csv")
    assert "3 行目: 「手順書」とその下には、記事がありません。" in here.said
    assert "plan.toml に変更 3 件" in here.said
    here.kb("plan", "move", "-o", "plan.toml", "--map", "old-new.csv", "--from", "旧運用", code=2)


def test_a_table_swaps_and_chains_categories_and_undo_brings_them_back(
    sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    places = ("A", "B", "2025", "2026")
    rows = [
        {**row, "category": places[at % 4], "body_md": f"[a](/#path=/{places[at % 4]})"}
        for at, row in enumerate(posts(12))
    ]
    here = opened(sandbox("--profile", "nolimit", data=rows), tmp_path, monkeypatch, capsys)
    (tmp_path / "old-new.csv").write_text("old,new\nA,B\nB,A\n2025,2026\n2026,過去/2026\n", encoding="utf-8")
    here.kb("plan", "move", "-o", "plan.toml", "--map", "old-new.csv")
    assert "分類を入れ替えます（A → B → A）" in here.said
    here.kb("review", "plan.toml", "--accept", "all")
    assert (
        "「A」は「B」へまるごと移り（3 件）、そこへ別の 3 件が入ります。" in here.kb("review", "plan.toml") + here.said
    )
    assert here.apply("--yes", "--allow", "12")["done"] == 12
    found = {row["number"]: (row["category"], row["body_md"]) for row in here.sandbox.dump("esa") if "number" in row}
    assert [found[n] for n in (1, 2, 3, 4)] == [(new, f"[a](/#path=/{new})") for new in ("B", "A", "2026", "過去/2026")]
    here.undo("last")
    found = {row["number"]: (row["category"], row["body_md"]) for row in here.sandbox.dump("esa") if "number" in row}
    assert found == {row["number"]: (row["category"], row["body_md"]) for row in rows}
