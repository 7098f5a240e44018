"""Sandboxes in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sandbox.box import Box


@pytest.fixture
def box() -> Box:
    """An empty team."""
    return Box()


@pytest.fixture
def filled() -> Callable[..., Box]:
    """A team with the rows given."""

    def fill(*rows: dict[str, Any], profile: str = "default") -> Box:
        box = Box(profile)
        box.sandbox.load(rows)
        return box

    return fill
