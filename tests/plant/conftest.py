"""Workspaces in which every value of the corpus is planted, each synced from a sandbox that goes on serving."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from plant import corpus, places
from plant.commands import WHOLE
from plant.kit import Bench
from plant.manner import front
from plant.values import Search, documents, values
from servers import Sandbox, run_sandbox

SETTINGS = """
[esa]
team = "docs"
history = true
[redmine]
url = "{redmine}"
history = true
markup = "MARKUP"
[report]
esa_post = 1
redmine_ticket = 1
[incidents]
esa_post = 2
[sync]
attachments = true
[[source]]
kind = "files"
name = "notes"
path = "notes"
"""

_VARIABLES = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "TMPDIR")


class Planted:
    """A synced workspace, its bench, and the sandbox it was synced from."""

    def __init__(self, root: Path, home: Path, box: Sandbox, search: Search) -> None:
        self.box = box
        self.bench = Bench(root, search, home)
        self.bench.own |= {root / "notes", root / "copies", root / "kb.toml", root / "data.jsonl"}

    @property
    def root(self) -> Path:
        return self.bench.root


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where all that kb keeps for a user goes, temporary files too; what is written past the streams is apart."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in _VARIABLES:
            (home / name.lower()).mkdir()
            patch.setenv(name, str(home / name.lower()))
        patch.setenv("KB_PLANT_STRAY", str(tmp_path_factory.mktemp("stray") / "stray"))
        patch.setenv("COLUMNS", "200")
        patch.setattr(tempfile, "tempdir", None)
        yield home


@contextmanager
def served(
    root: Path, home: Path, data: Path, rows: Sequence[places.Row], search: Search, settings: str
) -> Iterator[Planted]:
    """A workspace in `root`, synced from a sandbox that serves `rows` and keeps serving."""
    (root / "data.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    with run_sandbox("--profile", "nolimit", data=rows, folder=data) as box, pytest.MonkeyPatch.context() as patch:
        box.use(patch)
        (root / "kb.toml").write_text(settings.format(redmine=box.redmine), encoding="utf-8")
        planted = Planted(root, home, box, search)
        said = planted.bench.kb("sync")
        assert said.code == 0, said
        yield planted


@contextmanager
def _planted(many: int, home: Path, make: pytest.TempPathFactory, *, whole: bool = False) -> Iterator[Planted]:
    """A workspace with so many posts, tickets, wiki pages and files."""
    root, known = make.mktemp("team"), values()
    decks = places.Decks(known, whole=whole)
    rows = [places.world(decks, many), *places.tickets(decks, many), *places.posts(decks, many)]
    places.files(decks, root / "notes", many)
    places.files(decks, root / "copies", places.SPREAD * 4)
    settings = SETTINGS.replace("MARKUP", "markdown") + places.comments(decks, many)
    search = Search(known, ((value.label, front(value), value.core) for value in known if value.plain))
    with served(root, home, make.mktemp("data"), rows, search, settings) as planted:
        yield planted


@pytest.fixture(scope="module")
def everywhere(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    """Values of every kind in every place where text lives, every value in many of them; `WHOLE`: in every one."""
    many = len(places.hand(values(), 0, whole=WHOLE)) * (places.SPREAD if WHOLE else 1)
    with _planted(many, home, tmp_path_factory, whole=WHOLE) as planted:
        yield planted


@pytest.fixture(scope="module")
def few(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    """A few values in every place; `WHOLE`: twice as many."""
    with _planted(places.SPREAD * (4 if WHOLE else 2), home, tmp_path_factory) as planted:
        yield planted


@pytest.fixture(scope="module")
def corpus_as_it_is(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    """The documents of the corpus."""
    root, known = tmp_path_factory.mktemp("corpus"), values()
    settings = SETTINGS.replace("MARKUP", "textile").partition("[[source]]")[0]
    (root / "copies").mkdir()
    for each in documents():
        if each["source"] == "esa":
            (root / "copies" / f"{each['id']}.md").write_text(each["body"], encoding="utf-8")
    with served(
        root, home, tmp_path_factory.mktemp("data"), corpus.rows(), Search(known, corpus.behind(known)), settings
    ) as planted:
        yield planted
