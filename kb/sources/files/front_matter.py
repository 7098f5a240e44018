"""Read what a Markdown file says about itself: front matter as exporters and note tools really write it. Pure.

Not YAML: one `key: value` a line, lists in brackets or as `- item` lines, the keys below `hackmd:`. The rest is left
alone. Keys of HackMD: title, tags, description, robots, lang, dir, breaks, GA, disqus, type, slideOptions; without
`tags`, a sixth-level heading `tags:` has them in code spans. Its permissions are no part of it, but programs that fetch
notes write them there. Source: hackmdio/codimd, public/docs/yaml-metadata.md and lib/models/note.js; HackMD API v1.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from kb.text.dates import is_zoned_instant, parse_instant
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import mark_code

MAX_LINES = 200

_TAGS = ("tags", "tag")
_AUTHORS = ("author", "authors")
_CREATED = ("date", "created", "created_at", "createdat")
_UPDATED = ("updated", "updated_at", "updatedat", "lastchangedat", "lastmod", "modified")
_LISTS = frozenset({*_TAGS, *_AUTHORS})
_NESTED = "hackmd"
_SHARED = {
    "permission": {"freely", "editable", "limited", "locked", "protected"},
    "readpermission": {"signed_in", "guest"},
}
"""Values that let others read a note: five of CodiMD's six permissions, two of HackMD's three readers.

Any other keeps it for its owner, so that a spelling kb does not know shows nothing to anybody.
"""

_HEADING = compile_lazy(r"#[ \t]+(.+)$")
_UNDERLINE = compile_lazy(r" {0,3}=+[ \t]*$")
_ITEM = compile_lazy(r"\s*-\s+(.+)$")
_PAIR = compile_lazy(r"(\s*)[\"']?([A-Za-z_][\w-]*)[\"']?\s*:\s*(.*)$")
_TAG_HEADING = compile_lazy(r"######[ \t]*tags\b(.*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a page says about itself; `date` and `updated` are UTC ISO with Z, or ISO dates, or "".

    `owner_only`: nobody but its owner may read it where it was written.
    """

    title: str = ""
    date: str = ""
    updated: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""
    owner_only: bool = False


def split_front_matter(text: str) -> tuple[FrontMatter, str, int]:
    """Return a text's front matter, its body, and the line (1-based) on which the body begins."""
    lines = io.StringIO(text, newline="").readlines()
    if not lines or lines[0].rstrip() != "---":
        return FrontMatter(), text, 1
    for number, line in enumerate(lines[1:MAX_LINES], start=1):
        if line.rstrip() in ("---", "..."):
            return _read(lines[1:number]), "".join(lines[number + 1 :]), number + 2
    return FrontMatter(), text, 1  # a thematic break, then a page


def find_heading(body: str) -> str:
    """Return the first heading of the first level, "" for none; what is in fenced code is none."""
    before = ""
    for line in _lines_outside_code(body):
        if found := _HEADING.match(line):
            return (found[1].rstrip(" \t#") or found[1][:1]).strip()
        if before and _UNDERLINE.match(line):
            return before
        before = "" if line.lstrip().startswith(("#", ">", "-", "*", "|")) else line.strip()
    return ""


def find_heading_tags(body: str) -> tuple[str, ...]:
    """Return the tags HackMD reads from the text itself, as in `###### tags: `ops` `db``."""
    if "######" not in body:
        return ()
    found = (match[1] for line in _lines_outside_code(body) if (match := _TAG_HEADING.match(line)))
    return _unique(tag for spans in found for tag in re.findall(r"`([^`]+)`", spans))


def _lines_outside_code(body: str) -> Iterator[str]:
    return (line.rstrip("\r\n") for line, code in mark_code(io.StringIO(body)) if not code)


def _read(lines: Sequence[str]) -> FrontMatter:
    values: dict[str, list[str]] = {}
    key = top = ""
    for line in map(str.rstrip, lines):
        if item := _ITEM.match(line):
            if key:
                values[key].append(_bare(item[1]))
        elif pair := _PAIR.match(line):
            if not pair[1]:
                top = pair[2].lower()
            elif top != _NESTED:
                continue
            key = pair[2].lower()
            if pair[1] and key in values:  # the page's own word counts
                key = ""
                continue
            values[key] = _items(pair[3]) if key in _LISTS else [_bare(pair[3])] if pair[3] else []
    return FrontMatter(
        _first(values, ("title",)),
        _moment(_first(values, _CREATED)),
        _moment(_first(values, _UPDATED)),
        _unique(tag for name in _TAGS for tag in values.get(name, [])),
        _first(values, _AUTHORS),
        any(_read_word(value) not in words for name, words in _SHARED.items() for value in values.get(name, ())),
    )


def _read_word(value: str) -> str:
    """Return the word of `"owner"  # me alone` and `[private]`."""
    return re.split(r"\s#", value, maxsplit=1)[0].strip(" \t\"'[]").lower()


def _first(values: Mapping[str, Sequence[str]], names: Iterable[str]) -> str:
    return next((value for name in names for value in values.get(name, ()) if value), "")


def _unique(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))


def _items(value: str) -> list[str]:
    inner = value[1:-1] if value.startswith("[") and value.endswith("]") else value
    if inner[:1] in "\"'" and inner.count(inner[:1]) == 2:
        inner = _bare(inner)  # 'a, b': one pair of quotes around all of them
    return [_bare(each).lstrip("#") for each in inner.split(",") if each.strip()]


def _bare(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _moment(value: str) -> str:
    """Return a date as ISO, or as UTC with Z where it has a zone; "" for anything else."""
    written = value.replace("/", "-")
    moment = parse_instant(written)
    if moment is None:
        return ""
    if not is_zoned_instant(written):
        return moment.date().isoformat()
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
