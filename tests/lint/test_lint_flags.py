"""The flags of `kb lint`: profiles, severities, silent places, dates, the baseline, settings."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kb.clock import lint_time
from kb.commands.flows.findings import repeat_command
from kb.model.finding import Severity
from kb.model.page import Page
from kb.rules import registry as rules
from kb.rules.registry import Hit

BAD = """## 影響
2025/06/03 の 09:40 から、新規登録 62 件で番号が空になった。

## 原因
番号発行が停止したため。

## 対応
番号発行を再起動した。
"""
GOOD = BAD + "\n## 再発防止\n- [ ] 残数が 1 万件を切ったら通知する（担当: 野口 / 期限: 2099/6/20）\n"
LINT = ("lint", "--format", "jsonl", "--select", "INC203,INC302,INC401", "--now", "2025-06-10")
CALM = ("lint", "--format", "jsonl", "--select", "INC203,INC302", "--now", "2025-06-10")
"""Rules whose findings a baseline takes; INC401 is an error."""
ALL = ["INC203", "INC302", "INC401"]

Call = Callable[..., Any]


def codes(said: Any) -> list[str]:
    return sorted(row["code"] for row in said.rows if "code" in row)


def config(posts: Any, text: str) -> None:
    (posts.root / "kb.toml").write_text(f'[esa]\nteam = "docs"\n{text}', encoding="utf-8")


def test_a_relaxed_profile_asks_for_errors_only(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", BAD))
    assert codes(kb(*LINT)) == ALL
    assert codes(kb(*LINT, "--profile", "relaxed")) == ["INC401"]


def test_a_strict_profile_runs_every_rule_and_leaves_the_daily_cache_alone(kb: Call, posts: Any) -> None:
    off = {rule.code for rule in rules.load_rules() if not rule.on}
    posts.put((1, "番号が発行されない", BAD))
    usual = kb("lint", "--format", "jsonl")
    cache = posts.root / ".kb" / "cache" / "judged.db"
    before = cache.read_bytes()
    strict = kb("lint", "--format", "jsonl", "--profile", "strict")
    assert set(codes(strict)) >= set(codes(usual))
    assert set(codes(strict)) & off
    assert not set(codes(usual)) & off
    assert cache.read_bytes() == before
    assert kb("lint", "--format", "jsonl").out == usual.out


def test_the_team_may_weigh_a_rule_otherwise(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", BAD))
    assert kb(*LINT, "--ignore", "INC401").code == 0
    config(posts, '[lint.severity]\nINC203 = "error"\nfix-restart-only = "info"\n')
    said = kb(*LINT, "--ignore", "INC401")
    assert said.code == 1
    assert {row["code"]: row["severity"] for row in said.rows} == {"INC203": "error", "INC302": "info"}
    assert codes(kb(*LINT, "--profile", "relaxed")) == ["INC203", "INC401"]
    config(posts, '[lint.severity]\nINC999 = "error"\n')
    said = kb(*LINT)
    assert (said.code, said.err.splitlines()[0]) == (
        2,
        "kb.toml の [lint.severity]: 「INC999」という規則はありません。",
    )
    config(posts, '[lint.severity]\nINC = "error"\n')
    assert "「INC」は規則 1 つの名前ではありません。\n→ コードの全部か規則名を書いてください。" in kb(*LINT).err
    config(posts, '[lint]\nselect = ["NOPE"]\n')
    assert "kb.toml の [lint]: 「NOPE」という規則はありません。" in kb("lint").err
    config(posts, '[lint.severity]\nINC203 = "fatal"\n')
    assert "info、warning、error" in kb(*LINT).err


def test_a_place_can_be_silent_and_an_unused_silence_is_told(kb: Call, posts: Any, folder: Path) -> None:
    posts.put((1, "番号が発行されない", BAD))
    posts.put((2, "番号が発行されない", BAD), category="不具合共有/旧")
    config(
        posts,
        '[lint.per-path-ignores]\n"不具合共有/旧/**" = ["INC4", "INC302"]\n"週報/**" = ["INC4"]\n"*.md" = ["INC2"]\n',
    )
    said = kb(*LINT)
    assert sorted(said.codes) == [*(("esa:1", code) for code in ALL), ("esa:2", "INC203")]
    assert "per-path-ignores" not in said.err  # a selection cannot tell
    told = kb("lint").err
    assert 'per-path-ignores "週報/**" = ["INC4"]' in told
    assert "旧" not in told
    (folder / "draft.md").write_text(f"# 番号が発行されない\n\n{BAD}", encoding="utf-8")
    assert codes(kb(*LINT, "draft.md")) == ["INC302", "INC401"]  # also for a file that was named
    config(posts, '[lint.per-path-ignores]\n"日報/**" = ["NOPE"]\n')
    said = kb(*LINT)
    assert said.code == 2
    assert "kb.toml の [lint.per-path-ignores]: 「NOPE」" in said.err


def test_dates_choose_documents(kb: Call, posts: Any) -> None:
    posts.put((1, "六月の件", BAD), updated_at="2025-06-30T15:30:00Z")
    posts.put((2, "古い件", BAD.replace("2025/06/03", "2024/02/03")), updated_at="2025-06-30T14:30:00Z")
    assert {row["doc"] for row in kb(*LINT, "--since", "2025-01-01").rows} == {"esa:1"}
    assert {row["doc"] for row in kb(*LINT, "--updated-since", "2025-07-01").rows} == {"esa:1"}  # the team's day
    assert {row["doc"] for row in kb(*LINT, "--updated-since", "2025-06-30").rows} == {"esa:1", "esa:2"}
    assert kb(*LINT, "--since", "tomorrow").code == 2
    assert "文書 1 件" in kb(*LINT, "--since", "2025-01-01").err


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-08-03", "2026-08-03T12:00:00+09:00"),
        ("2026-08-03T23:30", "2026-08-03T23:30:00+09:00"),
        ("2026-08-03T15:00:00Z", "2026-08-04T00:00:00+09:00"),
    ],
)
def test_the_clock_can_be_set(now: str, day: str) -> None:
    assert lint_time(now, "Asia/Tokyo").isoformat() == day


def test_what_is_no_time_is_told(kb: Call, posts: Any) -> None:
    said = kb("lint", "--now", "きのう")
    assert said.code == 2
    assert "--now 2026-08-03" in said.err


# -- the baseline -------------------------------------------------------------------------------


def test_a_first_baseline_takes_warnings_and_only_shrinks_afterwards(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", BAD))
    first = kb(*CALM, "--update-baseline")
    assert (first.code, first.rows) == (0, [])
    assert "kb-baseline.toml: 2 件を加え、0 件を外しました。" in first.err
    assert kb(*CALM).rows == []
    posts.put((1, "番号が発行されない", BAD.replace("停止したため", "停止していたため")), (2, "別の件", GOOD))
    edited = ["INC203", "INC203"]  # a section that is missing is missing still
    assert codes(kb(*CALM)) == edited
    text = (posts.root / "kb-baseline.toml").read_text(encoding="utf-8")
    said = kb(*CALM, "--update-baseline")
    assert "2 件は加えていません" in said.err
    assert "0 件を加え、1 件を外しました（直った 0、書き直された 1）" in said.err
    assert codes(said) == edited
    assert (posts.root / "kb-baseline.toml").read_text(encoding="utf-8") != text
    assert kb(*CALM, "--update-baseline", "--accept-new").rows == []
    assert kb(*CALM).rows == []


def test_an_error_is_never_baselined(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", BAD))
    for more in ((), ("--accept-new",)):
        said = kb(*LINT, "--update-baseline", *more)
        assert (said.code, codes(said)) == (1, ["INC401"])
        assert "エラーと秘密 1 件は加えません" in said.err
    assert "INC401" not in (posts.root / "kb-baseline.toml").read_text("utf-8")
    config(posts, '[lint.severity]\nINC203 = "error"\nINC401 = "warning"\n')
    (posts.root / "kb-baseline.toml").unlink()
    assert codes(kb(*LINT, "--update-baseline")) == ["INC203"]  # the team's severity decides


def test_a_baseline_speaks_again_after_its_last_day(kb: Call, posts: Any) -> None:
    def at(day: str, *more: str) -> Any:
        return kb("lint", "--format", "jsonl", "--select", "INC203,INC302", "--now", day, *more)

    posts.put((1, "番号が発行されない", BAD))
    made = at("2025-06-10", "--update-baseline")
    assert "kb-baseline.toml は 2025-09-10 まで効きます（あと 92 日）。" in made.err
    assert 'until = "2025-09-10"' in (posts.root / "kb-baseline.toml").read_text("utf-8")
    last = at("2025-09-10")
    assert (last.rows, "（あと 0 日）" in last.err) == ([], True)
    over = at("2025-09-11")
    assert codes(over) == ["INC203", "INC302"]
    assert "2025-09-10 に終わり、2 件をまた出しています。 → kb triage" in over.err
    assert "もう当たらない" not in over.err
    new = at("2025-09-11", "--new-only")
    assert new.rows == []  # they are known, not new
    assert "2025-09-10 に終わりました。 → kb lint" in new.err
    assert codes(at("2025-09-11", "--update-baseline")) == ["INC203", "INC302"]  # nobody extended it
    longer = at("2025-09-11", "--update-baseline", "--until", "4w")
    assert longer.rows == []
    assert "2025-10-09 まで効きます" in longer.err
    assert at("2025-09-11").rows == []


def test_a_baseline_keeps_its_last_day_when_it_is_updated(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", BAD))
    kb(*CALM, "--update-baseline", "--until", "2w")
    posts.put((1, "番号が発行されない", BAD.replace("停止したため", "停止していたため")))
    kb(*CALM, "--update-baseline", "--accept-new")
    path = posts.root / "kb-baseline.toml"
    assert 'until = "2025-06-24"' in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace('until = "2025-06-24"\n', ""), encoding="utf-8")
    assert "まで効きます" not in kb(*CALM, "--update-baseline").err  # one of an older kb has no end
    assert "until" not in path.read_text("utf-8")
    kb(*CALM, "--update-baseline", "--until", "2025-07-01")
    assert 'until = "2025-07-01"' in path.read_text("utf-8")


@pytest.mark.parametrize("day", ["2025-06-10", "きのう", "0d", "2025-02-30"])
def test_a_last_day_that_is_none_is_told(kb: Call, posts: Any, day: str) -> None:
    posts.put((1, "番号が発行されない", BAD))
    said = kb(*CALM, "--update-baseline", "--until", day)
    assert said.code == 2
    assert day in said.err
    assert "--until 4w" in said.err
    assert not (posts.root / "kb-baseline.toml").exists()


def test_pressing_findings_are_never_baselined(kb: Call, posts: Any, registry: Callable[[], None]) -> None:
    rules.Rule(
        "TST001", "linters.incident.tst_secret", Severity.WARNING, rules._rules["INC401"].check, gate=("incident",),
        pressing=True,
    )  # fmt: skip
    registry()
    posts.put((1, "番号が発行されない", BAD))
    said = kb("lint", "--format", "jsonl", "--select", "INC203,TST001", "--update-baseline")
    assert codes(said) == ["TST001"]
    assert "エラーと秘密 1 件" in said.err


def test_another_selection_leaves_its_entries_alone_and_stale_ones_are_told(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", BAD))
    kb(*CALM, "--update-baseline")
    kb("lint", "--select", "INC302", "--update-baseline")
    assert kb(*CALM).rows == []
    posts.put((1, "番号が発行されない", "昼の献立。\n"))
    assert "もう当たらない指摘が 2 件" in kb("lint").err
    said = kb("lint", "--update-baseline")
    assert "2 件を外しました" in said.err
    assert "もう当たらない" not in kb("lint").err


def test_files_have_a_baseline_where_one_is_named(kb: Call, folder: Path) -> None:
    Path("draft.md").write_text(f"# 番号が発行されない\n\n{BAD}", encoding="utf-8")
    kb(*CALM, "draft.md", "--update-baseline", "--baseline", "known.toml")
    assert kb(*CALM, "draft.md", "--baseline", "known.toml").rows == []
    assert codes(kb(*CALM, "draft.md")) == ["INC203", "INC302"]


def test_files_without_a_workspace_have_theirs_in_the_current_folder(kb: Call, folder: Path) -> None:
    Path("draft.md").write_text(f"# 番号が発行されない\n\n{BAD}", encoding="utf-8")
    said = kb(*CALM, "draft.md", "--update-baseline")
    assert "kb-baseline.toml: 2 件を加え" in said.err
    assert (folder / "kb-baseline.toml").is_file()
    assert kb(*CALM, "draft.md").rows == []


def test_decisions_of_the_current_folder_hold_without_a_workspace(
    kb: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("draft.md").write_text(f"# 番号が発行されない\n\n{BAD}", encoding="utf-8")
    answers = "a 使わなくなった画面\nt #12\nq\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(answers.encode()), encoding="utf-8"))
    kb("triage", "draft.md", "--select", "INC203,INC302,INC401", "--now", "2025-06-01", "--by", "ono")
    said = kb("lint", "draft.md", "--select", "INC203,INC302,INC401", "--now", "2025-06-01")
    assert "出していないもの 1 件（受け入れ 1）" in said.out
    assert "指摘のうち 1 件には手を打ってあります（チケット 1）。" in said.err
    assert "指摘 2 件" in said.err


def test_words_that_were_rewritten_are_told_apart_from_what_was_mended(kb: Call, folder: Path) -> None:
    page = Path("draft.md")
    page.write_text(f"# 番号が発行されない\n\n{BAD}", encoding="utf-8")
    kb(*CALM, "draft.md", "--update-baseline")
    before = page.read_text("utf-8")
    page.write_text(before.replace("番号発行が停止したため", "番号発行のサーバーが停止したため"), encoding="utf-8")
    said = kb(*CALM, "draft.md")
    assert codes(said) == ["INC203"]
    assert "1 件は、そこが書き直されたので、新しい指摘として数えました" in said.err
    assert "もう当たらない" not in said.err
    tried = "62 件目で番号の表が尽きた。残数を読む処理に上限がなく、62 件目の採番が空を返したため"
    page.write_text(before.replace("番号発行が停止したため", tried), encoding="utf-8")
    said = kb(*CALM, "draft.md")
    assert said.rows == []
    assert "書き直された" not in said.err
    assert "もう当たらない指摘が 1 件あります。 → kb lint draft.md --update-baseline" in said.err


def test_a_file_that_is_gone_leaves_the_baseline_when_its_folder_is_linted(kb: Call, folder: Path) -> None:
    (folder / "notes").mkdir()
    for name in ("a.md", "b.md"):
        Path("notes", name).write_text(f"# 番号が発行されない\n\n{BAD}", encoding="utf-8")
    kb(*CALM, "notes", "--update-baseline")
    Path("notes/a.md").unlink()
    assert "もう当たらない" not in kb(*CALM, "notes/b.md").err
    assert "もう当たらない指摘が 2 件" in kb(*CALM, "notes").err
    assert "0 件を加え、2 件を外しました" in kb(*CALM, "notes", "--update-baseline").err


def test_a_lint_of_the_mirror_leaves_entries_of_files_alone(kb: Call, posts: Any, folder: Path) -> None:
    Path("draft.md").write_text(f"# 番号が発行されない\n\n{BAD}", encoding="utf-8")
    kb(*CALM, "draft.md", "--update-baseline")
    posts.put((1, "昼の献立", "うどん。\n"))
    assert "変わりません" in kb(*CALM, "--update-baseline").err
    assert kb(*CALM, "draft.md").rows == []


def test_where_a_rule_crashed_nothing_is_taken_for_mended(
    kb: Call, folder: Path, registry: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("draft.md").write_text(f"# 番号が発行されない\n\n{BAD}", encoding="utf-8")
    kb(*CALM, "draft.md", "--update-baseline")

    def crash(page: Page) -> list[Hit]:
        raise ValueError

    monkeypatch.setitem(rules._rules, "INC302", replace(rules._rules["INC302"], check=crash))
    registry()
    said = kb(*CALM, "draft.md", "--update-baseline")
    assert said.code == 3
    assert "変わりません" in said.err


def test_an_unreadable_baseline_stops_the_run(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", BAD))
    (posts.root / "kb-baseline.toml").write_text("こわれた [", encoding="utf-8")
    said = kb(*LINT)
    assert said.code == 2
    assert "kb-baseline.toml" in said.err


@pytest.mark.parametrize(
    "flags",
    [
        ("--accept-new",),
        ("--until", "4w"),
        ("--update-baseline", "--new-only"),
        ("--update-baseline", "--since", "2025-01-01"),
        ("--explain-finding", "--format", "json"),
        ("--items",),
        ("--items", "--format", "sarif"),
        ("--fix",),
        ("--diff",),
        ("--unsafe-fixes", "--input", "x.jsonl"),
        ("--profile", "lenient"),
    ],
)
def test_flags_that_make_no_sense_are_told(kb: Call, posts: Any, flags: tuple[str, ...]) -> None:
    said = kb("lint", *flags)
    assert said.code == 2
    assert "→" in said.err


# -- what is set aside --------------------------------------------------------------------------


def test_suppressed_and_decided_findings_are_not_shown(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", BAD + "\n<!-- kb:ignore-page INC302 機器更改まで -->\n"))
    rows = {row["code"]: row for row in kb(*LINT).rows}
    assert sorted(rows) == ["INC203", "INC401"]
    print_of = rows["INC401"]["fingerprint"]
    decision = (
        f'[[decision]]\nfingerprint = "{print_of}"\ndoc = "esa:1"\npart = "body"\ncode = "INC401"\n'
        'what = "snooze"\nby = "sato"\non = "2025-06-01"\nreason = "来週"\nuntil = "2025-06-15"\n'
    )
    (posts.root / "kb-decisions.toml").write_text(decision, encoding="utf-8")
    assert codes(kb(*LINT)) == ["INC203"]
    assert codes(kb(*LINT, "--now", "2025-06-16")) == ["INC203", "INC401"]


# -- settings -----------------------------------------------------------------------------------


def test_settings_are_shown_with_their_origin(kb: Call, posts: Any) -> None:
    config(
        posts,
        'token_command = "op read op://ops/esa/token"\n[lint]\nignore = ["INC203"]\nseverity = {INC302 = "error"}\n',
    )
    said = kb("lint", "--show-settings")
    assert "None" not in said.out
    assert said.code == 0
    lines = said.out.splitlines()
    assert 'timezone = "Asia/Tokyo"  # 既定' in lines
    assert 'ignore = ["INC203"]  # kb.toml' in lines
    assert 'severity = {"INC302" = "error"}  # kb.toml' in lines
    assert "止 INC203 cause-shallow warning  # kb.toml lint.ignore" in lines
    assert "動く INC302 fix-restart-only error  # kb.toml [lint.severity]" in lines
    assert "op read" not in said.out
    strict = kb("lint", "--show-settings", "--profile", "strict").out
    assert "INC105" not in strict or "動く INC105" in strict
    assert not (posts.root / ".kb").exists()


def test_settings_without_a_workspace_are_the_defaults(kb: Call, folder: Path) -> None:
    said = kb("lint", "--show-settings", "--select", "INC401")
    assert said.code == 0
    assert "# kb.toml なし（すべて既定）" in said.out
    assert "# baseline = kb-baseline.toml （なし）" in said.out
    (folder / "kb-decisions.toml").write_text(
        '[[decision]]\nfingerprint = "f"\ndoc = "a.md"\ncode = "INC401"\nwhat = "accept"\nreason = "古い"\n',
        encoding="utf-8",
    )
    assert "# decisions = kb-decisions.toml （1 件）" in kb("lint", "--show-settings").out
    assert "動く INC401 prevention-missing error" in said.out


@pytest.mark.parametrize("name", ["text", "json", "jsonl", "sarif", "github", "junit", "markdown", "html"])
def test_every_format_writes_the_finding(kb: Call, posts: Any, name: str) -> None:
    posts.put((1, "番号が発行されない", BAD))
    said = kb("lint", "--format", name, "--select", "INC401")
    assert said.code == 1
    assert "INC401" in said.out
    if name in ("json", "sarif"):
        json.loads(said.out)


@pytest.mark.parametrize("group", ["page", "rule", "category"])
def test_the_screen_is_grouped(kb: Call, posts: Any, group: str) -> None:
    posts.put((1, "番号が発行されない", BAD))
    said = kb("lint", "--group-by", group, "--explain-finding")
    assert "INC401" in said.out


@pytest.mark.parametrize(
    "given",
    [
        ["lint", "--update-baseline"],
        ["lint", "--until", "2027-01-31", "--update-baseline", "--accept-new"],
        ["lint", "--until=2w", "--update-baseline"],
    ],
    ids=" ".join,
)
def test_who_wants_to_read_the_rest_writes_no_baseline_anew(monkeypatch: pytest.MonkeyPatch, given: list[str]) -> None:
    monkeypatch.setattr("sys.argv", ["kb", *given])
    assert repeat_command("--all") == "kb lint --all"


def test_the_rest_is_of_the_same_lint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["kb", "--lang", "en", "lint", "--select", "INC402", "--baseline", "old.toml"])
    assert repeat_command("--all") == "kb --lang en lint --select INC402 --baseline old.toml --all"
