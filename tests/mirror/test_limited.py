"""Categories that kb.toml says only a part of the team may read: so are their posts, comments and old versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mirror.sync_kit import undo_steps
from servers import Sandbox, run_sandbox

from kb.console.progress import Meter
from kb.errors import UsageError
from kb.mirror import schema
from kb.mirror.documents import SourceRow
from kb.mirror.limited import require_synced
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source, Visibility
from kb.settings.kb_toml import EsaSettings, FilesSettings, Settings, SyncSettings
from kb.settings.workspace import Workspace
from kb.sources.esa.source import EsaSource
from kb.sources.files.source import FilesSource
from kb.sources.sync import SyncOptions, SyncOutcome, sync_source

MEMBERS, LIMITED, INTERNET = Visibility.MEMBERS, Visibility.LIMITED, Visibility.INTERNET
Sync = Callable[..., SyncOutcome]


def row(number: int, category: str | None, **fields: object) -> dict[str, object]:
    return {"number": number, "name": f"記事 {number}", "category": category, "body_md": "本文", **fields}


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    rows = [
        row(1, "人事", comments=[{"id": 91, "body_md": "返信"}]),
        row(2, "人事/評価", revision_number=2, revisions=[{"number": 1, "name": "旧", "body_md": "旧"}]),
        row(3, "人事異動"),
        row(4, "運用"),
        row(5, "人事", sharing_urls=["https://esa-pages.io/p/sharing/1/posts/5/abc.html"]),
        row(6, None),
    ]
    with run_sandbox("--profile", "nolimit", data=rows) as sandbox:
        yield sandbox


@pytest.fixture
def sync(server: Sandbox, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sync:
    server.reset()
    server.use(monkeypatch)

    def run(*limited: str) -> SyncOutcome:
        esa = EsaSettings("docs", limited=limited, history=True)
        workspace = Workspace(tmp_path, Settings(esa=esa, sync=SyncSettings(audit=100)))
        outcome = sync_source(EsaSource(esa), workspace, mirror, SyncOptions(), Meter("esa"))
        assert outcome.error is None
        return outcome

    return run


def seen(mirror: Mirror) -> dict[str, Visibility]:
    """Who may read each text and old version."""
    texts = mirror.database.rows("SELECT doc || '#' || part, visibility FROM documents WHERE state = 'live'")
    olds = mirror.database.rows(
        "SELECT d.doc || '#' || v.part, v.visibility FROM versions v JOIN documents d ON d.id = v.parent"
    )
    return {name.removesuffix("#body"): Visibility(each) for name, each in (*texts, *olds)}


def narrow(mirror: Mirror) -> set[str]:
    return {name for name, each in seen(mirror).items() if each is LIMITED}


def test_a_limited_category_holds_what_a_part_of_the_team_may_read(sync: Sync, mirror: Mirror) -> None:
    sync("人事/**")
    assert seen(mirror) == {
        "esa:1": LIMITED, "esa:1#comment:91": LIMITED, "esa:2": LIMITED, "esa:2#revision:1": LIMITED,
        "esa:3": MEMBERS, "esa:4": MEMBERS, "esa:5": INTERNET, "esa:6": MEMBERS,
    }  # fmt: skip


@pytest.mark.parametrize("written", ["人事", "人事/**", "人*/**", "**/評価"])
def test_a_bare_name_and_a_glob_mean_what_is_in_it(sync: Sync, mirror: Mirror, written: str) -> None:
    sync(written)
    assert seen(mirror)["esa:2"] is LIMITED
    assert seen(mirror)["esa:4"] is MEMBERS


def test_what_kb_toml_says_anew_holds_from_the_next_sync_on(sync: Sync, mirror: Mirror) -> None:
    sync()
    assert LIMITED not in seen(mirror).values()
    assert sync("人事/**").figures["changed"] == 2
    assert narrow(mirror) == {"esa:1", "esa:2", "esa:1#comment:91", "esa:2#revision:1"}
    assert sync("人事/**").figures["changed"] == 0  # reading them again changes nothing
    assert sync("設計/**").figures["changed"] == 2
    assert LIMITED not in seen(mirror).values()


def test_a_post_that_moves_takes_its_comments_and_old_versions_along(
    sync: Sync, mirror: Mirror, server: Sandbox
) -> None:
    sync("人事/**")
    server.edit("esa", "move", number=1, fields={"category": "運用"})
    server.edit("esa", "move", number=2, fields={"category": "運用"}, quiet=True)
    server.edit("esa", "move", number=4, fields={"category": "人事"})
    sync("人事/**")
    assert narrow(mirror) == {"esa:4", "esa:4#revision:1"}


def test_the_setting_names_what_is_in_a_category_of_any_depth(sync: Sync, mirror: Mirror) -> None:
    sync("**")
    assert {each for name, each in seen(mirror).items() if name not in ("esa:5", "esa:5#body")} == {LIMITED}


def folder(root: Path, visibility: str) -> Workspace:
    sources = (FilesSettings("files", "minutes", "notes", visibility), FilesSettings("files", "minutes2", "notes"))
    return Workspace(root, Settings(source=sources))


def test_a_folder_that_kb_toml_makes_private_is_passed_on_only_after_a_sync(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/a.md").write_text("# 定例\n", encoding="utf-8")
    (tmp_path / ".kb").mkdir()

    def synced(visibility: str) -> dict[str, Visibility]:
        with Mirror.open(tmp_path / ".kb/mirror.db") as mirror:
            for source in FilesSource.configured(folder(tmp_path, visibility).settings):
                sync_source(source, folder(tmp_path, visibility), mirror, SyncOptions(), Meter("minutes"))
            return seen(mirror)

    assert synced("members") == {
        "files:minutes/a.md": MEMBERS, "files:minutes2/a.md": Visibility.PRIVATE
    }  # fmt: skip
    require_synced(folder(tmp_path, "members"))
    with pytest.raises(UsageError, match=r"source「minutes」.*kb sync"):
        require_synced(folder(tmp_path, "private"))
    assert set(synced("private").values()) == {Visibility.PRIVATE}
    require_synced(folder(tmp_path, "private"))


def test_files_mirrored_before_folders_had_readers_are_private_until_a_sync(tmp_path: Path) -> None:
    path = tmp_path / "mirror.db"
    with Mirror.open(path) as mirror:
        with mirror.write() as writer:
            writer.put(
                SourceRow(source, kind, key, f"{source}:{key}", "題名", "本文", {})
                for source, kind, key in ((Source.FILES, Kind.FILE, "minutes/a.md"), (Source.ESA, Kind.POST, "1"))
            )
        assert set(seen(mirror).values()) == {MEMBERS}
    undo_steps(path, schema.private_files)
    with Mirror.open(path) as mirror:
        assert seen(mirror) == {"files:minutes/a.md": Visibility.PRIVATE, "esa:1": MEMBERS}
