"""What CI servers read: SARIF, GitHub's annotations, JUnit. None of them can be forged by a page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from jsonschema import Draft4Validator
from jsonschema.protocols import Validator
from lint.formats_kit import (
    ACCEPTED,
    BASELINED,
    CRASHED,
    FILE,
    FOUND,
    NOTED,
    PAGE,
    PRIVATE,
    SECRET,
    WAIVED,
    WARNED,
    Out,
    at,
    pages,
    written,
)
from lxml import etree
from properties import examples

from kb.lint import printable
from kb.lint.formats import sarif
from kb.lint.formats.ci import GitHubWriter, JUnitWriter
from kb.lint.formats.sarif import SarifWriter
from kb.model.document import Source
from kb.model.finding import Finding
from kb.rules import registry
from kb.rules.judge import Judgement
from kb.text import lang

SCHEMAS = Path(__file__).parent / "schemas"
SOME = settings(max_examples=examples(60), deadline=None)


# -- SARIF --------------------------------------------------------------------------------------


@cache
def sarif_schema() -> Validator:
    schema = json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_text("utf-8"))
    return Draft4Validator(schema, format_checker=Draft4Validator.FORMAT_CHECKER)


def run_of(*judgements: Judgement, waived: tuple[Finding, ...] = (), **options: Any) -> dict[str, Any]:
    out = Out()
    log = json.loads(written(out, SarifWriter(out.append, **options), *judgements, waived=waived).encode())
    sarif_schema().validate(log)
    (run,) = log["runs"]
    return dict(run)


def test_a_result_has_its_rule_its_place_and_a_fingerprint_that_lasts() -> None:
    run = run_of(FILE)
    (result,) = run["results"]
    driver = run["tool"]["driver"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert result["ruleId"] == driver["rules"][result["ruleIndex"]]["id"] == "INC402"
    assert result["level"] == "error"
    assert result["partialFingerprints"] == {"kb/v1": FOUND.fingerprint}
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "notes/%E4%BA%94%E6%9C%88%208%E6%97%A5.md"
    assert physical["region"] == {"startLine": 12, "startColumn": 3, "endLine": 12, "endColumn": 7}


def test_severities_become_levels() -> None:
    run = run_of(at(FILE, (FOUND, WARNED, NOTED)))
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]
    assert [rule["defaultConfiguration"]["level"] for rule in run["tool"]["driver"]["rules"]] == [
        "error",
        "warning",
        "note",
    ]


def test_a_document_elsewhere_is_its_address_and_a_comment_its_part() -> None:
    run = run_of(at(PAGE, (replace(FOUND, part="comment:9"),), part="comment:9"))
    location = run["results"][0]["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "https://docs.esa.io/posts/7"
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "7#comment:9"


def test_a_title_has_no_line_in_its_file() -> None:
    run = run_of(at(FILE, (replace(FOUND, part="title"),)))
    assert "region" not in run["results"][0]["locations"][0]["physicalLocation"]


def test_what_was_set_aside_is_kept_with_who_said_so_and_why() -> None:
    run = run_of(FILE, waived=(WAIVED, BASELINED, ACCEPTED))
    told = [result["suppressions"] for result in run["results"]]
    assert told[0] == []
    assert [each[0]["kind"] for each in told[1:]] == ["inSource", "external", "external"]
    assert told[1][0]["justification"] == "移行まで"
    assert told[1][0]["properties"] == {"waiver": "suppressed", "until": "2027-01-01"}
    assert "justification" not in told[2][0]
    assert told[3][0]["properties"] == {"waiver": "accepted", "by": "sato"}


def test_rules_bring_the_words_of_the_manual(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [rule for rule in registry.load_rules() if rule.code == "INC402"]
    monkeypatch.setattr(sarif, "repository_url", lambda: "https://git.example/kb")
    (rule,) = run_of(FILE, known=known)["tool"]["driver"]["rules"]
    assert "TODO" in rule["shortDescription"]["text"]
    assert rule["help"]["text"]
    assert rule["helpUri"] == "https://git.example/kb/blob/main/docs/rules/INC402.md"
    monkeypatch.setattr(sarif, "repository_url", lambda: "")
    assert "helpUri" not in run_of(FILE, known=known)["tool"]["driver"]["rules"][0]
    assert "help" not in run_of(FILE, known=())["tool"]["driver"]["rules"][0]


@pytest.mark.parametrize(
    ("stated", "address"),
    [
        (["Homepage, https://a.example", "Repository, https://b.example/kb/"], "https://b.example/kb"),
        (["Homepage, https://a.example"], ""),
        (None, ""),
    ],
)
def test_the_repository_is_the_one_the_distribution_states(
    stated: list[str] | None, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib import metadata

    class Stated:
        def get_all(self, name: str) -> list[str] | None:
            assert name == "Project-URL"
            return stated

    monkeypatch.setattr(metadata, "metadata", lambda name: Stated())
    assert sarif.repository_url() == address


def test_an_empty_run_is_a_run() -> None:
    run = run_of()
    assert run["results"] == []
    assert run["tool"]["driver"]["rules"] == []
    assert run["invocations"][0] == {"executionSuccessful": True, "toolExecutionNotifications": []}


def test_a_crash_makes_the_run_unsuccessful_and_is_named() -> None:
    (invocation,) = run_of(CRASHED)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "INC402" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_a_rule_that_crashes_everywhere_fills_no_memory() -> None:
    (invocation,) = run_of(*[CRASHED] * 150)["invocations"]
    assert len(invocation["toolExecutionNotifications"]) == 100


@SOME
@given(pages())
def test_sarif_of_hostile_pages_follows_the_schema(page: tuple[Judgement, list[Finding]]) -> None:
    judgement, waived = page
    run = run_of(judgement, waived=tuple(waived))
    for result in run["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9%\-._~:/?#@!$&'()*+,;=\[\]]+", uri)
        assert not uri.startswith("javascript")


# -- places -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("https://a.example/x y?q=「」#c", "https://a.example/x%20y?q=%E3%80%8C%E3%80%8D#c"),
        ("https://a.example/%E3%81%82/100%/[b]", "https://a.example/%E3%81%82/100%25/%5Bb%5D"),
        ("http://[::1]:3000/a", "http://[::1]:3000/a"),
        ("HTTPS://a.example", "HTTPS://a.example"),
        ("javascript:alert(1)", ""),
        ("//a.example", ""),
        ("", ""),
    ],
)
def test_an_address_is_a_uri_or_nothing(url: str, uri: str) -> None:
    assert printable.safe_url(replace(PAGE.entry, url=url)) == uri


def test_a_file_is_named_from_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = replace(FILE.entry, doc=str(tmp_path / "a" / "b:c.md"))
    assert printable.relative_path(file) == "a/b:c.md"
    assert unquote(printable.document_uri(file)) == "a/b:c.md"
    assert ":" not in printable.document_uri(replace(FILE.entry, doc="b:c.md")), "not a scheme"
    assert printable.document_uri(replace(FILE.entry, doc="/else where/c.md")) == "file:///else%20where/c.md"
    assert printable.document_uri(replace(FILE.entry, doc="bad\udcff.md")) == "bad%FF.md"
    assert printable.relative_path(replace(FILE.entry, doc="files:notes/a.md")) == "", "a name in the mirror is no path"
    assert printable.document_uri(replace(FILE.entry, doc="")) == "%20"
    assert printable.document_uri(replace(PAGE.entry, url="")) == "7"


# -- GitHub -------------------------------------------------------------------------------------

_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


def _unescaped(text: str, table: tuple[tuple[str, str], ...]) -> str:
    for escape, sign in table:
        text = text.replace(escape, sign)
    return text


def runner(log: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands GitHub's runner sees in a log: what its ActionCommand.cs does, in Python."""
    commands = []
    for line in re.split(r"\r\n|\r|\n", log):
        line = line.lstrip()
        end = line.find("::", 2)
        if line.startswith("::") and end >= 0:
            name, _, properties = line[2:end].partition(" ")
            pairs = dict(pair.split("=", 1) for pair in properties.strip().split(",") if "=" in pair)
            stated = {key: _unescaped(value, _PROPERTY) for key, value in pairs.items()}
            commands.append((name, stated, _unescaped(line[end + 2 :], _DATA)))
        elif found := re.search(r"##\[(\w+)", line):
            commands.append((found[1], {}, line))
    return commands


def annotations(*judgements: Judgement, **options: Any) -> list[tuple[str, dict[str, str], str]]:
    out = Out()
    log = written(out, GitHubWriter(out.append, **options), *judgements)
    assert len(runner(log)) == len(log.splitlines())
    return runner(log)


def test_a_finding_in_a_file_is_an_annotation_of_its_line() -> None:
    assert annotations(at(FILE, (FOUND, replace(WARNED, span=replace(FOUND.span, end_line=14))))) == [
        (
            "error",
            {
                "file": "notes/五月 8日.md",
                "line": "12",
                "endLine": "12",
                "col": "3",
                "endColumn": "7",
                "title": "INC402 prevention-placeholder",
            },
            "まだ決まっていません。",
        ),
        (
            "warning",
            {"file": "notes/五月 8日.md", "line": "12", "endLine": "14", "title": "INC203 cause-shallow"},
            "まだ決まっていません。",
        ),
    ]


def test_a_document_elsewhere_is_named_in_the_annotation() -> None:
    ((level, properties, message),) = annotations(at(PAGE, (NOTED,), title="50% の注文, 二重: 件"))
    assert level == "notice"
    assert properties == {"title": "INC506 title-vague: 7:12"}
    assert message == "まだ決まっていません。 50% の注文, 二重: 件 https://docs.esa.io/posts/7"


def test_a_crash_is_an_error_of_the_run() -> None:
    ((level, _, message),) = annotations(CRASHED)
    assert level == "error"
    assert "INC402" in message


@SOME
@given(pages())
def test_no_page_forges_an_annotation(page: tuple[Judgement, list[Finding]]) -> None:
    judgement, _ = page
    told = annotations(judgement)
    assert len(told) <= 2  # one finding, and either its secrets or what was left out
    for level, properties, _ in told:
        assert level in {"error", "warning", "notice"}
        assert properties.get("file") in (None, "") or judgement.entry.source is Source.FILES
        assert set(properties) <= {"file", "line", "endLine", "col", "endColumn", "title"}


@SOME
@given(pages())
def test_nor_does_it_in_any_other_output_that_a_job_prints(page: tuple[Judgement, list[Finding]]) -> None:
    from kb.lint.formats.html import HtmlWriter
    from kb.lint.formats.json import JsonlWriter, JsonWriter
    from kb.lint.formats.markdown import MarkdownWriter
    from kb.lint.formats.text import TextWriter

    judgement, waived = page
    for make in (
        lambda write: JsonlWriter(write, pages=True),
        lambda write: TextWriter(write, everything=True, rest="", group_by="page", explain=True, pages=True),
        lambda write: TextWriter(write, everything=True, rest="", group_by="category"),
        SarifWriter,
        JUnitWriter,
        MarkdownWriter,
        HtmlWriter,
        lambda write: JsonWriter(write, pages=True),
    ):
        out = Out()
        log = written(out, make(out.append), judgement, waived=waived)
        assert runner(log) == []
        assert not re.search(r"##\w*\[", log)


# -- JUnit --------------------------------------------------------------------------------------


@cache
def junit_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd"))


def suites(*judgements: Judgement, waived: tuple[Finding, ...] = (), **options: Any) -> list[Any]:
    out = Out()
    report = written(out, JUnitWriter(out.append, **options), *judgements, waived=waived)
    root = etree.fromstring(report.encode())
    junit_schema().assertValid(root)
    for suite in root:
        cases = list(suite)
        assert int(suite.get("tests")) == len(cases)
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("errors")) == len(suite.findall("testcase/error"))
        assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))
    return list(root)


def test_a_suite_is_a_document_and_a_failure_what_to_do() -> None:
    suite, run = suites(at(FILE, (FOUND, WARNED, NOTED)), waived=(WAIVED,))
    assert suite.get("name") == "notes/五月 8日.md 注文が二重になる"
    assert suite.get("file") == "notes/五月 8日.md"
    error, warning, info, skipped = suite
    assert (error[0].tag, error[0].get("type"), error[0].get("message")) == (
        "failure",
        "error",
        "まだ決まっていません。",
    )
    assert error[0].text == "notes/五月 8日.md:12:3"
    assert (warning[0].tag, warning[0].get("type")) == ("failure", "warning")
    assert info[0].tag == "system-out"
    assert (skipped[0].tag, skipped[0].get("message")) == ("skipped", "コメントで抑制: 移行まで: 2027-01-01")
    assert run.get("failures") == "0"


def test_nothing_to_tell_is_one_test_that_passes() -> None:
    (run,) = suites(at(PAGE, ()))
    assert [len(case) for case in run] == [0]


def test_a_crash_is_an_error() -> None:
    suite, _ = suites(CRASHED)
    assert suite.get("errors") == "1"


@SOME
@given(pages())
def test_junit_of_hostile_pages_follows_the_schema(page: tuple[Judgement, list[Finding]]) -> None:
    judgement, waived = page
    found = suites(judgement, waived=tuple(waived))
    assert len(found) <= 2


# -- what does not travel -----------------------------------------------------------------------


def test_of_secrets_there_is_a_count_a_kind_and_no_place() -> None:
    other = replace(SECRET, code="SEC201", rule="password", span=replace(SECRET.span, line=31, end_line=31))
    page = at(PAGE, (SECRET, SECRET, other), doc="esa:4711", title="接続情報")
    run = run_of(page, waived=(replace(SECRET, waiver=WAIVED.waiver),))
    assert run["results"] == []
    told = run["invocations"][0]["toolExecutionNotifications"]
    assert [(each["descriptor"]["id"], each["level"]) for each in told] == [("SEC101", "error"), ("SEC201", "error")]
    assert "2 件" in told[0]["message"]["text"]
    assert [(level, properties) for level, properties, _ in annotations(page)] == [
        ("error", {"title": "SEC101"}),
        ("error", {"title": "SEC201"}),
    ]
    (run_suite,) = suites(page)
    assert [case.get("name") for case in run_suite][1:] == ["SEC101", "SEC201"]
    assert run_suite.get("failures") == "2"
    out = Out()
    for text in (
        str(run),
        str(annotations(page)),
        written(out, JUnitWriter(out.append), page),
    ):
        assert "4711" not in text
        assert "接続情報" not in text


def test_places_of_secrets_travel_when_asked() -> None:
    page = at(FILE, (SECRET,))
    assert run_of(page, secret_places=True)["results"][0]["ruleId"] == "SEC101"
    assert annotations(page, secret_places=True)[0][1]["line"] == "3"
    assert len(suites(page, secret_places=True)) == 2


def test_documents_that_not_every_member_may_read_are_counted_and_left_out() -> None:
    lang.set_language("en")
    run = run_of(PRIVATE, PAGE, waived=(WAIVED,))
    assert len(run["results"]) == 1
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].startswith("1 in documents")
    told = annotations(PRIVATE)
    assert [level for level, _, _ in told] == ["notice"]
    assert "人事" not in str(told)
    assert len(suites(PRIVATE)) == 1
    crashed = Judgement(PRIVATE.entry, (), CRASHED.crashes)
    assert [level for level, _, _ in annotations(crashed)] == ["notice"]
    assert len(suites(crashed)) == 1


def test_what_is_written_does_not_wait_for_the_end() -> None:
    for make in (SarifWriter, GitHubWriter, JUnitWriter):
        out = Out()
        writer = make(out.append)
        for _ in range(3):
            before = len(out.text)
            writer.add(PAGE, PAGE.findings, ())
            assert len(out.text) > before
