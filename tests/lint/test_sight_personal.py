"""Personal data in a judgement: like credentials where a rule on them has its say, and else left alone."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from kb.ingest.document import ingest
from kb.model.document import Document, Kind, Markup, Source
from kb.model.page import PagePolicy
from kb.model.secret import SecretKind
from kb.reading.facts import read_facts
from kb.rules import registry
from kb.rules.codes import select_rules
from kb.rules.judge import Judge, Judgement
from kb.secrets.masking.mask import cut_span
from kb.secrets.personal.find import PERSONAL_KINDS, find_personal, merge_personal
from kb.text.lines import Span

PHONE, OTHER, CARD = "090-0173-4826", "０８０－１０２９－４４７５", "4000 0027 1828 4597"
PAGE = Document(
    "esa:1",
    Source.ESA,
    Kind.POST,
    f"障害 田中 {PHONE}",
    f"# 障害報告\n\n## 原因\n\n当番の携帯 {OTHER} に届かなかった。\n\n## 再発防止\n\n- 検討中（カード番号: {CARD}）\n",
    Markup.MARKDOWN,
    category="不具合共有",
    tags=(f"連絡 {PHONE}",),
)
KEY = bytes(range(32))
EVERY = registry.load_rules()


def judged(document: Document, *select: str) -> Judgement:
    return Judge(select_rules(EVERY, select), PagePolicy(), read=read_facts, key=KEY)(document)


def test_nothing_that_is_kept_holds_personal_data() -> None:
    kept = msgspec.msgpack.encode(judged(PAGE, "PII", "INC")).decode("utf-8", "replace")
    for value in (PHONE, OTHER, CARD):
        assert value not in kept
    assert "検討中" in kept  # the words around it are


def test_each_is_a_finding_of_its_kind_with_its_exact_place() -> None:
    found = judged(PAGE, "PII").findings
    texts = {"title": PAGE.title, "body": PAGE.body, "tags": PAGE.tags[0]}
    assert sorted((each.part, each.code, cut_span(texts[each.part], each.span)) for each in found) == [
        ("body", "PII101", OTHER),
        ("body", "PII103", CARD),
        ("tags", "PII101", PHONE),
        ("title", "PII101", PHONE),
    ]
    assert all(each.secret is not None and each.secret.value_id for each in found)
    assert len({each.fingerprint for each in found}) == 4


def test_what_no_rule_asks_for_stays_as_it_is() -> None:
    judgement = judged(PAGE, "PII103")
    assert [each.kind for each in judgement.entry.secrets] == [SecretKind.CARD]
    assert judgement.entry.title == PAGE.title
    assert judged(PAGE).entry.secrets == ()


def test_other_rules_judge_the_page_as_they_did() -> None:
    plain = replace(PAGE, body=PAGE.body.replace(OTHER, "電話").replace(CARD, "未定"), title="障害 田中", tags=())
    codes = [each.code for each in judged(PAGE, "INC", "PII").findings if each.code < "PII"]
    assert codes == [each.code for each in judged(plain, "INC").findings]
    assert "INC402" in codes


def test_where_a_credential_and_personal_data_overlap_the_credential_stays() -> None:
    body = "mysql://app:09001734826@db.example.jp/app と 090-0173-4826\n"
    found = ingest(Document("esa:2", Source.ESA, Kind.POST, "", body, Markup.MARKDOWN), personal=PERSONAL_KINDS).secrets
    assert [(each.kind.value, cut_span(body, each.span)) for each in found] == [
        ("connection_string", "09001734826"),
        ("phone", "090-0173-4826"),
    ]


@pytest.mark.parametrize(
    ("first", "second", "kept"), [((0, 5), (4, 9), 1), ((0, 5), (5, 9), 2), ((5, 9), (0, 6), 1), ((2, 3), (0, 9), 1)]
)
def test_to_overlap_is_to_share_a_character(first: tuple[int, int], second: tuple[int, int], kept: int) -> None:
    (example,) = find_personal("09001734826")

    credential = replace(example, kind=SecretKind.PASSWORD, span=Span(1, first[0] + 1, 1, first[1] + 1))
    personal = replace(example, span=Span(1, second[0] + 1, 1, second[1] + 1))
    assert len(merge_personal((credential,), (personal,))) == kept


def test_what_is_off_is_not_even_loaded() -> None:
    code = (
        "import sys\n"
        "from lint.test_sight_personal import PAGE, judged\n"
        "for name in [each for each in sys.modules if each.startswith('kb.secrets.personal')]: del sys.modules[name]\n"
        "judged(PAGE)\n"
        "sys.exit(any(each.startswith('kb.secrets.personal') for each in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])
