"""`kb lint` on JSON lines and files: what a person types, sees, and gets as exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.rules import registry

Call = Callable[..., Any]

PAGE = """## 影響と経緯
2025/06/03 の 09:40 から、新規登録 62 件で番号が空になった。

## 原因
番号の表の残りが 0 件になった。残数を知らせる仕組みがなかった。

## 対応
番号を 20 万件補充した。

## 再発防止
"""


def jsonl(folder: Path, *rows: dict[str, Any] | str) -> str:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / "in.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return "in.jsonl"


def post(number: int | str, end: str = "TODO") -> dict[str, Any]:
    return {"id": number, "full_name": f"不具合共有/2025/番号が発行されない {number}", "body_md": PAGE + end + "\n"}


def test_input_needs_no_workspace(kb: Call, folder: Path) -> None:
    said = kb("lint", "--input", jsonl(folder, post(7), post("7")), "--format", "jsonl", "--pages")
    assert said.code == 1
    assert said.codes == [(7, "INC402"), ("7", "INC402")]
    found, page = said.rows[:2]
    assert (found["rule"], found["line"], found["severity"]) == ("prevention-placeholder", 11, "error")
    assert page == {"doc": 7, "kind": "incident", "is_incident": True, "reason": page["reason"]}


def test_a_bad_line_is_numbered_and_the_rest_is_judged(kb: Call, folder: Path) -> None:
    said = kb("lint", "--input", jsonl(folder, post(1), "{oops", post(2)), "--format", "jsonl")
    assert said.code == 2
    assert said.codes == [(1, "INC402"), (2, "INC402")]
    assert "in.jsonl 2 行目: JSON として読めません" in said.err


def test_many_bad_lines_are_told_in_part(kb: Call, folder: Path) -> None:
    said = kb("lint", "--input", jsonl(folder, *["{"] * 50, post(1)))
    assert said.err.count("行目: ") == 20
    assert "このような行がほかに 30 件あります。" in said.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 1),
        (("--exit-zero",), 0),
        (("--select", "INC203"), 0),
        (("--ignore", "prevention-placeholder,INC2"), 0),
        (("--select", "INC4", "--select", "cause-shallow"), 1),
        (("--select", "INC9"), 2),
        (("--min-confidence", "sure"), 2),
        (("--format", "pdf"), 2),
        (("--jobs", "-1"), 2),
    ],
)
def test_exit_codes_and_switches(kb: Call, folder: Path, words: tuple[str, ...], code: int) -> None:
    assert kb("lint", "--input", jsonl(folder, post(1)), *words).code == code


def test_a_warning_fails_only_when_asked(kb: Call, folder: Path) -> None:
    body = PAGE.replace("番号の表の残りが 0 件になった。残数を知らせる仕組みがなかった。", "採番サーバが停止したため。")
    row = {
        "id": 1,
        "full_name": "不具合共有/a",
        "body_md": body + "- 残数の監視を追加する（担当: 野口 / 期限: 次のリリース）\n",
    }
    path = jsonl(folder, row)
    assert kb("lint", "--input", path, "--format", "jsonl").codes == [(1, "INC203")]
    assert kb("lint", "--input", path).code == 0
    assert kb("lint", "--input", path, "--fail-on", "warning").code == 1


def test_min_confidence_hides_and_counts(kb: Call, folder: Path) -> None:
    path = jsonl(folder, post(1))
    low = kb("lint", "--input", path, "--format", "json", "--min-confidence", "low")
    high = kb("lint", "--input", path, "--format", "json", "--min-confidence", "high")
    for said in (low, high):
        counts = json.loads(said.out)["counts"]
        assert counts["findings"] + counts["below_confidence"] == 1


def test_json_counts_what_could_not_be_used(kb: Call, folder: Path) -> None:
    (folder / "bad.jsonl").write_text("x\n{}\n[1]\n", encoding="utf-8")
    said = kb("lint", "--input", "bad.jsonl", "--format", "json")
    assert json.loads(said.out)["counts"]["unusable"] == 3
    assert said.code == 2


def test_files_are_named_as_they_were_given(kb: Call, folder: Path) -> None:
    (folder / "不具合共有").mkdir()
    (folder / "不具合共有" / "a.md").write_text("# 番号が発行されない\n" + PAGE + "検討中\n", encoding="utf-8")
    said = kb("lint", "不具合共有")
    assert said.out.splitlines()[1].startswith("  不具合共有/a.md:12  番号が発行されない")
    assert "「検討中」" in said.out
    assert said.code == 1


def test_a_missing_file_is_one_sentence(kb: Call, folder: Path) -> None:
    said = kb("lint", "nope.md")
    assert (said.code, said.out) == (2, "")
    assert said.err == "nope.md がありません。\n→ パスを確かめてください。\n"


def test_nothing_to_read_names_two_ways_on(kb: Call, folder: Path) -> None:
    said = kb("lint")
    assert said.code == 2
    assert "判定するものがありません" in said.err
    assert "kb init" in said.err


def test_the_last_line_counts_and_names_what_comes_next(kb: Call, folder: Path) -> None:
    path = jsonl(folder, post(1), post(2, "- 監視を追加する（担当: 野口 / 期限: 次のリリース）"))
    last = kb("lint", "--input", path).err.splitlines()[-1]
    assert last.startswith("指摘 1 件（エラー 1、警告 0）、文書 2 件、")
    assert last.endswith("→ kb explain INC402")
    assert "→" not in kb("lint", "--input", path, "--select", "INC302").err


def test_it_speaks_english(kb: Call, folder: Path) -> None:
    said = kb("--lang", "en", "lint", "--input", jsonl(folder, post(1)))
    assert said.out.startswith("error   INC402 Prevention is not decided yet")
    assert "Prevention is not decided yet" in said.out
    assert "1 finding (1 error, 0 warnings), 1 document, " in said.err


def test_statistics_replace_the_rows(kb: Call, folder: Path) -> None:
    said = kb("lint", "--input", jsonl(folder, post(1), post(2)), "--statistics")
    assert said.out == "2 エラー INC402 prevention-placeholder\n"


def test_both_engines_give_the_same_output(kb: Call, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kb.lint.engine import work

    path = jsonl(folder, *(post(number, "検討中" if number % 2 else "- 監視を追加（済）") for number in range(20)))
    outs = []
    for engine in ("", "re"):
        monkeypatch.setenv("KB_GATE", engine)
        work.build_judge.cache_clear()
        outs.append(kb("lint", "--input", path, "--format", "jsonl", "--pages").out)
    work.build_judge.cache_clear()
    assert outs[0] == outs[1]
    assert outs[0].count("INC402") == 10


def test_a_title_cannot_steer_the_terminal(kb: Call, folder: Path) -> None:
    row = post(1) | {"full_name": "不具合共有/\x1b]0;owned\x07\x1b[2J\u202e題名"}
    said = kb("lint", "--input", jsonl(folder, row))
    assert "\x1b" not in said.out
    assert "\u202e" not in said.out
    assert "題名" in said.out


def test_explain_takes_a_code_or_a_name_and_lists_all(kb: Call, folder: Path) -> None:
    assert kb("explain", "INC402").out == kb("explain", "prevention-placeholder").out
    assert "なぜ" in kb("explain", "inc402").out
    assert "Why" in kb("--lang", "en", "explain", "INC402").out
    listed = kb("explain")
    assert listed.code == 0
    assert [line.split()[0] for line in listed.out.splitlines()] == [rule.code for rule in registry.load_rules()]
    some = kb("explain", "inc40").out.splitlines()
    assert [line.split()[0] for line in some] == [r.code for r in registry.load_rules() if r.code.startswith("INC40")]
    unknown = kb("explain", "prevention-place")
    assert unknown.code == 2
    assert "prevention-placeholder ではありませんか" in unknown.err


def test_a_lone_dash_is_standard_input(folder: Path) -> None:
    words = [sys.executable, "-m", "kb", "lint", "-", "--format", "jsonl", "--select", "INC402", "--exit-zero"]
    row = json.dumps(post(7))
    done = subprocess.run(words, cwd=folder, input=row, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"INC402"' in done.stdout
