"""The demo team's posts as a folder of Markdown files with front matter, as an export would leave them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kb.sandbox.team import build

MADE = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
"""The moment the team stands at: what the script calls now."""


def write(folder: Path) -> None:
    """One file a post, named by its number."""
    folder.mkdir()
    for post in build(MADE).posts:
        (folder / f"{post['number']}.md").write_text(_file(post), encoding="utf-8", newline="")


def _file(post: Mapping[str, Any]) -> str:
    front = (
        f"title: {_quoted(post['name'])}",
        f"category: {_quoted(post['category'] or '')}",
        f"tags: [{', '.join(post['tags'])}]",
        f"published: {str(not post['wip']).lower()}",
        f"created_at: {post['created_at']}",
        f"updated_at: {post['updated_at']}",
    )
    return "\n".join(("---", *front, "---", post["body_md"].rstrip("\n"), ""))


def _quoted(value: str) -> str:
    mark = "'" if '"' in value else '"'
    return mark + " ".join(value.splitlines()) + mark
