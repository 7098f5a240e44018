"""Check answers: errors that name the place and the setting to look at, fields of a type, the end of a list."""

from __future__ import annotations

import re
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from kb.errors import AnswerError, GateError
from kb.sources.transport.call import Answer, Call, Row
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy


def cut_at_word(text: str, most: int) -> str:
    """Return the beginning of a server's words, without the word the cut goes through: half a key escapes masks."""
    kept = text[:most]
    return _WORD_BEGUN.sub("", kept) if _WORD_CHARACTER.match(text[most : most + 1]) else kept


def one_line(text: str) -> str:
    """Return the first 120 characters of a server's words, on one line and without what steers a terminal."""
    return "".join(each if each.isprintable() else " " for each in cut_at_word(text, 120)).strip()


_WORD_CHARACTER = compile_lazy(r"[!-~]")
_WORD_BEGUN = compile_lazy(r"[!-~]+\Z")


def shown_path(call: Call) -> str:
    return unquote(urlsplit(call.url).path)[:120]


def address_hint(setting: str) -> Text:
    """Return the next step when somebody else answered; `setting` is "" where the address is not the team's."""
    ja, en = (f"{setting} の値", setting) if setting else ("ネットワーク", "the network")
    return t(
        f"{ja}と、間にログイン画面や proxy がないかを確かめてください。",
        f"check {en}, and whether a login page or a proxy stands in between.",
    )


def gate_closed_error(call: Call) -> GateError:
    return GateError(
        t(
            f"{call.method} {shown_path(call)} を止めました（書き込みは apply の中だけです）。",
            f"{call.method} {shown_path(call)} was stopped (writes belong into apply).",
        ),
        t("kb の不具合です。この文を添えて報告してください。", "this is a bug in kb: please report this sentence."),
    )


def foreign_host_error(call: Call, setting: str) -> AnswerError:
    host = urlsplit(call.url).hostname
    return AnswerError(
        t(
            f"{host} への要求を止めました（{setting or 'API のアドレス'} の外です）。",
            f"a request to {host} was stopped (it is outside of {setting or 'the API'}).",
        ),
        address_hint(setting),
    )


def refused_error(answer: Answer, call: Call, system: str) -> AnswerError:
    return AnswerError(
        t(
            f"{system} が {shown_path(call)} に {answer.status} を返し続けています。",
            f"{system} keeps answering {shown_path(call)} with {answer.status}.",
        ),
        t("しばらくしてからやり直すと続きから始まります。", "run it again in a while; it goes on from here."),
        status=answer.status,
    )


def not_json_error(answer: Answer, call: Call, system: str, setting: str) -> AnswerError:
    """Return the error for a 200 without JSON; an HTML page is named by its title."""
    path, host = shown_path(call), urlsplit(call.url).netloc.rpartition("@")[2]
    if answer.is_html:
        title = re.search(rb"<title[^>]*>([^<]{1,200})", answer.body[:20000])
        page = cut_at_word(" ".join(title[1].decode("utf-8", "replace").split()), 60) if title else ""
        ja, en = (f"「{page}」", f" ({page!r})") if page else ("", "")
        what = t(
            f"{system}（{host}）の {path} が JSON でなく HTML の画面{ja}を返しました。",
            f"{system} ({host}) answered {path} with an HTML page{en} instead of JSON.",
        )
    else:
        what = t(
            f"{system} の {path} の応答が途中で切れているか、JSON ではありません。",
            f"the answer of {system} to {path} is cut off, or is no JSON.",
        )
    return AnswerError(what, address_hint(setting))


def redirect_error(answer: Answer, host: str, setting: str) -> AnswerError:
    """Return the error for a redirect, without the target's query and user."""
    try:
        target = urlsplit(answer.headers.get("location", ""))
        where = (f"{target.scheme}://" if target.scheme else "") + target.netloc.rpartition("@")[2]
        shown = (where + target.path)[:120] or "?"
    except ValueError:
        shown = "?"
    return AnswerError(
        t(
            f"{host} が {shown} へ移るよう求めました（{answer.status}）。鍵を渡さないよう、kb はたどりません。",
            f"{host} redirects to {shown} ({answer.status}). kb does not follow: its key would go along.",
        ),
        t(
            f"そちらが正しければ {setting} をそのアドレスに直してください。",
            f"if that is the right place, change {setting} to it.",
        )
        if setting
        else address_hint(setting),
        status=answer.status,
    )


# Is an answer what it should be? Names the path and the field when it is not.
#
# A server may leave keys out and add new ones; a value of another type than documented is not
# guessed at, since what is stored wrongly is found much later.


T = TypeVar("T")

LARGEST_ID = 2**63 - 1

MOST_ROWS = 1_000_000
"""A list of more rows than this is not followed in one go, whatever total it names."""

STALE_PAGES = 3
"""So many pages in a row without a row not seen before: the server repeats itself."""

_NAMES = {
    str: "文字列/a string",
    int: "整数/an integer",
    float: "小数/a decimal",
    bool: "真偽値/a boolean",
    list: "配列/a list",
    dict: "オブジェクト/an object",
}


def field_error(path: str, where: str, value: object) -> AnswerError:
    """The error for a field that is not what it should be. Shows the value's type, never the value."""
    kind = "null" if value is None else _NAMES.get(type(value), type(value).__name__)
    ja, _, en = kind.partition("/")
    return AnswerError(
        t(
            f"{path} の応答を読めません: {where} が{ja}です。",
            f"the answer to {path} is unusable: {where} is {en or ja}.",
        ),
        t(
            "もう一度実行しても同じなら、接続先の設定と、間に入る proxy を確かめてください。",
            "if it stays so, check the configured address and any proxy in between.",
        ),
    )


def require_field(row: Row, key: str, kind: type[T], path: str, where: str = "") -> T:
    """`row[key]`, which must be there and of `kind`. Raises AnswerError."""
    value: Any = row.get(key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):  # true is no number here
        raise field_error(path, f"{where}{key}", value)
    return value


def require_id(row: Row, key: str, path: str, where: str = "") -> int:
    """`row[key]`, which must be a number from 1 that SQLite can hold as a key. Raises AnswerError."""
    value = require_field(row, key, int, path, where)
    if not 0 < value <= LARGEST_ID:
        shown = str(value) if value.bit_length() < 100 else "…"  # thousands of digits, Python does not print
        raise AnswerError(
            t(
                f"{path} の {where}{key} が {shown} です（使えるのは 1 から {LARGEST_ID} まで）。",
                f"{path}: {where}{key} is {shown} (from 1 to {LARGEST_ID} can be used).",
            ),
            t("接続先を確かめてください。", "check the configured address."),
        )
    return value


def optional_field(row: Row, key: str, kind: type[T], default: T, path: str, where: str = "") -> T:
    """`row[key]`, or `default` when it is absent or null. Raises AnswerError on another type."""
    return default if row.get(key) is None else require_field(row, key, kind, path, where)


def require_object(value: Any, path: str, where: str = "JSON") -> Row:
    """`value`, which must be a JSON object. Raises AnswerError."""
    if not isinstance(value, dict):
        raise field_error(path, where, value)
    return value


def require_rows(data: Any, key: str, path: str) -> list[Row]:
    """The list of objects under `key` of an answer. Raises AnswerError."""
    values = require_field(require_object(data, path), key, list, path)
    return [require_object(value, path, f"{key}[{index}]") for index, value in enumerate(values)]


class ListLimit:
    """How far a list is followed: to the total its first page names, and a little for what came meanwhile.

    `skipped` rows were left out in front of the first page.
    """

    def __init__(self, system: str, path: str, *, skipped: int = 0) -> None:
        self._system, self._path = system, path
        self._told, self._most = skipped, 0
        self._total: int | None = None
        self._stale = 0

    def goes_on(self, rows: int, new: int, total: int | None) -> bool:
        """Whether to ask for the page after this one, which the server says is there.

        False where pages without news follow on all that was named. `new` of the page's `rows` were not seen
        before; `total` is the whole list's, None when the server does not say. Raises AnswerError when the list
        has no end.
        """
        if not self._most:
            self._total = total
            named = MOST_ROWS if total is None else self._told + total + total // 10 + 10 * max(rows, 1)
            self._most = min(named, self._told + MOST_ROWS)
        self._told += new
        self._stale = 0 if new else self._stale + 1
        if self._stale == STALE_PAGES and self._total is not None and self._told >= self._total:
            return False
        if self._stale == STALE_PAGES or self._told > self._most:
            raise self.endless()
        return True

    def endless(self) -> AnswerError:
        """The error for a list without an end."""
        named = "?" if self._total is None else f"{self._total:,}" if self._total.bit_length() < 64 else "…"
        return AnswerError(
            t(
                f"{self._system} の {self._path} に終わりがありません"
                f"（最初に {named} 件と言い、{self._told:,} 件を返し、まだ続くと言います）。",
                f"{self._system}'s {self._path} does not end (it named {named} rows at first, gave {self._told:,} and "
                "says that there are more).",
            ),
            t(
                "途中までに読めたものは残ります。間に入る proxy と接続先の設定を確かめて、もう一度実行してください。",
                "what was read so far is kept; check any proxy in between and the configured address, then run it "
                "again.",
            ),
        )
