"""What travels names nobody: what to do is said, and who did it, or who has left, is told to whoever runs kb."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from lint.conftest import Said
from lint.formats_kit import FOUND, PAGE, Out, at, written
from lint.ticket_kit import BASE, issue, note, put_tickets
from pace import growth

from kb.lint.formats.markdown import MarkdownWriter
from kb.lint.people.audience import Anonymizer, find_names, list_member_names
from kb.lint.people.people import People
from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.model.finding import Finding
from kb.text.lang import Text, t

SHARED = ("sarif", "github", "junit", "markdown", "html")
CODES = ("PST103", "TKT101", "TKT104", "KB905")
NAMES = ("堀切", "horikiri", "久世", "kuze", "神無月")
LINT = ("lint", "--select", ",".join(CODES), "--now", "2025-07-01", "--exit-zero")
KUZE = {"id": 8, "name": "kuze"}

Call = Callable[..., Said]


@pytest.fixture
def team(workspace: Path) -> Path:
    """A mirror in which each of these rules has a name to tell."""
    with (workspace / "kb.toml").open("a", encoding="utf-8") as file:
        file.write(f'[redmine]\nurl = "{BASE}"\n')
    solved = note("堀切 千秋", "2025-05-20T00:00:00Z", status=("新規", "解決"))
    put_tickets(workspace, issue(45, solved, status="解決"), issue(46, assigned_to=KUZE))
    marked = "# 手順\n\n<!-- kb:verified 2025-01-05 神無月 -->\n"
    with Mirror.open(workspace / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.things(Source.ESA, "member", {"horikiri": {"screen_name": "horikiri", "name": "堀切 千秋"}})
        write.things(Source.ESA, "former-member", {"kuze": {"screen_name": "kuze", "name": "久世 誠"}})
        for number, wip, body in ((1, True, "途中"), (2, False, marked)):
            write.put([SourceRow(
                Source.ESA, Kind.POST, str(number), f"esa:{number}", "設計", body, {}, number=number, category="運用",
                wip=wip, author="kuze", edited_by="kuze", updated_at="2025-01-10T03:00:00Z",
            )])  # fmt: skip
    return workspace


@pytest.mark.usefixtures("team")
@pytest.mark.parametrize("format", SHARED)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_what_travels_names_nobody(format: str, lang: str, kb: Call) -> None:
    said = kb("--lang", lang, *LINT, "--format", format).out
    assert [code for code in CODES if code not in said] == []
    assert [name for name in NAMES if name in said] == []


@pytest.mark.usefixtures("team")
def test_what_travels_still_says_what_to_do(kb: Call) -> None:
    said = kb(*LINT, "--format", "github").out
    for words in (
        "引き継ぐ人を決めるか",
        "残っていることを書き添えて",
        "担当者を決めて",
        "確かめた印の名前の人が見つかりません",
    ):
        assert words in said, words


@pytest.mark.usefixtures("team")
def test_whoever_runs_kb_is_told_who(kb: Call) -> None:
    rows = {row["code"]: row["evidence"] for row in kb(*LINT, "--format", "jsonl").rows}
    assert set(rows) == set(CODES)
    for code, name in zip(CODES, ("kuze", "堀切 千秋", "久世 誠", "神無月"), strict=True):
        assert name in rows[code]
        assert rows[code] in {row["evidence"] for row in json.loads(kb(*LINT, "--format", "json").out)["findings"]}
        assert name in kb(*LINT, "--all").out


def test_where_no_mirror_tells_who_there_is_none_is_called_by_name() -> None:
    told = replace(FOUND, code="INC403", message=t("大野さんが再開しています。", "reopened by Ono."))
    out = Out()
    assert "大野" not in written(out, MarkdownWriter(out.append), at(PAGE, (told, FOUND)))
    assert "INC403" in out.text
    assert "まだ決まっていません" in out.text


def test_a_sentence_that_names_nobody_stays_as_it_is() -> None:
    assert Anonymizer(find_names(frozenset({"ono", "大野"}))).anonymize(FOUND) is FOUND


def test_a_rule_nobody_knows_any_more_is_told_by_its_name() -> None:
    gone = replace(FOUND, code="XYZ901", rule="who-was-it", message=t("大野さんです。", "It is Ono."))
    assert Anonymizer(known=()).anonymize(gone).message == Text("who-was-it", "who-was-it")


def test_looking_for_three_hundred_members_costs_little() -> None:
    members = {f"member{number}": f"姓{number} 名{number}" for number in range(300)}
    says = Anonymizer(find_names(list_member_names(People(members))))
    told: list[Finding] = [
        replace(FOUND, message=t(f"#{number} は {number} 日から動いていません。", f"#{number} has not moved."))
        for number in range(1000)
    ]
    assert all(says.anonymize(each) is each for each in told)
    few = Anonymizer(find_names(list_member_names(People({"member1": "姓1 名1"}))))

    def of(size: int) -> Callable[[], object]:
        return lambda: [(says if size > 1 else few).anonymize(each) for each in told]

    assert growth(of, 1, 300, below=20) < 20, "each of three hundred names looked for on its own is 300"
