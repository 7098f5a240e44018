"""The workspace, the mirror's posts and the `kb` that tests of lint use."""

from __future__ import annotations

from lint.conftest import folder, kb, posts, registry, workspace  # noqa: F401 -- fixtures
