"""The clients against `kb sandbox`: the server's count of requests is ours, and faults change no row."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from sample_rows import SATO, ticket

from kb.errors import CredentialError
from kb.settings.kb_toml import EsaSettings, RedmineSettings
from kb.sources.esa.client import Esa
from kb.sources.redmine.client import Redmine
from kb.sources.transport import access

STAMP = "2026-08-01T09:00:00+09:00"


def posts(count: int) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "name": f"記事 {number}",
            "full_name": f"運用/{number % 7}/記事 {number}",
            "category": f"運用/{number % 7}",
            "tags": [],
            "wip": False,
            "body_md": f"本文 {number}",
            "created_at": STAMP,
            "updated_at": STAMP,
            "comments": [{"body_md": f"コメント {at}"} for at in range(5 if number % 50 == 0 else 0)],
        }
        for number in range(1, count + 1)
    ]


def tickets(count: int) -> list[dict[str, Any]]:
    return [
        ticket(
            number,
            updated_on="2026-08-02T00:00:00Z",
            journals=[{"id": number, "notes": "メモ", "created_on": "2026-08-02T00:00:00Z", "user": SATO}],
        )
        for number in range(1, count + 1)
    ]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    def to(box: Any, *, team: str = "any-team", token: str = "", **options: Any) -> tuple[Esa, Redmine]:
        box.use(monkeypatch)
        if token:
            monkeypatch.setenv("ESA_ACCESS_TOKEN", token)
        return (
            Esa.connect(EsaSettings(team=team), **options),
            Redmine.connect(RedmineSettings(url=box.redmine), **options),
        )

    return to


def test_the_servers_counts_are_ours(sandbox: Callable[..., Any], connect: Callable[..., Any]) -> None:
    box = sandbox(data=[*posts(730), *tickets(120)])
    esa, redmine = connect(box)
    box.reset(counters=True)
    with esa, redmine:
        who = esa.identify()
        assert who.screen_name
        rows = [row for page in esa.posts_after() for row in page]
        assert [row["number"] for row in rows] == list(range(1, 731))
        assert sum(len(row["comments"]) for row in rows) == 14 * 5
        counts = esa.category_counts()
        assert sum(counts.values()) == 730
        assert len(esa.comment_head()) == 70
        assert esa.access.requests == 1 + 8 + 1 + 1 == box.requests("esa")["total"]
        members = esa.members()
        assert esa.access.requests == 11 + max(1, -(-len(members.rows) // 100))
        moved = [row for page in esa.posts_in(["運用/3", None]) for row in page]
        assert {row["category"] for row in moved} == {"運用/3"}
        assert len(moved) == counts["運用/3"]

        redmine.identify()
        redmine.tables()
        assert redmine.access.requests == 5 == box.requests("redmine")["total"]
        found = {row["id"]: row for page in redmine.issues_after() for row in page}
        shown = {each.id: each.issue for each in redmine.issues(found)}
        assert len(shown) == redmine.count() >= 120
        assert all(row is not None for row in shown.values())
        assert redmine.access.requests == box.requests("redmine")["total"]
        assert redmine.abilities.degraded() == ()


KINDS = ("429", "500", "502", "503", "408", "reset", "reset-body", "truncate", "empty", "content-type", "skew")


def test_no_fault_changes_a_row(
    sandbox: Callable[..., Any], connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(access, "JITTER_S", 0.01)
    box = sandbox("--profile", "nolimit", data=posts(420))
    esa, redmine = connect(box)
    with esa, redmine:
        calm = [row for page in esa.posts_after() for row in page]
        tables = redmine.tables()
        for kind in KINDS:
            times = 1 if kind in ("429", "503") else 4
            box.fault(system="*", kind=kind, times=times, retry_after="zero", seconds=3600 if kind == "skew" else 0.2)
            assert [row for page in esa.posts_after() for row in page] == calm, kind
            assert redmine.tables() == tables, kind
            assert [fault["fired"] for fault in box.faults()] == [times], kind
            box.clear_faults()


def test_every_way_to_ask_for_a_wait_is_understood(
    sandbox: Callable[..., Any], connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    box = sandbox("--profile", "nolimit", data=posts(3))
    for form in ("seconds", "date", "past-date", "message", "reset", "none", "float", "garbage", "huge"):
        esa, redmine = connect(box)
        clock, slept = [time.time()], [0.0]

        def sleep(seconds: float, clock: list[float] = clock, slept: list[float] = slept) -> None:
            slept[0] += seconds
            clock[0] += seconds

        monkeypatch.setattr(esa.access, "_sleep", sleep)
        monkeypatch.setattr(esa.access, "_clock", lambda clock=clock: clock[0])
        box.fault(system="esa", kind="429", times=1, retry_after=form, case=True, seconds=7)
        with esa, redmine:
            esa.identify()
        wanted = 60 if form == "none" else 7
        assert wanted <= slept[0] <= wanted + 3, form
        box.clear_faults()


def test_strict_and_legacy_profiles_lose_nothing(sandbox: Callable[..., Any], connect: Callable[..., Any]) -> None:
    for profile in ("strict", "legacy75"):
        box = sandbox("--profile", profile, data=posts(120))
        esa, redmine = connect(box)
        with esa, redmine:
            esa.identify()
            rows = [row for page in esa.posts_after() for row in page]
            assert len(rows) == 120
            assert [len(row["comments"]) for row in rows if row["number"] % 50 == 0] == [5, 5]


def test_an_esa_that_cannot_compare_numbers_loses_nothing(
    sandbox: Callable[..., Any], connect: Callable[..., Any]
) -> None:
    box = sandbox(data=posts(250))
    box._send("POST", "toggles", {"system": "esa", "number_search": False})
    esa, _ = connect(box)
    with esa:
        assert [row["number"] for page in esa.posts_after() for row in page] == list(range(1, 251))


def test_a_narrow_token_and_another_team_are_noticed(sandbox: Callable[..., Any], connect: Callable[..., Any]) -> None:
    box = sandbox(data=posts(3))
    narrow = box._send("POST", "tokens", {"system": "esa", "scopes": ["read:user", "read:team"]})["token"]
    esa, _ = connect(box, token=narrow)
    with esa, pytest.raises(CredentialError, match="read:post"):
        next(esa.posts_after())
    esa, _ = connect(box, token="ep2_nobody")
    with esa, pytest.raises(CredentialError, match="401"):
        esa.identify()
    box._send("POST", "toggles", {"system": "esa", "team": "docs"})
    esa, _ = connect(box, team="dcos")
    with esa:
        esa.identify()
        with pytest.raises(Exception, match="dcos"):
            next(esa.posts_after())


def test_a_redmine_of_3_4_is_read_whole_and_what_it_lacks_is_said(
    sandbox: Callable[..., Any], connect: Callable[..., Any]
) -> None:
    box = sandbox("--profile", "redmine-3.4", data=tickets(130))
    _, redmine = connect(box)
    with redmine:
        redmine.identify()
        redmine.tables()
        ids = [row["id"] for page in redmine.issues_after() for row in page]
        assert len(ids) >= 130
        assert ids == sorted(set(ids))
        assert all(each.issue is not None for each in redmine.issues(ids[:5]))
        lacking = " ".join(sentence.en for sentence in redmine.abilities.degraded())
    for release in ("4.1", "5.0", "6.0"):
        assert f"before Redmine {release}" in lacking
