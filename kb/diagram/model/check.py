"""Check what a model's types cannot: unique ids, references, days, texts that can be drawn."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import Any, NoReturn
from urllib.parse import urlsplit

from kb.diagram.model.nouns import Node, NodeGroup, ViewForm
from kb.diagram.model.schema import CLASS_PATTERN, NODE_KINDS, SYSTEM_CODES, SYSTEM_NUMBERS
from kb.settings.toml import TomlReader, quote_value
from kb.text import pattern_cost
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

_ID = compile_lazy("[a-z0-9][a-z0-9-]{0,59}")
_COUNT = compile_lazy(r"(\d{1,6})(?:\.\.(\d{1,6}))?")
_LONGEST = 200

# Control characters, lone surrogates, and marks that reorder what is read or cannot be seen.
_UNDRAWABLE = compile_lazy(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
# Blanks, joiners, selectors, and letters that are drawn as nothing.
_BLANK = compile_lazy(
    "[\\s\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0]+"
)


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """A table of a model and its place; `keys` name it to its file's reader."""

    kind: str
    what: Any
    reader: TomlReader
    keys: tuple[str, ...]
    line: int = 0

    @property
    def key(self) -> str:
        """Its name in `Model.places`."""
        if self.kind == "edge":
            return f"edge:{self.what.source}→{self.what.target}"
        if self.kind == "ignore":
            return f"ignore:{self.what.code}:{self.what.target}"
        return f"{self.kind}:{self.what.id}" if hasattr(self.what, "id") else self.kind

    def fail(self, name: str, what: Text, next_step: Text) -> NoReturn:
        """Raise ConfigError at the line of one of its fields."""
        raise self.reader.error((*self.keys, name), what, next_step)


def require_valid(written: Sequence[WrittenTable]) -> None:
    """Raise ConfigError with file and line for the first error."""
    ids = _require_ids(written)
    groups = {name for name, each in ids.items() if isinstance(each.what, NodeGroup)}
    nodes = {name for name, each in ids.items() if isinstance(each.what, Node)}
    edges: dict[tuple[str, str, str, str], WrittenTable] = {}
    for each in written:
        _require_drawable(each)
        what = each.what
        if each.kind == "system" and (wrong := pattern_cost.find_pattern_fault(what.hostname_pattern)):
            shown, (why, instead) = quote_value(what.hostname_pattern), wrong
            each.fail(
                "hostname_pattern",
                t(f"hostname_pattern「{shown}」は{why.ja}", f"hostname_pattern {shown!r} {why.en}"),
                instead,
            )
        elif each.kind == "group" and what.parent:
            _require_known(each, "parent", (what.parent,), groups, _GROUP)
        elif each.kind == "node":
            _require_node(each, groups)
        elif each.kind == "edge":
            _require_known(each, "from", (what.source,), nodes, _NODE)
            _require_known(each, "to", (what.target,), nodes, _NODE)
            same = (what.source, what.target, what.label, what.proto)
            if same in edges:
                _twice(each, "from", f"{what.source} → {what.target}", edges[same])
            edges[same] = each
        elif each.kind == "channel":
            _require_known(each, "of", what.of, groups | nodes, t("ノードかグループ", "node or group"))
        elif each.kind == "view":
            _require_known(each, "groups", what.groups, groups, _GROUP)
            _require_known(each, "nodes", what.nodes, nodes, _NODE)
            _require_known(each, "form", what.form, set(ViewForm), t("形（form）", "form"))
            for kind in what.kinds:
                _require_kind(each, "kinds", kind)
        elif each.kind == "ignore":
            _require_known(each, "code", (what.code,), SYSTEM_CODES, t("指摘", "finding"))
            _require_day(each, "until", what.until)
    _require_tree({name: ids[name] for name in sorted(groups)})


_GROUP = t("グループ", "group")
_NODE = t("ノード", "node")


def _require_ids(written: Iterable[WrittenTable]) -> dict[str, WrittenTable]:
    """Return what has an id, by id. Groups, nodes and channels share one space; views have their own."""
    found: dict[str, dict[str, WrittenTable]] = {"": {}, "view": {}}
    for each in written:
        name = getattr(each.what, "id", None)
        if name is None:
            continue
        if not _ID.fullmatch(name):
            each.fail(
                "id",
                t(f"id「{quote_value(name)}」は使えません", f"{quote_value(name)!r} cannot be an id"),
                t(
                    "英小文字、数字、- で 60 字まで。例: ad-api-01",
                    "small letters, digits and hyphens, 60 at most. example: ad-api-01",
                ),
            )
        space = found["view" if each.kind == "view" else ""]
        if name in space:
            _twice(each, "id", name, space[name])
        space[name] = each
    return found[""]


def _twice(each: WrittenTable, field: str, name: str, first: WrittenTable) -> NoReturn:
    where = first.reader.place(first.keys)
    each.fail(
        field,
        t(f"「{name}」は {where.ja}にもあります", f"{name!r} is also at {where.en}"),
        t("どちらかの名前を変えるか、消してください。", "rename or remove one of them."),
    )


def _require_known(each: WrittenTable, field: str, names: Iterable[str], known: Collection[str], what: Text) -> None:
    for name in names:
        if name in known:
            continue
        near = [SYSTEM_NUMBERS[name.upper()]] if name.upper() in SYSTEM_NUMBERS else []
        near = near or difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
        shown = quote_value(name)
        each.fail(
            field,
            t(f"「{shown}」という{what.ja}はありません", f"there is no {what.en} {shown!r}"),
            t(f"{near[0]} ではありませんか。", f"did you mean {near[0]}?")
            if near
            else t("名前を確かめてください。", "check its name."),
        )


def _require_node(each: WrittenTable, groups: set[str]) -> None:
    node: Node = each.what
    if node.group:
        _require_known(each, "group", (node.group,), groups, _GROUP)
    if node.kind:
        _require_kind(each, "kind", node.kind)
    if node.until:
        _require_day(each, "until", node.until)
    for name in ("repo", "runbook"):
        _require_url(each, name, getattr(node, name))
    count = _COUNT.fullmatch(node.count)
    if node.count and (count is None or (count[2] and int(count[1]) > int(count[2]))):
        each.fail(
            "count",
            t(
                f"count「{quote_value(node.count)}」は台数として読めません",
                f"count {quote_value(node.count)!r} is not a number",
            ),
            t('例: count = "3"、count = "2..6"', 'example: count = "3", count = "2..6"'),
        )


def _require_kind(each: WrittenTable, field: str, kind: str) -> None:
    if kind in NODE_KINDS or CLASS_PATTERN.fullmatch(kind):
        return
    near = difflib.get_close_matches(kind, NODE_KINDS, n=1, cutoff=0.5)
    shown = quote_value(kind)
    each.fail(
        field,
        t(f"「{shown}」という kind はありません", f"unknown kind {shown!r}"),
        t(
            f"{near[0]} ではありませんか。" if near else f"使えるもの: {'、'.join(NODE_KINDS)}。",
            f"did you mean {near[0]}?" if near else f"known: {', '.join(NODE_KINDS)}.",
        ),
    )


def _require_day(each: WrittenTable, field: str, day: str) -> None:
    try:
        date.fromisoformat(day)
    except ValueError:
        each.fail(
            field,
            t(f"{field}「{quote_value(day)}」は日付として読めません", f"{field} {quote_value(day)!r} is not a day"),
            t(f'例: {field} = "2027-03-31"', f'example: {field} = "2027-03-31"'),
        )


def _require_url(each: WrittenTable, field: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        good = not url or (parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc)
    except ValueError:
        good = False
    if not good or re.search(r"[\s<>\"\\^`{|}]", url):
        each.fail(
            field,
            t(f"{field} は https:// で始まる URL で書きます", f"{field} must be a URL that begins with https://"),
            t(
                f'例: {field} = "https://example.jp/…"（名前やパスワードは入れません）',
                f'example: {field} = "https://example.jp/…", without a name or a password',
            ),
        )


def _require_drawable(each: WrittenTable) -> None:
    """Require picture texts to be visible, on one line, and short."""
    if not is_dataclass(each.what):
        return
    for one in fields(each.what):
        value = getattr(each.what, one.name)
        for text in (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ():
            if not isinstance(text, str):
                continue
            key = str(one.metadata.get("key", one.name))
            if _UNDRAWABLE.search(text):
                each.fail(
                    key,
                    t(
                        f"{key} に、見えない文字か改行が入っています",
                        f"{key} holds an invisible character or a line break",
                    ),
                    t("その文字を消してください。", "remove it."),
                )
            if _BLANK.fullmatch(text):
                each.fail(
                    key,
                    t(f"{key} に、見える文字がありません", f"{key} holds nothing that can be seen"),
                    t("言葉を書くか、その行を消してください。", "write a word, or remove the line."),
                )
            if len(text) > _LONGEST:
                each.fail(
                    key,
                    t(f"{key} が長すぎます（{len(text):,} 字）", f"{key} is too long ({len(text):,} characters)"),
                    t(f"{_LONGEST:,} 字までにしてください。", f"{_LONGEST:,} at most."),
                )


def _require_tree(groups: dict[str, WrittenTable]) -> None:
    for name, each in groups.items():
        seen, here = [name], each.what.parent
        while here:
            if here in seen:
                each.fail(
                    "parent",
                    t(f"グループが輪になっています（{' → '.join([*seen, here])}）", f"groups form a circle: {seen}"),
                    t("parent を 1 つ外してください。", "remove one parent."),
                )
            seen.append(here)
            here = groups[here].what.parent
