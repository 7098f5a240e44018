"""The workspace, the mirror's posts and the `kb` that weeks are played with."""

from __future__ import annotations

from lint.conftest import folder, kb, posts, registry, workspace  # noqa: F401 -- fixtures
