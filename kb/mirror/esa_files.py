"""The files a post links to, as rows of the mirror. Pure: what is in them is fetched apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from kb.mirror.rows import Row
from kb.model import Kind

_LINK = re.compile(
    r"(?:\[(?P<name>[^\[\]\n]{1,200})\]\()?"
    r"(?P<url>https?://(?P<host>(?:img|files|dl)\.esa\.io|127\.0\.0\.1:\d{1,5}|localhost:\d{1,5})"
    r"/uploads/production/attachments/[\w./%+~-]{1,300})"
)
_SIZE = re.compile(r" \([\d.]{1,8} ?[kMG]?B\)$")
_OPEN = "img.esa.io"
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".heic", ".bmp", ".ico"})


def rows(texts: Iterable[Row], post: Row) -> Iterator[Row]:
    """The rows of the files that a post and its comments (`texts`) link to; pictures are left out.

    esa writes `[name (1.2 kB)](address)`. `open` in their meta: anybody who has the address can read it.
    """
    seen: set[str] = set()
    names: set[str] = set()
    for row in texts:
        if "/uploads/production/" not in row.body:
            continue
        for match in _LINK.finditer(row.body):
            url = match["url"]
            path = PurePosixPath(urlsplit(url).path)
            if url in seen or path.suffix.lower() in _PICTURES:
                continue
            seen.add(url)
            name = _SIZE.sub("", match["name"] or "").strip()
            if PurePosixPath(name).suffix.lower() != path.suffix.lower():
                name = path.name
            part = f"attachment:{name} ({path.stem[-8:]})" if name in names else f"attachment:{name}"
            names.add(name)
            yield replace(
                row,
                kind=Kind.ATTACHMENT,
                key=f"{post.key}/{url}",
                number=None,
                title=name,
                body="",
                body_apart=True,
                raw={},
                part=part,
                parent=(Kind.POST, post.key),
                url=url,
                tags=(),
                wip=False,
                by_kb=False,
                revision=0,
                open_tasks=0,
                children=(),
                versions=None,
                meta={"open": True} if match["host"] == _OPEN else {},
            )
