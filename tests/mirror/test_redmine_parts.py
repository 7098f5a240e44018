"""What hangs on a ticket: custom fields, files, and what its texts said before."""

from __future__ import annotations

from typing import Any

import pytest

from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source, Visibility
from kb.sources.redmine import rows as redmine_rows
from kb.sources.redmine.rows import ProjectPlace, RowContext

WORLD = RowContext(
    "https://redmine.example.jp",
    {1: ProjectPlace("infra", Visibility.MEMBERS), 2: ProjectPlace("secret", Visibility.PRIVATE)},
    frozenset(), None,
)  # fmt: skip


def ticket(**fields: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "project": {"id": 1, "name": "基盤"},
        "author": {"id": 1, "name": "佐藤"},
        "subject": "今の件名",
        "description": "今の説明",
        "created_on": "2026-08-01T00:00:00Z",
        "updated_on": "2026-08-02T00:00:00Z",
        **fields,
    }


def journal(number: int, *details: tuple[str, str, Any, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "user": {"id": 2, "name": "鈴木"},
        "notes": "",
        "created_on": f"2026-08-02T00:00:{number:02}Z",
        "details": [
            {"property": kind, "name": name, "old_value": old, "new_value": new} for kind, name, old, new in details
        ],
        **fields,
    }


def field(number: int, name: str, value: Any) -> dict[str, Any]:
    return {"id": number, "name": name, "value": value}


def rows(issue: dict[str, Any], kind: Kind, *, notes: bool = True) -> list[SourceRow]:
    return [row for row in redmine_rows.ticket_rows(issue, WORLD, notes=notes) if row.kind is kind]


def put(mirror: Mirror, issue: dict[str, Any], *, notes: bool = True) -> None:
    with mirror.write() as writer:
        writer.put(redmine_rows.ticket_rows(issue, WORLD, notes=notes))


def test_old_descriptions_and_subjects_are_old_versions_of_the_ticket() -> None:
    (main,) = rows(
        ticket(
            journals=[
                journal(1, ("attr", "description", "はじめの説明", "次の説明"), ("attr", "subject", "古い件名", "今")),
                journal(2, ("attr", "status_id", "1", "5"), ("attr", "description", "", "x"), notes="終わり"),
                journal(3, ("attr", "description", "次の説明", "今の説明")),
            ]
        ),
        Kind.TICKET,
    )
    assert main.versions is not None
    assert [(old.part, old.number, old.title, old.body) for old in main.versions] == [
        ("journal:1:old", 1, "古い件名", "はじめの説明"),
        ("journal:3:old", 3, "", "次の説明"),
    ]
    first = main.versions[0]
    assert (first.author, first.created_at) == ("鈴木", "2026-08-02T00:00:01Z")
    assert first.url == "https://redmine.example.jp/issues/7#change-1"


def test_a_field_keeps_its_old_values_even_when_it_was_emptied() -> None:
    fields = [
        field(1, "接続先", "db02"),
        field(2, "DBパスワード", ""),
        field(3, "担当", "11"),
        field(4, "期日", "2026-08-01"),
    ]
    changes = [
        journal(1, ("cf", "1", "db01", "db02"), ("cf", "2", "himitsu-no-kotoba", "")),
        journal(2, ("cf", "3", "10", "11")),
    ]
    found = {row.title: row for row in rows(ticket(custom_fields=fields, journals=changes), Kind.FIELD)}
    assert set(found) == {"接続先", "DBパスワード"}
    emptied = found["DBパスワード"]
    assert (emptied.part, emptied.body, emptied.parent) == ("field:DBパスワード", "", (Kind.TICKET, "7"))
    assert emptied.versions is not None
    assert [(old.part, old.body) for old in emptied.versions] == [("journal:1:old", "himitsu-no-kotoba")]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("本番", "本番"),
        ("8842", "8842"),
        (["web01", "web02"], "web01\nweb02"),
        ("", None),
        (None, None),
        ("1", None),
        ("412", None),
        ("2026-08-01", None),
        ([], None),
        (7, None),
    ],
)
def test_fields_that_hold_a_text_are_documents(value: Any, kept: str | None) -> None:
    found = rows(ticket(custom_fields=[field(1, "備考", value)]), Kind.FIELD)
    assert [row.body for row in found] == ([] if kept is None else [kept])


def test_values_taken_out_of_a_field_of_several_are_one_old_text() -> None:
    changes = [journal(1, ("cf", "1", "web01", None), ("cf", "1", "web02", None), ("cf", "1", None, "web03"))]
    (row,) = rows(ticket(custom_fields=[field(1, "ホスト", ["web03"])], journals=changes), Kind.FIELD)
    assert [old.body for old in row.versions or ()] == ["web01\nweb02"]


@pytest.mark.parametrize(
    ("issue", "note", "seen_by"),
    [
        ({}, {}, Visibility.MEMBERS),
        ({}, {"private_notes": True}, Visibility.PRIVATE),
        ({"is_private": True}, {}, Visibility.PRIVATE),
        ({"project": {"id": 2, "name": "秘"}}, {}, Visibility.PRIVATE),
    ],
)
def test_old_values_are_for_those_who_may_read_the_note(
    issue: dict[str, Any], note: dict[str, Any], seen_by: Visibility
) -> None:
    change = journal(1, ("attr", "description", "前の説明", "今"), ("cf", "1", "前の値", "今の値"), **note)
    sent = ticket(journals=[change], custom_fields=[field(1, "備考", "今の値")], **issue)
    for kind in (Kind.TICKET, Kind.FIELD):
        (row,) = rows(sent, kind)
        assert [old.visibility for old in row.versions or ()] == [seen_by]
    assert rows(sent, Kind.FIELD)[0].visibility is rows(sent, Kind.TICKET)[0].visibility


def test_files_are_named_after_themselves_and_told_apart() -> None:
    files = [{"id": n, "filename": name, "filesize": 10 * n} for n, name in ((1, "a.csv"), (2, "b.csv"), (3, "a.csv"))]
    found = rows(ticket(attachments=files, is_private=True), Kind.ATTACHMENT)
    assert [(row.key, row.title, row.part, row.meta["size"]) for row in found] == [
        ("1", "a.csv", "attachment:a.csv", 10),
        ("2", "b.csv", "attachment:b.csv", 20),
        ("3", "a.csv", "attachment:a.csv (3)", 30),
    ]
    assert {row.visibility for row in found} == {Visibility.PRIVATE}


def test_a_field_or_file_that_is_no_longer_there_is_gone(mirror: Mirror) -> None:
    files = [{"id": 1, "filename": "a.csv"}]
    put(mirror, ticket(custom_fields=[field(1, "備考", "値")], attachments=files, journals=[]))
    assert [s.document.part for s in mirror.documents()] == ["body", "field:備考", "attachment:a.csv"]
    listed = ticket(custom_fields=[field(1, "備考", "値")])
    put(mirror, listed, notes=False)  # a list that was not asked for files
    assert [s.document.part for s in mirror.documents()] == ["body", "field:備考", "attachment:a.csv"]
    put(mirror, ticket(attachments=[]), notes=False)
    assert [s.document.part for s in mirror.documents()] == ["body"]


def test_old_values_stay_when_a_ticket_is_only_listed(mirror: Mirror) -> None:
    put(mirror, ticket(journals=[journal(1, ("attr", "description", "前の説明", "今の説明"))]))
    (stored,) = mirror.documents(kinds=[Kind.TICKET])
    put(mirror, ticket(), notes=False)
    assert [old.body for old in mirror.versions(stored.id)] == ["前の説明"]
    put(mirror, ticket(journals=[]))
    assert list(mirror.versions(stored.id)) == []


def test_old_values_follow_a_project_that_becomes_private_but_never_become_public_by_it(mirror: Mirror) -> None:
    changes = [
        journal(1, ("attr", "description", "前の説明", "今の説明")),
        journal(2, ("attr", "description", "見せない説明", "今の説明"), private_notes=True),
    ]
    put(mirror, ticket(journals=changes))
    (stored,) = mirror.documents(kinds=[Kind.TICKET])

    def seen() -> dict[str, Visibility]:
        return {old.body: old.visibility for old in mirror.versions(stored.id)}

    assert seen() == {"前の説明": Visibility.MEMBERS, "見せない説明": Visibility.PRIVATE}
    for visibility in (Visibility.PRIVATE, Visibility.MEMBERS):
        with mirror.write() as writer:
            writer.set_visibility([(stored.id, stored.id)], visibility)
        assert seen() == {"前の説明": visibility, "見せない説明": Visibility.PRIVATE}
    found = mirror.find(Source.REDMINE, Kind.TICKET, "7")
    assert found is not None
    assert found.hash == stored.hash
