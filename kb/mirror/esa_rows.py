"""An esa post, with its comments and files, as rows of the mirror. Pure: the JSON may be anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kb.mirror import esa_files
from kb.mirror.rows import KB_RUN, Row, table, tables, text, utc, whole
from kb.model import Kind, Source, Visibility


def posts(sent: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """The rows of some posts: each post, then its comments and the files they link to."""
    for post in sent:
        yield from rows(post)


def rows(post: Mapping[str, Any]) -> Iterator[Row]:
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
    yield from esa_files.rows((main, *replies), main)


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
