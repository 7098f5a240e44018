"""Credentials in names of files, and in what a document is called: covered, found, and kept nowhere."""

from __future__ import annotations

import pytest

from kb.ingest.document import ingest
from kb.lint.engine.withheld import has_secret_name
from kb.model.document import Document, Kind, Markup, Source
from kb.rules.judge import build_entry
from kb.secrets.find import find_secrets_in
from kb.secrets.mask_document import mask_document, mask_name
from kb.secrets.masking.mask import cut_span
from kb.secrets.quick_scan import strip_extension

VALUE = "Suzume-5521"
NAME = f"パスワード: {VALUE}.txt"
LINK = f"[{NAME} (1.2 kB)](https://files.esa.io/uploads/production/attachments/1/2026/08/01/1/a.txt)"


def attachment(name: str) -> Document:
    return Document("esa:7", Source.ESA, Kind.ATTACHMENT, name, "", Markup.MARKDOWN, part=f"attachment:{name}")


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a.txt", "a"),
        ("a.tar.gz", "a.tar"),
        ("a.txt (7)", "a"),
        ("a", "a"),
        ("版 2.0 の説明", "版 2.0 の説明"),
        ("", ""),
    ],
)
def test_an_ending_belongs_to_no_value(name: str, stem: str) -> None:
    assert strip_extension(name) == stem


def test_the_name_of_an_attachment_is_looked_through_without_its_ending() -> None:
    sight = ingest(attachment(NAME))
    assert [each.part for each in sight.secrets] == ["title"]
    assert cut_span(NAME, sight.secrets[0].span) == VALUE
    assert VALUE not in sight.document.title
    assert sight.document.title.endswith(".txt")


def test_the_name_in_a_link_is_part_of_the_page() -> None:
    text = f"一つ目\n- 表は {LINK} です"
    (found,) = find_secrets_in(text)
    assert (found.span.line, cut_span(text, found.span)) == (2, VALUE)
    assert find_secrets_in(text.replace("/uploads/", "/other/")) == ()  # any other link is a path to the detector


def test_what_a_line_holds_besides_is_told_once() -> None:
    text = f"PW: Hibari_3307 {LINK} {LINK}"
    assert [cut_span(text, each.span) for each in find_secrets_in(text)] == ["Hibari_3307", VALUE, VALUE]


@pytest.mark.parametrize(
    "name",
    [
        f"attachment:{NAME}",
        f"attachment:{NAME} (12)",
        f"field:接続先 https://ops:{VALUE}@db.example/",
        f"a/PW：{VALUE}/b",
    ],
)
def test_no_part_of_a_name_shows_a_value(name: str) -> None:
    assert VALUE not in mask_name(name)


@pytest.mark.parametrize("name", ["field:接続先 APIキー: {}", "notes/APIキー: {}.md", "attachment:APIキー: {}.txt"])
def test_no_half_of_a_value_with_a_slash_is_shown(name: str) -> None:
    halves = ("Zx8kQ2mV7pLr4TnWs9", "3hGd6fBy5cXv1jNe")
    assert not [half for half in halves if half in mask_name(name.format("/".join(halves)))]


@pytest.mark.parametrize(
    "name", ["db/password/prod-01", "redmine:wiki:db/password/prod-01", "運用/ID・パスワード/一覧"]
)
def test_a_path_is_no_value_for_its_slashes(name: str) -> None:
    assert mask_name(name) == name


def test_a_document_is_shown_without_values_in_id_part_and_what_is_said_of_it() -> None:
    seen = mask_document(
        Document(
            f"files:notes/PW：{VALUE}.md", Source.FILES, Kind.ATTACHMENT, NAME, "", Markup.MARKDOWN,
            part=f"attachment:{NAME}",
            meta={"status": f"パスワード: {VALUE}", "open_tasks": 3},
        )
    )  # fmt: skip
    assert VALUE not in f"{seen!r} {seen.title} {seen.meta}"  # of a document repr tells neither
    assert seen.meta["open_tasks"] == 3


def test_a_document_called_by_a_value_is_known() -> None:
    assert has_secret_name(build_entry(attachment(NAME)))
    assert not has_secret_name(build_entry(attachment("議事録.txt")))
