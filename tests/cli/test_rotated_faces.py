"""After `kb secrets rotated` every face asks to clean the page: the value is dead, and only its text is left."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Markup, Source
from kb.secrets.masking.mask import make_id_of_value

Call = Callable[..., Any]

KEY = "11" * 32
DEAD, ALIVE, NEXT = "Kumo7-Hikari", "Asa9-Kirisame", "Yoru3-Tsukikage"
PAGE = "## 管理画面\n\nID: opsadmin\nパスワード: {}\n"
SEC = ("lint", "--select", "SEC")


def put(team: Path, number: int, value: str) -> None:
    url = f"https://docs.esa.io/posts/{number}"
    body = PAGE.format(value)
    row = SourceRow(
        Source.ESA, Kind.POST, str(number), f"esa:{number}", "監視の手順", body, {}, url=url, markup=Markup.MARKDOWN
    )
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put([row])


@pytest.fixture
def team(workspace: Path, monkeypatch: pytest.MonkeyPatch, kb: Call) -> Path:
    """Two pages with a password each; that of the first was changed."""
    monkeypatch.setenv("KB_KEY", KEY)
    put(workspace, 1, DEAD)
    put(workspace, 2, ALIVE)
    said = rotate(kb)
    assert said.code == 0
    return workspace


def rotate(kb: Call) -> Any:
    return kb(
        "secrets", "rotated", make_id_of_value(DEAD, bytes.fromhex(KEY))[:12], "--on", "2026-11-20", "--by", "小野"
    )


def of(kb: Call, doc: str) -> list[tuple[str, str | None]]:
    """The findings on a page: how heavy each is, and on which day its value was changed."""
    rows = kb(*SEC, "--format", "jsonl", "--exit-zero").rows
    return [(row["severity"], row.get("rotated")) for row in rows if row["doc"] == doc]


def test_a_changed_value_is_a_warning_to_clean_its_page(kb: Call, team: Path) -> None:
    assert of(kb, "esa:1") == [("warning", "2026-11-20")]
    assert of(kb, "esa:2") == [("error", None)]
    (row,) = [row for row in kb(*SEC, "--format", "jsonl", "--exit-zero").rows if row["doc"] == "esa:1"]
    assert "2026-11-20 に更新済み" in row["message"]
    assert "値を変更し" not in row["message"]
    assert "take the old one off" in kb("--lang", "en", *SEC, "--exit-zero").out.lower()


def test_what_is_alive_stands_above_what_is_dead(kb: Call, team: Path) -> None:
    said = kb(*SEC, "--explain-finding").out
    assert said.index("esa:2:4") < said.index("esa:1:4")
    assert "2026-11-20 に更新済み（消すだけ）" in said


def test_a_page_with_nothing_but_dead_values_fails_no_check_for_errors(kb: Call, team: Path) -> None:
    put(team, 2, "1Password を参照")
    assert kb(*SEC).code == 0
    assert kb(*SEC, "--fail-on", "warning").code == 1


def test_a_dead_value_in_a_new_place_is_a_new_matter(kb: Call, team: Path) -> None:
    put(team, 3, DEAD)
    assert (of(kb, "esa:1"), of(kb, "esa:3")) == ([("warning", "2026-11-20")], [("error", None)])
    shown = kb("secrets", "list").out
    assert "更新のあとに見つかった" in shown
    assert "更新済み。ページから消すだけ" not in shown
    rotate(kb)
    assert of(kb, "esa:3") == [("warning", "2026-11-20")]


def test_a_new_value_on_the_line_of_a_dead_one_is_a_new_matter(kb: Call, team: Path) -> None:
    put(team, 1, NEXT)
    assert of(kb, "esa:1") == [("error", None)]


def test_a_dead_value_stays_dead_where_its_page_is_edited(kb: Call, team: Path) -> None:
    put(team, 1, f"{DEAD}\n\n追記しました")
    assert of(kb, "esa:1") == [("warning", "2026-11-20")]


def test_the_list_parts_what_is_only_to_be_cleaned(kb: Call, team: Path) -> None:
    said = kb("secrets", "list")
    assert said.out.index("esa:2:4") < said.out.index("更新済み。ページから消すだけ") < said.out.index("esa:1:4")
    assert "うち 1 種類は更新済み" in said.err
    assert "値を変更してから" in said.err
    whole = json.loads(kb("secrets", "list", "--format", "json").out)
    assert whole["counts"]["rotated"] == 1
    assert [each["places"][0]["to_clean"] for each in whole["values"]] == [False, True]
    put(team, 2, "1Password を参照")
    said = kb("secrets", "list")
    assert "→ ページから値を消してください" in said.err
    assert "値を変更してから" not in said.err


def test_forms_that_travel_count_dead_values_apart(kb: Call, team: Path) -> None:
    said = kb(*SEC, "--format", "markdown", "--exit-zero").out
    assert "SEC101 password\\: 1 件。" in said
    assert "SEC101 password\\: 値は更新済みで、ページから消すだけのもの 1 件。" in said


def test_the_week_counts_dead_values_apart(kb: Call, team: Path) -> None:
    kb(*SEC, "--exit-zero")
    week = json.loads(kb("report", "--format", "json").out)
    (count,) = [each for each in week["secrets"] if each["kind"] == "password"]
    assert (count["open"], count["rotated"], count["settled"]) == (1, 1, 0)
    assert "| 1 | 1 | 0 |" in kb("report", "--format", "markdown").out
    assert "更新済み" in kb("report", "--format", "html").out
    assert "消すだけの更新済みの値 1 件" in kb("report").out


def test_today_pins_what_is_alive_and_then_asks_to_clean(kb: Call, team: Path) -> None:
    kb(*SEC, "--exit-zero")
    week = json.loads(kb("report", "--format", "json").out)
    assert week["pinned"]["what"] == "書かれた認証情報（メンバーの全員が読める 1 件）の値を変更する"
    assert not [task for task in week["today"] if task["kind"] == "rotated"]
    put(team, 2, "1Password を参照")
    week = json.loads(kb("report", "--format", "json").out)
    assert week["pinned"] is None
    assert [task["what"] for task in week["today"]] == ["更新済みの値を 1 件、ページから消す（全部で 1 件）"]


def test_kb_alone_says_how_many_are_only_to_be_cleaned(kb: Call, team: Path) -> None:
    kb(*SEC, "--exit-zero")
    assert "秘密: 2 か所（前回の kb lint。受け入れたものも。うち更新済み 1）" in kb().out


def test_triage_asks_to_clean(kb: Call, team: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(team, 2, "1Password を参照")
    monkeypatch.setattr("sys.stdin", io.StringIO("q\n"))
    said = kb("triage", "--select", "SEC")
    assert "2026-11-20 に更新済み" in said.out + said.err


def test_a_wrong_note_is_taken_back_by_deleting_it(kb: Call, team: Path) -> None:
    assert "取り消すには、kb-decisions.toml のその [[decision]] を消します" in rotate(kb).err
    (team / "kb-decisions.toml").unlink()
    assert of(kb, "esa:1") == [("error", None)]


def test_explain_says_what_a_note_does(kb: Call) -> None:
    assert "kb secrets rotated ID --on" in kb("explain", "SEC101").out


def test_a_note_without_places_is_for_every_place(kb: Call, team: Path) -> None:
    path = team / "kb-decisions.toml"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("places")), encoding="utf-8")
    put(team, 3, DEAD)
    assert of(kb, "esa:3") == [("warning", "2026-11-20")]
