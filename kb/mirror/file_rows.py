"""A file of Markdown as a row of the mirror."""

from __future__ import annotations

from kb.mirror.rows import Row
from kb.model import Kind, Source
from kb.sources.files import FileRow


def row(source: str, file: FileRow) -> Row:
    """The row of one file of the folder `source`.

    Empty lines stand for its front matter, so that line numbers are those of the file.
    """
    return Row(
        source=Source.FILES,
        kind=Kind.FILE,
        key=f"{source}/{file.path}",
        doc=f"files:{source}/{file.path}",
        title=file.title,
        body="\n" * (file.first_line - 1) + file.body,
        raw={"path": file.path, "date": file.date, "modified_at": file.modified_at},
        category=file.category,
        tags=file.tags,
        url="",
        created_at=file.date or file.modified_at,
        updated_at=file.modified_at,
    )
