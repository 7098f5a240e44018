"""The files a post links to, as rows of the mirror. Pure: what is in them is fetched apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from kb.mirror.documents import KB_RUN, Row
from kb.model.document import Kind, Source, Visibility
from kb.text.json_fields import table, tables, text, utc, whole

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


# An esa post, with its comments and files, as rows of the mirror. Pure: the JSON may be anything.


def posts(sent: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """The rows of some posts: each post, then its comments and the files they link to."""
    for post in sent:
        yield from post_rows(post)


def post_rows(post: Mapping[str, Any]) -> Iterator[Row]:
    """The row of a post, then those of its comments, when they came with it, and of files."""
    number = whole(post.get("number"))
    comments = post.get("comments")
    editor = text(table(post.get("updated_by")).get("screen_name"))
    tasks = whole(post.get("tasks_count")) - whole(post.get("done_tasks_count"))
    main = Row(
        source=Source.ESA,
        kind=Kind.POST,
        key=str(number),
        number=number,
        doc=f"esa:{number}",
        title=text(post.get("name")),
        body=text(post.get("body_md")),
        raw={key: value for key, value in post.items() if key != "comments"},
        category=text(post.get("category")),
        tags=tuple(text(tag) for tag in post.get("tags") or () if isinstance(tag, str)),
        wip=post.get("wip") is True,
        author=text(table(post.get("created_by")).get("screen_name")),
        url=text(post.get("url")),
        created_at=utc(post.get("created_at")),
        updated_at=utc(post.get("updated_at")),
        edited_by=editor,
        by_kb=bool(KB_RUN.search(text(post.get("message")))),
        visibility=Visibility.INTERNET if post.get("sharing_urls") else Visibility.MEMBERS,
        revision=whole(post.get("revision_number")),
        open_tasks=max(0, tasks),
        children=(Kind.COMMENT, Kind.ATTACHMENT) if isinstance(comments, list) else (),
    )
    replies = [comment_row(comment, main.key, main.title, main.category) for comment in tables(comments)]
    yield main
    yield from replies
    yield from rows((main, *replies), main)


def comment_row(comment: Mapping[str, Any], post: str, title: str = "", category: str = "") -> Row:
    """The row of one comment of `post`. A shared post shows the internet no comments."""
    number = whole(comment.get("id"))
    author = text(table(comment.get("created_by")).get("screen_name"))
    return Row(
        source=Source.ESA,
        kind=Kind.COMMENT,
        key=str(number),
        number=number,
        doc=f"esa:{post}",
        part=f"comment:{number}",
        parent=(Kind.POST, post),
        title=title,
        category=category,
        body=text(comment.get("body_md")),
        raw=comment,
        author=author,
        url=text(comment.get("url")),
        created_at=utc(comment.get("created_at")),
        updated_at=utc(comment.get("updated_at")),
        edited_by=author,
        visibility=Visibility.MEMBERS,
    )
