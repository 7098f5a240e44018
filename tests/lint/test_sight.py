"""Credentials in a judgement: found once, told by kind, and no value in anything that is kept or shown."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from kb.ingest import document as ingesting
from kb.ingest import remnants as history
from kb.ingest.document import ingest
from kb.ingest.remnants import find_remnants
from kb.model.document import Document, Kind, Markup, Source, Visibility
from kb.model.facts import Facts
from kb.model.page import DocumentVersion, PagePolicy
from kb.reading.facts import read_facts
from kb.rules import registry
from kb.rules.judge import Judge, Judgement
from kb.secrets.masking.mask import cover_secrets, cut_span

VALUE, OTHER = "Kumo7-Hikari", "Mizu8-Kaze"
BODY = (
    f"# 障害報告\n\n## 原因\n\nパスワード: {VALUE} の期限が切れた。\n\n## 再発防止\n\n- 検討中（パスワード: {OTHER}）\n"
)
PAGE = Document(
    "esa:1", Source.ESA, Kind.POST, "障害 パスワード: Sora9-Niji", BODY, Markup.MARKDOWN, category="不具合共有"
)
KEY = bytes(range(32))
RULES = [rule for rule in registry.load_rules() if rule.on]


def judged(document: Document = PAGE, *, key: bytes = KEY, versions: tuple[DocumentVersion, ...] = ()) -> Judgement:
    return Judge(RULES, PagePolicy(), read=read_facts, key=key)(document, versions=versions)


def version(number: int, body: str, title: str = "") -> DocumentVersion:
    return DocumentVersion(
        f"revision:{number}", number, title, body, Markup.MARKDOWN, "ono", "2026-01-01", "", Visibility.MEMBERS
    )


def test_nothing_that_is_kept_holds_a_value() -> None:
    kept = msgspec.msgpack.encode(judged()).decode("utf-8", "replace")
    for value in (VALUE, OTHER, "Sora9-Niji"):
        assert value not in kept
    assert "検討中" in kept  # the words around it are


def test_a_credential_is_a_finding_of_its_kind_with_its_exact_place() -> None:
    found = [each for each in judged().findings if each.code == "SEC101"]
    texts = {"title": PAGE.title, "body": PAGE.body}
    assert [cut_span(texts[each.part], each.span) for each in found] == [VALUE, OTHER, "Sora9-Niji"]
    assert all(each.secret is not None and each.secret.value_id for each in found)
    assert len({each.fingerprint for each in found}) == len({each.content for each in found}) == 3


def test_other_rules_judge_the_page_as_they_did() -> None:
    plain = replace(PAGE, body=BODY.replace(VALUE, "証明書").replace(OTHER, "未定"), title="障害")
    codes = sorted(each.code for each in judged().findings if each.code < "SEC")
    assert codes == sorted(each.code for each in judged(plain).findings)
    assert "INC402" in codes


def test_a_fingerprint_is_that_of_the_value_wherever_it_moves() -> None:
    def prints(body: str) -> set[str]:
        found = judged(replace(PAGE, title="", body=body)).findings
        return {each.fingerprint for each in found if each.code == "SEC101"}

    here = prints(f"パスワード: {VALUE}\n")
    assert len(here) == 1
    assert prints(f"経緯\n\n- ID: ops\n- パスワード： {VALUE}\n") == here
    assert prints(f"パスワード: {OTHER}x\n") != here


def test_without_a_key_a_credential_has_no_name() -> None:
    found = [each for each in judged(key=b"").findings if each.code == "SEC101"]
    assert len(found) == 3
    assert {each.secret.value_id for each in found if each.secret} == {""}


def test_the_same_value_has_one_name_in_any_width_and_no_name_without_the_key() -> None:
    names = [
        secret.value_id
        for body in (f"パスワード: {VALUE}", "パスワード： Ｋｕｍｏ７-Ｈｉｋａｒｉ")
        for secret in ingest(replace(PAGE, body=body, title=""), key=KEY).secrets
    ]
    assert len(names) == 2
    assert len(set(names)) == 1
    other = ingest(replace(PAGE, body=f"パスワード: {VALUE}", title=""), key=bytes(32)).secrets
    assert other[0].value_id not in names


@pytest.mark.parametrize("kind", [Kind.COMMENT, Kind.NOTE])
def test_the_title_of_a_comment_is_its_page_s(kind: Kind) -> None:
    secrets = judged(replace(PAGE, kind=kind, part="comment:3", body="了解です")).entry.secrets
    assert secrets == ()


def test_a_mark_on_a_page_no_rule_asks_for_holds_no_value() -> None:
    page = replace(PAGE, title="手順", body=f"# 手順\n<!-- kb:verified 2026-11-01 password={VALUE} -->\n", category="")
    judgement = Judge((), PagePolicy(), read=read_facts, key=KEY)(page)
    assert judgement.entry.verified is not None
    assert VALUE not in judgement.entry.verified.by


def test_what_is_not_read_is_looked_through() -> None:
    def never(*_: object) -> Facts:
        raise AssertionError("read")

    only = [rule for rule in RULES if rule.code.startswith("SEC")]
    judgement = Judge(only, PagePolicy(), read=never, key=KEY)(PAGE)
    assert not judgement.crashes
    assert judgement.entry.facts is None
    assert len(judgement.findings) == 3


def test_a_text_that_cannot_be_looked_through_leaves_no_word_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bool:
        raise ValueError(VALUE)

    monkeypatch.setattr("kb.secrets.page.prefilter.may_hold_secret", broken)
    judgement = judged()
    assert [str(crash.what).count("secrets") for crash in judgement.crashes] == [1]
    assert (judgement.entry.title, judgement.entry.category, judgement.findings) == ("", "", ())


def test_covering_moves_nothing() -> None:
    text = "パスワード: ぱすわーど「Ｋｕｍｏ７」です\nPW: Kumo7-Hikari 🔑\n"
    found = ingest(replace(PAGE, body=text, title="")).secrets
    hidden = cover_secrets(text, found)
    assert found
    assert hidden != text
    assert [len(line) for line in hidden.split("\n")] == [len(line) for line in text.split("\n")]
    assert len(hidden.encode()) == len(text.encode())


def test_only_what_the_page_no_longer_holds_is_left_in_its_history() -> None:
    now = replace(PAGE, title="管理画面", body=f"パスワード: {OTHER}\n")
    before = (
        version(3, f"パスワード: {OTHER}\n"),
        version(2, f"パスワード: {VALUE}\nPIN: 暗証番号は 4073 です\n"),
        version(1, f"経緯\nパスワード: {VALUE}\n", title="管理画面 パスワード: Sora9-Niji"),
    )
    found = find_remnants(now, ingest(now).secrets, before, KEY)
    assert [(each.secret.part, each.parts, each.held) for each in found] == [
        ("revision:2", ("revision:2", "revision:1"), 2),
        ("revision:2", ("revision:2",), 1),
        ("revision:1:title", ("revision:1",), 1),
    ]
    findings = [each for each in judged(now, versions=before).findings if each.code == "SEC201"]
    assert [each.part for each in findings] == ["revision:1:title", "revision:2", "revision:2"]


def test_a_page_without_a_past_is_not_folded_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(form: str, text: str) -> str:
        raise AssertionError(f"{len(text)} characters")

    monkeypatch.setattr(history, "normalize", never)
    assert find_remnants(replace(PAGE, body="ﷺ" * 9), (), ()) == ()


def test_a_short_value_counts_as_still_there_only_as_a_credential() -> None:
    now = replace(PAGE, title="", body="2026-4073 号室の件\n")
    before = (version(1, "暗証番号は 4073 です\n"),)
    assert len(find_remnants(now, ingest(now).secrets, before)) == 1
    again = replace(now, body="暗証番号は 4073 です\n")
    assert find_remnants(again, ingest(again).secrets, before) == ()


def test_a_value_that_is_quoted_elsewhere_is_covered_there_too() -> None:
    body = f"パスワード: {VALUE}\n\n{VALUE} は来週変えます。\n\nPIN: 4821\n\n障害は 4821 件でした。\n"
    seen = ingest(replace(PAGE, title=f"{VALUE} の件", body=body, tags=(VALUE,), category=f"メモ/{VALUE}")).document
    assert VALUE not in "".join((seen.title, seen.body, seen.category, *seen.tags))
    assert len(seen.body) == len(body)
    assert "4821 件" in seen.body, "a short value stands in other meanings too"


def test_the_title_of_a_file_is_a_line_of_it_and_told_once() -> None:
    file = replace(
        PAGE, kind=Kind.FILE, source=Source.FILES, title=f"パスワード: {VALUE}", body=f"# パスワード: {VALUE}\n"
    )
    assert [each.part for each in ingest(file).secrets] == [""]
    assert VALUE not in ingest(file).document.title
    named = replace(file, body="# 覚え書き\n")
    assert [each.part for each in ingest(named).secrets] == ["title"], "the file's name alone holds it"


def test_a_plain_word_that_is_a_value_keeps_its_meaning_elsewhere() -> None:
    seen = ingest(replace(PAGE, body="redmine のパスワード: redmine\n\nhttps://redmine.example/issues/12\n")).document
    assert "https://redmine.example/issues/12" in seen.body


def test_what_a_comment_of_suppression_says_holds_no_value() -> None:
    from kb.rules.directives import parse_directives

    body = f"TODO <!-- kb:ignore INC402 パスワード: {VALUE} のため -->\n"
    judge = Judge(RULES, PagePolicy(), read=read_facts, directives=parse_directives, key=KEY)
    (said,) = judge(replace(PAGE, title="障害", body=body)).directives
    assert said.codes == ("INC402",)
    assert VALUE not in repr(said)


def test_tags_nobody_sets_are_not_looked_through_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingesting, "MAX_TAGS", 2)
    seen = ingest(replace(PAGE, tags=("運用", f"パスワード: {VALUE}", f"PW: {OTHER}"))).document
    assert seen.tags[0] == "運用"
    assert len(seen.tags) == 2
    assert VALUE not in seen.tags[1]
