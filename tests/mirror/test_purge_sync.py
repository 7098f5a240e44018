"""A purge and the syncs after it: nothing is fetched for it, and nothing comes back unless it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sample_rows import SATO, post, ticket
from servers import Sandbox, run_sandbox

from kb.console.progress import Meter
from kb.mirror.purge import purge_values, survey_values, vacuum
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.settings.kb_toml import EsaSettings, FilesSettings, RedmineSettings, Settings, SyncSettings
from kb.settings.workspace import Workspace
from kb.sources.esa.source import EsaSource
from kb.sources.files.source import FilesSource
from kb.sources.redmine.source import RedmineSource
from kb.sources.sync import SyncOptions, SyncOutcome, sync_source

VALUES = ("Tsuki-0412x", "Hoshi_5531", "Yama3kawa!")
KEY = b"k" * 32
POSTS = [
    post(
        n,
        f"パスワードは「{VALUES[0]}」です。" if n < 3 else "何もない",
        name=f"記事 {n}" if n != 3 else f"踏み台のパスワード：{VALUES[2]}",
    )
    for n in range(1, 11)
]
TICKETS = [
    ticket(
        n,
        description="いまは 1Password にあります。",
        updated_on="2026-01-02T00:00:00Z",
        journals=[
            {
                "id": n,
                "user": SATO,
                "notes": f"PW: {VALUES[1]}",
                "created_on": "2026-01-02T00:00:00Z",
                "details": [
                    {
                        "property": "attr",
                        "name": "description",
                        "old_value": f"パスワードは「{VALUES[0]}」です。",
                        "new_value": "いまは 1Password にあります。",
                    }
                ],
            }
        ],
    )
    for n in range(1, 4)
]


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with run_sandbox("--profile", "nolimit", data=[*POSTS, *TICKETS]) as sandbox:
        yield sandbox


@pytest.fixture
def sync(
    server: Sandbox, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[SyncOutcome]]:
    server.reset()
    server.use(monkeypatch)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text(f"# 控え\n\nPW: {VALUES[1]}\n", encoding="utf-8")

    def run(*, full: bool = False, audit: int = 100) -> list[SyncOutcome]:
        esa, redmine = EsaSettings("docs"), RedmineSettings(server.redmine)
        files = FilesSettings(kind="files", name="minutes", path="notes")
        settings = Settings(esa=esa, redmine=redmine, source=(files,), sync=SyncSettings(audit=audit))
        workspace = Workspace(tmp_path, settings)
        outcomes = [
            sync_source(EsaSource(esa), workspace, mirror, SyncOptions(full), Meter("esa")),
            sync_source(RedmineSource(redmine), workspace, mirror, SyncOptions(full), Meter("Redmine")),
            sync_source(FilesSource(files), workspace, mirror, SyncOptions(full), Meter("minutes")),
        ]
        assert [each.error for each in outcomes] == [None, None, None]
        return outcomes

    return run


def figures(outcomes: list[SyncOutcome]) -> list[dict[str, int]]:
    return [{name: n for name, n in each.figures.items() if name != "waited_s"} for each in outcomes]


def clean(mirror: Mirror) -> None:
    purge_values(mirror, survey_values(mirror, KEY), KEY)
    vacuum(mirror)


def held(mirror: Mirror) -> list[int]:
    """The numbers of the values that stand in a file of the mirror."""
    vacuum(mirror)
    content = mirror.database.path.read_bytes()
    return [
        number for number, value in enumerate(VALUES) if value.encode() in content or value.lower().encode() in content
    ]


@pytest.mark.parametrize("full", [False, True])
def test_a_sync_after_a_purge_costs_and_brings_what_it_would_have(
    sync: Callable[..., list[SyncOutcome]], mirror: Mirror, full: bool
) -> None:
    sync()
    sync(full=full)
    usual = figures(sync(full=full))
    assert held(mirror) == [0, 1, 2]
    clean(mirror)
    assert held(mirror) == []
    hashes = dict(mirror.hashes())
    for _ in range(2):
        assert figures(sync(full=full)) == usual
        assert held(mirror) == []
    assert dict(mirror.hashes()) == hashes


def test_a_page_that_is_edited_brings_its_own_text_and_no_other(
    sync: Callable[..., list[SyncOutcome]], server: Sandbox, mirror: Mirror
) -> None:
    sync()
    clean(mirror)
    server.edit("esa", "update", number=1, fields={"body_md": "1Password に移しました。"})
    sync()
    one, two = (mirror.find(Source.ESA, Kind.POST, key) for key in ("1", "2"))
    assert one is not None
    assert two is not None
    assert one.document.body == "1Password に移しました。"
    assert (mirror.purged(one.id), len(mirror.purged(two.id))) == ((), 1)
    assert held(mirror) == []
