"""A reader that crashes on one page: the rest is judged and told in every command, and the page is named."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from changes.site import Site, opened
from servers import Row, Sandbox

from kb.cli.app import run
from kb.model.document import Document
from kb.reading import facts

TITLE = "落ちる記事"


def incident(number: int, name: str, node: str = "web-01") -> Row:
    body = (
        f"# 障害報告: {node} の配信停止\n\n- 発生日時: 2026-11-{number:02} 10:00\n"
        f"\n## 概要\n\n{node} の配信が止まった。\n"
        "\n## 経緯\n\n10:00 検知\n10:30 復旧\n\n## 原因\n\n接続数の上限に達した。\n"
        "\n## 対応\n\n上限を 200 にして再起動した。\n\n"
        f"## 再発防止\n\n- [ ] {node} の接続数を監視に足す（担当: ono、2026-12-31）\n"
    )
    return {
        "number": number,
        "name": name,
        "category": "不具合共有/2026",
        "body_md": body,
        "created_by": {"screen_name": "mori", "name": "森 岳"}
        if name == TITLE
        else {"screen_name": "ono", "name": "小野 遥"},
    }


def patch_reader(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let a reader crash on the page of that title, wherever it is called from."""
    read: Callable[..., Any] = getattr(facts, name)

    def crash(document: Document, *more: Any, **named: Any) -> Any:
        if TITLE in document.title:
            raise IndexError("string index out of range")
        return read(document, *more, **named)

    for module in list(sys.modules.values()):
        if getattr(module, name, None) is read:
            monkeypatch.setattr(module, name, crash)


@pytest.fixture
def site(
    sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Site:
    rows = [incident(number, TITLE if number == 4 else f"【不具合】配信停止 {number}") for number in range(1, 8)]
    here = opened(sandbox("--profile", "nolimit", data=rows), tmp_path, monkeypatch, capsys)
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    (here.folder / "rows.jsonl").write_text("\n".join(lines), encoding="utf-8")
    model = here.folder / "diagrams" / "system.toml"
    model.parent.mkdir()
    model.write_text('[system]\ntitle = "team"\n[[node]]\nid = "web"\nlabel = "web-01"\n', encoding="utf-8")
    for name in ("read_facts", "read_incident"):
        patch_reader(monkeypatch, name)
    return here


NAMING = (
    "lint --all",
    "lint --all --format jsonl --items",
    "lint --all --format sarif",
    "lint --all --input rows.jsonl",
    "lint --statistics",
    "report",
    "report --format json",
    "incidents",
    "secrets list",
    "show esa:4 --findings",
    "plan done -o done.toml",
    "plan from-findings -o findings.toml",
    "search 配信 --for ono",
    "runbook web",
    "handover ono",
)
"""Commands that judge the page: they name it and end with 3."""

SILENT = (
    "search 配信",
    "search --open-tasks web-01",
    "show esa:5 --findings",
    "similar esa:5",
    "similar 配信停止",
    "plan move --from 不具合共有/2026 --to 不具合共有/済 -o move.toml",
    "inventory",
    "export out",
    "doctor",
)
"""Commands that do not need its judgement."""


def call(site: Site, line: str) -> tuple[int, str, str]:
    code = run(line.split())
    printed = site.capsys.readouterr()
    return code, printed.out, printed.err


def test_the_rest_is_judged_and_told_and_the_page_is_named(site: Site) -> None:
    for line in NAMING:
        code, out, said = call(site, line)
        assert code == 3, (line, code, said)
        assert "reading で判定できませんでした" in said + out, (line, said)
        assert "予期しない" not in said, (line, said)
    for line in SILENT:
        code, _, said = call(site, line)
        assert code == 0, (line, code, said)


def test_the_others_are_there(site: Site) -> None:
    judged = call(site, "lint --all --format jsonl --pages")[1].splitlines()
    pages = {row["doc"]: row.get("is_incident") for row in map(json.loads, judged) if "is_incident" in row}
    assert sum(bool(each) for number, each in pages.items() if number != 4) == 6
    assert "全 6 件" in call(site, "incidents")[1] or call(site, "incidents --format csv")[1].count("配信停止") == 6
    assert all(f"esa:{number} " in call(site, "search 配信 --for ono")[1] for number in range(1, 8))
