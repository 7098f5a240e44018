"""Fixes in files: what is written, what is left as it was and said, what a diff shows."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import InputError, UsageError
from kb.lint.fixing import edits, files
from kb.lint.fixing.files import Fixer, render_diff, require_paths
from kb.lint.inputs import paths
from kb.model.facts import Confidence
from kb.model.finding import Edit, Field, Finding, Safety, Severity, Waiver, WaiverKind
from kb.text import lang
from kb.text.lang import t
from kb.text.lines import Span

WHY = t("直します。", "mends it.")
PAGE = "# 配信の停止\n\n## 再発防止\nTODO\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "notes").mkdir()
    monkeypatch.chdir(tmp_path / "notes")
    lang.set_language("ja")
    return tmp_path / "notes"


def finding(*changes: Edit, doc: str = "a.md", waiver: Waiver | None = None) -> Finding:
    return Finding(
        doc, "body", "TST001", "test", Span(4, 1, 4, 5), Severity.WARNING, Confidence.HIGH, WHY, "", "",
        edits=changes, waiver=waiver,
    )  # fmt: skip


def body(before: str, after: str, line: int = 4, safety: Safety = Safety.SAFE) -> Edit:
    return Edit(Field.BODY, before, after, safety, WHY, Span(line, 1, line, 1 + len(before)))


def title(before: str, after: str) -> Edit:
    return Edit(Field.TITLE, before, after, Safety.SAFE, WHY)


def category(before: str, after: str) -> Edit:
    return Edit(Field.CATEGORY, before, after, Safety.SAFE, WHY)


def test_tags_without_end_are_no_crash() -> None:
    tags = ", ".join(f"t{number}" for number in range(1_100))
    document, text = paths.read_file(Path("a.md"), f"---\ntags: [{tags}]\n---\n{PAGE}", changed="")
    assert len(document.tags) == 1_100
    assert edits.MaskedFile(document, text).body == document.body


DECIDED = finding(body("TODO", "監視を足す（大野、7/1）"))


class Run:
    """One pass over files, with a moment between reading and mending."""

    def __init__(self, *named: str, unsafe: bool = False, diff: bool = False) -> None:
        self.trouble: list[InputError] = []
        self.shown: list[str] = []
        self.named = named or (".",)
        show = self.shown.append if diff else None
        self.fixer = Fixer(self.named, self.trouble.append, unsafe=unsafe, diff=show)

    def mend(self, *findings: Finding, between: Callable[[], object] = lambda: None) -> Run:
        docs = [read.doc for read, _ in self.fixer.remember(paths.read_paths(self.named, self.trouble.append))]
        between()
        for doc in docs:
            self.fixer.add(doc, [each for each in findings if each.doc == doc])
        return self

    @property
    def said(self) -> list[str]:
        return [str(line) for line in self.fixer.report.lines()]


def test_a_fix_is_written_and_counted(here: Path) -> None:
    (here / "a.md").write_text(PAGE)
    run = Run().mend(DECIDED)
    assert (here / "a.md").read_text() == PAGE.replace("TODO", "監視を足す（大野、7/1）")
    assert run.said == ["1 ファイルで 1 件を直しました。"]
    assert os.listdir(here) == ["a.md"]


def test_a_second_run_changes_nothing(here: Path) -> None:
    (here / "a.md").write_text(PAGE)
    Run().mend(DECIDED)
    before = (here / "a.md").stat()
    run = Run().mend(DECIDED)
    assert run.said == ["0 ファイルで 0 件を直しました。", f"- a.md:4 TST001: {edits.TEXT_CHANGED.ja}。"]
    assert (here / "a.md").stat().st_mtime_ns == before.st_mtime_ns


def test_mode_line_ends_and_a_mark_at_the_beginning_are_kept(here: Path) -> None:
    raw = b"\xef\xbb\xbf" + PAGE.replace("\n", "\r\n").encode()
    (here / "a.md").write_bytes(raw)
    (here / "a.md").chmod(0o640)
    Run().mend(DECIDED)
    assert (here / "a.md").read_bytes() == raw.replace(b"TODO", "監視を足す（大野、7/1）".encode())
    assert stat.S_IMODE((here / "a.md").stat().st_mode) == 0o640


def test_unsafe_fixes_wait_until_they_are_asked_for(here: Path) -> None:
    (here / "a.md").write_text(PAGE)
    unsafe = finding(body("TODO", "なし", safety=Safety.UNSAFE))
    run = Run().mend(unsafe)
    assert (here / "a.md").read_text() == PAGE
    assert "--unsafe-fixes" in run.said[-1]
    Run(unsafe=True).mend(unsafe)
    assert "なし" in (here / "a.md").read_text()


def test_what_somebody_set_aside_is_left_alone(here: Path) -> None:
    (here / "a.md").write_text(PAGE)
    Run().mend(finding(body("TODO", "x"), waiver=Waiver(WaiverKind.SUPPRESSED)))
    assert (here / "a.md").read_text() == PAGE


def test_a_diff_writes_nothing(here: Path) -> None:
    (here / "a.md").write_text(PAGE)
    run = Run(diff=True).mend(DECIDED)
    assert (here / "a.md").read_text() == PAGE
    assert run.said == ["直せるもの 1 件（1 ファイル）。まだ何も書いていません。"]
    assert "".join(run.shown).splitlines() == [
        "--- a/a.md", "+++ b/a.md", "@@ -1,4 +1,4 @@", " # 配信の停止", " ", " ## 再発防止", "-TODO",
        "+監視を足す（大野、7/1）",
    ]  # fmt: skip


def test_a_diff_cannot_steer_a_terminal() -> None:
    shown = render_diff("a\x1b[2J\nb.md", "x\x1b]0;t\x07\r\nend", "y\u202e\r\nend")
    assert (
        shown == "--- a/a[2J b.md\n+++ b/a[2J b.md\n@@ -1,2 +1,2 @@\n-x]0;t\n+y\n end\n\\ No newline at end of file\n"
    )


def test_a_file_that_was_saved_in_between_is_left_to_the_next_run(here: Path) -> None:
    (here / "a.md").write_text(PAGE)
    saved = PAGE + "手で足した行\n"
    run = Run().mend(DECIDED, between=lambda: (here / "a.md").write_text(saved))
    assert (here / "a.md").read_text() == saved
    assert run.said[1] == f"- a.md:4 TST001: {files.FILE_CHANGED.ja}。"


def test_a_file_that_is_saved_while_the_new_one_is_written_wins(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "a.md").write_text(PAGE)
    fsync = os.fsync

    def meanwhile(handle: int) -> None:
        fsync(handle)
        (here / "a.md").write_text("別の人の版\n")

    monkeypatch.setattr(os, "fsync", meanwhile)
    run = Run().mend(DECIDED)
    assert (here / "a.md").read_text() == "別の人の版\n"
    assert run.said == ["0 ファイルで 0 件を直しました。", f"- a.md:4 TST001: {files.FILE_CHANGED.ja}。"]
    assert os.listdir(here) == ["a.md"]


def test_a_link_is_followed_inside_the_named_paths_only(here: Path) -> None:
    (here.parent / "outside.md").write_text(PAGE)
    (here / "real").mkdir()
    (here / "real" / "b.md").write_text(PAGE)
    (here / "a.md").symlink_to(here.parent / "outside.md")
    (here / "c.md").symlink_to(here / "real" / "b.md")
    run = Run().mend(DECIDED, finding(body("TODO", "済"), doc="c.md"), finding(body("TODO", "済"), doc="real/b.md"))
    assert (here.parent / "outside.md").read_text() == PAGE
    assert (here / "real" / "b.md").read_text() == PAGE.replace("TODO", "済")
    assert (here / "c.md").is_symlink()
    assert run.said == ["1 ファイルで 1 件を直しました。", f"- a.md:4 TST001: {files.OUTSIDE_PATHS.ja}。"]


def test_a_link_that_was_named_is_followed(here: Path) -> None:
    (here.parent / "outside.md").write_text(PAGE)
    (here / "a.md").symlink_to(here.parent / "outside.md")
    Run("a.md").mend(DECIDED)
    assert "監視を足す" in (here.parent / "outside.md").read_text()
    assert (here / "a.md").is_symlink()


def test_a_file_that_cannot_be_written_is_named_and_the_rest_is_done(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.md", "b.md"):
        (here / name).write_text(PAGE)
    replace = os.replace

    def full(source: str, target: Path) -> None:
        if target.name == "a.md":
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    run = Run().mend(DECIDED, finding(body("TODO", "済"), doc="b.md"))
    assert (here / "a.md").read_text() == PAGE
    assert "済" in (here / "b.md").read_text()
    assert [str(error.what) for error in run.trouble] == ["a.md: 直せません（空きがありません）。"]
    assert sorted(os.listdir(here)) == ["a.md", "b.md"]


@pytest.mark.parametrize(
    ("text", "change", "mended"),
    [
        ("# 古い題 #\n本文\n", title("古い題", "新しい題"), "# 新しい題 #\n本文\n"),
        ("# # #\n", title("#", "井桁"), "# 井桁 #\n"),
        ("古い題\n====\n", title("古い題", "新しい題"), "新しい題\n====\n"),
        ("---\ntitle: 古い題\n---\n# 見\n", title("古い題", "【済】古い題"), "---\ntitle: 【済】古い題\n---\n# 見\n"),
        ("---\ntitle: '古い題'  \r\n---\n", title("古い題", "[完了] 題"), "---\ntitle: '[完了] 題'  \r\n---\n"),
        ("---\ntitle: 古い題\n---\n", title("古い題", "[完了] 題: 続き"), '---\ntitle: "[完了] 題: 続き"\n---\n'),
        ("---\ntitle: \"a\"\n---\n", title("a", 'b "c"'), "---\ntitle: 'b \"c\"'\n---\n"),
        ("---\ncategory: 障害\n---\n# 題\n", category("障害", "障害/2025"), "---\ncategory: 障害/2025\n---\n# 題\n"),
    ],
)  # fmt: skip
def test_a_title_or_category_is_changed_where_the_file_says_it(
    here: Path, text: str, change: Edit, mended: str
) -> None:
    (here / "a.md").write_bytes(text.encode())
    Run().mend(finding(change))
    assert (here / "a.md").read_bytes().decode() == mended


def test_a_title_is_changed_in_textile_too(here: Path) -> None:
    (here / "a.textile").write_text("h1. h1\n\n本文\n")
    Run().mend(finding(title("h1", "見出し"), doc="a.textile"))
    assert (here / "a.textile").read_text() == "h1. 見出し\n\n本文\n"


@pytest.mark.parametrize(
    ("text", "change", "why"),
    [
        ("本文だけ\n", title("a", "b"), edits.NAMED_BY_FILE),
        ("---\ntitle:\n---\n本文\n", title("a", "b"), edits.NAMED_BY_FILE),
        ("# 題\n", category("", "障害"), edits.PLACED_BY_FOLDER),
        ("# 題\n", title("ちがう", "b"), edits.TEXT_CHANGED),
        ("# 題\n", title("題", "二\n行"), edits.NOT_WRITABLE),
        ("# 題\n", title("題", " "), edits.NOT_WRITABLE),
        ("---\ntitle: 題\n---\n", title("題", "\"'\\:"), edits.NOT_WRITABLE),
        ("# " + "長" * 400 + "\n", title("長" * 300, "短い"), edits.NOT_WRITABLE),
    ],
)
def test_where_a_title_or_category_cannot_be_changed_the_place_is_said(
    here: Path, text: str, change: Edit, why: lang.Text
) -> None:
    (here / "a.md").write_text(text)
    run = Run().mend(finding(change))
    assert (here / "a.md").read_text() == text
    assert run.said == ["0 ファイルで 0 件を直しました。", f"- a.md:4 TST001: {why.ja}。"]


def test_a_fix_of_title_and_body_is_made_whole_or_not_at_all(here: Path) -> None:
    (here / "a.md").write_text("本文\n\n\nTODO\n")
    Run().mend(finding(title("a", "b"), body("TODO", "済")))
    assert (here / "a.md").read_text() == "本文\n\n\nTODO\n"


def test_many_reasons_are_told_in_few_lines(here: Path) -> None:
    (here / "a.md").write_text("本文\n")
    run = Run().mend(*[finding(title("a", str(n))) for n in range(15)])
    assert len(run.said) == 12
    assert run.said[-1] == "- このような行がほかに 5 件あります。"


@pytest.mark.parametrize("paths", [(), []])
def test_without_paths_nothing_is_fixed(paths: Sequence[str]) -> None:
    with pytest.raises(UsageError, match="--fix が直すのは"):
        require_paths(paths, "--fix")


def test_what_the_baseline_knows_is_left_alone_and_counted(here: Path) -> None:
    (here / "a.md").write_text(PAGE, encoding="utf-8")
    fixer = Fixer(["."], pytest.fail)
    list(fixer.remember(paths.read_paths(["."], pytest.fail)))
    known = [replace(DECIDED, waiver=Waiver(kind)) for kind in (WaiverKind.BASELINED, WaiverKind.ACCEPTED)]
    assert not fixer.add("a.md", known)
    assert (here / "a.md").read_text("utf-8") == PAGE
    assert [line.ja for line in fixer.report.lines()][1:] == [
        "ベースラインにある指摘も 1 件直せます。 → --baseline /dev/null を付けると直します。"
    ]
