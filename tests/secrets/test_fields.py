"""The name of a custom field, of a form's field or of an attached file says what stands there, as any label does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from together import together

from kb.ingest.document import ingest
from kb.ingest.remnants import find_remnants
from kb.mirror.documents import SourceRow
from kb.model.document import Document, Kind, Markup, Source, Visibility
from kb.model.facts import Confidence
from kb.model.page import DocumentVersion
from kb.secrets.find import find_secrets_in
from kb.secrets.mask_document import mask_document
from kb.secrets.masking.mask import cut_span, cut_value
from kb.sources.redmine.rows import field_rows

VALUE = "Suzume-5521"
LABELS = (
    "パスワード", "root password", "APIキー", "SECRET_KEY", "認証情報", "DB接続パスワード", "管理者PW", "API Token",
)  # fmt: skip
OTHERS = ("備考", "パスワードの保管場所", "パスワード更新日", "トークンの有効期限", "パスワード有無")
VALUES = (VALUE, "q7Rk2Tz9Wm4Xc6Vb8Nf1", "hibari8842")


def field(name: str, value: str) -> Document:
    return Document("redmine:7", Source.REDMINE, Kind.FIELD, name, value, Markup.TEXTILE, part=f"field:{name}")


@pytest.mark.parametrize("name", LABELS)
@pytest.mark.parametrize("value", VALUES[:2])
def test_a_field_named_like_a_credential_holds_one(name: str, value: str) -> None:
    document = field(name, value)
    (found,) = ingest(document).secrets
    assert found.confidence >= Confidence.MEDIUM
    assert cut_value(document, found) == value
    assert value not in ingest(document).document.body
    assert value not in mask_document(document).body


@pytest.mark.parametrize("name", ["パスワード", "root password", "認証情報", "DB接続パスワード", "管理者PW"])
def test_a_plain_password_counts_in_a_field_for_passwords(name: str) -> None:
    assert [cut_value(field(name, VALUES[2]), each) for each in ingest(field(name, VALUES[2])).secrets] == [VALUES[2]]


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("value", [VALUE, "2026-04-01", "あり", "https://vault.example.jp/ops/7", "k-sato2"])
def test_a_field_that_speaks_of_something_else_holds_none(name: str, value: str) -> None:
    document = field(name, value)
    assert not ingest(document).secrets
    assert mask_document(document).body == value


@pytest.mark.parametrize("name", LABELS)
@together(
    "value",
    [
        "2026-04-01", "2026/04/01 10:00", "あり", "なし", "yes", "No", "true", "-", "N/A", "1Password", "KeePassXC",
        "Vault", "https://vault.example.jp/ops/7", "/etc/app/secret.env", "鈴木 一郎", "未設定", "別途連絡", "********",
        "変更済み", "OPS-0411", "LDAP", "op://ops/kiji/password", "${DB_PASSWORD}",
    ],
)  # fmt: skip
def test_a_value_that_is_no_credential_stays_silent_under_any_label(name: str, value: str) -> None:
    assert not [each for each in ingest(field(name, value)).secrets if each.confidence >= Confidence.MEDIUM]


def test_a_title_of_a_page_is_no_label_of_its_text() -> None:
    ticket = replace(field("パスワード", "sakuragaoka"), kind=Kind.TICKET, part="body")
    assert ingest(field("パスワード", "sakuragaoka")).secrets
    assert not ingest(ticket).secrets


def test_each_line_of_a_field_is_read_with_its_name() -> None:
    document = field("パスワード", f"{VALUE}\n\n- Hibari-3307\n2026-04-01 に変更")
    assert [cut_value(document, each) for each in ingest(document).secrets] == [VALUE, "Hibari-3307"]


def test_a_field_says_what_it_said_before() -> None:
    document = field("管理者PW", "1Password 参照")
    old = DocumentVersion("journal:3:old", 3, "", VALUE, Markup.TEXTILE, "小野", "2026-04-01", "", Visibility.MEMBERS)
    (left,) = find_remnants(document, ingest(document).secrets, [old])
    assert (left.secret.kind.value, left.parts) == ("password", ("journal:3:old",))


def test_a_field_comes_out_of_a_ticket_with_its_name() -> None:
    ticket = SourceRow(Source.REDMINE, Kind.TICKET, "7", "redmine:7", "設定", "", {})
    sent = {"custom_fields": [{"id": 4, "name": "DB接続パスワード", "value": VALUE}, {"id": 5, "name": "備考"}]}
    (row,) = field_rows(sent, ticket, {})
    assert (row.title, row.body, row.part) == ("DB接続パスワード", VALUE, "field:DB接続パスワード")


def test_a_file_named_after_a_credential_holds_one() -> None:
    document = replace(field("root_password.txt", VALUE), kind=Kind.ATTACHMENT, part="attachment:root_password.txt")
    (found,) = ingest(document).secrets
    assert cut_value(document, found) == VALUE
    assert VALUE not in mask_document(document).body
    assert not ingest(replace(document, title="root_password_policy.txt")).secrets


@pytest.mark.parametrize("sep", ["%3A", "%EF%BC%9A", "%3A%20"])
def test_an_address_is_read_as_what_it_says(sep: str) -> None:
    text = f"前\n[メモ](https://kb.example.jp/posts?q=%E3%83%91%E3%82%B9%E3%83%AF%E3%83%BC%E3%83%89{sep}{VALUE}&page=2)"
    (found,) = find_secrets_in(text)
    assert (found.span.line, cut_span(text, found.span)) == (2, VALUE)


@pytest.mark.parametrize(
    "text",
    ["%", "%E3%83", "https://a.example/%E3%83%91%ZZ%E3", "%FF%FE%80 パスワード", "%E3%83%91" * 5_000, "<dt>" * 5_000],
)
def test_what_is_cut_or_wrong_costs_nothing_and_says_nothing(text: str) -> None:
    assert find_secrets_in(text) == ()
