"""What tests of changes share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from changes.site import Site, opened, posts
from servers import Row, Sandbox


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
