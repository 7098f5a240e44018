"""Credentials in the title of a wiki page, in which Redmine writes a `_` for each blank."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest

from kb.ingest.document import ingest
from kb.model.document import Document, Kind, Markup, Source
from kb.sandbox.redmine.state.tables import titleize
from kb.secrets.mask_document import mask_document, mask_name
from kb.secrets.masking.mask import locate_secrets
from kb.secrets.quick_scan import scan_wiki_title

SAID = [
    "Authorizationは「Bearer {}」",
    "PW {} root",
    "パスワード {} です",
    "踏み台 token {}",
    "The password of admin is {}",
    "AWS SECRET {}",
    "踏み台 の パスワードは「{}」",
]


def values() -> list[str]:
    """Of the alphabets a value may have in a title, two with a `_` of its own."""
    plain, cut, mixed = (hashlib.sha256(word).digest() for word in (b"plain", b"cut", b"mixed"))
    of_blocks = base64.b32encode(cut).decode()[:14]
    alnum = base64.b64encode(mixed).decode().replace("/", "x").replace("+", "y")
    return [base64.b32encode(plain).decode()[:24], f"{of_blocks}_{plain.hex()[:10]}", f"{alnum[:9]}_{alnum[9:20]}"]


def page(title: str) -> Document:
    url = f"https://redmine.example.jp/projects/ops/wiki/{title}"
    return Document(f"redmine:wiki:ops/{title}", Source.REDMINE, Kind.WIKI, title, "", Markup.TEXTILE, url=url)


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("value", values(), ids=["plain", "cut once", "mixed"])
def test_no_value_of_a_title_is_shown(said: str, value: str) -> None:
    title = titleize(said.format(value))
    assert value in title
    wiki = page(title)
    faces = [
        mask_name(str(wiki.doc)),
        mask_name(wiki.url),
        *map(str, (mask_document(wiki).title, mask_document(wiki).doc)),
    ]
    assert not any(value in face for face in faces)
    assert value not in ingest(wiki).document.title
    assert any(title[start:end].startswith(value[:8]) for start, end in locate_secrets(title, scan_wiki_title(title)))


def test_a_value_ends_before_a_plain_word() -> None:
    value = values()[0]
    title = titleize(f"PW {value} root")
    assert [title[start:end] for start, end in locate_secrets(title, scan_wiki_title(title))] == [value]


@pytest.mark.parametrize(
    "title",
    [
        "パスワード_の_変更手順",
        "Token_usage_of_the_API_v2",
        "PW_管理表",
        "Password_reset_manual_2024",
        "AWS_SECRET_の_渡し方",
        "adsv-prd-web-01_の_ログイン_手順",
        "SSH_key_の_登録_20240801",
        "How_to_rotate_the_root_password",
    ],
)
def test_a_title_that_only_speaks_of_them_stays(title: str) -> None:
    assert scan_wiki_title(title) == ()
    assert mask_document(page(title)) == page(title)


def test_a_file_is_called_as_it_is() -> None:
    value = values()[0]
    title = titleize(f"PW {value} root")
    assert scan_wiki_title(title) != ()
    assert ingest(replace(page(title), kind=Kind.POST)).document.title == title
