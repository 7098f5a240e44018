"""The one TOML layer: parse a text, find the line of a key, turn tables into dataclasses, write values.

`tomllib` keeps no line numbers, and takes a text of very deep keys or brackets badly.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from kb.errors import ConfigError
from kb.text.display import escape_invisible
from kb.text.lang import Text, space_ascii, t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import replace_surrogates

_HEADER = compile_lazy(r"^\s*\[\[?\s*(?P<name>[^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = compile_lazy(
    r"^\s*(?P<name>(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*="
)
CONFLICT_MARK = compile_lazy(r"^(?:<{7}|={7}|>{7})(?: .*)?$", re.M)
"""A mark that git leaves where two branches wrote one line."""

_STRINGS = compile_lazy(r'''"""(?:\\.|[^\\])*?"""+|\'{3}.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*''', re.S)
"""A string or a comment, each of which may hold the quotes of the others."""

_DEEP = compile_lazy(r"""(?<![\w-])(?:(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){200}""")


def find_deep_key(text: str) -> int:
    """Return the line of a key of too many parts, 0 for none: tomllib takes the square of them in time."""
    found = _DEEP.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def find_key_line(text: str, keys: tuple[str, ...]) -> int:
    """Return the 1-based line on which `keys` is set, or it or a table in it opens; 0 where unknown.

    The number of a table among others of its name follows the name: `("source", "2", "path")`.
    Good for messages, not for editing: inline tables are found by the line of their outer key.
    """
    table: tuple[str, ...] = ()
    count: Counter[tuple[str, ...]] = Counter()
    best = 0
    depth = 0
    for number, line in _number_lines(text):
        header = _HEADER.match(line)
        match = _KEY.match(line)
        if header:
            table = path = _parts(header["name"])
            if line.lstrip().startswith("[["):
                count[table] += 1
                table = path = (*table, str(count[table]))
        elif match:
            path = table + _parts(match["name"])
        else:
            continue
        if path[: len(keys)] == keys:
            return number
        if len(path) > depth and path == keys[: len(path)]:
            best, depth = number, len(path)
    return best


def _number_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with their numbers; of a string over several lines only their ends are left."""
    bare = _STRINGS.sub(lambda found: "\n" * found[0].count("\n") or found[0], text)
    return enumerate(bare.split("\n"), 1)


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in name.split("."))


def index_table_lines(text: str) -> dict[tuple[str, int], int]:
    """Return the line of each `[[name]]` by its name and its number among those of its name."""
    count: Counter[str] = Counter()
    lines: dict[tuple[str, int], int] = {}
    for number, line in _number_lines(text):
        header = _HEADER.match(line) if line.lstrip().startswith("[[") else None
        if header:
            name = ".".join(_parts(header["name"]))
            count[name] += 1
            lines[name, count[name]] = number
    return lines


class BadTomlError(ValueError):
    """A text that is not TOML: `problem` is "deep", "conflict" or "syntax", `line` 0 where unknown."""

    def __init__(self, problem: str, line: int, why: str = "") -> None:
        super().__init__(why)
        self.problem, self.line, self.why = problem, line, why


def load_toml(text: str) -> dict[str, Any]:
    """Parse a TOML text. Raises BadTomlError."""
    if line := find_deep_key(text):
        raise BadTomlError("deep", line)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is a ValueError
        if conflict := CONFLICT_MARK.search(text):
            raise BadTomlError("conflict", text.count("\n", 0, conflict.start()) + 1) from None
        why, _, place = str(error).partition(" (at ")
        found = re.match(r"line (\d+)", place)
        raise BadTomlError(
            "syntax", int(found[1]) if found else text.rstrip().count("\n") + 1 if place else 0, why
        ) from None


def parse_toml(text: str, name: str) -> dict[str, object]:
    """Parse a TOML text; `name` is the file's name for messages. Raises ConfigError where it is not TOML."""
    try:
        return load_toml(text)
    except BadTomlError as error:
        place = name_line(name, error.line)
        ja, en = place.ja, place.en
        if error.problem == "deep":
            what = t(f"{ja}: 項目の名前に段が多すぎます。", f"{en}: a key has too many parts.")
            raise ConfigError(what, t("その行を直してください。", "correct that line.")) from None
        if error.problem == "conflict":
            raise ConfigError(
                t(f"{ja}: git の競合の印が残っています。", f"{en}: a git conflict is not resolved."),
                t("残すほうを選び、印の行を消してください。", "keep what you want, and remove the marks."),
            ) from None
        raise ConfigError(
            t(f"{ja}: TOML として読めません（{error.why}）。", f"{en}: this is not valid TOML ({error.why})."),
            t("その行の引用符と括弧を確かめてください。", "check the quotes and brackets of that line."),
        ) from None


def name_line(name: str, line: int) -> Text:
    """Name a file and a line of it, 0 for none."""
    return t(f"{name} {line} 行目", f"{name} line {line}") if line else t(name, name)


def format_toml(value: object, *, visible: bool = False) -> str:
    """Write a value as TOML: a string, a number, a list, a mapping or pairs as a table on one line.

    `visible` escapes what nobody would see in a string.
    """
    if isinstance(value, Mapping):
        rows = (f"{format_key(key)} = {format_toml(one, visible=visible)}" for key, one in value.items())
        return "{" + ", ".join(rows) + "}"
    if isinstance(value, tuple | list):
        if value and isinstance(value[0], tuple):
            rows = (f"{format_toml(key, visible=visible)} = {format_toml(one, visible=visible)}" for key, one in value)
            return "{" + ", ".join(rows) + "}"
        return "[" + ", ".join(format_toml(each, visible=visible) for each in value) + "]"
    if isinstance(value, bool) or not isinstance(value, str):
        return str(value).lower()
    # What JSON escapes, TOML reads alike; DEL is the one character only TOML wants escaped.
    text = json.dumps(replace_surrogates(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    return escape_invisible(text) if visible else text


def format_key(key: str) -> str:
    """Write a key as TOML, in quotes where it needs them."""
    return key if _BARE.fullmatch(key) else format_toml(key)


def format_fields(values: Mapping[str, object], *, visible: bool = False) -> str:
    """Write a key a line; keys with an empty text or list are left out."""
    some = ((key, value) for key, value in values.items() if value not in ("", (), []))
    return "".join(f"{key} = {format_toml(value, visible=visible)}\n" for key, value in some)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TomlReader:
    """Turns one file's parsed TOML into dataclasses; what does not fit is reported with its line and an example.

    A field's metadata holds `example`, the value as it would be written, and may hold `choices`, and `key`, how it is
    spelled where that is no Python name (None: it is no key of the file). A tuple of pairs is a table with keys of its
    own. With `alone` a single string may stand for a list of one.
    """

    text: str
    name: str

    def place(self, keys: tuple[str, ...]) -> Text:
        """Return file and line of a key."""
        return name_line(self.name, find_key_line(self.text, keys))

    def error(self, keys: tuple[str, ...], what: Text, next_step: Text) -> ConfigError:
        place = self.place(keys)
        return ConfigError(t(f"{place.ja}: {what.ja}。", f"{place.en}: {what.en}."), next_step)

    def table(self, raw: dict[str, object], shape: type[T], at: tuple[str, ...]) -> T:
        """Turn a TOML table into the dataclass `shape`. Raises ConfigError for the first thing that does not fit."""
        named = ((each.metadata.get("key", each.name), each) for each in fields(cast(Any, shape)))
        known = {str(key): each for key, each in named if key is not None}
        for key in raw:
            if key not in known:
                raise self._unknown((*at, key), known)
        types = _types(cast(Any, shape))
        values: dict[str, Any] = {}
        for name, each in known.items():
            if name in raw:
                values[each.name] = self._value(raw[name], types[each.name], each, (*at, name))
            elif each.default is MISSING:
                raise self.error(
                    at,
                    t(f"[{_name(at)}] に {name} がありません", f"[{_name(at)}] lacks {name}"),
                    t(f"例: {name} = {each.metadata['example']}", f"example: {name} = {each.metadata['example']}"),
                )
        return shape(**values)

    def _value(self, value: object, kind: Any, each: Field[Any], at: tuple[str, ...]) -> Any:
        inner = [arg for arg in get_args(kind) if arg not in (NoneType, ...)]
        if get_origin(kind) is UnionType:
            kind = inner[0]
        if isinstance(kind, type) and is_dataclass(kind):
            if isinstance(value, dict):
                return self.table(value, kind, at)
            raise self._wrong(at, value, t("表（[…]）", "a table ([…])"), f"[{_name(at)}]")
        if get_origin(kind) is tuple and is_dataclass(inner[0]):
            row_type: Any = inner[0]
            if isinstance(value, list) and all(isinstance(row, dict) for row in value):
                return tuple(self.table(row, row_type, (*at, str(number))) for number, row in enumerate(value, 1))
            raise self._wrong(at, value, t("表の並び（[[…]]）", "an array of tables ([[…]])"), f"[[{_name(at)}]]")
        if get_origin(kind) is tuple and get_origin(inner[0]) is tuple:
            if isinstance(value, dict):
                free = get_args(inner[0])[1]
                return tuple((key, self._value(one, free, each, (*at, key))) for key, one in value.items())
            raise self._wrong(at, value, t("表（[…]）", "a table ([…])"), _example(each))
        example = _example(each)
        if get_origin(kind) is tuple:
            if isinstance(value, str) and each.metadata.get("alone"):
                return (value,)
            if isinstance(value, list) and all(isinstance(row, str) for row in value):
                return tuple(value)
            raise self._wrong(at, value, t("文字列の配列", "a list of strings"), example)
        if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
            raise self._wrong(at, value, _TYPE_NAMES[kind], example)
        choices = each.metadata.get("choices", ())
        if choices and value not in choices:
            raise self._wrong(at, value, t("、".join(choices) + " のどれか", "one of " + ", ".join(choices)), example)
        if isinstance(value, int) and value < 0:
            raise self._wrong(at, value, t("0 以上の整数", "a whole number from 0"), example)
        return value

    def _unknown(self, keys: tuple[str, ...], known: dict[str, Field[Any]]) -> ConfigError:
        near = difflib.get_close_matches(keys[-1], known, n=1, cutoff=0.5)
        name = _name(keys)
        if not near:
            listed = "、".join(known)
            return self.error(
                keys,
                t(f"「{name}」という設定はありません", f"there is no setting {name!r}"),
                t(f"ここに書けるのは {listed} です。", f"what can stand here: {', '.join(known)}."),
            )
        example = known[near[0]].metadata.get("example")
        several = str(known[near[0]].type).startswith("tuple")
        shown = f"{near[0]} = {example}" if example else f"[[{near[0]}]]" if several else f"[{near[0]}]"
        return self.error(
            keys,
            t(f"「{name}」という設定はありません", f"there is no setting {name!r}"),
            t(f"{near[0]} ではありませんか。例: {shown}", f"did you mean {near[0]}? example: {shown}"),
        )

    def _wrong(self, keys: tuple[str, ...], value: object, wanted: Text, example: str) -> ConfigError:
        # A value can be a secret somebody put into the wrong place: its type is enough to find it.
        got = _TYPE_NAMES.get(type(value), _BARE_DATE)
        if "command" not in keys[-1] and isinstance(value, int | str):
            said = quote_value(value)
            got = t(f"{got.ja}「{said}」", f"{got.en} {said!r}")
        name = _name(keys)
        return self.error(
            keys,
            t(
                f"{name} は{space_ascii(wanted.ja)}で書きます（今は{got.ja}）",
                f"{name} must be {wanted.en} (it is {got.en})",
            ),
            t(f"例: {example}", f"example: {example}"),
        )


@cache
def _types(shape: Any) -> dict[str, Any]:
    """Return the types of a dataclass's fields; asking for them anew takes most of the time of a long file."""
    return get_type_hints(shape)


def quote_value(value: str | int) -> str:
    """Return the beginning of a value for a message, masked: it may be a secret in the wrong place."""
    from kb.secrets.mask_document import mask_text  # no start-up pays for what is wrong

    return mask_text(value_text(value))[:40]


def value_text(value: object) -> str:
    """Return a value as text; "…" where that is not possible: thousands of digits, or endlessly nested tables."""
    try:
        return str(value)
    except (ValueError, RecursionError):
        return "…"


def _example(each: Field[Any]) -> str:
    """Return a setting as it would be written."""
    return f"{each.metadata.get('key', each.name)} = {each.metadata['example']}"


def _name(keys: tuple[str, ...]) -> str:
    """Return a key's full name as TOML writes it, without the numbers of tables among others."""
    shown = ((quote_value(key), key) for key in keys if not key.isdigit())
    return ".".join(each if _BARE.fullmatch(key) else f'"{each}"' for each, key in shown)


_BARE = compile_lazy("[A-Za-z0-9_-]+")


_TYPE_NAMES: dict[type, Text] = {
    str: t("文字列", "a string"),
    int: t("整数", "a whole number"),
    float: t("小数", "a number"),
    bool: t("true か false", "true or false"),
    list: t("配列", "a list"),
    dict: t("表", "a table"),
}
_BARE_DATE = t("引用符のない日付か時刻", "a date or time without quotes")  # all that TOML has besides
