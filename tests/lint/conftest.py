"""A workspace with a mirror, and `kb` called as a person calls it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kb.cli import app
from kb.console import terminal
from kb.lint.engine import plugin_sources, plugins, work
from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.rules import registry as rules
from kb.settings import workspace as config
from kb.text import lang


@dataclass(frozen=True, slots=True)
class Said:
    """What one call of `kb` gave."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The objects of `--format jsonl`."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def codes(self) -> list[tuple[object, str]]:
        """Document and code of each finding."""
        return [(row["doc"], row["code"]) for row in self.rows if "code" in row]


@pytest.fixture
def kb(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """`kb(*words)`: exit code, stdout, stderr."""

    def call(*words: str) -> Said:
        monkeypatch.setattr(terminal, "_debug", False)
        monkeypatch.setattr(config, "_named", "")
        lang.set_language("ja")
        capsys.readouterr()
        code = app.run(list(words))
        said = capsys.readouterr()
        return Said(int(code), said.out, said.err)

    return call


@pytest.fixture
def forget_rules() -> Iterator[None]:
    """Forget the rules a test registers and the modules it loads them from."""
    rules.load_rules()
    known, groups = dict(rules._rules), dict(rules._gate_groups)
    yield
    plugins._load.cache_clear()
    plugin_sources.load_offer.cache_clear()
    plugins._lately.clear()
    rules._restore(rules._rules, known)
    rules._restore(rules._gate_groups, groups)
    for name in [name for name in sys.modules if name.split(".")[0] in ("kb_rules", "acme_rules", "broken_rules")]:
        del sys.modules[name]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and a user's cache that nobody else uses."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
    return tmp_path


@pytest.fixture
def workspace(folder: Path) -> Path:
    """A folder with a kb.toml, so that `kb lint` reads the mirror in it."""
    (folder / "kb.toml").write_text('[esa]\nteam = "docs"\n', encoding="utf-8")
    return folder


@dataclass(frozen=True, slots=True)
class Posts:
    """Writes posts to a workspace's mirror, as a sync would."""

    root: Path

    def put(
        self,
        *posts: tuple[int, str, str],
        category: str = "不具合共有/2025",
        updated_at: str = "",
        created_at: str = "2025-05-01T00:00:00Z",
        author: str = "",
    ) -> None:
        """Posts of number, title and body."""
        with Mirror.open(self.root / ".kb" / "mirror.db") as mirror, mirror.write() as write:
            write.put(
                SourceRow(
                    Source.ESA,
                    Kind.POST,
                    str(number),
                    f"esa:{number}",
                    title,
                    body,
                    {},
                    number=number,
                    revision=1,
                    category=category,
                    url=f"https://docs.esa.io/posts/{number}",
                    created_at=created_at,
                    updated_at=updated_at or f"2025-06-01T00:{number % 60:02}:00Z",
                    author=author,
                )
                for number, title, body in posts
            )

    def comment(self, number: int, comment: int, body: str) -> None:
        """A comment on a post."""
        with Mirror.open(self.root / ".kb" / "mirror.db") as mirror, mirror.write() as write:
            write.put(
                [
                    SourceRow(
                        Source.ESA,
                        Kind.COMMENT,
                        str(comment),
                        f"esa:{number}",
                        "",
                        body,
                        {},
                        part=f"comment:{comment}",
                        parent=(Kind.POST, str(number)),
                    )
                ]
            )

    def bury(self, number: int) -> None:
        """The post is gone."""
        with Mirror.open(self.root / ".kb" / "mirror.db") as mirror:
            found = mirror.find(Source.ESA, Kind.POST, str(number))
            assert found is not None
            with mirror.write() as write:
                write.mark_gone(found.id)


@pytest.fixture
def posts(workspace: Path) -> Posts:
    """The posts of the workspace's mirror."""
    return Posts(workspace)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Rules made meanwhile are forgotten afterwards. To be called when rules were added, changed or removed."""

    def renewed() -> None:
        work.build_judge.cache_clear()

    rules.load_rules()
    monkeypatch.setattr(rules, "_rules", dict(rules._rules))
    renewed()
    yield renewed
    renewed()
