"""`kb lint --items`: one object an action, from lines, files and the mirror."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BODY = """## 影響と経緯
2025/06/03 の 09:40 から、新規登録 62 件で番号が空になった。

## 原因
番号の残りを誰も見ていなかった。上限を決めた版で監視を足さなかったため。

## 対応
上限を引き上げた。

## 再発防止
- [x] 残数が 1 万件を切ったら通知する（担当: 野口・大野 / 期限: 2025-06-20）#41
- [ ] 発行の前に残数を確かめる検査を足す
- ~~番号を UUID に替える~~ 見送り: 機器が受け付けないため
- 登録の担当に周知する
- TODO
"""
ITEMS = ("lint", "--format", "jsonl", "--items", "--select", "SEC", "--exit-zero")

Call = Callable[..., Any]


def actions(said: Any) -> list[dict[str, Any]]:
    return [row["item"] for row in said.rows if "item" in row]


def write_rows(folder: Path, *rows: dict[str, Any]) -> str:
    path = folder / "in.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def post(number: int | str, body: str = BODY) -> dict[str, Any]:
    return {
        "id": number,
        "full_name": "不具合共有/番号が空になる",
        "body_md": body,
        "created_at": "2025-06-04T09:00:00Z",
    }


def test_an_action_has_the_fields_of_the_contract(kb: Call, folder: Path) -> None:
    said = kb(*ITEMS, "--input", write_rows(folder, post(7)))
    first = said.rows[0]
    assert first == {
        "doc": 7,
        "part": "body",
        "item": {
            "line": 11,
            "column": 7,
            "end_line": 11,
            "end_column": len("- [x] 残数が 1 万件を切ったら通知する（担当: 野口・大野 / 期限: 2025-06-20）#41") + 1,
            "role": "prevention",
            "owner": ["野口", "大野"],
            "due": "2025-06-20",
            "timely": True,
            "state": "done",
            "tickets": ["#41"],
            "weak": False,
        },
    }


def test_placeholders_are_no_actions_and_what_says_nothing_is_open(kb: Call, folder: Path) -> None:
    said = kb(*ITEMS, "--input", write_rows(folder, post(7)))
    found = [(each["line"], each["state"], each["weak"]) for each in actions(said)]
    assert found == [(11, "done", False), (12, "open", False), (13, "cancelled", False), (14, "open", True)]
    assert actions(said)[1] | {"line": 0, "column": 0, "end_line": 0, "end_column": 0} == {
        "line": 0,
        "column": 0,
        "end_line": 0,
        "end_column": 0,
        "role": "prevention",
        "owner": [],
        "due": None,
        "timely": False,
        "state": "open",
        "tickets": [],
        "weak": False,
    }


def test_an_action_below_two_headings_in_one_is_written_once(kb: Call, folder: Path) -> None:
    body = BODY.replace("## 再発防止", "## 恒久対応・再発防止")
    assert len(actions(kb(*ITEMS, "--input", write_rows(folder, post(7, body))))) == 4


def test_a_permanent_fix_is_an_action_and_a_status_is_none(kb: Call, folder: Path) -> None:
    body = BODY + "\n## 恒久対応\n- 番号の桁を増やす\n\n## 状態\n対応中\n"
    roles = [each["role"] for each in actions(kb(*ITEMS, "--input", write_rows(folder, post(7, body))))]
    assert roles == ["prevention"] * 4 + ["fix.perm"]


def test_a_section_on_prevention_has_actions_on_pages_that_are_no_incidents(kb: Call, folder: Path) -> None:
    minutes = "# 朝会 議事録\n\n## 参加者\n佐藤\n\n## 再発防止\n- [ ] 監視を足す（大野）\n\n## 決定事項\n次回は 5/9\n"
    row = {"id": 1, "full_name": "議事録/朝会", "body_md": minutes, "created_at": "2025-06-04T09:00:00Z"}
    said = kb(*ITEMS[:-3], "--select", "INC,SEC", "--pages", "--exit-zero", "--input", write_rows(folder, row))
    assert [(each["line"], each["owner"]) for each in actions(said)] == [(7, ["大野"])]
    assert [each["is_incident"] for each in said.rows if "is_incident" in each] == [False]
    assert [each for each in said.rows if "code" in each] == []


def test_pages_that_explain_such_sections_have_no_actions(kb: Call, folder: Path) -> None:
    template = "## 再発防止\n- [ ] （対策を書く）（担当・期限）\n"
    glossary = (
        "再発防止\n: 同じことで止まらないようにする取り組み。TODO のままにしない。\n\n根本原因\n: その先にあるもの。\n"
    )
    guide = "## 再発防止\n- [ ] 監視を足す（大野）\n"
    rows = [
        {"id": number, "full_name": name, "body_md": body, "created_at": "2025-06-04T09:00:00Z"}
        for number, (name, body) in enumerate(
            [("Templates/障害報告", template), ("用語/ことば", glossary), ("手順/障害報告の書き方", guide)]
        )
    ]
    assert actions(kb(*ITEMS, "--input", write_rows(folder, *rows))) == []


def test_json_holds_the_actions_in_one_list(kb: Call, folder: Path) -> None:
    rows = write_rows(folder, post(1), post(2))
    whole = json.loads(kb("lint", "--format", "json", "--items", "--input", rows, "--exit-zero").out)
    assert list(whole) == ["format", "findings", "pages", "items", "counts"]
    assert [each["doc"] for each in whole["items"]] == [1] * 4 + [2] * 4
    assert whole["pages"] == []


def test_actions_of_files_and_of_the_mirror(kb: Call, posts: Any, folder: Path) -> None:
    posts.put((1, "番号が空になる", BODY), (2, "メモ", "本文\n"))
    mirrored = [row for row in kb(*ITEMS).rows if "item" in row]
    assert [row["doc"] for row in mirrored] == ["esa:1"] * 4
    assert kb(*ITEMS).rows == kb(*ITEMS[:-3], "--select", "INC,SEC", "esa:1", "--ignore", "INC", "--exit-zero").rows
    (folder / "a.md").write_text(f"# 番号が空になる\n\n{BODY}", encoding="utf-8")
    assert len(actions(kb(*ITEMS, "a.md"))) == 4


def test_a_value_told_elsewhere_is_masked_in_owner_and_ticket(kb: Call, folder: Path) -> None:
    value = "Kv7tRq2mZx"
    body = BODY.replace("担当: 野口・大野", f"担当: {value}").replace("#41", f"https://rm.example/issues/{value}")
    rows = write_rows(folder, post(1, body), post(2, f"DB password: {value}\n"))
    for style in ("json", "jsonl"):
        said = kb("lint", "--input", rows, "--format", style, "--items", "--exit-zero")
        assert '"item"' in said.out or '"items"' in said.out
        assert value not in said.out + said.err


@pytest.mark.parametrize("style", ["text", "sarif", "github", "junit", "markdown", "html"])
@pytest.mark.parametrize(("lang", "says"), [("ja", "json と jsonl だけ"), ("en", "json or jsonl only")])
def test_other_formats_say_that_they_cannot_write_actions(
    kb: Call, folder: Path, style: str, lang: str, says: str
) -> None:
    said = kb("--lang", lang, "lint", "--input", write_rows(folder, post(1)), "--items", "--format", style)
    assert said.code == 2
    assert says in said.err
    assert said.out == ""
