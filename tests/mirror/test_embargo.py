"""What asks not to be told yet is private, whatever its source says, until its day or until a person says so."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kb.errors import UsageError
from kb.mirror import embargo
from kb.mirror.documents import OldText, SourceRow
from kb.mirror.limited import LIMITED_MARK, require_synced
from kb.mirror.store import Mirror
from kb.mirror.writer import SyncStats
from kb.model.document import Kind, Source, Visibility
from kb.settings.kb_toml import FilesSettings, Settings, VisibilitySettings
from kb.settings.workspace import Workspace
from kb.sources.files.source import FilesSource
from kb.sources.sync import SyncOptions, SyncOutcome, sync_source

PRIVATE, LIMITED, MEMBERS, INTERNET = Visibility
WRITTEN = "2026-11-27T09:00:00Z"
DATED, UNDATED = "12/25 の公表までメンバーには言わない。", "この件はまだ誰にも言わないでください。"


def row(doc: str, body: str, **fields: object) -> SourceRow:
    source, _, key = doc.partition(":")
    kind = {"esa": Kind.POST, "redmine": Kind.TICKET, "files": Kind.FILE}[source]
    given = {"created_at": WRITTEN, "updated_at": WRITTEN, "revision": 1, **fields}
    return SourceRow(Source(source), kind, key, doc, f"題 {key}", body, {}, **given)  # type: ignore[arg-type]


def part(of: SourceRow, kind: Kind, key: str, body: str, **fields: object) -> SourceRow:
    given = {"created_at": WRITTEN, "updated_at": WRITTEN, "visibility": of.visibility, **fields}
    return SourceRow(
        of.source, kind, key, of.doc, of.title, body, {}, part=f"{kind}:{key}", parent=(of.kind, of.key), **given,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture
def put(mirror: Mirror) -> Callable[..., dict[str, int]]:
    def run(*rows: SourceRow, today: str = "2026-12-01", opened: tuple[str, ...] = ()) -> dict[str, int]:
        stats = SyncStats()
        with mirror.write(stats) as writer:
            writer.set_terms(date.fromisoformat(today), opened)
            writer.put(rows)
        return stats.figures

    return run


def seen(mirror: Mirror) -> dict[str, Visibility]:
    """Who may read each text and old version."""
    texts = mirror.database.rows("SELECT doc || '#' || part, visibility FROM documents")
    olds = mirror.database.rows(
        "SELECT d.doc || '#' || v.part, v.visibility FROM versions v JOIN documents d ON d.id = v.parent"
    )
    return {name.removesuffix("#body"): Visibility(each) for name, each in (*texts, *olds)}


def test_a_page_is_private_with_all_its_texts_up_to_the_day(mirror: Mirror, put: Callable[..., dict[str, int]]) -> None:
    post = row("esa:1", DATED, versions=(OldText("revision:1", 1, "旧", visibility=MEMBERS),), visibility=INTERNET)
    ticket = row("redmine:2", "本文", children=(Kind.NOTE,))
    note, secret = part(ticket, Kind.NOTE, "8", UNDATED), part(ticket, Kind.NOTE, "9", "私", visibility=PRIVATE)
    put(post, ticket, note, secret, row("esa:3", "本文"))
    assert seen(mirror) == {
        "esa:1": PRIVATE, "esa:1#revision:1": PRIVATE, "esa:3": MEMBERS,
        "redmine:2": PRIVATE, "redmine:2#journal:8": PRIVATE, "redmine:2#journal:9": PRIVATE,
    }  # fmt: skip
    assert [str(each.words).partition("に、")[0] for each in embargo.list_held(mirror.database)] == [
        "esa:1: 1 行目",
        "redmine:2#journal:8: 1 行目",
    ]
    assert put(today="2026-12-25") == {"added": 0, "changed": 0, "deleted": 0}
    assert put(today="2026-12-26")["changed"] == 1
    assert seen(mirror)["esa:1"] is INTERNET
    assert seen(mirror)["esa:1#revision:1"] is MEMBERS
    assert seen(mirror)["redmine:2"] is PRIVATE
    assert put(today="2026-12-26", opened=("redmine:2",))["changed"] == 1
    assert {name: each for name, each in seen(mirror).items() if each is PRIVATE} == {"redmine:2#journal:9": PRIVATE}
    assert embargo.list_held(mirror.database) == []


def test_reading_a_page_again_changes_nothing(mirror: Mirror, put: Callable[..., dict[str, int]]) -> None:
    put(row("esa:1", DATED))
    assert put(row("esa:1", DATED))["changed"] == 0
    assert seen(mirror) == {"esa:1": PRIVATE}


def test_a_page_that_no_longer_asks_for_it_is_what_its_source_says(
    mirror: Mirror, put: Callable[..., dict[str, int]]
) -> None:
    post = row("esa:1", DATED, children=(Kind.COMMENT,))
    put(post, part(post, Kind.COMMENT, "7", "了解"))
    put(row("esa:1", "公表済み。", revision=2, visibility=INTERNET))
    assert seen(mirror) == {"esa:1": INTERNET, "esa:1#comment:7": MEMBERS}


def test_a_later_edit_puts_off_no_day(mirror: Mirror, put: Callable[..., dict[str, int]]) -> None:
    """12/25 was read when it was written; an edit in January does not make it the next one."""
    put(row("esa:1", DATED))
    put(row("esa:1", f"{DATED}\n\n追記", revision=2, updated_at="2027-01-05T00:00:00Z"), today="2027-01-06")
    assert seen(mirror) == {"esa:1": MEMBERS}


def test_what_the_source_makes_narrower_meanwhile_stays_so(mirror: Mirror, put: Callable[..., dict[str, int]]) -> None:
    put(row("redmine:1", DATED), row("esa:2", DATED), row("redmine:3", DATED), row("redmine:4", DATED))
    here = {doc: each for each, doc in mirror.database.rows("SELECT id, doc FROM documents")}
    with mirror.write() as writer:
        writer.set_visibility([(here["redmine:1"], here["redmine:1"])], PRIVATE)
        writer.set_visibility([(here["redmine:4"], here["redmine:4"])], MEMBERS)
        writer.mark(LIMITED_MARK, '["人事"]')
    put(row("esa:2", DATED, revision=2, category="人事"), row("redmine:3", DATED, visibility=PRIVATE))
    assert seen(mirror) == {"redmine:1": PRIVATE, "esa:2": LIMITED, "redmine:3": PRIVATE, "redmine:4": PRIVATE}
    put(today="2026-12-26")
    assert seen(mirror) == {"redmine:1": PRIVATE, "esa:2": LIMITED, "redmine:3": PRIVATE, "redmine:4": MEMBERS}


def test_a_title_asks_for_it_too(mirror: Mirror, put: Callable[..., dict[str, int]]) -> None:
    put(replace(row("esa:1", "本文"), title="【12/25 まで口外禁止】来期の体制"))
    (held,) = embargo.list_held(mirror.database)
    assert (held.line, held.until) == (0, "2026-12-25")
    assert "口外" not in str(held.words)


def test_a_mirror_of_an_older_kb_is_read_once(mirror: Mirror, put: Callable[..., dict[str, int]]) -> None:
    put(row("esa:1", DATED), row("esa:2", "本文"))
    with mirror.write() as writer:
        for statement in ("DELETE FROM embargoes", "DELETE FROM marks WHERE name = 'embargo.reader'"):
            mirror.database.execute(statement)
    assert seen(mirror)["esa:1"] is MEMBERS
    assert writer.stats.changed
    assert put()["changed"] == 1
    assert seen(mirror) == {"esa:1": PRIVATE, "esa:2": MEMBERS}


def test_what_is_said_names_place_and_day_and_no_words(mirror: Mirror, put: Callable[..., dict[str, int]]) -> None:
    put(
        row("esa:1", f"# 定例\n\n{DATED}", visibility=INTERNET), row("esa:2", "【社外秘】見積", visibility=INTERNET),
        row("esa:3", "【社外秘】見積"), row("esa:4", "社外秘の資料は Box に置く。", visibility=INTERNET),
        row("files:minutes/a.md", UNDATED), row("files:minutes/b.md", UNDATED, visibility=PRIVATE),
        *(row(f"redmine:{each}", UNDATED) for each in range(100, 125)),
    )  # fmt: skip
    assert list(map(str, embargo.describe(mirror.database, "esa"))) == [
        "esa:1: 3 行目に、まだ知らせないとあるようです。2026-12-25 まで、kb を動かす人だけのものとして扱います。"
        "esa では、共有リンクで誰でも読めます。",
        "esa:2: 1 行目に社外秘とありますが、esa の共有リンクで誰でも読めます。",
    ]
    (file,) = embargo.describe(mirror.database, "files:minutes")
    assert str(file).startswith("files:minutes/a.md: 1 行目に、まだ知らせないとあるようです。人が決めるまで、")
    *first, last = embargo.describe(mirror.database, "redmine")
    assert (len(first), last.en[:13]) == (embargo.MOST_NAMED, "5 more pages ")


def test_a_sync_of_notes_names_the_line(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text(f"---\ndate: 2026-11-27\n---\n# 定例\n\n{UNDATED}\n", encoding="utf-8")

    def sync(*opened: str) -> SyncOutcome:
        folder = FilesSettings("files", "minutes", "notes", "members")
        workspace = Workspace(tmp_path, Settings(source=(folder,), visibility=VisibilitySettings(opened)))
        (source,) = FilesSource.configured(workspace.settings)
        return sync_source(source, workspace, mirror, SyncOptions(), _Silent())

    (note,) = sync().notes
    assert str(note).startswith("files:minutes/a.md: 6 行目に")
    assert seen(mirror) == {"files:minutes/a.md": PRIVATE}
    assert sync("files:minutes").notes == ()
    assert seen(mirror) == {"files:minutes/a.md": MEMBERS}


def test_what_is_shared_waits_for_a_sync_once_something_is_no_longer_open(
    mirror: Mirror, put: Callable[..., dict[str, int]], tmp_path: Path
) -> None:
    put(row("esa:1", DATED), opened=("esa:1",))
    assert seen(mirror) == {"esa:1": MEMBERS}
    require_synced(Workspace(tmp_path, Settings(visibility=VisibilitySettings(("esa:1", "esa:2")))))
    with pytest.raises(UsageError, match="open"):
        require_synced(Workspace(tmp_path, Settings()))


class _Silent:
    def step(self, done: int, total: int) -> None: ...

    def request(self, made: int, granted: int | None, waiting_s: float = 0.0) -> None: ...


def test_reading_all_texts_anew_holds_one_of_them_at_a_time(mirror: Mirror, put: Callable[..., dict[str, int]]) -> None:
    put(*(row(f"esa:{number}", f"本文 {number}。\n" * 1000) for number in range(1, 101)))
    held = int(mirror.database.value("SELECT sum(length(body)) FROM bodies"))
    mirror.database.execute("DELETE FROM marks WHERE name = ?", (embargo._READER_MARK,))
    tracemalloc.start()
    try:
        with mirror.database.transaction():
            embargo.set_terms(mirror.database, date(2026, 12, 1), ())
        assert tracemalloc.get_traced_memory()[1] < held / 2
    finally:
        tracemalloc.stop()
