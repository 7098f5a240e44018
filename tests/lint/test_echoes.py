"""What messages repeat of what was given: enough to find it, and no credential."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.errors import ConfigError, InputError
from kb.lint.inputs import jsonl
from kb.lint.waivers.decisions import Decisions
from kb.model.document import Document, Kind, Markup, Source, Visibility
from kb.model.page import DocumentVersion
from kb.secrets.mask_document import mask_document
from kb.secrets.masking.mask import make_key_id
from kb.settings.workspace import parse_settings, require_safe_url

Call = Callable[..., Any]

VALUE = "Tsuki4-Kasumi"
SAID = f"パスワード: {VALUE}"


def told(tmp_path: Path, *rows: dict[str, object]) -> str:
    """All that is said of lines that cannot be used."""
    path = tmp_path / "in.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    said: list[InputError] = []
    list(jsonl.read_jsonl(str(path), said.append))
    assert said
    return "\n".join(f"{each.what.ja}{each.what.en}{each.next_step}" for each in said)


@pytest.mark.parametrize(
    "rows",
    [
        ({"id": f"redmine:ops/{SAID}", "body": "x"}, {"id": f"redmine:ops/{SAID}", "body": "y"}),
        ({"id": "1", "body": "x", "kind": SAID},),
        ({"id": "1", "body": "x", "source": SAID},),
        ({"id": "1", "body": "x", "markup": SAID},),
        ({"id": "1", "body": "x", "wip": SAID},),
        ({"id": [SAID], "body": "x"},),
        ({"id": "1", "body": "x", "tags": SAID},),
    ],
)
def test_a_line_that_cannot_be_used_is_told_without_its_credential(
    tmp_path: Path, rows: tuple[dict[str, object], ...]
) -> None:
    assert VALUE not in told(tmp_path, *rows)


@pytest.mark.parametrize(
    "text",
    [
        f'[redmine]\nurl = "//admin:{VALUE}@redmine.example.jp"',
        f'[redmine]\nurl = "https://admin:{VALUE}/x@redmine.example.jp"',
        f'[redmine]\nurl = "https://admin:{VALUE}@redmine.example.jp"',
        f'esa = "{SAID}"',
        f'[lint]\nselect = "{SAID}"',
        f'[esa]\nteam = "docs"\ntoken_command = ["echo {VALUE}"]',
        f'[esa]\nteam = "docs"\ntoken = "{VALUE}"',
        f'timezone = "{SAID}"',
    ],
)
def test_a_mistake_in_kb_toml_is_told_without_the_credential_beside_it(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(text, "kb.toml")
    assert VALUE not in f"{caught.value.what.ja}{caught.value.what.en}{caught.value.next_step}"


def test_an_address_with_a_password_in_it_is_told_without(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in (f"https://u:{VALUE}/@host", f"admin:{VALUE}@host", f"http://u:{VALUE}@host"):
        with pytest.raises(ConfigError) as caught:
            require_safe_url(url, "ESA_API_BASE_URL")
        assert VALUE.partition("-")[0] not in f"{caught.value.what.ja}{caught.value.what.en}{caught.value.next_step}"


@pytest.mark.parametrize(
    "line", [f'what = "{SAID}"', f'what = "accept"\nuntil = "{SAID}"', f'what = "accept"\n"{SAID}" = "x"']
)
def test_a_mistake_in_decisions_is_told_without_the_credential_beside_it(line: str) -> None:
    text = f'format = 1\n\n[[decision]]\nfingerprint = "a"\ndoc = "esa:1"\ncode = "INC401"\nreason = "r"\n{line}\n'
    with pytest.raises(InputError) as caught:
        Decisions.parse(text, "kb-decisions.toml")
    assert VALUE not in f"{caught.value.what.ja}{caught.value.what.en}{caught.value.next_step}"


def test_a_search_without_hits_does_not_repeat_its_words(kb: Call, posts: Any) -> None:
    posts.put((1, "昼の献立", "そば"))
    said = kb("search", VALUE)
    assert "0 件" in said.err
    assert VALUE not in said.out + said.err


def test_a_repr_of_a_document_shows_none_of_its_text() -> None:
    document = Document(
        "esa:1", Source.ESA, Kind.POST, SAID, SAID, Markup.MARKDOWN, category=SAID, tags=(SAID,), url=SAID,
        meta={"status": SAID},
    )  # fmt: skip
    version = DocumentVersion("revision:1", 1, SAID, SAID, Markup.MARKDOWN, "ono", "", SAID, Visibility.MEMBERS)
    assert VALUE not in f"{document!r}{version!r}"
    assert "esa:1" in repr(document)


def test_a_person_whose_name_holds_a_credential_is_shown_without() -> None:
    document = Document("esa:1", Source.ESA, Kind.POST, "手順", "", Markup.MARKDOWN, author=SAID, human_by=SAID)
    seen = mask_document(document)
    assert (seen.author, seen.human_by) == ("パスワード: ********",) * 2


def test_a_reason_written_by_hand_is_shown_without_its_credential(
    kb: Call, posts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KB_KEY", "11" * 32)
    posts.put((1, "監視の手順", f"## 管理画面\n\nID: opsadmin\n{SAID}\n"), category="手順")
    (row,) = kb("lint", "--select", "SEC", "--format", "jsonl").rows
    text = f'format = 1\n\n[[decision]]\nfingerprint = "{row["fingerprint"]}"\ndoc = "esa:1"\ncode = "SEC101"\n'
    text += f'what = "accept"\nby = "ono"\non = 2025-06-01\nreason = "{SAID} のままでよい"\n'
    (posts.root / "kb-decisions.toml").write_text(text + f'key = "{make_key_id(bytes.fromhex("11" * 32))}"\n', "utf-8")
    for form in ("text", "json", "jsonl", "sarif", "junit", "markdown", "html"):
        said = kb("lint", "--select", "SEC", "--format", form, "--secret-places", "--all")
        assert said.code == 0
        assert VALUE not in said.out + said.err
