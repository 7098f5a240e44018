"""PUT /issues/ID.json: what a 204 does and does not say. Each test names its trap and has tickets of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contract.subjects import Row, Subject

RESOLVED, DOING, CLOSED = 3, 2, 5
FORBIDDEN = "ワークフローでは終了にできません。"


@dataclass(frozen=True)
class Effect:
    """One write: its answer, and the ticket before and after as the administrator sees it."""

    status: int
    body: bytes
    before: Row
    after: Row

    @property
    def changed(self) -> set[str]:
        """The fields that differ, the time included."""
        names = (self.before.keys() | self.after.keys()) - {"journals", "allowed_statuses"}
        return {name for name in names if self.before.get(name) != self.after.get(name)}

    @property
    def journals(self) -> list[Row]:
        """The journals it added."""
        known = [journal["id"] for journal in self.before["journals"]]
        return [journal for journal in self.after["journals"] if journal["id"] not in known]

    @property
    def notes(self) -> list[str]:
        return [journal["notes"] for journal in self.journals]


def write(redmine: Subject, name: str, login: str, **fields: Any) -> Effect:
    """Write, and look at what came of it."""
    before = redmine.issue(name, "admin")
    answer = redmine.put(name, login, **fields)
    return Effect(answer.status_code, answer.content, before, redmine.issue(name, "admin"))


def details(journal: Row) -> list[tuple[str, str | None, str | None]]:
    return [(each["name"], each["old_value"], each["new_value"]) for each in journal["details"]]


def test_an_allowed_close_is_204_and_one_journal_of_note_and_status(writing: Subject) -> None:
    done = write(writing, "resolved_recent", "bot", status_id=CLOSED, notes="完了のため終了します。")
    assert (done.status, done.body) == (204, b"")
    assert done.changed == {"status", "updated_on", "closed_on"}
    assert done.after["closed_on"] == done.after["updated_on"]
    assert done.notes == ["完了のため終了します。"]
    assert details(done.journals[0]) == [("status_id", "3", "5")]
    assert done.journals[0]["user"]["id"] == writing.ids["users"]["bot"]


def test_closing_again_and_sending_the_same_again_moves_only_the_time(writing: Subject) -> None:
    again = write(writing, "closed_normal", "tanaka", status_id=CLOSED, subject="DNS の逆引きがない")
    assert again.status == 204
    assert again.changed == {"updated_on"}
    assert again.journals == []


def test_a_close_that_the_workflow_forbids_says_204_and_leaves_its_note(writing: Subject) -> None:
    silent = write(writing, "outage", "sato", status_id=CLOSED)
    assert (silent.status, silent.body, silent.changed, silent.journals) == (204, b"", {"updated_on"}, [])
    noted = write(writing, "outage", "sato", status_id=CLOSED, notes=FORBIDDEN)
    assert (noted.status, noted.after["status"]["id"], noted.notes) == (204, RESOLVED, [FORBIDDEN])
    assert noted.journals[0]["details"] == []


def test_an_empty_required_field_refuses_and_a_given_one_lets_the_ticket_close(writing: Subject) -> None:
    refused = write(writing, "outage", "bot", status_id=CLOSED, notes="終了します。")
    assert refused.status == 422
    assert refused.body.decode() == '{"errors":["根本原因 を入力してください"]}'
    assert (refused.changed, refused.journals) == (set(), [])
    cause = [{"id": writing.ids["custom_fields"]["cause"], "value": "設定の誤り"}]
    done = write(writing, "outage", "bot", status_id=CLOSED, notes="終了します。", custom_fields=cause)
    assert (done.status, done.after["status"]["id"], done.notes) == (204, CLOSED, ["終了します。"])
    assert details(done.journals[0]) == [("status_id", "3", "5"), ("2", None, "設定の誤り")]


def test_neither_a_parent_of_an_open_child_nor_a_blocked_ticket_closes_even_for_admin(writing: Subject) -> None:
    for name in ("parent", "blocked"):
        for login in ("tanaka", "admin"):
            kept = write(writing, name, login, status_id=CLOSED, notes="終了します。")
            assert (kept.status, kept.after["status"]["id"]) == (204, RESOLVED)
            assert kept.notes == ["終了します。"]


def test_unknown_statuses_and_keys_and_nothing_at_all_move_the_time(writing: Subject) -> None:
    for fields in ({"status_id": 999}, {"status": "終了"}, {}, {"nosuch": 1}, {"status_id": ""}):
        kept = write(writing, "long_note", "tanaka", **fields)
        assert (kept.status, kept.changed - {"updated_on"}, kept.journals) == (204, set(), [])
    assert writing.issue("long_note")["updated_on"] > "2026-10-18T02:00:00Z"


def test_what_somebody_has_no_right_to_is_dropped_without_a_word(writing: Subject) -> None:
    kept = write(writing, "due_past", "suzuki", subject="別の題名", status_id=CLOSED, notes="報告者の注記")
    assert (kept.status, kept.changed, kept.notes) == (204, {"updated_on"}, ["報告者の注記"])
    kept = write(writing, "due_past", "guest", subject="別の題名", done_ratio=50)
    assert (kept.status, kept.changed - {"updated_on"}, kept.journals) == (204, set(), [])
    hidden = [{"id": writing.ids["custom_fields"]["cost"], "value": "9"}]
    kept = write(writing, "due_past", "sato", custom_fields=hidden)
    assert (kept.status, kept.changed - {"updated_on"}, kept.journals) == (204, set(), [])


def test_who_may_neither_edit_nor_note_is_refused_without_a_body(writing: Subject) -> None:
    for login, status in (("viewer", 403), ("nobody", 401)):
        kept = write(writing, "due_past", login, notes="見るだけの人")
        assert (kept.status, kept.body, kept.changed) == (status, b"", set())


def test_a_closed_project_takes_nothing_even_from_admin(writing: Subject) -> None:
    for login in ("admin", "tanaka", "nobody"):
        kept = write(writing, "legacy_resolved", login, status_id=CLOSED, notes="終了します。")
        assert (kept.status, kept.body, kept.changed) == (403, b"", set())
    assert writing.put("attic_open", "admin", notes="書庫").status_code == 403


def test_bad_values_are_refused_with_messages_and_change_nothing(writing: Subject) -> None:
    people, versions = writing.ids["users"], writing.ids["versions"]
    env = {"id": writing.ids["custom_fields"]["env"], "value": "本番以外"}
    for fields, message in (
        ({"custom_fields": [env]}, "対象環境 は一覧にありません"),
        ({"assigned_to_id": people["yamada"]}, "担当者 は不正な値です"),
        ({"assigned_to_id": people["guest"]}, "担当者 は不正な値です"),
        ({"fixed_version_id": versions["2026-10"]}, "対象バージョン は一覧にありません"),
        ({"fixed_version_id": versions["2026-12"]}, "対象バージョン は一覧にありません"),
        ({"subject": " "}, "題名 を入力してください"),
        ({"subject": "あ" * 256}, "題名 は255文字以内で入力してください"),
        ({"done_ratio": 150}, "進捗率 は一覧にありません"),
        ({"due_date": "明日"}, "期日 は日付を入力してください"),
        ({"start_date": "2026-11-02", "due_date": "2026-11-01"}, "期日 を開始日より後にしてください"),
    ):
        refused = write(writing, "no_description", "tanaka", notes="直しました。", **fields)
        assert (refused.status, refused.body.decode()) == (422, f'{{"errors":["{message}"]}}')
        assert (refused.changed, refused.journals) == (set(), [])


def test_a_ticket_of_a_closed_version_does_not_reopen_and_all_of_the_write_is_refused(writing: Subject) -> None:
    assert write(writing, "resolved_old", "bot", status_id=CLOSED).after["status"]["id"] == CLOSED
    refused = write(writing, "resolved_old", "bot", status_id=RESOLVED, notes="取り消します。")
    assert refused.status == 422
    assert "終了したバージョン" in refused.body.decode()
    assert (refused.changed, refused.journals) == (set(), [])


def test_a_way_back_that_the_workflow_lacks_is_ignored_without_a_word(writing: Subject) -> None:
    assert write(writing, "web_resolved", "bot", status_id=CLOSED).after["status"]["id"] == CLOSED
    kept = write(writing, "web_resolved", "bot", status_id=RESOLVED, notes="取り消します。")
    assert (kept.status, kept.after["status"]["id"], kept.notes) == (204, CLOSED, ["取り消します。"])


def test_children_lead_their_parent_and_a_closed_parent_holds_them(writing: Subject) -> None:
    assert write(writing, "parent", "tanaka", done_ratio=10, priority_id=5).changed <= {"updated_on"}
    before = writing.issue("parent")
    assert before["done_ratio"] == 70
    assert write(writing, "child_open", "tanaka", status_id=CLOSED).after["status"]["id"] == CLOSED
    after = writing.issue("parent")
    assert (after["done_ratio"], len(after["journals"])) == (100, len(before["journals"]))
    assert after["updated_on"] >= before["updated_on"]
    assert write(writing, "parent", "tanaka", status_id=CLOSED).after["status"]["id"] == CLOSED
    kept = write(writing, "child_open", "tanaka", status_id=DOING, notes="取り消します。")
    assert (kept.status, kept.after["status"]["id"], kept.notes) == (204, CLOSED, ["取り消します。"])


def test_closing_an_original_closes_its_duplicates_with_the_same_note(writing: Subject) -> None:
    assert 5 not in {row["id"] for row in writing.issue("duplicate", "bot", "allowed_statuses")["allowed_statuses"]}
    done = write(writing, "ntp", "bot", status_id=CLOSED, notes="解決済みです。")
    assert (done.status, done.after["status"]["id"]) == (204, CLOSED)
    duplicate = writing.issue("duplicate")
    assert (duplicate["status"]["id"], duplicate["closed_on"]) == (CLOSED, duplicate["updated_on"])
    assert [journal["notes"] for journal in duplicate["journals"]] == ["解決済みです。"]
    assert details(duplicate["journals"][0]) == [("status_id", "1", "5")]


def test_a_wrong_lock_version_is_refused_without_a_message(writing: Subject) -> None:
    refused = write(writing, "secret_removed", "tanaka", lock_version=9999, notes="直しました。")
    assert (refused.status, refused.body) == (422, b'{"errors":[]}')
    assert (refused.changed, refused.journals) == (set(), [])


def test_a_body_that_is_no_json_is_400_html_and_one_without_its_type_is_204(writing: Subject) -> None:
    with writing.client() as client:
        number = writing.ids["issues"]["attachments"]
        answer = client.put(
            f"/issues/{number}.json", content=b'{"issue": {', headers={"content-type": "application/json"}
        )
    assert (answer.status_code, answer.content) == (400, b"")
    assert answer.headers["content-type"].startswith("text/html")
    assert writing.send("attachments", b'{"issue": {"notes": "type"}}').status_code == 204
    assert writing.send("attachments", {"issue": "notes"}).status_code == 500
    assert writing.send("attachments", {"notes": "unwrapped"}).status_code == 204
    assert writing.issue("attachments")["journals"] == []


def test_writes_to_what_is_gone_are_404_and_to_what_is_out_of_sight_403(writing: Subject) -> None:
    for issue, login, status in ((9999, "tanaka", 404), ("web_open", "suzuki", 403), ("web_open", "nobody", 401)):
        answer = writing.put(issue, login, notes="届きません。")
        assert (answer.status_code, answer.content) == (status, b"")
        assert answer.headers["content-type"].startswith("application/json")
    assert writing.issue("web_open")["journals"] == []


def test_a_private_note_of_who_may_not_set_it_is_public(writing: Subject) -> None:
    notes = "関係者だけに見せたい注記"
    shown = write(writing, "secret_private_note", "bot", notes=notes, private_notes=True)
    assert (shown.status, shown.journals[0]["private_notes"]) == (204, False)
    assert notes in [journal["notes"] for journal in writing.issue("secret_private_note", "nobody")["journals"]]
    hidden = write(writing, "secret_private_note", "sato", notes="見えません。", private_notes=True)
    assert hidden.journals[0]["private_notes"]


def limit(redmine: Subject, note: int, login: str, body: Any = None) -> tuple[int, bytes]:
    """Say that a note is private as somebody."""
    with redmine.client(login) as client:
        answer = client.put(
            f"/journals/{note}.json", json={"journal": {"private_notes": True}} if body is None else body
        )
    return answer.status_code, answer.content


def test_a_note_becomes_private_without_a_word(writing: Subject) -> None:
    before = writing.issue("outage_with_cause", "admin")
    note = before["journals"][0]["id"]
    for login, status in (("nobody", 401), ("viewer", 403), ("bot", 403), ("sato", 403)):
        assert limit(writing, note, login) == (status, b"")
    assert writing.issue("outage_with_cause", "admin") == before
    assert limit(writing, note, "tanaka") == (204, b"")
    after = writing.issue("outage_with_cause", "admin")
    assert (after["updated_on"], len(after["journals"])) == (before["updated_on"], 1)
    assert after["journals"][0]["private_notes"]
    assert after["journals"][0]["updated_by"]["id"] == writing.ids["users"]["tanaka"]
    # Its changes are out of sight with it, unlike those of a note that was private from the beginning.
    assert writing.issue("outage_with_cause", "bot")["journals"] == []
    assert limit(writing, note, "bot") == (404, b"")
    assert limit(writing, note, "tanaka", {"journal": {"private_notes": False}}) == (204, b"")
    assert len(writing.issue("outage_with_cause", "bot")["journals"]) == 1


def test_notes_that_are_not_there_or_not_for_somebody_are_404(writing: Subject) -> None:
    hidden = next(each["id"] for each in writing.issue("web_resolved", "admin")["journals"])
    closed = next(each["id"] for each in writing.issue("legacy_resolved", "admin")["journals"])
    assert (limit(writing, 99999, "tanaka"), limit(writing, hidden, "suzuki")) == ((404, b""), (404, b""))
    assert limit(writing, closed, "tanaka") == (403, b"")
    assert limit(writing, hidden, "tanaka", {"private_notes": True})[0] == 500
    assert limit(writing, hidden, "tanaka", {"journal": 5})[0] == 500


def test_a_ticket_made_private_is_told_in_its_history_and_out_of_sight(writing: Subject) -> None:
    kept = write(writing, "due_past", "bot", is_private=True)
    assert (kept.status, kept.after["is_private"], kept.journals) == (204, False, [])
    done = write(writing, "due_past", "tanaka", is_private=True)
    assert details(done.journals[0]) == [("is_private", "0", "1")]
    seen = {login: writing.get(f"/issues/{done.after['id']}.json", login).status_code for login in ("sato", "bot")}
    assert seen == {"sato": 200, "bot": 403}  # sato has it
    assert details(write(writing, "due_past", "tanaka", is_private=False).journals[0]) == [("is_private", "1", "0")]


def test_the_changes_of_a_private_note_are_a_journal_of_their_own(writing: Subject) -> None:
    done = write(writing, "release_wait", "tanaka", status_id=CLOSED, notes="社内向け", private_notes=True)
    assert [(each["notes"], each["private_notes"], len(each["details"])) for each in done.journals] == [
        (None, False, 1),
        ("社内向け", True, 0),
    ]


def test_fields_are_told_in_the_order_of_the_table_and_taken_in_any_form(writing: Subject) -> None:
    done = write(
        writing, "secret_in_description", "tanaka",
        notes="まとめて直しました。", done_ratio="40", estimated_hours="2.5", status_id="2", subject="アカウント発行",
        assigned_to_id="me", fixed_version_id=2, due_date="2026-11-30", description="一行目\n二行目",
    )  # fmt: skip
    names = ["subject", "description", "due_date", "status_id", "assigned_to_id", "fixed_version_id", "done_ratio"]
    assert [each[0] for each in details(done.journals[0])] == [*names, "estimated_hours"]
    assert done.after["description"] == "一行目\r\n二行目"
    assert details(done.journals[0])[-1] == ("estimated_hours", None, "2.5")
    emptied = write(writing, "secret_in_description", "tanaka", assigned_to_id="", due_date="", fixed_version_id="")
    assert not {"assigned_to", "fixed_version"} & set(emptied.after)
    assert details(emptied.journals[0])[0] == ("due_date", "2026-11-30", None)


def test_who_writes_becomes_a_watcher_if_they_may_add_some(writing: Subject) -> None:
    def watchers() -> list[int]:
        return [row["id"] for row in writing.issue("attachments", "admin", "watchers")["watchers"]]

    assert watchers() == []
    writing.put("attachments", "sato", notes="見ています。")
    assert watchers() == []
    writing.put("attachments", "tanaka", notes="見ています。")
    assert watchers() == [writing.ids["users"]["tanaka"]]
