"""Secrets that are set aside: with the key they were named with, and not without it."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kb.lint.waivers.decisions import render_decision, rotation_decision
from kb.mirror.history.state import StateDb
from kb.mirror.history.timeline import MovementKind, Timeline
from kb.secrets.masking.mask import make_id_of_value, make_key_id

Call = Callable[..., Any]

PAGE = "## 管理画面\n\nID: opsadmin\nパスワード: {}\n"
VALUE = "Kumo7-Hikari"
KEY, OTHER = "11" * 32, "22" * 32
KEY_ID, OTHER_ID = (make_key_id(bytes.fromhex(key)) for key in (KEY, OTHER))


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`script(*lines)`: what standard input gives."""
    return lambda *lines: monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


@pytest.fixture
def team(posts: Any, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One page with one password, under a key of the environment."""
    posts.put((1, "監視の手順", PAGE.format(VALUE)), category="手順")
    monkeypatch.setenv("KB_KEY", KEY)
    return workspace


def found(kb: Call) -> list[tuple[object, str]]:
    return kb("lint", "--select", "SEC", "--format", "jsonl").codes  # type: ignore[no-any-return]


def test_an_accepted_password_comes_back_with_another_key_and_goes_with_its_own(
    kb: Call, team: Path, script: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    script("a 撤去ずみの機器")
    said = kb("triage", "--select", "SEC", "--by", "小野")
    assert "受け入れ 1" in said.err
    assert f'key = "{KEY_ID}"' in (team / "kb-decisions.toml").read_text("utf-8")
    assert found(kb) == []
    monkeypatch.setenv("KB_KEY", OTHER)
    said = kb("lint", "--select", "SEC")
    assert "SEC101" in said.out
    for words in ("kb-decisions.toml の、鍵で印を付けた項目 1 件", KEY_ID, OTHER_ID, "kb key import", "KB_KEY"):
        assert said.err.count(words) == 1
    assert KEY_ID not in kb("lint", "--select", "INC").err
    script("q")
    assert f"鍵 {KEY_ID} で作られています" in kb("triage", "--select", "SEC").err
    monkeypatch.setenv("KB_KEY", KEY)
    assert found(kb) == []
    assert KEY_ID not in kb("lint", "--select", "SEC").err


def test_an_accepted_password_that_was_changed_in_its_place_is_another(
    kb: Call, team: Path, posts: Any, script: Callable[..., None]
) -> None:
    script("a 撤去ずみの機器")
    kb("triage", "--select", "SEC", "--by", "小野")
    posts.put((1, "監視の手順", PAGE.format("Asa9-Kirisame")), category="手順")
    assert found(kb) == [("esa:1", "SEC101")]


def test_a_finding_on_anything_else_names_no_key(kb: Call, team: Path, posts: Any, script: Callable[..., None]) -> None:
    posts.put(
        (
            2,
            "止まった",
            "## 影響\n10:00 に停止した。\n\n## 原因\n停止したため。\n\n## 対応\n再起動した。\n\n## 再発防止\nTODO\n",
        )
    )
    script("a 機能を廃止するため")
    assert "受け入れ 1" in kb("triage", "--select", "INC402", "--by", "小野").err
    assert "key" not in (team / "kb-decisions.toml").read_text("utf-8")


def _baselined(kb: Call, team: Path) -> str:
    """A baseline that holds the password: its entry is one somebody wrote, since secrets press."""
    row = next(row for row in kb("lint", "--select", "SEC", "--format", "jsonl").rows if row["code"] == "SEC101")
    text = (
        f'format = 1\nkey = "{KEY_ID}"\n\n[[finding]]\ndoc = "esa:1"\npart = "body"\n'
        f'code = "SEC101"\nrule = "password"\ncontent = "{row["content"]}"\ncount = 1\n'
    )
    (team / "kb-baseline.toml").write_text(text, encoding="utf-8")
    return text


def test_a_baselined_password_comes_back_with_another_key_and_its_entry_stays(
    kb: Call, team: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = _baselined(kb, team)
    assert found(kb) == []
    monkeypatch.setenv("KB_KEY", OTHER)
    said = kb("lint", "--select", "SEC")
    assert "SEC101" in said.out
    for words in ("kb-baseline.toml の、鍵で印を付けた項目 1 件", KEY_ID, OTHER_ID):
        assert said.err.count(words) == 1
    assert "もう当たらない" not in said.err
    for more in ((), ("--accept-new",)):
        said = kb("lint", "--select", "SEC", "--update-baseline", *more)
        assert "変わりません" in said.err
        assert said.err.count(f"鍵 {KEY_ID} で") == 1
        assert (team / "kb-baseline.toml").read_text("utf-8") == text
    monkeypatch.setenv("KB_KEY", KEY)
    assert found(kb) == []


def test_a_baselined_password_that_was_removed_leaves_with_its_key(
    kb: Call, team: Path, posts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = _baselined(kb, team)
    posts.put((1, "監視の手順", "移した"), category="手順")
    monkeypatch.setenv("KB_KEY", OTHER)
    kb("lint", "--select", "SEC", "--update-baseline")
    assert (team / "kb-baseline.toml").read_text("utf-8") == text
    monkeypatch.setenv("KB_KEY", KEY)
    kb("lint", "--select", "SEC", "--update-baseline")
    assert (team / "kb-baseline.toml").read_text("utf-8") == "format = 1\n"


def test_without_a_key_nothing_can_be_set_aside_and_kb_says_so(
    kb: Call, folder: Path, script: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "memo.md").write_text(PAGE.format(VALUE), encoding="utf-8")
    script("a 撤去ずみ", "z 2w", "q")
    said = kb("triage", "memo.md", "--select", "SEC", "--by", "小野")
    assert said.out.count("鍵がないので") == 2
    assert "KB_KEY" in said.out
    assert not (folder / "kb-decisions.toml").exists()
    said = kb("lint", "memo.md", "--select", "SEC", "--update-baseline", "--accept-new")
    assert "秘密 1 件は加えません。鍵がないので" in said.err
    assert said.code == 1
    assert not (folder / "kb-baseline.toml").exists()
    assert not (folder / ".kb").exists()
    monkeypatch.setenv("KB_KEY", KEY)
    script("a 撤去ずみ")
    assert "受け入れ 1" in kb("triage", "memo.md", "--select", "SEC", "--by", "小野").err
    monkeypatch.delenv("KB_KEY")
    said = kb("lint", "memo.md", "--select", "SEC")
    assert said.code == 1
    assert f"鍵 {KEY_ID} で作られています（ここには鍵がありません）" in said.err


def test_the_files_of_a_team_hold_no_value_that_stands_in_a_title(
    kb: Call, team: Path, script: Callable[..., None]
) -> None:
    from kb.mirror.documents import SourceRow
    from kb.mirror.store import Mirror
    from kb.model.document import Kind, Source

    title = f"パスワード: {VALUE}"
    body = "## 影響\n10:00 に停止した。\n\n## 原因\n停止したため。\n\n## 対応\n再起動した。\n\n## 再発防止\nTODO\n"
    doc = f"redmine:wiki:ops/{title}"
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put([SourceRow(Source.REDMINE, Kind.WIKI, f"ops/{title}", doc, title, body, {})])
    kb("lint", "--select", "INC203", "--update-baseline")
    assert kb("lint", "--select", "INC203", "--format", "jsonl").rows == []
    assert "変わりません" in kb("lint", "--select", "INC203", "--update-baseline").err
    script(*["a 撤去ずみ"] * 5)
    assert "受け入れ 2" in kb("triage", "--select", "SEC").err
    for name in ("kb-baseline.toml", "kb-decisions.toml"):
        text = (team / name).read_text("utf-8")
        assert "redmine:wiki:ops/" in text
        assert VALUE not in text


def test_a_rotated_value_on_a_page_is_still_told(kb: Call, team: Path) -> None:
    row = kb("lint", "--select", "SEC", "--format", "jsonl").rows[0]
    entry = rotation_decision(row["value_id"], by="小野", on="2025-06-01", key=KEY_ID)
    (team / "kb-decisions.toml").write_text(render_decision(entry), encoding="utf-8")
    assert found(kb) == [("esa:1", "SEC101")]


def test_a_lint_with_another_key_tells_no_news(
    kb: Call, team: Path, posts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = ("lint", "--select", "SEC", "--format", "jsonl", "--new-only")
    assert kb(*new).codes == [("esa:1", "SEC101")]
    monkeypatch.setenv("KB_KEY", OTHER)
    assert kb(*new).codes == []
    with StateDb(team / ".kb" / "state.db", readonly=True) as state:
        ways = Timeline(state).figures(datetime(2025, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC))
        assert (ways[MovementKind.NEW], ways[MovementKind.FIXED], len(state.history.standing("SEC"))) == (0, 0, 1)
    posts.put((2, "別の手順", PAGE.format("Asa9-Kirisame")), category="手順")
    assert kb(*new).codes == [("esa:2", "SEC101")]


def test_a_value_has_one_name_in_any_width() -> None:
    key = bytes.fromhex(KEY)
    assert (
        make_id_of_value("Ｋｕｍｏ７－Ｈｉｋａｒｉ", key)
        == make_id_of_value(VALUE, key)
        != make_id_of_value(VALUE, bytes.fromhex(OTHER))
    )
