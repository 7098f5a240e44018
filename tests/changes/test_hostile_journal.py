"""Journals that somebody hands over: whatever stands in them is a run of kb, or one sentence."""

from __future__ import annotations

import errno
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import pytest

from kb.cli.app import run
from kb.errors import StoreError
from kb.execute.journal.runs import Runs, count_sent_on
from kb.execute.journal.writer import RunJournal, new_journal_path
from kb.execute.undo import build_undo_plan

HEAD = {
    "what": "run", "at": "2026-11-26T00:00:00Z", "format": 1, "run": "20261126-1", "kb": "0.1", "plan": "p" * 16,
    "file": "plan.toml", "team": "docs", "redmine": "", "by": "佐藤", "undoes": "", "changes": 1,
}  # fmt: skip
INTEND = {
    "what": "intend", "at": "2026-11-26T00:00:01Z", "target": "esa:1", "title": "記事 1", "changes": ["c0ffee"],
    "kinds": ["move"], "before": {"category": "運用"}, "after": {"category": "手順"},
    "seen": {"revision": 1, "updated_at": "2026-11-01T00:00:00Z"},
}  # fmt: skip
DONE = {
    "what": "done", "at": "2026-11-26T00:00:02Z", "target": "esa:1", "changes": ["c0ffee"],
    "state": {"values": {"category": "手順"}, "revision": 2, "updated_at": "2026-11-26T00:00:02Z"},
}  # fmt: skip
ALONG = {"redmine:2": {"before": {"status": "新規"}, "after": {"status": "終了"}, "updated_at": ""}}


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "kb.toml").write_text('[esa]\nteam = "docs"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def handed(team: Path, *entries: dict[str, Any] | str) -> Path:
    """A file of these entries, as somebody hands it over."""
    lines = [each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in entries]
    path = team / "handed.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


ODD: list[Any] = [5, "x", ["x"], [[]], {"x": 1}, {"x": {}}, True, 1e308, None]
"""Values of all types, none of which is what belongs there."""


def odd_entries() -> list[dict[str, Any]]:
    """Entries with one value of another kind, or that name what a run cannot touch."""
    found: list[dict[str, Any]] = []
    for entry in (INTEND, DONE):
        for key in entry:
            found += [{**entry, key: value} for value in ODD if type(value) is not type(entry[key])]
    for name in ("state", "seen"):
        entry = DONE if name == "state" else INTEND
        inner: dict[str, Any] = entry[name]  # type: ignore[assignment]
        found += [{**entry, name: {**inner, key: value}} for key in inner for value in ODD if value is not None]
    for key in ("title", "body_md", "status", "x"):
        found += [{**INTEND, "after": {key: value}} for value in (5, ["x"], {"a": 1})]
    found += [{**INTEND, "after": {"status": "終了"}}, {**INTEND, "after": {"body_md": "x"}}]
    found += [{**DONE, "overwritten": value} for value in ODD if value is not None]
    found += [{**DONE, "along": value} for value in (5, ["x"], {"redmine:x": {}}, {"esa:../2": {}}, {"redmine:2": 5})]
    found += [{**DONE, "why": value} for value in (5, "x", {"ja": 5})]
    found += [{**INTEND, "target": target} for target in ("esa:0", "esa:x", "../../x", "esa:1\n", "file:1")]
    return found


def test_an_entry_of_another_kind_is_one_sentence_or_does_no_harm(
    team: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for odd in odd_entries():
        whole = [HEAD, odd, DONE] if odd.get("what") == "intend" else [HEAD, INTEND, odd]
        code = run(["history", "--import", str(handed(team, *whole))])
        said = capsys.readouterr()
        assert code in (0, 2), f"{odd}: {said.err}"
        if code == 0:
            assert build_undo_plan(Runs(team / ".kb" / "runs").run("20261126-1")).digest
            assert run(["history", "20261126-1"]) == run(["history", "20261126-1", "--json"]) == 0
            capsys.readouterr()
            (team / ".kb" / "runs" / "20261126-1.jsonl").unlink()
        else:
            assert [line[:2] == "→ " for line in said.err.splitlines()] == [False, True], f"{odd}: {said.err}"


def test_a_deep_line_is_no_journal(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["history", "--import", str(handed(team, HEAD, "[" * 100_000))]) == 2
    assert "実行記録" in capsys.readouterr().err


def test_nothing_of_a_handed_run_steers_a_terminal_or_shows_a_secret(
    team: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    value = "hunter2Kq9" + "Zw81"
    nasty = f"\x1b]0;x\x07\x9b31m\u202eパスワード: {value}"
    head = {**HEAD, "by": nasty, "file": nasty, "undoes": nasty}
    intend = {**INTEND, "title": nasty, "before": {"category": nasty}, "after": {"category": nasty}, "kinds": [nasty]}
    done = {**DONE, "why": {"ja": nasty, "en": nasty}, "overwritten": {"category": nasty}}
    path = handed(team, head, intend, done, {**HEAD, "what": "end", "how": nasty})
    for words in (["--import", str(path)], [], ["20261126-1"], ["--json"], ["20261126-1", "--json"]):
        assert run(["history", *words]) == 0
        printed = "".join(capsys.readouterr())
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", printed), printed
        assert value not in printed, words


def test_what_is_no_file_is_no_run_and_is_not_waited_for(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["history", "--import", str(handed(team, HEAD, INTEND, DONE))]) == 0
    runs = team / ".kb" / "runs"
    os.mkfifo(runs / "20261126-2.jsonl")
    (runs / "20261126-3.jsonl").mkdir()
    (runs / "20261126-4.jsonl").symlink_to("nowhere")
    assert Runs(runs).names() == ["20261126-1"]
    assert run(["history"]) == 0
    assert run(["history", "20261126-2"]) == 2


def test_a_journal_is_not_written_through_a_link(team: Path) -> None:
    runs = team / ".kb" / "runs"
    runs.mkdir(parents=True)
    (team / "mine").write_text("x\n", encoding="utf-8")
    (runs / "20261126-1.jsonl").symlink_to(team / "mine")
    with pytest.raises(StoreError):
        RunJournal(runs / "20261126-1.jsonl", lambda: "")
    assert new_journal_path(runs, "20261126").name == "20261126-2.jsonl"
    assert (team / "mine").read_text(encoding="utf-8") == "x\n"


def test_what_a_colleague_sent_today_is_not_of_my_share_of_the_day(team: Path) -> None:
    assert run(["history", "--import", str(handed(team, HEAD, INTEND, DONE))]) == 0
    runs, now = Runs(team / ".kb" / "runs"), datetime(2026, 11, 26, 9, tzinfo=UTC)
    assert count_sent_on(runs, now, "Asia/Tokyo") == 0
    with RunJournal(
        new_journal_path(runs.folder, "20261126"), lambda: "2026-11-25T15:00:00Z"
    ) as journal:  # midnight in Tokyo
        for entry in (HEAD, INTEND, DONE):
            journal.write(**{key: value for key, value in entry.items() if key != "at"})
    assert (count_sent_on(runs, now, "Asia/Tokyo"), count_sent_on(runs, now, "UTC")) == (1, 0)


def test_a_run_that_could_not_be_written_out_leaves_no_half_of_it(
    team: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(source: IO[bytes], to: IO[bytes]) -> None:
        to.write(b"{")
        raise OSError(errno.ENOSPC, "No space left on device")

    assert run(["history", "--import", str(handed(team, HEAD, INTEND, DONE))]) == 0
    monkeypatch.setattr("shutil.copyfileobj", full)
    assert run(["history", "20261126-1", "--export", "run.jsonl"]) == 3
    assert not (team / "run.jsonl").exists()
