"""Our rules, each on the pages of its folder."""

from pathlib import Path

import pytest

from kb.lint.testing.check import Case, cases


@pytest.mark.parametrize(**cases(Path(__file__).parent, "acme_kb_rules"))
def test_pages(case: Case) -> None:
    case.check()
