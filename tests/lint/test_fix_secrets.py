"""Fixes of files that hold credentials: what holds a value is left as it was, and no diff shows one."""

from __future__ import annotations

from pathlib import Path

import pytest
from lint.test_fix_files import Run, body, category, finding, title

from kb.cli.app import run as kb
from kb.lint.fixing.edits import HOLDS_SECRET
from kb.model.finding import Edit

VALUE = "Yama3-Tsubame"
PAGE = f"""---
title: 【済】パスワードは{VALUE}
category: メモ/パスワード：{VALUE}
tags: [障害, PW={VALUE}]
---
## 対処
PIN: 4821
管理画面のパスワード: {VALUE}
TODO
この {VALUE} は来週変えます。
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KB_KEY", raising=False)
    Path("a.md").write_text(PAGE, encoding="utf-8")
    return tmp_path


COVERED = "*" * len(VALUE)


@pytest.mark.parametrize(
    "change",
    [
        title(f"【済】パスワードは{COVERED}", f"【完了】パスワードは{COVERED}"),
        title(f"【済】パスワードは{VALUE}", f"【完了】パスワードは{VALUE}"),
        category(f"メモ/パスワード：{COVERED}", "不具合共有/対応完了"),
        body(f"管理画面のパスワード: {COVERED}", "管理画面", line=8),
        body(f"管理画面のパスワード: {VALUE}", "管理画面", line=8),
        body("PIN: ****", "", line=7),
        body("", f"## パスワードは{COVERED}\n", line=9),
    ],
    ids=["title", "title-as-it-is", "category", "body", "body-as-it-is", "short", "quoted"],
)
@pytest.mark.parametrize("diff", [False, True])
def test_a_fix_of_words_that_hold_a_value_is_refused_and_said(change: Edit, diff: bool) -> None:
    run = Run("a.md", diff=diff).mend(finding(change))
    assert Path("a.md").read_text(encoding="utf-8") == PAGE
    assert run.shown == []
    assert run.said[1:] == [f"- a.md:4 TST001: {HOLDS_SECRET.ja}。"]


def test_other_words_of_the_file_are_mended_and_its_values_stay() -> None:
    run = Run("a.md").mend(finding(body("TODO", "監視を足す（大野、7/1）", line=9), body("## 対処", "## 対応", line=6)))
    text = Path("a.md").read_text(encoding="utf-8")
    assert text == PAGE.replace("TODO", "監視を足す（大野、7/1）").replace("対処", "対応")
    assert run.said == ["1 ファイルで 1 件を直しました。"]


def test_the_lines_around_a_change_show_no_value() -> None:
    run = Run("a.md", diff=True).mend(
        finding(body("TODO", "監視を足す", line=9)), finding(body("## 対処", "## 対応", line=6))
    )
    text = "".join(run.shown)
    assert text.splitlines()[3:] == [
        " category: メモ/パスワード：********",
        " tags: [障害, PW=********]",
        " ---",
        "-## 対処",
        "+## 対応",
        " PIN: ********",
        " 管理画面のパスワード: ********",
        "-TODO",
        "+監視を足す",
        " この ******** は来週変えます。",
    ]


def test_a_change_that_takes_away_what_gave_a_value_away_still_hides_it() -> None:
    Path("a.md").write_text(f"# メモ\n\n## パスワード\n\n```\n{VALUE}\n```\n", encoding="utf-8")
    run = Run("a.md", diff=True).mend(finding(body("## パスワード", "## 覚え書き", line=3)))
    assert "+## 覚え書き" in "".join(run.shown)
    assert VALUE not in "".join(run.shown)


def test_stars_of_the_file_itself_are_shown_as_they_are() -> None:
    Path("a.md").write_text("**太字** と ×印\nTODO\n", encoding="utf-8")
    run = Run("a.md", diff=True).mend(finding(body("TODO", "済み", line=2)))
    assert " **太字** と ×印" in "".join(run.shown)


def test_a_file_named_by_a_value_is_not_named(capsys: pytest.CaptureFixture[str]) -> None:
    name = f"パスワード：{VALUE}.md"
    Path("a.md").rename(name)
    for diff in (True, False):
        run = Run(name, diff=diff).mend(
            finding(body("TODO", "x", line=9), doc=name), finding(category("x", "y"), doc=name)
        )
        assert not [line for line in (*run.shown, *run.said) if VALUE in line]


MARKED = f"""---
title: 【済】仮パスワードは{VALUE}
category: 不具合共有/2026
tags: [障害]
---
## 影響
入稿ができなかった。 <!-- kb:ignore INC203 パスワードは{VALUE} -->

## 原因
5/8 10:20、期限の切れた証明書が残っていた。更新の通知先が退職者だったため。

## 対処
証明書を入れ替えた。仮パスワード: {VALUE}

## 再発防止
- [x] 期限の 30 日前に知らせる監視を足した（大野、5/20） #12
"""


@pytest.mark.parametrize("flags", [("--fix",), ("--fix", "--diff"), ("--unsafe-fixes",), ("--unsafe-fixes", "--diff")])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_command_never_prints_a_value(
    flags: tuple[str, ...], lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.md").write_text(MARKED, encoding="utf-8")
    kb(["--lang", lang, "lint", "a.md", *flags, "--all", "--exit-zero", "--explain-finding", "--profile", "strict"])
    told = capsys.readouterr()
    text = told.out + told.err
    assert VALUE not in text
    left = Path("a.md").read_text(encoding="utf-8")
    assert left.count(VALUE) == MARKED.count(VALUE), "no value is lost, and none is replaced by stars"
    assert "*" not in left
    assert str(HOLDS_SECRET) in text
    if "--diff" in flags:
        assert "+## 対応" in text
    else:
        assert "## 対応" in left


def test_personal_data_is_hidden_too_where_it_is_looked_for(capsys: pytest.CaptureFixture[str]) -> None:
    page = MARKED.replace(f"仮パスワード: {VALUE}", "連絡先: 田中 090-0173-4826")
    Path("a.md").write_text(page, encoding="utf-8")
    for rules, hidden in (("INC105", False), ("INC105,PII", True)):
        kb(["lint", "a.md", "--select", rules, "--fix", "--diff", "--exit-zero"])
        told = capsys.readouterr()
        assert "+## 対応" in told.out
        assert ("090-0173-4826" not in told.out + told.err) is hidden
    Path("kb.toml").write_text('[lint]\nselect = ["INC", "PII101"]\n', encoding="utf-8")
    kb(["lint", "a.md", "--select", "INC105", "--fix", "--diff", "--exit-zero"])
    assert "090-0173-4826" not in capsys.readouterr().out
