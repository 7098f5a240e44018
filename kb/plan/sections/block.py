"""Find, render and replace the section of a text that kb keeps between two comments.

<!-- kb:report begin sha256=… week=2026-W47 -->
…
<!-- kb:report end -->

Everything outside stays to the byte. An edit inside shows by the hash in the first comment and is never overwritten. A
mark counts only as a line of its own, outside of code.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import unified_diff
from typing import cast

from kb.errors import RefusedError
from kb.model.masked import SameText
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import FENCE_PATTERN, mark_code, replace_surrogates
from kb.text.tasks import untick_line

MARK_PATTERN = compile_lazy(
    r" {0,3}<!-- kb:([a-z][a-z0-9-]{0,30}) (begin|end)((?: [a-z0-9_]+=[A-Za-z0-9._:-]*)*) -->[ \t]*\r?\n?"
)
_LINE = compile_lazy(r"[^\n]*\n|[^\n]+")
_MARKLIKE = compile_lazy(r"<!--(?=\s*kb:[a-z0-9-]*\s+(?:begin|end)\b)", re.I)
_ATTRIBUTE = compile_lazy(r"[^A-Za-z0-9._:-]")


@dataclass(frozen=True, slots=True)
class MarkedLine:
    """A line with its end: its offset, its number, and whether it is code."""

    text: str
    start: int
    number: int
    code: bool

    @property
    def end(self) -> int:
        """The offset of the next line."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class KbSection:
    """A section in a text, from its first mark to its last, without that line's end.

    `line` is the number of its first line.
    """

    name: str
    start: int
    end: int
    content: str
    line: int
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def edited(self) -> bool:
        """Whether somebody changed what kb wrote; answers to a checklist do not count, nor do spaces at line ends."""
        return self.attributes.get("sha256") != hash_content(self.content)


def split_lines(text: str) -> Iterator[MarkedLine]:
    """Yield the lines of a text. Code is fenced (Markdown) or in `<pre>` (Textile)."""
    start = 0
    for number, (found, code) in enumerate(mark_code(_LINE.findall(text)), 1):
        yield MarkedLine(found, start, number, code)
        start += len(found)


def hash_content(content: str) -> str:
    """Hash a content without surrounding blank lines, with uniform line ends, and with its checklists unanswered."""
    lines = [untick_line(line.rstrip(" \t\r")) for line in replace_surrogates(content).split("\n")]
    return hashlib.sha256("\n".join(lines).strip("\n").encode()).hexdigest()


def render_block(name: str, content: str, attributes: Mapping[str, str] | None = None) -> str:
    """Render a section with line feeds, the last line without one.

    Nothing in the content is left that could be taken for a mark, hide what follows, or leave code open.
    """
    content = _neutralize(content.replace("\r\n", "\n").strip("\n"))
    values = {"sha256": hash_content(content), **(attributes or {})}
    told = "".join(f" {key}={_ATTRIBUTE.sub('', value)}" for key, value in values.items())
    return f"<!-- kb:{name} begin{told} -->\n\n{content}\n\n<!-- kb:{name} end -->"


def _neutralize(content: str) -> str:
    """Return a content without marks, and without a comment or code left open."""
    content = _MARKLIKE.sub("&lt;!--", replace_surrogates(content))
    end = content.rfind("-->") + 1
    content = content[:end] + content[end:].replace("<!--", "&lt;!--")
    ends = ["</pre>", *(mark[1] for line in _LINE.findall(content) if (mark := FENCE_PATTERN.match(line)))]
    while ends and _has_open_code(content):
        closed = f"{content}\n{ends.pop()}"
        content = closed if not _has_open_code(closed) else content
    return content


def _has_open_code(content: str) -> bool:
    return [line.code for line in split_lines(f"{content}\n\nx")][-1]


def find_section(text: str, name: str) -> KbSection | None:
    """Find the section of this name; None where there is none.

    Raises RefusedError with the lines where its marks are ambiguous.
    """
    marks = [
        (line, mark) for line in split_lines(text) if (mark := MARK_PATTERN.fullmatch(line.text)) and mark[1] == name
    ]
    plain = [(line, mark) for line, mark in marks if not line.code]
    if not plain and marks:
        raise _section_error(name, marks[0][0], t("コードブロックの中にあります", "it is inside a code block"))
    if not plain:
        return None
    words = [mark[2] for _, mark in plain]
    if words == ["begin", "end"]:
        (first, opening), (last, _) = plain
        attributes = dict(each.split("=", 1) for each in opening[3].split())
        end = last.end - (len(last.text) - len(last.text.rstrip("\r\n")))
        return KbSection(name, first.start, end, text[first.end : last.start], first.number, attributes)
    if words[0] == "end":
        at, why = 0, t("始まりの印がありません", "its begin mark is missing")
    elif "end" not in words:
        at, why = 0, t("終わりの印がありません", "its end mark is missing")
    elif words[:2] == ["begin", "begin"]:
        at, why = 1, t("区画の中に、また始まりの印があります", "it begins again inside of itself")
    elif words.count("begin") > 1:
        at, why = 2, t("同じ区画が 2 つあります", "there are two of them")
    else:
        at, why = 2, t("終わりの印が 2 つあります", "there are two marks where it ends")
    raise _section_error(name, plain[at][0], why)


def _section_error(name: str, line: MarkedLine, why: Text) -> RefusedError:
    return RefusedError(
        t(
            f"「kb:{name}」の印が正しくありません（{line.number} 行目: {why.ja}）。何も書いていません。",
            f"the marks of kb:{name} are invalid (line {line.number}: {why.en}); nothing was written.",
        ),
        t(
            f"「<!-- kb:{name} begin … -->」と「<!-- kb:{name} end -->」を 1 行ずつの 1 組にするか、"
            "両方とも消してください（消すと、次の公開で入れる場所をたずねます）。",
            f"leave one pair of lines, <!-- kb:{name} begin … --> and <!-- kb:{name} end -->, or delete them all "
            "(the next publishing then asks where to put it).",
        ),
    )


def list_section_names(text: str) -> tuple[str, ...]:
    """Return the names of the sections with a mark in a text, in order, each once."""
    if "<!-- kb:" not in text:
        return ()
    found = (MARK_PATTERN.fullmatch(line.text) for line in split_lines(text) if "<!-- kb:" in line.text)
    return tuple(dict.fromkeys(mark[1] for mark in found if mark))


def find_section_ranges(text: str) -> list[tuple[int, int]]:
    """Return where the sections kb keeps stand; those whose marks are broken are none."""
    found = []
    for name in list_section_names(text):
        with suppress(RefusedError):
            if (section := find_section(text, name)) is not None:
                found.append((section.start, section.end))
    return sorted(found)


def text_outside_sections(text: str) -> tuple[str, ...] | None:
    """Return the non-blank lines outside of all sections, stripped.

    None where a section was edited or its marks are broken.
    """
    spans: list[tuple[int, int]] = []
    for name in list_section_names(text):
        try:
            found = find_section(text, name)
        except RefusedError:
            return None
        if found is None or found.edited:
            return None
        spans.append((found.start, found.end))
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return tuple(line for each in replace_surrogates(text).split("\n") if (line := each.strip()))


def replace_section(text: str, section: KbSection, written: str) -> str:
    """Return the text with a section replaced, in the text's own line ends."""
    return text[: section.start] + match_newlines(text, written) + text[section.end :]


def match_newlines(text: str, written: str) -> str:
    """Return a block with the line ends most lines of a text have."""
    return written.replace("\r\n", "\n").replace("\n", detect_newline(text))


def detect_newline(text: str) -> str:
    """Return the line end most lines of a text have."""
    return "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"


def diff_contents(old: SameText, new: SameText) -> tuple[SameText, ...]:
    """Return the lines of a unified diff without its header."""
    before, after = ([line.rstrip() for line in each.strip("\r\n").split("\n")] for each in (old, new))
    before = before if any(before) else []
    lines = [*unified_diff(before, after, "", "", n=1, lineterm="")]
    return cast("tuple[SameText, ...]", tuple(lines[2:]))


NO_SECTION = "none"
BROKEN_SECTION = "broken"
"""Digest of a section with ambiguous marks: unlike any other value."""
_WHOLE = ""
_SHOWN = 12


def digest_text(text: str) -> str:
    """Return what plans and journals hold in place of a text: `sha256:…`, then a digest per section.

    A change of a section (`report=sha256:…`, `report=none` without one) goes stale only by an edit of that section.
    """
    plain = replace_surrogates(text).replace("\r\n", "\n")
    parts = [f"sha256:{hashlib.sha256(plain.encode()).hexdigest()}"]
    return " ".join([*parts, *(f"{name}={_digest_section(text, name)}" for name in list_section_names(text))])


def _digest_section(text: str, name: str) -> str:
    try:
        found = find_section(text, name)
    except RefusedError:
        return BROKEN_SECTION
    return NO_SECTION if found is None else f"sha256:{hash_content(found.content)}"


def digest_section(name: str, text: str) -> str:
    """Return the digest of one section of a text."""
    return f"{name}={_digest_section(text, name)}"


def split_digest(value: str) -> dict[str, str]:
    """Map the sections of a digest to their values; the whole text is ""."""
    found = {}
    for part in value.split(" "):
        name, mark, rest = part.partition("=")
        found[name if mark else _WHOLE] = rest if mark else part
    return found


def list_digested_sections(value: str) -> tuple[str, ...]:
    """Return the names of the sections a digest is about; none for a whole text."""
    told = split_digest(value)
    return () if _WHOLE in told else tuple(told)


def is_same_digest(expected: str, now: str) -> bool:
    """Whether a text's digest is what was expected."""
    wanted, found = split_digest(expected), split_digest(now)
    if _WHOLE in wanted and _WHOLE in found:
        return wanted[_WHOLE] == found[_WHOLE]
    names = (wanted.keys() | (() if _WHOLE in found else found.keys())) - {_WHOLE}
    return bool(names) and all(
        wanted.get(name, NO_SECTION) == found.get(name, NO_SECTION) != BROKEN_SECTION for name in names
    )


def project_digest(value: str, onto: str) -> str:
    """Return the part of a digest another one is about."""
    names, told = list_digested_sections(onto), split_digest(value)
    if not names:
        return told.get(_WHOLE, value)
    return " ".join(f"{name}={told.get(name, NO_SECTION)}" for name in names)


def describe_digest(value: str) -> Text:
    """Describe a digest for people: 区画 report（2c26b46b68ff）."""
    names, told = list_digested_sections(value), split_digest(value)
    if not names:
        return t(f"全体（{_shorten_hash(told[_WHOLE])}）", f"all of it ({_shorten_hash(told[_WHOLE])})")
    shown = [(name, _shorten_hash(told[name])) for name in names]
    ja = "、".join(f"区画 {name}（{short}）" if short else f"区画 {name} なし" for name, short in shown)
    en = ", ".join(f"section {name} ({short})" if short else f"no section {name}" for name, short in shown)
    return t(ja, en)


def _shorten_hash(value: str) -> str:
    return "" if value == NO_SECTION else value.removeprefix("sha256:")[:_SHOWN]
