"""The files a post links to, as rows of the mirror. Pure: what is in them is fetched apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from kb.mirror.documents import KB_RUN, SourceRow
from kb.model.document import Kind, Source, Visibility
from kb.text.json_fields import int_field, object_field, objects_field, text_field, utc_field
from kb.text.lazy_pattern import compile_lazy

_LINK = compile_lazy(
    r"(?:\[(?P<name>[^\[\]\n]{1,200})\]\()?"
    r"(?P<url>https?://(?P<host>(?:img|files|dl)\.esa\.io|127\.0\.0\.1:\d{1,5}|localhost:\d{1,5})"
    r"/uploads/production/attachments/[\w./%+~-]{1,300})"
)
_SIZE = compile_lazy(r" \([\d.]{1,8} ?[kMG]?B\)$")
_OPEN = "img.esa.io"
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".heic", ".bmp", ".ico"})


def file_rows(texts: Iterable[SourceRow], post: SourceRow) -> Iterator[SourceRow]:
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


def rows_of_posts(sent: Iterable[Mapping[str, Any]]) -> Iterator[SourceRow]:
    """The rows of some posts: each post, then its comments and the files they link to."""
    for post in sent:
        yield from post_rows(post)


def post_rows(post: Mapping[str, Any]) -> Iterator[SourceRow]:
    """The row of a post, then those of its comments, when they came with it, and of files."""
    number = int_field(post.get("number"))
    comments = post.get("comments")
    editor = text_field(object_field(post.get("updated_by")).get("screen_name"))
    tasks = int_field(post.get("tasks_count")) - int_field(post.get("done_tasks_count"))
    main = SourceRow(
        source=Source.ESA,
        kind=Kind.POST,
        key=str(number),
        number=number,
        doc=f"esa:{number}",
        title=text_field(post.get("name")),
        body=text_field(post.get("body_md")),
        raw={key: value for key, value in post.items() if key != "comments"},
        category=text_field(post.get("category")),
        tags=tuple(text_field(tag) for tag in post.get("tags") or () if isinstance(tag, str)),
        wip=post.get("wip") is True,
        author=text_field(object_field(post.get("created_by")).get("screen_name")),
        url=text_field(post.get("url")),
        created_at=utc_field(post.get("created_at")),
        updated_at=utc_field(post.get("updated_at")),
        edited_by=editor,
        by_kb=bool(KB_RUN.search(text_field(post.get("message")))),
        visibility=Visibility.INTERNET if post.get("sharing_urls") else Visibility.MEMBERS,
        revision=int_field(post.get("revision_number")),
        open_tasks=max(0, tasks),
        children=(Kind.COMMENT, Kind.ATTACHMENT) if isinstance(comments, list) else (),
    )
    replies = [comment_row(comment, main.key, main.title, main.category) for comment in objects_field(comments)]
    yield main
    yield from replies
    yield from file_rows((main, *replies), main)


def comment_row(comment: Mapping[str, Any], post: str, title: str = "", category: str = "") -> SourceRow:
    """The row of one comment of `post`. A shared post shows the internet no comments."""
    number = int_field(comment.get("id"))
    author = text_field(object_field(comment.get("created_by")).get("screen_name"))
    return SourceRow(
        source=Source.ESA,
        kind=Kind.COMMENT,
        key=str(number),
        number=number,
        doc=f"esa:{post}",
        part=f"comment:{number}",
        parent=(Kind.POST, post),
        title=title,
        category=category,
        body=text_field(comment.get("body_md")),
        raw=comment,
        author=author,
        url=text_field(comment.get("url")),
        created_at=utc_field(comment.get("created_at")),
        updated_at=utc_field(comment.get("updated_at")),
        edited_by=author,
        visibility=Visibility.MEMBERS,
    )
