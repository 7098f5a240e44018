"""Every example of the manual runs, and prints what it is said to print."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs.conftest import Home
from docs.manual import PAGES, READMES, ROOT, missing, typed

WITH_EXAMPLES = [path for path in (*READMES, *PAGES) if typed(path)]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_run_as_stated(path: Path, home: Home, workspace: Path) -> None:
    commands = typed(path)
    ran = home.run(commands, workspace)
    assert len(ran) == len(commands), f"the shell ended early, after {ran[-1:]}"
    for each, (output, code) in zip(commands, ran, strict=True):
        assert code == each.code, f"$ {each.command}\n{output}\nexit code {code}, not {each.code}"
        lost = missing(each.stated, output)
        assert not lost, f"$ {each.command}\nlacks: {lost}\nin:\n{output}"


def test_the_pages_a_newcomer_reads_have_examples() -> None:
    names = {path.name for path in WITH_EXAMPLES}
    assert {"README.md", "README.ja.md", "index.md", "setup.md", "sync.md", "lint.md", "search.md"} <= names


@pytest.mark.parametrize(
    ("stated", "output", "lost"),
    [
        (("esa: 追加 …（…リクエスト）",), "x\nesa: 追加 300・変更 0（9 リクエスト）\n", ""),
        (("a", "b"), "b\na\n", "b"),
        (("300 件",), "1300 件\n", "300 件"),
        (("7 件。",), "  7   件。\n", ""),
    ],
)
def test_stated_lines_are_looked_for_in_order_from_a_line_s_beginning(
    stated: tuple[str, ...], output: str, lost: str
) -> None:
    assert missing(stated, output) == lost
