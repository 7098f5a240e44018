"""Read documents from local Markdown and Textile files and folders.

The body is the whole file with front matter, so that lines are those an editor shows.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from kb.errors import InputError, os_reason
from kb.files import describe_encoding, refuse_named_pipe
from kb.lint.inputs.jsonl import OnInputError
from kb.markup.blocks import Block, BlockKind, unpack_structure
from kb.markup.parse import parse_structure
from kb.model.document import Document, Kind, Markup, Source
from kb.text.dates import instant_of_seconds
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import decode

SIZE_LIMIT = 64 * 1024 * 1024
MARKUPS = {".md": Markup.MARKDOWN, ".markdown": Markup.MARKDOWN, ".textile": Markup.TEXTILE}

FRONT_MATTER_FIELD = compile_lazy(r"^([A-Za-z_][\w-]*):[ \t]*(.*?)[ \t]*\r?$", re.M)
HEADING_MARK = compile_lazy(r"\A(?:#{1,6}(?=\s)|h[1-6][^.\s]*\.\s)")
_CLOSING = compile_lazy(r"\s#+\Z")


def read_paths(paths: Iterable[str], trouble: OnInputError) -> Iterator[tuple[Document, bytes]]:
    """Yield each file once, with its structure, in the order of names; hidden files and folders are left out.

    A file or folder that cannot be read goes to `trouble`. Raises InputError when a path is not there.
    """
    given = [_existing(path) for path in paths]
    seen: set[Path] = set()
    for path in (each for one in given for each in _files(one, trouble)):
        real = path.resolve()
        if real in seen:
            continue
        seen.add(real)
        try:
            body = _read(path)
        except InputError as error:
            trouble(error)
        else:
            yield read_file(path, body)


def read_file(path: Path, body: str, *, changed: str | None = None) -> tuple[Document, bytes]:
    """Return a file as a document, and its structure. `changed` is when it was saved; None asks the disk.

    The title is that of the front matter, else the first heading, else the file's name; the category that of the
    front matter, else the folder as seen from the current one.
    """
    from kb.markup.markdown import measure_front_matter  # loads the parser, which an empty folder does not need

    markup = MARKUPS.get(path.suffix.lower(), Markup.MARKDOWN)
    raw = body.encode()
    fields = dict(FRONT_MATTER_FIELD.findall(decode(raw[: measure_front_matter(raw)])))
    structure = parse_structure(raw, markup)
    folder = path.parent.as_posix()
    return Document(
        doc=path.as_posix(),
        source=Source.FILES,
        kind=Kind.FILE,
        title=strip_quotes(fields.get("title", "")) or _heading(raw, structure) or path.stem,
        body=body,
        markup=markup,
        category=strip_quotes(fields.get("category", "")) or ("" if folder == "." else folder),
        tags=_tags(fields.get("tags", "")),
        wip=strip_quotes(fields.get("wip", "")) == "true" or strip_quotes(fields.get("published", "")) == "false",
        created_at=strip_quotes(fields.get("created_at", "")),
        updated_at=strip_quotes(fields.get("updated_at", "")) or (_changed(path) if changed is None else changed),
    ), structure


def _existing(given: str) -> Path:
    """Return an existing path. Raises InputError, also for "" from a script's empty variable."""
    try:
        if given:
            os.stat(given)
            return Path(given)
        why = os_reason(OSError(errno.ENOENT, None))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(
            t(f"{given} がありません。", f"{given} does not exist."),
            t("パスを確かめてください。", "check the path."),
        ) from None
    except (OSError, ValueError) as error:
        why = os_reason(error) if isinstance(error, OSError) else t("使えない文字があります", str(error))
    raise InputError(
        t(f"PATH「{given}」を使えません（{why.ja}）。", f"PATH {given!r} cannot be used ({why.en})."),
        t("パスと、フォルダーの権限を確かめてください。", "check the path, and the permissions of its folders."),
    )


def _files(path: Path, trouble: OnInputError) -> Iterator[Path]:
    """Yield a file, or the files of a folder that kb reads."""
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path, onerror=lambda error: trouble(_unreadable(error.filename, error))):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder, name)
            if file.suffix.lower() in MARKUPS and not name.startswith(".") and _is_file(file):
                yield file


def _is_file(path: Path) -> bool:
    """Return whether it is a file; also when unknown, since reading it says why."""
    try:
        return path.is_file()
    except OSError:
        return True


def _unreadable(path: str | Path, error: OSError) -> InputError:
    return InputError(
        t(f"{path}: 読めません（{os_reason(error).ja}）。", f"{path}: cannot be read ({os_reason(error).en})."),
        t(
            "権限を確かめてください。ほかのファイルは判定しました。",
            "check its permissions; the other files were judged.",
        ),
    )


def _read(path: Path) -> str:
    try:
        refuse_named_pipe(path)
        with path.open("rb") as file:
            raw = file.read(SIZE_LIMIT + 1)
        if len(raw) > SIZE_LIMIT:
            raise InputError(
                t(f"{path}: {SIZE_LIMIT >> 20} MB を超えています。", f"{path}: larger than {SIZE_LIMIT >> 20} MB."),
                t("ほかのファイルは判定しました。", "the other files were judged."),
            )
        return raw.decode()
    except UnicodeDecodeError as error:
        raise InputError(*describe_encoding(path, error.object)) from None
    except OSError as error:
        raise _unreadable(path, error) from None


def first_heading(structure: bytes) -> Block | None:
    """Return the heading a title is taken from."""
    return next((block for block in unpack_structure(structure) if block.kind == BlockKind.HEADING), None)


def _heading(raw: bytes, structure: bytes) -> str:
    """Return the text of the first heading."""
    first = first_heading(structure)
    if first is None:
        return ""
    line = decode(raw[first.start : first.end]).strip()[:300].split("\n")[0].strip()
    return _CLOSING.sub("", HEADING_MARK.sub("", line)).strip()


def strip_quotes(value: str) -> str:
    """Return a value of the front matter without its quotes."""
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _tags(value: str) -> tuple[str, ...]:
    """Parse `a, b` or `[a, b]`."""
    names = (strip_quotes(name) for name in value.strip().removeprefix("[").removesuffix("]").split(","))
    return tuple(name for name in names if name)


def _changed(path: Path) -> str:
    found = instant_of_seconds(path.stat().st_mtime)
    return found.strftime("%Y-%m-%dT%H:%M:%SZ") if found else ""
