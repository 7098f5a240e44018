"""POST /issues.json: told the same by the same person, the sandbox and the real Redmine answer and keep the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from contract.subjects import Played, Real, Row, Subject
from servers import RealRedmine

INFRA, WEB, EMPTY, LEGACY, ATTIC = 1, 3, 4, 5, 6
BUG, SUPPORT, OUTAGE = 1, 3, 4
SATO, BOT, GUEST, LEFT = 6, 8, 10, 11

CREATES: list[tuple[str, Any]] = [
    ("bot", {"project_id": INFRA, "subject": "監視を追加", "description": "a\nb", "due_date": "2020-01-01"}),
    ("bot", {"project_id": str(INFRA), "tracker_id": SUPPORT, "subject": "文字の番号", "assigned_to_id": SATO}),
    ("bot", {"project_id": "infra", "tracker_id": OUTAGE, "subject": "識別子"}),
    ("bot", {"project_id": INFRA, "subject": "x", "due_date": "2020-01-01", "start_date": "2026-01-01"}),
    ("bot", {"project_id": INFRA, "subject": "x", "due_date": "2020-01-01", "start_date": ""}),
    ("bot", {"subject": "プロジェクトなし"}), ("bot", {}), ("bot", {"project_id": 999, "subject": "x"}),
    ("bot", {"project_id": LEGACY, "subject": "終了した"}), ("admin", {"project_id": ATTIC, "subject": "書庫"}),
    ("bot", {"project_id": EMPTY, "subject": "公開で、メンバーではない"}),
    ("bot", {"project_id": INFRA, "tracker_id": 999, "subject": "ないトラッカー"}),
    ("bot", {"project_id": INFRA, "subject": "", "due_date": "zzz"}),
    ("bot", {"project_id": INFRA, "subject": "x" * 256}), ("bot", {"project_id": INFRA, "subject": "x" * 255}),
    ("bot", {"project_id": INFRA, "subject": "x", "assigned_to_id": GUEST}),
    ("bot", {"project_id": INFRA, "subject": "x", "assigned_to_id": LEFT}),
    ("bot", {"project_id": INFRA, "subject": "自分", "assigned_to_id": BOT, "nosuch": 1, "notes": "n"}),
    ("bot", {"project_id": INFRA, "subject": "x", "priority_id": 99}),
    ("viewer", {"project_id": INFRA, "subject": "見るだけの人"}), ("guest", {"project_id": WEB, "subject": "x"}),
    ("suzuki", {"project_id": INFRA, "tracker_id": BUG, "subject": "優先度は読み取り専用", "priority_id": 5}),
    ("guest", {"project_id": INFRA, "subject": "メンバーでない人"}), ("nobody", {"project_id": INFRA, "subject": "x"}),
    ("tanaka", {"project_id": INFRA, "subject": "独自の欄", "custom_fields": [{"id": 1, "value": "本番"}]}),
    ("tanaka", {"project_id": INFRA, "subject": "x", "custom_fields": [{"id": 1, "value": "ない"}]}),
    ("bot", [1]),
]  # fmt: skip


def post(redmine: Subject, login: str, fields: Any) -> tuple[int, str | None, str, Any]:
    """Create a ticket; return status, type, path and content, without what is new each time."""
    with redmine.client(login) as client:
        answer = client.post("/issues.json", json={"issue": fields} if fields != [1] else {"issue": "x"})
    said = json.loads(answer.text) if answer.text else {}
    if answer.status_code == 201:
        row: Row = said["issue"]
        address = answer.headers["location"]
        assert address.endswith(f"/issues/{row['id']}")
        kept: Row = redmine.json(f"/issues/{row['id']}.json?include=journals", "admin")["issue"]
        assert kept["journals"] == []
        said = {key: value for key, value in row.items() if key not in ("id", "created_on", "updated_on")}
    return answer.status_code, answer.headers.get("content-type"), answer.headers.get("location", "")[-9:-3], said


@pytest.mark.redmine
def test_both_create_the_same(fresh_redmine: RealRedmine, played: Played) -> None:
    real = Real(fresh_redmine)
    played.reset()
    try:
        for login, fields in CREATES:
            assert post(played, login, fields) == post(real, login, fields), (login, fields)
    finally:
        played.reset()


MAILS: dict[str, tuple[str, Row, str]] = {
    "to members who want all": ("bot", {}, "ito kato"),
    "to the assignee": ("bot", {"assigned_to_id": SATO}, "ito kato sato"),
    "to oneself if wished": ("tanaka", {}, "ito kato tanaka"),
    "mentions in the description": ("tanaka", {"description": "@guest さん"}, "guest ito kato tanaka"),
}


@pytest.mark.parametrize("case", MAILS)
def test_a_new_ticket_is_mailed_to_whom_the_real_one_mails(closing: Subject, case: str) -> None:
    login, fields, wanted = MAILS[case]
    ops = closing.ids["closing_projects"]["ops"]
    before = len(closing.mails())
    assert post(closing, login, {"project_id": ops, "subject": "監視を追加", **fields})[0] == 201
    assert sorted(closing.mails()[before:]) == wanted.split()


def test_a_ticket_is_found_by_words_of_its_description_alone(writing: Subject) -> None:
    mark = "kb-ticket-1a2b3c4d-5e6f"
    with writing.client("bot") as client:
        made = client.post("/issues.json", json={"issue": {"project_id": INFRA, "subject": "x", "description": mark}})
    number = made.json()["issue"]["id"]
    for since in ("", "&created_on=%3E%3D2026-01-01T00:00:00Z"):
        assert writing.rows(f"status_id=*&description=~{mark}{since}&sort=id", "bot") == [number]
        assert writing.rows(f"status_id=*&description=~{mark}0{since}&sort=id", "bot") == []
