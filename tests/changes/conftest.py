"""What tests of changes share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from changes.reorganised import Place, Send, try_in_esa
from changes.site import Site, opened, posts
from servers import Row, Sandbox

from kb.execute import engine


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sends a plan at the same moment, unless a test says so: the second look waits for nothing."""
    monkeypatch.setattr(engine, "SECOND_LOOK_S", 0.0)


@pytest.fixture
def site(
    sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Site]:
    """Opens a workspace with posts: `site(5)`, `site(data=rows, redmine=True)`."""

    def open_(
        count: int = 5, *, data: list[Row] | None = None, redmine: bool = False, profile: str = "nolimit"
    ) -> Site:
        box = sandbox("--profile", profile, data=posts(count) if data is None else data)
        return opened(box, tmp_path, monkeypatch, capsys, box.redmine if redmine else "")

    return open_


@pytest.fixture
def tried(
    sandbox: Callable[..., Sandbox],
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> Send:
    """Send posts from one place to the other, each page with a body."""

    def run(before: list[Place], after: list[Place], bodies: list[str]) -> bool:
        rows: list[Row] = [
            {"number": n, "name": title, "category": place, "body_md": body}
            for n, ((place, title), body) in enumerate(zip(before, bodies, strict=True), 1)
        ]
        with pytest.MonkeyPatch.context() as patch:
            box = sandbox("--profile", "nolimit", data=rows)
            here: Site = opened(box, Path(tmp_path_factory.mktemp("site")), patch, capsys)
            return try_in_esa(here, before, after)

    return run
