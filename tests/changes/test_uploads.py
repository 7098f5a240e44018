"""Files sent to a sandbox: written down, sent once, waited for when asked, and known again from the journal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import pytest
from changes.site import Site, posts

from kb.errors import CredentialError, GateError, RefusedError
from kb.execute import uploads
from kb.execute.journal.runs import Runs
from kb.execute.uploads import Upload, UploadResult
from kb.settings.kb_toml import EsaSettings
from kb.settings.workspace import Workspace, open_workspace
from kb.sources.esa.client import Esa
from kb.sources.esa.writes import MAX_UPLOAD_BYTES, UploadFile

SENT, POLICY, STORED = "POST /attachments", "POST /attachments/policies", "POST /uploads"


@pytest.fixture
def here(site: Callable[..., Site]) -> Site:
    return site(data=posts(2))


@pytest.fixture
def workspace(here: Site) -> Workspace:
    return open_workspace()


def picture(name: str, content: bytes = b"\x89PNG", kind: str = "image/png") -> Upload:
    return Upload(f"png:{name}", UploadFile(f"{name}.png", kind, content))


def send(workspace: Workspace, *names: str) -> UploadResult:
    return uploads.upload_files(workspace, "esa:1", [picture(name, name.encode()) for name in names])


def counts(here: Site, *routes: str) -> list[int]:
    counted = here.counted()
    return [counted.get(route, 0) for route in routes]


def stored(here: Site, urls: Iterable[str]) -> list[bytes]:
    """What stands at these addresses, asked for as a member's browser does."""
    headers = {"Authorization": f"Bearer {here.sandbox.token}"}
    with httpx.Client(trust_env=False) as client:
        asked = {"urls": ",".join(urls), "v": "2"}
        signed = client.get(f"{here.sandbox.esa}/v1/teams/docs/signed_urls", params=asked, headers=headers).json()
        return [client.get(each[1]).content for each in signed["signed_urls"]]


def test_each_file_is_one_request_and_stands_where_esa_says(here: Site, workspace: Workspace) -> None:
    done = send(workspace, "a", "構成図")
    assert (done.trouble, set(done.urls)) == (None, {"png:a", "png:構成図"})
    assert counts(here, SENT, POLICY, STORED) == [2, 0, 0]
    assert stored(here, done.urls.values()) == [b"a", "構成図".encode()]


def test_the_journal_says_it_before_and_after(here: Site, workspace: Workspace) -> None:
    done = send(workspace, "a")
    told = here.journal(done.run)
    assert [each["what"] for each in told] == ["run", "intend", "done", "end"]
    assert (told[0]["plan"], told[0]["about"], told[1]["file"], told[1]["size"]) == ("upload", "esa:1", "png:a", 1)
    assert told[2]["url"] == done.urls["png:a"]
    assert here.sandbox.token not in str(told)


def test_where_esa_has_no_such_call_yet_a_policy_and_the_storage_take_it(here: Site, workspace: Workspace) -> None:
    here.sandbox.fault(system="esa", kind="404", method="POST", path="/attachments$")
    done = send(workspace, "a", "b")
    assert done.trouble is None
    assert counts(here, SENT, POLICY, STORED) == [1, 2, 2]
    assert stored(here, done.urls.values()) == [b"a", b"b"]


def test_the_storage_is_shown_no_token(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, bool]] = []
    from kb.sources.transport import http

    real = http._request

    def request(call: Any, secret: Any) -> Any:
        made = real(call, secret)
        seen.append((made.url.path, "authorization" in made.headers))
        return made

    monkeypatch.setattr(http, "_request", request)
    here.sandbox.fault(system="esa", kind="404", method="POST", path="/attachments$")
    assert send(open_workspace(), "a").trouble is None
    assert [told for told in seen if told[0] == "/uploads"] == [("/uploads", False)]
    assert ("/v1/teams/docs/attachments/policies", True) in seen


def test_what_the_storage_refuses_is_not_there_and_the_rest_is_not_sent(here: Site, workspace: Workspace) -> None:
    here.sandbox.fault(system="esa", kind="404", method="POST", path="/attachments$")
    here.sandbox.fault(system="esa", kind="403", method="POST", path="^/uploads$")
    done = send(workspace, "a", "b")
    assert (done.urls, done.unsure) == ({}, "")
    assert "受け取りませんでした（403）" in str(done.trouble)
    assert counts(here, POLICY, STORED) == [1, 1]
    assert [each["what"] for each in here.journal(done.run)] == ["run", "intend", "failed", "end"]


@pytest.mark.parametrize("kind", ["500", "reset", "reset-after", "truncate", "html"])
def test_where_nobody_knows_whether_it_arrived_it_is_said_and_not_sent_again(
    here: Site, workspace: Workspace, kind: str
) -> None:
    here.sandbox.fault(system="esa", kind=kind, method="POST", path="/attachments$", times=1)
    done = send(workspace, "a", "b")
    assert done.trouble is not None
    assert (done.urls, done.unsure) == ({}, "a.png")
    assert counts(here, SENT) == [1]
    run = Runs(workspace.private / "runs").run(done.run)
    assert (run.files, run.ended) == ({"png:a": ""}, "failing")
    assert uploads.find_uploaded(workspace, "esa:1") == {}
    assert "届いたかどうか分かりません" in here.kb("history", done.run)


def test_what_arrived_before_is_known_and_only_of_the_same_post(here: Site, workspace: Workspace) -> None:
    here.sandbox.fault(system="esa", kind="500", method="POST", path="/attachments$", times=1)
    assert send(workspace, "z").trouble is not None
    done = send(workspace, "a", "b")
    assert uploads.find_uploaded(workspace, "esa:1") == done.urls
    assert uploads.find_uploaded(workspace, "esa:2") == {}


def test_a_limit_is_waited_for_and_the_file_sent_once(
    here: Site, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "UPLOAD_WINDOW_S", 0.0)
    here.sandbox.toggles(upload_limit=2, upload_window_s=4)
    done = send(workspace, "a", "b", "c")
    assert (done.trouble, len(set(done.urls.values()))) == (None, 3)
    whats = [each["what"] for each in here.journal(done.run)]
    assert whats == ["run", *["intend", "done"] * 2, "intend", "limited", "intend", "done", "end"]


def test_it_does_not_run_into_the_limit_that_is_known(
    here: Site, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "UPLOAD_WINDOW_S", 1.5)
    here.sandbox.toggles(upload_limit=3, upload_window_s=1)
    done = send(workspace, "a", "b", "c", "d")
    assert done.trouble is None
    assert counts(here, SENT) == [4]


def test_a_limit_without_end_is_given_up(here: Site, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_UPLOAD_TRIES", 2)
    here.sandbox.fault(system="esa", kind="429", method="POST", path="/attachments$", retry_after="zero")
    done = send(workspace, "a")
    assert "429" in str(done.trouble)
    assert done.unsure == ""


def test_a_file_esa_does_not_take_is_refused_before_anything_is_sent(here: Site, workspace: Workspace) -> None:
    large = Upload("png:x", UploadFile("x.png", "image/png", b"x" * (MAX_UPLOAD_BYTES + 1)))
    with pytest.raises(RefusedError, match="10 MB"):
        uploads.upload_files(workspace, "esa:1", [picture("a"), large])
    assert counts(here, "total") == [0]
    assert not list((here.folder / ".kb" / "runs").glob("*"))


def test_esa_s_own_limit_of_size_is_told(here: Site, workspace: Workspace) -> None:
    here.sandbox.toggles(upload_max_bytes=3)
    done = uploads.upload_files(workspace, "esa:1", [picture("a", b"12345")])
    assert "413" in str(done.trouble)
    assert done.unsure == ""


def test_a_token_that_may_not_upload_is_named_and_nothing_is_there(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    token = here.sandbox.token_for(user="ono", scopes=["read:post", "read:user", "read:team", "write:post"])
    monkeypatch.setenv("ESA_WRITE_TOKEN", token)
    done = send(open_workspace(), "a")
    assert isinstance(done.trouble, CredentialError)
    assert token not in str(done.trouble)


def test_the_gate_is_closed_to_whoever_is_no_run(here: Site) -> None:
    file = UploadFile("a.png", "image/png", b"a")
    with Esa.connect(EsaSettings(team="docs"), to_write=True) as esa:
        with pytest.raises(GateError):
            esa.uploads.send(file)
        with pytest.raises(GateError):  # nor does the storage beside esa open for them
            esa.uploads._store(f"{here.sandbox.esa}/uploads", {}, file)
    assert counts(here, SENT, STORED) == [0, 0]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "http://evil.example/x.png", "https://a.example/x y", "", None, 7]
)
def test_an_address_that_is_none_is_not_believed(url: object) -> None:
    from kb.errors import AnswerError
    from kb.sources.esa.writes import EsaUploads
    from kb.sources.transport.call import Answer

    with pytest.raises(AnswerError):
        EsaUploads._url(Answer(201, {}, b"", {"attachment": {"url": url}}))


def test_undo_says_that_files_stay(here: Site, workspace: Workspace) -> None:
    done = send(workspace, "a")
    here.kb("undo", done.run, code=5)
    assert "取り消せません" in here.said
    assert re.search(rf"{done.run} .*済み 1 件  upload → esa:1", here.kb("history"))


def test_a_journal_that_was_handed_over_is_no_proof(here: Site, workspace: Workspace) -> None:
    done = send(workspace, "a")
    path = here.folder / ".kb" / "runs" / f"{done.run}.jsonl"
    path.write_text(path.read_text("utf-8") + '{"what":"taken","at":"2026-11-26T00:00:00Z"}\n', "utf-8")
    assert uploads.find_uploaded(workspace, "esa:1") == {}
