"""The survey: what lists, triage and reports read; every document, with by what findings were set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kb.errors import InputError, UsageError
from kb.lint.engine import ranges, work
from kb.lint.engine.request import Request, SurveyedDocument
from kb.lint.engine.survey import Survey
from kb.model.facts import Confidence
from kb.model.finding import Severity, WaiverKind
from kb.settings.workspace import Workspace, load_settings

BAD = """## 影響
2025/06/03 の 09:40 から、新規登録 62 件で番号が空になった。

## 原因
番号発行が停止したため。

## 対応
番号発行を再起動した。
"""
NOW = Request(now="2025-06-10")

Call = Callable[..., Any]


@pytest.fixture
def team(posts: Any) -> Workspace:
    posts.put((1, "番号が発行されない", BAD), (2, "昼", "昼の献立。\n"))
    return Workspace(posts.root, load_settings(posts.root / "kb.toml"))


def survey_documents(
    request: Request, workspace: Workspace | None, trouble: Call = lambda error: None
) -> Iterator[SurveyedDocument]:
    with Survey(request, workspace, trouble) as survey:
        yield from survey


def found(each: SurveyedDocument, code: str) -> Any:
    return next((finding for finding in each.findings if finding.code == code), None)


def test_every_document_comes_with_its_facts_and_findings(team: Workspace) -> None:
    first, second = survey_documents(NOW, team)
    assert first.judgement.entry.doc == "esa:1"
    assert first.judgement.entry.is_incident
    assert first.judgement.entry.human_at.startswith("2025-06-01")
    assert found(first, "INC401").waiver is None
    assert second.findings == ()
    assert not second.judgement.entry.is_incident


def test_the_second_survey_is_the_first_from_what_was_kept(team: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    first = list(survey_documents(NOW, team))
    monkeypatch.setattr(work, "judge_range", None)
    monkeypatch.setattr(ranges, "judge_range", None)
    assert list(survey_documents(NOW, team)) == first


def test_waivers_are_attached_and_nothing_is_left_out(team: Workspace, kb: Call) -> None:
    low = [each.confidence for one in survey_documents(NOW, team) for each in one.findings]
    kb("lint", "--select", "INC302", "--now", "2025-06-10", "--update-baseline")
    first, _ = survey_documents(NOW, team)
    assert found(first, "INC302").waiver.kind is WaiverKind.BASELINED
    assert found(first, "INC401").waiver is None
    assert [each.confidence for one in survey_documents(NOW, team) for each in one.findings] == low
    assert Confidence.HIGH in low


def test_a_suppression_is_attached_and_hygiene_speaks(team: Workspace, posts: Any) -> None:
    posts.put((1, "番号が発行されない", BAD + "\n<!-- kb:ignore-page INC401, INC402 要らない -->\n"))
    first, _ = survey_documents(NOW, team)
    assert found(first, "INC401").waiver.kind is WaiverKind.SUPPRESSED
    assert found(first, "INC401").waiver.reason == "要らない"
    assert "INC402" in str(found(first, "KB901").message)


def test_an_expired_suppression_speaks_without_the_page_being_read(
    team: Workspace, posts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts.put((1, "番号が発行されない", BAD + "\n<!-- kb:ignore-page INC401 until=2025-06-30 更改まで -->\n"))
    first, _ = survey_documents(NOW, team)
    assert found(first, "KB904") is None
    monkeypatch.setattr(ranges, "judge_range", None)
    later, _ = survey_documents(Request(now="2025-07-01"), team)
    assert found(later, "INC401").waiver is None
    assert found(later, "KB904") is not None


def test_what_the_team_says_of_rules_holds(team: Workspace) -> None:
    (team.root / "kb.toml").write_text(
        '[esa]\nteam = "docs"\n[lint]\nignore = ["INC302"]\nseverity = {INC203 = "error"}\n', encoding="utf-8"
    )
    first, _ = survey_documents(NOW, Workspace(team.root, load_settings(team.root / "kb.toml")))
    assert found(first, "INC302") is None
    assert found(first, "INC203").severity is Severity.ERROR


def test_files_are_surveyed_without_a_workspace(folder: Path) -> None:
    (folder / "draft.md").write_text(f"# 番号が発行されない\n\n{BAD}", encoding="utf-8")
    (one,) = survey_documents(Request(paths=("draft.md",)), None)
    assert found(one, "INC401").doc == "draft.md"


def test_lines_that_cannot_be_used_are_told(folder: Path) -> None:
    (folder / "x.jsonl").write_text('{"id": 1, "title": "t", "body": "b"}\n{"broken\n', encoding="utf-8")
    told: list[InputError] = []
    assert len(list(survey_documents(Request(input="x.jsonl"), None, told.append))) == 1
    assert len(told) == 1


def test_without_anything_to_read_it_says_so(folder: Path) -> None:
    with pytest.raises(UsageError, match="--input"):
        list(survey_documents(Request(), None))
    with pytest.raises(UsageError, match="NOPE"):
        list(survey_documents(Request(select=("NOPE",)), None))


def test_a_survey_that_is_left_early_keeps_what_it_did(team: Workspace) -> None:
    with Survey(NOW, team) as first:
        next(iter(first))
    assert len(list(survey_documents(NOW, team))) == 2


def test_two_surveys_at_once_find_the_same(team: Workspace) -> None:
    with Survey(NOW, team) as one, Survey(NOW, team) as other:
        pairs = list(zip(one, other, strict=True))
    assert len(pairs) == 2
    assert all(left.findings == right.findings for left, right in pairs)
