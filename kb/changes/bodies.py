"""What stands for the text of a post or ticket wherever plans and journals tell of it. Pure.

    sha256:9f86…                       a whole text
    report=sha256:2c26…                a section of it (kb.changes.section), whatever stands around
    report=none                        a text without that section
    sha256:9f86… report=sha256:2c26…   a text as it was found, with the sections it has

So a change of a section goes stale when somebody edited the section, and not for an edit anywhere else.
"""

from __future__ import annotations

from kb.changes import section
from kb.errors import RefusedError
from kb.lang import Text, t
from kb.reading.lines import clean

NONE = "none"
BROKEN = "broken"
"""A section whose marks do not say what belongs to it: unlike any other value."""
_WHOLE = ""
_SHOWN = 12


def value_of(text: str) -> str:
    """What stands for a text as it was found."""
    import hashlib

    plain = clean(text).replace("\r\n", "\n")
    parts = [f"sha256:{hashlib.sha256(plain.encode()).hexdigest()}"]
    return " ".join([*parts, *(f"{name}={_section(text, name)}" for name in section.names_in(text))])


def _section(text: str, name: str) -> str:
    try:
        found = section.find(text, name)
    except RefusedError:
        return BROKEN
    return NONE if found is None else content_value(found.content)


def content_value(content: str) -> str:
    """What stands for the content of a section, without its name."""
    return f"sha256:{section.digest(content)}"


def section_value(name: str, text: str) -> str:
    """What stands for one section of a text."""
    return f"{name}={_section(text, name)}"


def parts_of(value: str) -> dict[str, str]:
    """The sections a value tells of, by name; the whole text by ""."""
    found = {}
    for part in value.split(" "):
        name, mark, rest = part.partition("=")
        found[name if mark else _WHOLE] = rest if mark else part
    return found


def sections_in(value: str) -> tuple[str, ...]:
    """The names of the sections a value is about; none for a whole text."""
    told = parts_of(value)
    return () if _WHOLE in told else tuple(told)


def same(expected: str, now: str) -> bool:
    """Whether a text as it was found is what was expected of it."""
    wanted, found = parts_of(expected), parts_of(now)
    if _WHOLE in wanted and _WHOLE in found:
        return wanted[_WHOLE] == found[_WHOLE]
    names = (wanted.keys() | (() if _WHOLE in found else found.keys())) - {_WHOLE}
    return bool(names) and all(wanted.get(name, NONE) == found.get(name, NONE) != BROKEN for name in names)


def projected(value: str, onto: str) -> str:
    """Of a value what another one is about."""
    names, told = sections_in(onto), parts_of(value)
    if not names:
        return told.get(_WHOLE, value)
    return " ".join(f"{name}={told.get(name, NONE)}" for name in names)


def words(value: str) -> Text:
    """A value for people: 区画 report（2c26b46b68ff）."""
    names, told = sections_in(value), parts_of(value)
    if not names:
        return t(f"全体（{_short(told[_WHOLE])}）", f"all of it ({_short(told[_WHOLE])})")
    shown = [(name, _short(told[name])) for name in names]
    ja = "、".join(f"区画 {name}（{short}）" if short else f"区画 {name} なし" for name, short in shown)
    en = ", ".join(f"section {name} ({short})" if short else f"no section {name}" for name, short in shown)
    return t(ja, en)


def _short(value: str) -> str:
    return "" if value == NONE else value.removeprefix("sha256:")[:_SHOWN]
