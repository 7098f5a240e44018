"""The invented team is whole: counts, times, references, shapes, and what is planted where."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kb.sandbox import team as team_module
from kb.sandbox.team import InventedTeam, build, drafts, write
from kb.sandbox.team.draft import parse_drafts
from kb.sandbox.team.people import BY_NAME
from kb.sandbox.team.planted import PLANTED
from kb.sandbox.team.words import DraftWords

NOW = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)

POST_FIELDS = {
    "number", "name", "full_name", "wip", "body_md", "created_at", "updated_at", "message", "url", "tags", "category",
    "revision_number", "created_by", "updated_by", "kind", "comments_count", "tasks_count", "done_tasks_count",
    "stargazers_count", "watchers_count", "star", "watch", "sharing_urls", "comments",
}  # fmt: skip
COMMENT_FIELDS = {
    "id", "body_md", "created_at", "updated_at", "post_number", "url", "created_by", "stargazers_count", "star",
}  # fmt: skip
TICKET_FIELDS = {
    "id", "project", "tracker", "status", "priority", "author", "subject", "description", "start_date", "due_date",
    "done_ratio", "is_private", "custom_fields", "created_on", "updated_on", "closed_on", "attachments", "relations",
    "watchers", "children", "journals",
}  # fmt: skip
JOURNAL_FIELDS = {"id", "user", "notes", "created_on", "updated_on", "private_notes", "details"}


@pytest.fixture(scope="module")
def team() -> InventedTeam:
    return build(NOW)


def texts(team: InventedTeam) -> Iterator[tuple[str, str]]:
    """Every text of the team with a name for messages."""
    for post in team.posts:
        yield f"post {post['number']}", post["name"] + "\n" + post["body_md"]
        for comment in post["comments"]:
            yield f"comment {comment['id']}", comment["body_md"]
    for ticket in team.tickets:
        yield f"ticket {ticket['id']}", ticket["subject"] + "\n" + ticket["description"]
        for journal in ticket["journals"]:
            details = "\n".join(f"{d['old_value'] or ''}\n{d['new_value'] or ''}" for d in journal["details"])
            yield f"journal {journal['id']}", journal["notes"] + "\n" + details
    for page in team.wiki:
        for version in page["versions"]:
            yield f"wiki {page['title']} {version['version']}", version["text"]


def test_there_are_as_many_as_the_manual_says(team: InventedTeam) -> None:
    assert (len(team.posts), len(team.tickets), len(team.members)) == (300, 200, 10)
    incidents = [p for p in team.posts if (p["category"] or "").startswith("不具合共有/")]
    assert 45 <= len(incidents) <= 65
    assert sum((p["category"] or "").startswith("Users/") for p in team.posts) >= 40
    assert sum(p["wip"] for p in team.posts) >= 30
    assert sum("対応完了" in (p["category"] or "") for p in incidents) >= 8
    assert 8 <= sum(p["name"].startswith("【完了】") for p in incidents) < len(incidents) / 2
    finished = [t for t in team.tickets if t["done_ratio"] == 100 and not t["status"]["is_closed"]]
    assert len(finished) >= 40


def test_the_same_moment_gives_the_same_bytes(team: InventedTeam, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(build(NOW), tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == ["members.jsonl", "posts.jsonl", "redmine.jsonl", "tickets.jsonl"]
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert len((tmp_path / "a" / "posts.jsonl").read_text("utf-8").splitlines()) == 300


@pytest.mark.parametrize("days", range(0, 400, 31))
def test_it_can_be_built_on_any_day(days: int) -> None:
    moved = build(NOW + timedelta(days=days))
    assert (len(moved.posts), len(moved.tickets)) == (300, 200)
    assert_in_order(moved, NOW + timedelta(days=days))


def assert_in_order(team: InventedTeam, now: datetime) -> None:
    for row in (*team.posts, *(comment for post in team.posts for comment in post["comments"])):
        made, updated = (datetime.fromisoformat(row[key]) for key in ("created_at", "updated_at"))
        assert made <= updated <= now, row
    for ticket in team.tickets:
        made, updated = (datetime.fromisoformat(ticket[key]) for key in ("created_on", "updated_on"))
        assert made <= updated <= now, ticket
        times = [journal["created_on"] for journal in ticket["journals"]]
        assert times == sorted(times), ticket
        assert all(made <= datetime.fromisoformat(time) <= updated for time in times), ticket
    numbers = [post["number"] for post in sorted(team.posts, key=lambda post: post["created_at"])]
    assert numbers == sorted(set(numbers))


def test_nobody_writes_before_coming_or_after_leaving() -> None:
    for written in drafts():
        assert_there(written.by, written.days, written.key)
        edits = [(who, int(days)) for days, who in (edit.split() for edit in written.list("edited"))]
        for who, days in (*edits, *((reply.who, reply.days) for reply in written.replies)):
            assert days <= written.days, written.key
            assert_there(who, written.days - days, written.key)


def assert_there(who: str, days: int, key: str) -> None:
    person = BY_NAME[who]
    assert person.joined_days >= days >= person.last_seen_days, (key, who, days)


def test_every_word_is_filled_in_and_every_key_is_used_once(team: InventedTeam) -> None:
    assert [name for name, text in texts(team) if "{{" in text or "}}" in text] == []
    keys = Counter((written.kind, written.key) for written in drafts())
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_reference_leads_somewhere(team: InventedTeam) -> None:
    posts, tickets = {p["number"] for p in team.posts}, {t["id"] for t in team.tickets}
    to_posts, to_tickets = Counter[str](), Counter[str]()
    for name, text in texts(team):
        for number in re.findall(r"https://adteam\.esa\.io/posts/(\d+)", text):
            assert int(number) in posts, name
            to_posts[name.split()[0]] += 1
        for number in re.findall(r"https://redmine\.adteam\.example/issues/(\d+)|Redmine #(\d+)", text):
            assert int("".join(number)) in tickets, name
            to_tickets[name.split()[0]] += 1
        for number in re.findall(r"(?<![\w&#])#(\d{4,})", text):
            assert int(number) in posts | tickets, name
    assert to_posts["ticket"] >= 60
    assert to_tickets["post"] + to_tickets["comment"] >= 12
    assert posts.isdisjoint(tickets)


def test_posts_have_the_fields_of_the_api(team: InventedTeam) -> None:
    ids = [comment["id"] for post in team.posts for comment in post["comments"]]
    assert len(ids) == len(set(ids))
    for post in team.posts:
        assert set(post) == POST_FIELDS
        assert post["comments_count"] == len(post["comments"])
        assert post["done_tasks_count"] <= post["tasks_count"]
        assert set(post["created_by"]) == {"myself", "name", "screen_name", "icon"}
        tail = "".join(f" #{tag}" for tag in post["tags"])
        assert post["full_name"].endswith(tail)
        assert (post["category"] is None) == ("/" not in post["full_name"].removesuffix(tail))
        assert all(set(comment) == COMMENT_FIELDS for comment in post["comments"])


def test_tickets_have_the_fields_of_the_api(team: InventedTeam) -> None:
    ids = [journal["id"] for ticket in team.tickets for journal in ticket["journals"]]
    assert len(ids) == len(set(ids))
    relations = [relation["id"] for ticket in team.tickets for relation in ticket["relations"]]
    assert len(relations) == len(set(relations))
    for ticket in team.tickets:
        assert set(ticket) - {"assigned_to", "parent"} >= TICKET_FIELDS
        assert (ticket["closed_on"] is not None) == ticket["status"]["is_closed"]
        for journal in ticket["journals"]:
            assert set(journal) == JOURNAL_FIELDS
            assert journal["notes"] or journal["details"], ticket["id"]
            for detail in journal["details"]:
                assert set(detail) == {"property", "name", "old_value", "new_value"}


def test_the_last_status_a_journal_names_is_the_tickets(team: InventedTeam) -> None:
    for ticket in team.tickets:
        changes = [d for j in ticket["journals"] for d in j["details"] if d["name"] == "status_id"]
        for before, after in pairwise(changes):
            assert before["new_value"] == after["old_value"], ticket["id"]
        if changes:
            assert changes[-1]["new_value"] == str(ticket["status"]["id"]), ticket["id"]


def test_private_things_and_shared_things_are_there(team: InventedTeam) -> None:
    assert sum(ticket["is_private"] for ticket in team.tickets) >= 3
    assert sum(j["private_notes"] for t in team.tickets for j in t["journals"]) >= 5
    assert [p["identifier"] for p in team.projects if not p["is_public"]] == ["ops-contract"]
    assert [p["identifier"] for p in team.projects if p["status"] == 5] == ["adnet-legacy"]
    assert [p["parent"]["id"] for p in team.projects if "parent" in p] == [1]
    assert any(p["sharing_urls"] for p in team.posts)
    assert any("限定" in (p["category"] or "") for p in team.posts)
    hostile = [p["name"] for p in team.posts if re.search("[\x00-\x1f\u202a-\u202e]", p["name"])]
    assert len(hostile) == 1


def test_planted_values_are_where_the_table_says_and_nowhere_else(team: InventedTeam) -> None:
    keys = {written.key: written for written in drafts()}
    for planted in PLANTED:
        found = [name.split()[0] for name, text in texts(team) if planted.value in text]
        place = {
            "body": keys[planted.draft].kind,
            "comment": "comment",
            "journal": "journal",
            "old": "journal",
            "version": "wiki",
        }
        if planted.key in ("zabbix", "admin"):  # a word of the page too; and once more in the journal that sets it
            assert place[planted.part] in found
        else:
            assert found == [place[planted.part]], planted.key
    assert 8 <= len(PLANTED) <= 14


def test_no_planted_value_stands_bare_in_a_file_of_the_team() -> None:
    folder = Path(team_module.__file__).parent
    for path in folder.rglob("*"):
        if path.suffix in (".py", ".txt"):
            text = path.read_text("utf-8")
            assert [p.key for p in PLANTED if p.key != "zabbix" and p.value in text] == [], path


def test_who_leaves_is_told_by_her_last_activity_and_her_pages_alone(team: InventedTeam) -> None:
    quiet = (NOW - timedelta(days=14)).isoformat()
    assert [m["screen_name"] for m in team.members if m["last_accessed_at"] < quiet] == ["takase"]
    assert {m["role"] for m in team.members} == {"owner", "member"}
    handover = [p for p in team.posts if "引き継ぎ" in (p["category"] or "") and "Users/takase" in p["category"]]
    assert len(handover) >= 4
    assert not any(word in text for _, text in texts(team) for word in ("辞める", "放置", "サボ", "無責任", "クビ"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@@ post a\n: at 3 10:00\n: by takase\n", "title"),
        ("@@ post a\n: at three\n: by takase\n: title x\n", "post a"),
        ("@@ post a\n: ttle x\n", "ttle"),
    ],
)
def test_a_misspelt_draft_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_drafts(text)


def test_an_unknown_reference_is_an_error() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        DraftWords({}, {}, {}).fill("{{post:nowhere}}", NOW)


def test_rows_are_plain_json(team: InventedTeam) -> None:
    rows: list[Any] = json.loads(json.dumps([team.posts, team.tickets, team.wiki, team.users, team.members]))
    assert rows[0] == list(team.posts)


def test_nothing_refers_to_what_was_not_there_yet() -> None:
    made = {(written.kind, written.key): written.days for written in drafts()}
    early = []
    for written in drafts():
        edits = [written.days - int(edit.split()[0]) for edit in written.list("edited")]
        spoken = [(min([written.days, *edits]), written.body)]
        spoken += [(written.days - reply.days, reply.body) for reply in written.replies]
        for days, text in spoken:
            for name, key in re.findall(r"\{\{(post|p|ticket|t):([a-z0-9-]+)\}\}", text):
                there = made["post" if name in ("post", "p") else "ticket", key]
                if there < days:
                    early.append(f"{written.key} ({days} days ago) → {key} ({there})")
    assert early == []
