"""A team that works in Redmine alone: from init to report, triage, a plan, its sending and undo, without esa.

The week is lived through on the real Redmine and on the sandbox. What tells of esa's places is looked for in all that
kb printed and wrote.
"""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest
from contract.subjects import Subject

from kb.cli.app import run
from kb.plan.file.parse import parse_plan
from kb.settings.workspace import parse_settings

OF_ESA = re.compile(r"\besa\b|ESA_|不具合共有|対応完了|【完了】|スクリーンネーム|screen name", re.I)
LANGUAGES = ("ja", "en")
SHOWN = ((), ("report",), ("report", "--format", "html"), ("incidents",), ("doctor",), ("lint", "--all", "--exit-zero"))


class Week:
    """kb in one folder, whose every word is kept."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch
        self.words = ""

    def kb(self, *words: str, typed: str = "", code: int = 0) -> str:
        """What a command printed, which ends with `code`."""
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        self._capsys.readouterr()
        ended = run(list(words))
        printed = self._capsys.readouterr()
        assert ended == code, (words, printed.err)
        self.words += f"$ kb {' '.join(words)}\n{printed.out}{printed.err}"
        return printed.out + printed.err


@pytest.fixture
def week(
    changing: Subject,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Week:
    for name in ("ESA_ACCESS_TOKEN", "ESA_API_BASE_URL", "REDMINE_WRITE_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REDMINE_API_KEY", changing.key("tanaka"))
    monkeypatch.chdir(tmp_path)
    return Week(capsys, monkeypatch)


def tracker_of(subject: Subject, name: str) -> int:
    return next(int(row["id"]) for row in subject.json("/trackers.json")["trackers"] if row["name"] == name)


def status_of(subject: Subject, number: int) -> str:
    return str(subject.json(f"/issues/{number}.json")["issue"]["status"]["name"])


def test_a_week_in_redmine_alone(changing: Subject, week: Week, tmp_path: Path) -> None:
    outage, field = changing.number("outage"), changing.ids["custom_fields"]["cause"]
    changing.update(outage, custom_fields={field: "8/3 の朝から調査中"})
    with changing.client() as client:
        url = str(client.base_url).rstrip("/")

    week.kb("init", "--redmine-url", url, "--yes")
    toml = (tmp_path / "kb.toml").read_text(encoding="utf-8")
    settings = parse_settings(toml)
    assert settings.incidents.trackers == ("障害",)
    assert settings.esa is None

    week.kb("sync")
    told = week.kb("lint", "--select", "INC", "--format", "jsonl", "--exit-zero").splitlines()
    found = [json.loads(line) for line in told if line.startswith("{")]
    assert (f"redmine:{outage}", "field:根本原因", "INC202") in {
        (row["doc"], row["part"], row["code"]) for row in found
    }

    listed = json.loads(week.kb("incidents", "--format", "json").rpartition("}")[0] + "}")
    of_tracker = changing.rows(f"status_id=*&limit=100&tracker_id={tracker_of(changing, '障害')}")
    assert {row["doc"] for row in listed["incidents"]} == {f"redmine:{number}" for number in of_tracker}

    for language in LANGUAGES if changing.name == "sandbox" else LANGUAGES[:1]:
        for words in SHOWN:
            week.kb("--lang", language, *words)
    week.kb("triage", "--page", f"redmine:{outage}", "--by", "田中", typed="a\n12/10 の定例で書く\nq\n")
    assert "INC" in (tmp_path / "kb-decisions.toml").read_text(encoding="utf-8")

    week.kb("plan", "close", "-o", "close.toml")
    week.kb("review", "close.toml", "--accept", "all")
    plan = parse_plan((tmp_path / "close.toml").read_text("utf-8"), "close.toml")
    planned = [each.number for each in plan.accepted]
    (unwritten,) = (each for each in plan.changes if each.number not in planned)  # its own report lacks what lint asks
    assert "INC401" in unwritten.warning
    before = {number: status_of(changing, number) for number in planned}
    week.kb("apply", "close.toml", "--yes", "--mails", "50")
    closed = [number for number in before if status_of(changing, number) == "終了"]
    assert closed == planned
    week.kb("undo", "last", "--yes", code=4)  # two are of a version that is closed, one has no way back
    assert [status_of(changing, number) == before[number] for number in planned].count(True) == len(planned) - 3

    (tmp_path / "kb.toml").write_text(toml.replace('["障害"]', '["障碍"]'), encoding="utf-8")
    assert "「障碍」というトラッカーはありません" in week.kb("--lang", "ja", "doctor")
    assert not [line for line in (week.words + toml).splitlines() if OF_ESA.search(line)]
