"""Credentials in categories and tags are findings of their own, at a place that is no line of the text."""

from __future__ import annotations

import pytest

from kb.ingest.document import ingest
from kb.model.document import Document, Kind, Markup, Source
from kb.model.secret import Secret
from kb.secrets.mask_document import mask_document
from kb.secrets.masking.mask import cut_value

VALUE = "Suzume-5521"


def post(category: str = "", tags: tuple[str, ...] = (), kind: Kind = Kind.POST, body: str = "本文") -> Document:
    return Document("esa:7", Source.ESA, kind, "手順", body, Markup.MARKDOWN, category=category, tags=tags)


def found(document: Document) -> list[tuple[str, int, str]]:
    def told(each: Secret) -> tuple[str, int, str]:
        return each.part, each.span.line, cut_value(document, each)

    return [told(each) for each in ingest(document).secrets]


def test_a_category_and_a_tag_are_read() -> None:
    document = post(f"運用/PW：{VALUE}", ("手順", f"password:{VALUE}x", "root"))
    assert found(document) == [("category", 1, VALUE), ("tags", 2, f"{VALUE}x")]
    for seen in (ingest(document).document, mask_document(document)):
        assert VALUE not in " ".join((seen.category, *seen.tags))
    assert [each.value_id for each in ingest(document, key=b"k" * 32).secrets if not each.value_id] == []


@pytest.mark.parametrize(
    ("category", "tags"),
    [
        ("db/password/prod-01", ()),
        ("運用/ID・パスワード/一覧", ("パスワード", "APIキー", "token-v2", "パスワード変更2026")),
        ("運用/パスワード/web-prd-03", ("password", "root")),
        ("Users/k-sato2/パスワード管理", ("secret-santa",)),
    ],
)
def test_a_path_and_a_word_are_no_values(category: str, tags: tuple[str, ...]) -> None:
    assert found(post(category, tags)) == []


def test_what_hangs_on_a_post_does_not_tell_its_category_again() -> None:
    assert found(post(f"運用/PW：{VALUE}", kind=Kind.COMMENT)) == []
