"""The revisions of posts, and the files they link to: fetched once, counted apart, with the token for the API alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mirror.sync_kit import good, sync_counted
from pace import peers
from sample_rows import post as row
from servers import Sandbox, run_sandbox

from kb.errors import AnswerError
from kb.mirror.documents import StoredDocument
from kb.mirror.store import Mirror
from kb.mirror.sync import attachments
from kb.mirror.sync.job import ReadDepth, SyncJob
from kb.model.document import Kind, Source, Visibility
from kb.settings.kb_toml import EsaSettings, Settings, SyncSettings
from kb.settings.workspace import Workspace
from kb.sources.esa import revisions as esa_history
from kb.sources.esa import rows as esa_rows
from kb.sources.esa.source import EsaSource
from kb.sources.sync import SyncOptions, SyncOutcome

Sync = Callable[..., SyncOutcome]
IDLE = 5
UPLOADS = "/uploads/production/attachments/1/2026/08/01/1"


def revisions(many: int) -> list[dict[str, Any]]:
    return [
        {"number": n, "name": f"題 {n}", "body_md": f"本文 {n}", "created_at": "2026-01-01T00:00:00+09:00",
         "created_by": {"screen_name": "suzuki"}}
        for n in range(1, many + 1)
    ]  # fmt: skip


def files() -> list[dict[str, Any]]:
    return [
        {"path": f"{UPLOADS}/a.csv", "content": "利用者,合言葉\nroot,himitsu\n"},
        {"path": f"{UPLOADS}/moved.txt", "redirect": "http://127.0.0.1:9/elsewhere.txt"},
        {"path": f"{UPLOADS}/large.log", "content": "x" * 5000},
        {"path": f"{UPLOADS}/book.xlsx", "content": "no text by its name"},
        {"path": f"{UPLOADS}/picture.png", "content": "a picture"},
    ]


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    rows = [
        row(1),
        row(2, revision_number=4, revisions=revisions(3)),
        row(3, revision_number=251, revisions=revisions(250)),
    ]
    rows.append(row(4, attachments=files()))
    with run_sandbox("--profile", "nolimit", data=rows) as sandbox:
        yield sandbox


@pytest.fixture
def sync(box: Sandbox, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sync:
    """Syncs esa; keywords are settings of `[sync]`, `history`, or `full`."""
    box.use(monkeypatch)

    def run(*, history: bool = False, full: bool = False, **settings: Any) -> SyncOutcome:
        esa = EsaSettings("docs", history=history)
        workspace = Workspace(tmp_path, Settings(esa=esa, sync=SyncSettings(**{"audit": 0, **settings})))
        return sync_counted(box, EsaSource(esa), workspace, mirror, SyncOptions(full))

    return run


def post(mirror: Mirror, number: int) -> StoredDocument:
    stored = mirror.find(Source.ESA, Kind.POST, str(number))
    assert stored is not None
    return stored


def numbers(mirror: Mirror, number: int) -> list[int]:
    return [old.number for old in mirror.versions(post(mirror, number).id)]


def link(box: Sandbox, name: str, text: str = "") -> str:
    return f"[{text or name} (1.2 kB)]({box.esa}{UPLOADS}/{name})"


# -- revisions ----------------------------------------------------------------------------------


def test_without_the_setting_no_revision_is_asked_for(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    figures = good(sync())
    assert set(figures) == {"requests", "added", "changed", "deleted", "waited_s", "audit_requests"}
    assert not any("revisions" in route or "signed" in route for route in box.requests("esa"))
    assert mirror.versioned() == frozenset()


def test_revisions_are_read_once_and_cost_a_request_for_a_hundred(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    full = good(sync(history=True))
    # post 2: four revisions, 1 request; post 3: 251 of them, 3 requests; the others have but the present one
    assert (full["history_requests"], full["added"]) == (1 + 3, 4)
    assert (numbers(mirror, 1), numbers(mirror, 2), numbers(mirror, 3)) == ([], [3, 2, 1], [*range(250, 0, -1)])
    newest = next(mirror.versions(post(mirror, 2).id))
    assert (newest.part, newest.title, newest.body, newest.author) == ("revision:3", "題 3", "本文 3", "suzuki")
    assert newest.url.endswith("/posts/2/revisions/3")
    idle = good(sync(history=True))
    assert (idle["requests"], idle["history_requests"], idle["changed"]) == (IDLE, 0, 0)


def test_an_edited_post_costs_one_request_and_gains_the_text_it_had(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    sync(history=True)
    before = post(mirror, 3).hash
    box.edit("esa", "update", number=3, fields={"body_md": "新しい"})
    box.edit("esa", "update", number=3, fields={"body_md": "もっと新しい"})
    figures = good(sync(history=True))
    assert (figures["requests"], figures["history_requests"], figures["changed"]) == (IDLE, 1, 1)
    assert numbers(mirror, 3)[:3] == [252, 251, 250]
    assert [old.body for old in mirror.versions(post(mirror, 3).id)][:2] == ["新しい", "本文"]
    assert post(mirror, 3).hash != before


def test_revisions_come_after_the_texts_and_are_no_change_of_a_page(sync: Sync, mirror: Mirror) -> None:
    sync()
    before = post(mirror, 2).hash
    figures = good(sync(history=True))
    assert (figures["changed"], figures["requests"]) == (0, IDLE)
    assert post(mirror, 2).hash != before


def test_a_run_that_may_not_ask_for_more_leaves_the_rest_to_the_next(sync: Sync, mirror: Mirror) -> None:
    outcome = sync(history=True, history_requests=1)
    assert good(outcome)["history_requests"] == 3  # the post edited last, whole
    assert any("1 件の古い版" in str(note) for note in outcome.notes)
    assert (len(numbers(mirror, 3)), len(numbers(mirror, 2))) == (250, 0)
    outcome = sync(history=True, history_requests=1)
    assert (good(outcome)["history_requests"], outcome.notes) == (1, ())
    assert numbers(mirror, 2) == [3, 2, 1]


def test_a_failure_in_the_middle_keeps_what_was_read(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    box.fault(system="esa", kind="400", path="/posts/2/revisions", times=1)
    outcome = sync(history=True)
    assert isinstance(outcome.error, AnswerError)
    assert len(numbers(mirror, 3)) == 250
    assert good(sync(history=True))["history_requests"] == 1
    assert numbers(mirror, 2) == [3, 2, 1]


def test_a_post_that_vanished_meanwhile_is_left_to_the_next_run(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    box.fault(system="esa", kind="404", path="/posts/3/revisions", times=1)
    assert good(sync(history=True))["history_requests"] == 2
    assert (len(numbers(mirror, 3)), len(numbers(mirror, 2))) == (0, 3)
    sync(history=True)
    assert len(numbers(mirror, 3)) == 250


def test_a_shared_page_shows_the_internet_no_revision(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    box.edit("esa", "share", number=2)
    sync(history=True)
    assert post(mirror, 2).document.visibility is Visibility.INTERNET
    assert {old.visibility for old in mirror.versions(post(mirror, 2).id)} == {Visibility.MEMBERS}


# -- files --------------------------------------------------------------------------------------


def attached(mirror: Mirror) -> dict[str, str]:
    return {s.document.title: s.document.body for s in mirror.documents(kinds=[Kind.ATTACHMENT])}


def test_names_of_files_are_kept_without_a_request(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    box.edit(
        "esa", "update", number=4, fields={"body_md": f"{link(box, 'a.csv', '一覧.csv')}\n!{link(box, 'picture.png')}"}
    )
    box.edit("esa", "comment", number=4, fields={"body": link(box, "book.xlsx")})
    figures = good(sync())
    assert "history_requests" not in figures
    assert attached(mirror) == {"一覧.csv": "", "book.xlsx": ""}
    assert [s.document.part for s in mirror.documents(kinds=[Kind.ATTACHMENT])] == [
        "attachment:一覧.csv", "attachment:book.xlsx",
    ]  # fmt: skip


def test_text_files_are_fetched_once(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    box.edit("esa", "update", number=4, fields={"body_md": f"{link(box, 'a.csv')} {link(box, 'book.xlsx')}"})
    figures = good(sync(attachments=True))
    assert figures["history_requests"] == 1 + 1  # an address is signed, a file is fetched
    assert attached(mirror) == {"a.csv": "利用者,合言葉\nroot,himitsu\n", "book.xlsx": ""}
    assert good(sync(attachments=True))["history_requests"] == 0
    box.edit("esa", "update", number=4, fields={"body_md": f"続き\n{link(box, 'a.csv')}"})
    figures = good(sync(attachments=True))
    assert (figures["requests"], figures["history_requests"]) == (IDLE, 0)
    assert attached(mirror) == {"a.csv": "利用者,合言葉\nroot,himitsu\n"}


def test_a_link_that_left_the_page_takes_its_file_along(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    box.edit("esa", "update", number=4, fields={"body_md": link(box, "a.csv")})
    sync()
    box.edit("esa", "update", number=4, fields={"body_md": "消した"})
    assert good(sync())["changed"] == 1
    assert attached(mirror) == {}


def test_what_cannot_be_had_is_not_asked_for_again(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    names = ("moved.txt", "large.log", "unknown.txt")
    box.edit("esa", "update", number=4, fields={"body_md": "\n".join(link(box, name) for name in names)})
    figures = good(sync(attachments=True, attachment_kb=4))
    assert figures["history_requests"] == 1 + 2  # the unknown one has no address; no redirect is followed
    assert attached(mirror) == dict.fromkeys(names, "")
    assert good(sync(attachments=True, attachment_kb=4))["history_requests"] == 0
    assert good(sync(attachments=True, full=True))["history_requests"] == 3
    assert attached(mirror)["large.log"] == "x" * 5000


def test_other_hosts_are_never_asked(sync: Sync, box: Sandbox, mirror: Mirror) -> None:
    foreign = f"http://localhost:1{UPLOADS}/a.csv http://127.0.0.1:1{UPLOADS}/b.csv https://evil.example{UPLOADS}/c.csv"
    box.edit("esa", "update", number=4, fields={"body_md": foreign})
    assert good(sync(attachments=True))["history_requests"] == 0
    assert attached(mirror) == {"a.csv": "", "b.csv": ""}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("合言葉".encode(), "合言葉"),
        ("\ufeff合言葉".encode(), "合言葉"),
        ("合言葉は himitsu です。".encode("cp932"), "合言葉は himitsu です。"),
        ("合言葉は himitsu です。".encode("euc_jp"), "合言葉は himitsu です。"),
        ("合言葉".encode("iso2022_jp"), "合言葉"),
        ("合言葉".encode("utf-16"), "合言葉"),
        (b"\x89PNG\0\0", None),
        (b"\xff\xff\xff\xff", None),
        (b"", ""),
    ],
)
def test_text_is_known_by_its_bytes(data: bytes, text: str | None) -> None:
    assert attachments.decode_text(data) == text


@pytest.mark.parametrize(
    ("name", "most"),
    [("a.csv", 1 << 20), ("A.TXT", 1 << 20), (".env", 1 << 16), ("id_rsa", 1 << 16), ("a.xlsx", 0), ("a.tar.gz", 0)],
)
def test_only_text_by_its_name_is_looked_at(name: str, most: int) -> None:
    assert attachments.max_bytes(name, 1 << 20) == most


# -- hostile ------------------------------------------------------------------------------------


class Repeating:
    """An esa that shows the same revisions page after page."""

    def revisions(self, number: int) -> Iterator[list[dict[str, Any]]]:
        while True:
            yield [{"number": n, "body_md": f"本文 {n}"} for n in (9, 8, 7)]


def test_a_server_that_repeats_itself_is_left(mirror: Mirror) -> None:
    with mirror.write() as writer:
        writer.put(esa_rows.rows_of_posts([{**row(1), "revision_number": 9}]))
    esa_history.sync_revisions(Repeating(), SyncJob(mirror, Requests(), Source.ESA, depth=ReadDepth(history=True)))
    assert numbers(mirror, 1) == [8, 7]


class Requests:
    """None were made."""

    requests = 0
    waited_s = 0.0


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "[a](",
        f"[{'a' * 199}](",
        "[a](https://img.esa.io/uploads/production/attachments/",
        "https://127.0.0.1:1",
        "[](",
    ],
)
def test_a_page_made_to_be_slow_ends_in_time(piece: str) -> None:
    body = piece * (400_000 // len(piece)) + "/uploads/production/"
    post = {**row(1), "body_md": body, "comments": []}
    assert peers(lambda: list(esa_rows.post_rows(post)), below=45) < 45  # 2 s, where an ordinary page takes 0.045 s
    assert len(list(esa_rows.post_rows(post))) < 10_000


def test_names_of_files_are_what_people_read_and_never_two_the_same(mirror: Mirror) -> None:
    files = "https://files.esa.io/uploads/production/attachments/1"
    body = (
        f"[設定.conf (1.2 kB)]({files}/aaaaaaaa-1.conf) [手順]({files}/bbbbbbbb-2.sh) {files}/cccccccc-3.txt\n"
        f"[設定.conf]({files}/dddddddd-4.conf) ![図.png]({files}/eeeeeeee-5.png) [設定.conf]({files}/aaaaaaaa-1.conf)\n"
        "[公開.csv](https://img.esa.io/uploads/production/attachments/1/f.csv)"
    )
    found = [each for each in esa_rows.post_rows({**row(1), "body_md": body}) if each.kind is Kind.ATTACHMENT]
    assert [(each.title, each.part) for each in found] == [
        ("設定.conf", "attachment:設定.conf"),
        ("bbbbbbbb-2.sh", "attachment:bbbbbbbb-2.sh"),
        ("cccccccc-3.txt", "attachment:cccccccc-3.txt"),
        ("設定.conf", "attachment:設定.conf (dddddd-4)"),
        ("公開.csv", "attachment:公開.csv"),
    ]
    assert [bool(each.meta.get("open")) for each in found] == [False, False, False, False, True]
