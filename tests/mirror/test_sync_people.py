"""Who wrote in a team and is not on its list of members: known from the first sync on, at no request more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from mirror.sync_kit import good, sync_counted
from sample_rows import post
from servers import Sandbox, run_sandbox

from kb.errors import CredentialError
from kb.mirror.store import Mirror
from kb.model.document import Source
from kb.settings.kb_toml import EsaSettings, Settings, SyncSettings
from kb.settings.workspace import Workspace
from kb.sources.esa.client import Esa, MemberList
from kb.sources.esa.source import EsaSource
from kb.sources.sync import SyncOptions, SyncOutcome

Sync = Callable[..., SyncOutcome]
READS = ["read:post", "read:comment", "read:category", "read:tag", "read:team", "read:user", "read:attachment"]
KUROKAWA = {"screen_name": "kurokawa", "name": "黒川 修"}
MIURA = {"screen_name": "miura", "name": "三浦 千尋"}
REPLY = {"id": 900, "body_md": "返信", "created_by": MIURA}


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    rows = [
        {**KUROKAWA, "member": False},
        {**MIURA, "member": False},
        post(1, created_by=KUROKAWA),
        post(2, comments=[REPLY]),
        post(3),
    ]
    with run_sandbox("--profile", "nolimit", data=rows) as sandbox:
        yield sandbox


@pytest.fixture
def sync(box: Sandbox, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sync:
    """Syncs the team, as a person with a token would."""
    box.use(monkeypatch)

    def run(*, full: bool = False, team: str = "docs") -> SyncOutcome:
        esa = EsaSettings(team)
        workspace = Workspace(tmp_path, Settings(esa=esa, sync=SyncSettings(audit=0)))
        return sync_counted(box, EsaSource(esa), workspace, mirror, SyncOptions(full))

    return run


def unlisted(mirror: Mirror) -> dict[str, str]:
    return {handle: row["name"] for handle, row in mirror.things(Source.ESA, "unlisted-author").items()}


def state(mirror: Mirror) -> str:
    return str(json.loads(mirror.mark("esa.members") or '""'))


def test_who_wrote_and_is_no_member_is_known_at_the_first_sync(sync: Sync, mirror: Mirror) -> None:
    outcome = sync()
    assert good(outcome)["requests"] == 7, "as many as before kb looked for anybody"
    assert unlisted(mirror) == {"kurokawa": "黒川 修", "miura": "三浦 千尋"}
    assert state(mirror) == "whole"
    assert outcome.notes == ()
    assert good(sync())["requests"] == 5, "and the members were asked for before, too"
    assert unlisted(mirror) == {"kurokawa": "黒川 修", "miura": "三浦 千尋"}


def test_who_edits_later_and_who_becomes_a_member_is_noticed(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync()
    box.edit("esa", "add-member", fields=MIURA)
    box.edit("esa", "update", number=3, fields={"body_md": "直した"}, as_="visitor")
    box.edit("esa", "remove-member", fields={"screen_name": "visitor"})
    good(sync())
    assert unlisted(mirror).keys() == {"kurokawa", "visitor"}


def test_a_run_that_ended_early_is_made_up_for_by_the_next(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    box.fault(system="esa", kind="400", path="/comments")
    assert sync().error is not None
    assert unlisted(mirror) == {}
    box.clear_faults()
    good(sync())
    assert unlisted(mirror).keys() == {"kurokawa", "miura"}


def test_a_token_that_may_not_ask_who_is_a_member_syncs_and_says_so(
    sync: Sync, box: Sandbox, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESA_ACCESS_TOKEN", box.token_for(user="operator", scopes=READS))
    outcome = sync()
    assert good(outcome)["added"] == 3
    assert state(mirror) == "denied"
    assert mirror.things(Source.ESA, "member") == {}
    assert ["read:member" in note.ja for note in outcome.notes] == [True]


def test_who_was_listed_stays_so_when_the_token_may_ask_no_more(
    sync: Sync, box: Sandbox, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    good(sync())
    monkeypatch.setenv("ESA_ACCESS_TOKEN", box.token_for(user="operator", scopes=READS))
    good(sync())
    assert mirror.things(Source.ESA, "member").keys() == {"operator", "sato"}
    assert mirror.things(Source.ESA, "former-member") == {}
    assert state(mirror) == "denied"


def test_a_token_for_another_team_is_an_error_still(sync: Sync, box: Sandbox) -> None:
    box.fault(system="esa", kind="403", path="/teams/other/", times=9)
    outcome = sync(team="other")
    assert isinstance(outcome.error, CredentialError)
    assert outcome.notes == ()


@pytest.mark.parametrize(
    "cut",
    [
        lambda told: replace(told, rows=told.rows[:-1]),
        lambda told: replace(told, total=-1),
        lambda told: replace(told, rows=(*told.rows[:-1], told.rows[0])),
        lambda told: MemberList(tuple(row for row in told.rows if row["screen_name"] != "operator"), 1),
    ],
    ids=["fewer than named", "no number named", "one twice", "without the reader"],
)
def test_a_list_that_is_cut_makes_nobody_leave(
    sync: Sync, mirror: Mirror, monkeypatch: pytest.MonkeyPatch, cut: Callable[[MemberList], MemberList]
) -> None:
    good(sync())
    whole = Esa.members
    monkeypatch.setattr(Esa, "members", lambda esa: cut(whole(esa)))
    outcome = sync()
    good(outcome)
    assert state(mirror) == "cut"
    assert mirror.things(Source.ESA, "former-member") == {}
    assert mirror.things(Source.ESA, "member").keys() == {"operator", "sato"}
    assert ["途中まで" in note.ja for note in outcome.notes] == [True]
    monkeypatch.undo()


def test_a_name_that_esa_no_longer_tells_is_remembered(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    box.edit("esa", "add-member", fields={"screen_name": "visitor", "name": "来客 一"})
    box.edit("esa", "update", number=3, fields={"body_md": "直した"}, as_="visitor")
    box.edit("esa", "remove-member", fields={"screen_name": "visitor"})
    good(sync())
    assert unlisted(mirror)["visitor"] == "来客 一"
    box.edit("esa", "update", number=3, fields={"body_md": "直した", "message": "kb 20261101-1"}, as_="sato")
    good(sync())
    assert unlisted(mirror)["visitor"] == "来客 一"
