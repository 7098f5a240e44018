"""What every test may rely on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

for name in ("ESA_ACCESS_TOKEN", "REDMINE_API_KEY", "ESA_API_BASE_URL", "KB_CONFIG", "KB_KEY"):
    os.environ.pop(name, None)


@pytest.fixture(autouse=True)
def japanese() -> None:
    """Each test starts in Japanese, whatever the one before it chose."""
    from kb import lang

    lang.use("ja")
