"""Read documents from `--input FILE.jsonl`: one JSON object a line, esa posts or neutral documents.

An unusable line is reported by its number and the rest is judged. Lines are read one at a time; only ids are
kept, to find duplicates.
"""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, TypeAlias, TypeVar

from kb.errors import InputError, os_reason
from kb.files import refuse_named_pipe
from kb.model.document import Document, Kind, Markup, RawDocId, Source
from kb.secrets.mask_document import mask_name, mask_text
from kb.sources.registry import source_kind, source_kinds
from kb.text.lang import Text, t
from kb.text.lines import replace_surrogates

LINE_LIMIT = 64 * 1024 * 1024
"""Bytes of one line. A post of this size has no reader; a file without line ends has no end."""

OnInputError: TypeAlias = Callable[[InputError], None]
Fields: TypeAlias = Mapping[str, object]

_E = TypeVar("_E")

_KINDS = {kind.value: kind for kind in Kind}
_MARKUPS = {markup.value: markup for markup in Markup}


class UnusableLine(Exception):
    """Why one line cannot be used."""

    def __init__(self, why: Text) -> None:
        self.why = why


def read_jsonl(file: str, trouble: OnInputError) -> Iterator[Document]:
    """Yield the documents of a JSONL file (`-`: standard input), comments after their post.

    Lines that cannot be used go to `trouble`. Raises InputError when the file cannot be read.
    """
    if file == "-":
        yield from read_stream(sys.stdin.buffer, "-", trouble)
        return
    with open_input(file, "--input") as stream:
        yield from read_stream(stream, file, trouble)


@contextmanager
def open_input(file: str, flag: str) -> Iterator[IO[bytes]]:
    """Open a file that a flag names. Raises InputError, while it is read, too."""
    try:
        refuse_named_pipe(Path(file))
        with Path(file).open("rb") as stream:
            yield stream
    except OSError as error:
        raise InputError(
            t(
                f"{flag} {file} を読めません（{os_reason(error).ja}）。",
                f"{flag} {file} cannot be read ({os_reason(error).en}).",
            ),
            t("ファイルの場所と権限を確かめてください。", "check where the file is and its permissions."),
        ) from None


def read_stream(stream: IO[bytes], name: str, trouble: OnInputError) -> Iterator[Document]:
    """Yield the documents of a stream of JSON lines; `name` is what messages call it."""
    seen: dict[tuple[type, RawDocId], int] = {}
    for number, line in read_lines(stream):
        try:
            row = parse_object(line)
            if row is None:
                continue
            doc = _id(row)
            first = seen.setdefault((type(doc), doc), number)
            if first != number:
                named = repr(mask_name(doc) if isinstance(doc, str) else doc)
                raise UnusableLine(
                    t(f"id {named} は {first} 行目にもあります", f"id {named} stands on line {first} already")
                )
            found = list(_documents(row, doc))
        except UnusableLine as error:
            trouble(line_error(name, number, error.why))
            continue
        yield from found


def read_lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Yield the lines with their numbers; None for one that is too long, whose rest is skipped."""
    number = 0
    while line := stream.readline(LINE_LIMIT):
        number += 1
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if len(line) >= LINE_LIMIT and not line.endswith(b"\n"):
            while rest := stream.readline(LINE_LIMIT):
                if rest.endswith(b"\n"):
                    break
            yield number, None
        else:
            yield number, line


def parse_object(line: bytes | None) -> Fields | None:
    """Return the object of a line, None for an empty one. Raises UnusableLine."""
    if line is None:
        raise UnusableLine(t(f"{LINE_LIMIT >> 20} MB を超えています", f"longer than {LINE_LIMIT >> 20} MB"))
    if not line.strip():
        return None
    try:
        row = json.loads(line.rstrip().decode())
    except UnicodeDecodeError:
        raise UnusableLine(t("UTF-8 ではありません", "not UTF-8")) from None
    except RecursionError:
        raise UnusableLine(t("入れ子が深すぎます", "nested too deeply")) from None
    except json.JSONDecodeError as error:
        raise UnusableLine(
            t(f"JSON として読めません（{error.colno} 文字目）", f"not JSON (at character {error.colno})")
        ) from None
    except ValueError:
        raise UnusableLine(t("数が大きすぎます", "a number is too large")) from None
    if not isinstance(row, dict):
        raise UnusableLine(t("JSON のオブジェクトではありません", "not a JSON object"))
    return row


def _id(row: Fields) -> RawDocId:
    """Return `id`, else `number`, in its JSON type."""
    key = "id" if row.get("id") is not None else "number"
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise UnusableLine(
            t("id か number がありません", "neither id nor number")
            if value is None
            else t(f"{key} が文字列でも整数でもありません", f"{key} is neither a string nor a whole number")
        )
    if value == "":
        raise UnusableLine(t(f"{key} が空です", f"{key} is empty"))
    return value


def _documents(row: Fields, doc: RawDocId) -> Iterator[Document]:
    if "body_md" in row:
        yield from _post(row, doc)
    elif "body" in row:
        yield _neutral(row, doc)
    else:
        raise UnusableLine(t("body_md も body もありません", "neither body_md nor body"))


def _post(row: Fields, doc: RawDocId) -> Iterator[Document]:
    """Yield an esa post, then its comments."""
    title, category, tags = _names(row)
    post = Document(
        doc=doc,
        source=Source.ESA,
        kind=Kind.POST,
        title=title,
        body=text_field(row, "body_md"),
        markup=Markup.MARKDOWN,
        category=category,
        tags=tags,
        wip=_flag(row, "wip"),
        **_stamps(row),
    )
    yield post
    comments = row.get("comments")
    if not isinstance(comments, list | None):
        raise _wrong("comments", t("配列", "a list"))
    for comment in comments or ():
        if not isinstance(comment, dict):
            raise _wrong("comments", t("オブジェクトの配列", "a list of objects"))
        body, part = text_field(comment, "body_md"), f"comment:{_id(comment)}"
        yield replace(post, kind=Kind.COMMENT, body=body, part=part, wip=False, **_stamps(comment))


def _neutral(row: Fields, doc: RawDocId) -> Document:
    port = _member(row, "source", {kind.source.value: kind for kind in source_kinds()}, source_kind(Source.FILES))
    return Document(
        doc=doc,
        source=port.source,
        kind=_member(row, "kind", _KINDS, port.default_kind),
        title=text_field(row, "title"),
        body=text_field(row, "body"),
        markup=_member(row, "markup", _MARKUPS, port.default_markup),
        category=text_field(row, "category"),
        tags=_strings(row, "tags"),
        wip=_flag(row, "wip"),
        **_stamps(row),
    )


def _stamps(row: Fields) -> dict[str, Any]:
    return {key: text_field(row, key) for key in ("created_at", "updated_at", "url")}


def _names(row: Fields) -> tuple[str, str, tuple[str, ...]]:
    """Return title, category and tags of a post, from `name` and `category` or from `full_name`."""
    category, tags = text_field(row, "category"), _strings(row, "tags")
    name = text_field(row, "name")
    if not name:
        rest, hashes = _without_tags(text_field(row, "full_name"))
        tags = tags or hashes
        if category and rest.startswith(category + "/"):
            name = rest[len(category) + 1 :]
        else:
            above, _, name = rest.rpartition("/")
            category = category or above
    return _decoded(name), category.replace("&#35;", "#"), tuple(map(_decoded, tags))


def _without_tags(full_name: str) -> tuple[str, tuple[str, ...]]:
    """Split `category/title #tag #tag` in two. A literal slash or hash of a name is an entity (esa API v1)."""
    words = full_name.rstrip().split(" ")
    first = len(words)
    while first and len(words[first - 1]) > 1 and words[first - 1].startswith("#"):
        first -= 1
    return " ".join(words[:first]), tuple(word[1:] for word in words[first:])


def _decoded(name: str) -> str:
    return name.replace("&#47;", "/").replace("&#35;", "#")


def text_field(row: Fields, key: str) -> str:
    """Return a field that is a text, "" where there is none. Raises UnusableLine."""
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(key, t("文字列", "a string"))
    return replace_surrogates(value)


def _flag(row: Fields, key: str) -> bool:
    value = row.get(key)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise _wrong(key, t("true か false", "true or false"))


def _strings(row: Fields, key: str) -> tuple[str, ...]:
    value = row.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _wrong(key, t("文字列の配列", "a list of strings"))
    return tuple(map(replace_surrogates, value))


def _member(row: Fields, key: str, among: Mapping[str, _E], default: _E) -> _E:
    value = text_field(row, key)
    if not value:
        return default
    if value not in among:
        near = difflib.get_close_matches(value, among, n=1)
        hint = near[0] if near else ", ".join(among)
        given = mask_text(value)[:40]
        raise UnusableLine(t(f"{key}「{given}」はありません（{hint}？）", f"no {key} {given!r} ({hint}?)"))
    return among[value]


def _wrong(key: str, wanted: Text) -> UnusableLine:
    return UnusableLine(t(f"{key} は{wanted.ja}で書きます", f"{key} must be {wanted.en}"))


def line_error(name: str, number: int, why: Text) -> InputError:
    """Return the error for an unusable line."""
    return InputError(
        t(f"{name} {number} 行目: {why.ja}。", f"{name} line {number}: {why.en}."),
        t("その行を直してください。ほかの行は判定しました。", "mend that line; the others were judged."),
    )
