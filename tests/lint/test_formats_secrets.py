"""Secrets in every format: places for the person at the terminal and for programs, counts for everybody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from lint.formats_kit import ENTRY, FOUND, PAGE, STANDING, WARNED, Out, at, written
from lint.test_formats import screen

from kb.lint.engine.request import FindingWriter
from kb.lint.formats.ci import GitHubWriter, JUnitWriter
from kb.lint.formats.html import HtmlWriter
from kb.lint.formats.json import JsonlWriter, JsonWriter
from kb.lint.formats.markdown import MarkdownWriter
from kb.lint.formats.sarif import SarifWriter
from kb.lint.formats.source_lines import SourceLines
from kb.lint.formats.wording import READERS, TARGET_TEXTS, describe_secret
from kb.model.document import Kind, Source, Visibility
from kb.model.facts import Confidence
from kb.model.finding import Finding, Waiver, WaiverKind
from kb.model.secret import Remnant, SecretKind
from kb.rules import registry
from kb.rules.codes import is_secret
from kb.rules.finding import describe_crash, make_finding
from kb.rules.judge import Judgement
from kb.rules.registry import Hit, Rule, load_rules
from kb.secrets.exposure import TARGETS, Exposure
from kb.secrets.find import load_detection_rules
from kb.text import lang
from kb.text.display import display_width
from kb.text.lang import t
from kb.text.lines import Span

TRAVELLING: dict[str, Callable[..., FindingWriter]] = {
    "sarif": SarifWriter,
    "github": GitHubWriter,
    "junit": JUnitWriter,
    "markdown": MarkdownWriter,
    "html": HtmlWriter,
}

VAULT = at(PAGE, (STANDING,), title="金庫の番号", doc="esa:7731", url="https://docs.esa.io/posts/7731")
CREDENTIAL = STANDING.secret
assert CREDENTIAL is not None


def secret(**what: object) -> Finding:
    """A finding on a credential of another sort."""
    assert CREDENTIAL is not None
    return replace(STANDING, secret=replace(CREDENTIAL, **what))  # type: ignore[arg-type]


def made(name: str, *judgements: Judgement, waived: tuple[Finding, ...] = (), secret_places: bool = False) -> str:
    out = Out()
    text = written(out, TRAVELLING[name](out.append, secret_places=secret_places), *judgements, waived=waived)
    return text.replace("\\", "") if name == "markdown" else text


# -- the screen -----------------------------------------------------------------------------------


def places(rows: list[str]) -> list[str]:
    return [row.split()[0] for row in rows if row.startswith("  ")]


def test_the_most_exposed_secrets_come_first_then_what_opens_most_then_the_newest() -> None:
    def page(doc: str, found: Finding, visibility: Visibility, updated: str = "2025-06-01T00:00:00Z") -> Judgement:
        return at(PAGE, (found,), doc=doc, visibility=visibility, updated_at=updated)

    rows = screen(
        page("esa:few", secret(opens="root"), Visibility.PRIVATE, "2026-01-01T00:00:00Z"),
        page("esa:hook", secret(opens="hook"), Visibility.MEMBERS, "2026-01-01T00:00:00Z"),
        page("esa:older", secret(opens="database"), Visibility.MEMBERS),
        page("esa:newer", secret(opens="database"), Visibility.MEMBERS, "2025-07-01T00:00:00Z"),
        page("esa:shared", secret(opens="hook"), Visibility.INTERNET),
        page("esa:late", FOUND, Visibility.MEMBERS, "2026-02-01T00:00:00Z"),
    )
    assert places(rows) == [
        *("esa:shared:3", "esa:newer:3", "esa:older:3", "esa:hook:3", "esa:few:3"),
        "esa:late:12",
    ]


def test_a_row_says_what_a_secret_is_and_who_can_read_it() -> None:
    assert screen(VAULT)[1] == "  esa:7731:3  金庫の番号 （パスワード・8-15 文字・メンバー全員）"
    ticket = at(VAULT, (secret(kind=SecretKind.WEBHOOK_URL),), source=Source.REDMINE, visibility=Visibility.PRIVATE)
    lang.set_language("en")
    assert screen(ticket)[1].endswith("(webhook URL, 8-15 characters, hook, a project or part of the team)")


def test_of_a_local_file_nobody_claims_to_know_the_readers() -> None:
    assert "メンバー" not in screen(at(VAULT, source=Source.FILES, kind=Kind.FILE))[1]


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("group_by", ["rule", "page", "category"])
def test_a_row_of_a_secret_fits_the_terminal(columns: int, group_by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    rows = screen(at(VAULT, title="長い題名" * 20), group_by=group_by)
    assert all(display_width(row) <= columns for row in rows)
    assert columns < 80 or "メンバー全員" in rows[-1]


@pytest.mark.parametrize(
    ("room", "kept"),
    [(50, "パスワード・8-15 文字・メンバー全員"), (30, "パスワード・メンバー全員"), (20, "メンバー全員")],
)
def test_a_row_gives_up_how_long_a_value_is_before_who_can_read_it(room: int, kept: str) -> None:
    entry = VAULT.entry
    found = describe_secret(entry, VAULT.findings[0], room)
    assert found is not None
    assert found.ja == kept


def test_a_line_with_a_secret_is_not_shown_though_nobody_asked_for_secrets() -> None:
    assert CREDENTIAL is not None
    entry = replace(ENTRY, secrets=(replace(CREDENTIAL, span=Span(11, 5, 14, 3)),))
    page = Judgement(entry, (FOUND,))
    rows = screen(page, line_of=lambda entry, finding: "対策: TODO password=hunter2")
    assert rows[-1] == "  7:12  注文が二重になる", "it begins above the finding and ends below"
    elsewhere = replace(page, entry=replace(entry, secrets=(replace(CREDENTIAL, part="title"),)))
    assert "「TODO」" in screen(elsewhere)[-1], "a value in the title is not on this line"


def test_a_secret_that_was_written_meanwhile_is_covered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.md").write_text("\n" * 11 + "対策: TODO パスワード: Yama3-Tsubame\n", encoding="utf-8")
    with SourceLines() as lines:
        line = lines(replace(ENTRY, doc="a.md", source=Source.FILES), FOUND)
    assert "TODO" in line
    assert "Yama3" not in line


def test_a_line_that_quotes_a_value_of_the_page_shows_it_covered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.md").write_text(
        "パスワード: Yama3-Tsubame\n" + "\n" * 10 + "TODO: Yama3-Tsubame をやめる\n", encoding="utf-8"
    )
    entry = replace(ENTRY, doc="a.md", source=Source.FILES, secrets=tuple(filter(None, [CREDENTIAL])))
    with SourceLines() as lines:
        assert lines(entry, FOUND).rstrip() == "TODO: ************* をやめる"


def test_the_last_line_counts_values_that_stand_in_several_places() -> None:
    once, twice = secret(value_id="once"), secret(value_id="twice")
    rows = screen(at(VAULT, (once, twice)), at(VAULT, (twice, twice), doc="esa:8"))
    assert rows[-1] == "2 か所以上に書かれた同じ値 1 種類（3 か所） → kb secrets list"
    assert not [row for row in screen(at(VAULT, (once,))) if "か所" in row]
    nameless = secret(value_id="")
    assert not [row for row in screen(at(VAULT, (nameless, nameless))) if "か所" in row], "without a key nobody knows"


def test_a_secret_explains_itself_in_words() -> None:
    found = secret(doubts=("variable", "something new"))
    told = (
        "規則 password・見つけたわけ 値の前の言葉（パスワードなど、コロンや等号の後）・読める人 メンバー全員"
        "・ほかの見方 変数、something new・確からしさ 高い"
    )
    assert screen(at(VAULT, (found,)), explain=True)[2:] == [
        f"      {told}",
        "      このままでよければ: <!-- kb:ignore SEC101 ここに理由 -->",
    ]
    lang.set_language("en")
    assert screen(VAULT, explain=True)[2] == (
        "      rule password, found by a word in front of the value (a password's, behind a colon or equals sign), "
        "readers every member, confidence high"
    )


def test_a_secret_in_a_title_can_be_left_alone_by_the_page_only() -> None:
    assert "kb:ignore-page SEC101" in screen(at(VAULT, (replace(STANDING, part="title"),)), explain=True)[-1]


def test_closed_sets_have_words() -> None:
    assert set(READERS) == set(Exposure)
    assert {each for each in TARGETS if each} == set(TARGET_TEXTS)


def test_each_kind_of_secret_has_words_and_its_rule() -> None:
    rules = {rule.code: rule.name for rule in load_rules()}
    for kind in SecretKind:
        assert kind.label.ja, kind
        assert kind.label.en, kind
        assert rules[kind.code] == kind.rule_name
        assert kind.opens in TARGETS


def test_each_rule_of_a_detector_has_words() -> None:
    known = load_detection_rules()
    assert len(known) > 20
    for name, rule in known.items():
        assert name == rule.name
        assert rule.words.ja, name
        assert rule.words.en, name


# -- what travels ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TRAVELLING)
def test_what_travels_counts_secrets_and_does_not_place_them(name: str) -> None:
    personal = replace(secret(kind=SecretKind.PHONE), code="PII101", rule="phone")
    text = made(name, at(VAULT, (STANDING, STANDING, personal)))
    assert "SEC101 password: 2 件" in text
    assert "PII101 phone: 1 件" in text
    assert not [word for word in ("7731", "金庫", ":3", '"startLine"', STANDING.fingerprint) if word in text]


@pytest.mark.parametrize("name", TRAVELLING)
def test_what_travels_places_secrets_where_that_is_asked_for(name: str) -> None:
    text = made(name, VAULT, secret_places=True)
    assert "7731" in text
    assert "場所はここには書きません" not in text


@pytest.mark.parametrize("name", TRAVELLING)
@pytest.mark.parametrize("kind", WaiverKind)
def test_what_was_set_aside_is_not_placed_either(name: str, kind: WaiverKind) -> None:
    waived = (replace(STANDING, waiver=Waiver(kind, "見本です", by="sato")),)
    text = made(name, at(VAULT, ()), waived=waived)
    assert not [word for word in ("7731", "金庫", "見本です", STANDING.fingerprint) if word in text]


@pytest.mark.parametrize("name", ["sarif", "junit"])
def test_formats_that_keep_what_was_set_aside_count_it(name: str) -> None:
    waived = (replace(STANDING, waiver=Waiver(WaiverKind.ACCEPTED, "見本です")),) * 3
    assert "SEC101 password: 出していないもの 3 件。" in made(name, at(VAULT, ()), waived=waived)
    assert "SEC101 password: 1 件（ほかに出していないもの 3 件）。" in made(name, VAULT, waived=waived)
    assert "7731" in made(name, at(VAULT, ()), waived=waived, secret_places=True)


@pytest.mark.parametrize("name", TRAVELLING)
@pytest.mark.parametrize("words", ["kb:ignore SEC101", "kb:ignore password", "kb:ignore-page PII", "kb:ignore INC402"])
def test_a_comment_that_suppresses_a_secret_is_not_placed(name: str, words: str) -> None:
    remark = replace(FOUND, code="KB902", rule="suppression-without-reason", quote=words)
    secrets = (CREDENTIAL,) if words.endswith("INC402") else ()
    assert CREDENTIAL is not None
    page = Judgement(replace(VAULT.entry, secrets=tuple(filter(None, secrets))), (remark,))
    text = made(name, page)
    assert "KB902 suppression-without-reason: 1 件" in text
    assert "7731" not in text
    innocent = at(VAULT, (replace(remark, quote="kb:ignore INC402"),))
    assert "7731" in made(name, innocent), "a comment on anything else, in a page without secrets"


@pytest.mark.parametrize(
    "rule", [rule for rule in registry.load_rules() if is_secret(rule.code)], ids=lambda rule: rule.code
)
def test_a_comment_may_call_a_rule_on_secrets_by_its_name(rule: Rule) -> None:
    remark = replace(FOUND, code="KB901", rule="unused-suppression", quote=f"kb:ignore-section {rule.name}")
    assert "7731" not in made("github", at(VAULT, (remark,)))


@pytest.mark.parametrize("name", TRAVELLING)
def test_a_page_with_a_secret_is_named_for_other_findings(name: str) -> None:
    text = made(name, at(VAULT, (STANDING, WARNED)))
    assert "7731" in text
    assert WARNED.code in text
    assert "SEC101 password: 1 件" in text


# -- names that hold a value ----------------------------------------------------------------------

VALUE = "Yama3-Tsubame"
WIKI = replace(
    ENTRY,
    doc=f"redmine:wiki:net/パスワードは{VALUE}",
    source=Source.REDMINE,
    kind=Kind.WIKI,
    title="パスワードは*************",
    url=f"https://redmine.example/projects/net/wiki/パスワードは{VALUE}",
)


@pytest.mark.parametrize("name", [*TRAVELLING, "json", "jsonl", "text"])
@pytest.mark.parametrize("part", ["body", f"attachment:パスワードは{VALUE}", f"attachment:パスワード：{VALUE}.md"])
def test_no_format_names_a_document_by_a_value(name: str, part: str) -> None:
    page = Judgement(WIKI, (replace(STANDING, doc=WIKI.doc, part=part), replace(WARNED, doc=WIKI.doc, part=part)))
    out = Out()
    if name == "text":
        text = "\n".join(screen(page, explain=True, pages=True, everything=True))
    elif name in TRAVELLING:
        text = made(name, page, secret_places=True)
    else:
        text = written(out, {"json": JsonWriter, "jsonl": JsonlWriter}[name](out.append, pages=True), page)
    assert "redmine:wiki:net" in text or name in ("sarif", "github")
    assert VALUE not in text
    assert "Yama3" not in text


def test_a_row_on_the_history_leads_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CREDENTIAL is not None
    before = replace(CREDENTIAL, part="revision:3")
    left = Remnant(before, ("revision:3",), 1, Visibility.MEMBERS, "https://docs.esa.io/posts/7731/revisions/3")
    found = replace(STANDING, code="SEC201", part="revision:3", secret=before, message=t("残っています。", "left."))
    page = Judgement(replace(VAULT.entry, remnants=(left,)), (found,))
    assert places(screen(page)) == ["esa:7731#revision:3:3"]
    assert "https://docs.esa.io/posts/7731/revisions/3" in made("markdown", page, secret_places=True)


def test_a_message_that_quotes_a_covered_title_does_not_tell_how_long_its_value_is() -> None:
    rule = next(each for each in registry.load_rules() if each.code == "INC505")
    hit = Hit(t("「【完了】PW は *************」にそろえて", 'make it "PW *************"'), FOUND.span, Confidence.HIGH)
    made = make_finding(rule, hit, 7, "title", content="", quote="")
    assert str(made.message) == "「【完了】PW は ********」にそろえて"
    assert made.message.en == 'make it "PW ********"'


@pytest.mark.parametrize("name", TRAVELLING)
def test_a_crash_on_a_document_called_by_a_value_does_not_name_it(name: str) -> None:
    try:
        raise KeyError(VALUE)
    except KeyError as error:
        failed = describe_crash("INC402 prevention-placeholder", WIKI.doc, f"attachment:パスワードは{VALUE}", error)
    text = made(name, Judgement(WIKI, (), (failed,)), secret_places=True)
    assert VALUE not in text + str(failed.what) + str(failed.next_step)
    assert "redmine:wiki:net/パスワードは********" in str(failed.what)
