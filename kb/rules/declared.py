"""Read rules declared in TOML: `[[lint.rule]]` of kb.toml and `[[rule]]` of kb_rules/*.toml.

Their words and patterns form the gate, so a page without them is never read. Only patterns that stay fast on
any line are accepted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import msgspec

from kb.errors import ConfigError
from kb.markup.blocks import BlockKind, unpack_structure
from kb.markup.parse import parse_structure
from kb.model.document import Markup
from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.model.page import Page
from kb.rules.gate import UNSUPPORTED_SYNTAX, list_patterns
from kb.rules.registry import GateGroup, GateHint, Hit, Rule, RuleText, set_rule_text
from kb.settings.rule_tables import RuleSettings, RulesFile
from kb.settings.toml import TomlReader, parse_toml
from kb.text.fold import fold, hash_content
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import LineIndex, Span, encode
from kb.text.pattern_cost import measure_pattern

MAX_LINE = 2_000
"""Characters of a line that are looked at."""
MAX_BODY = 100_000
"""Characters of a body a pattern is tried on: with the most ways it may have, about a second."""
MAX_PATTERN_WAYS = 2_100
MAX_PATTERN_SIZE = 150
"""Characters of a pattern with its repeats written out: Hyperscan gives up beyond some hundreds."""
MAX_DECLARED_HITS = 100
"""Findings of one rule on one page; more say nothing new."""

CODE_PATTERN = compile_lazy("[A-Z]{2,8}[0-9]{2,4}")
"""What a rule's code looks like, wherever the rule comes from."""
_NAME = compile_lazy(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_HARD = compile_lazy(UNSUPPORTED_SYNTAX)


@dataclass(frozen=True, slots=True)
class DeclaredRule:
    """A declared rule and its position for messages."""

    settings: RuleSettings
    where: Text


def read_declared_rules(
    rules: Iterable[RuleSettings], reader: TomlReader, at: tuple[str, ...]
) -> Iterator[DeclaredRule]:
    """Yield the checked rules of one file. Raises ConfigError with file, line and next step."""
    for number, settings in enumerate(rules, 1):
        keys = (*at, str(number))
        _check(settings, reader, keys)
        yield DeclaredRule(settings, reader.place(keys))


def read_rules_toml(text: str, name: str) -> tuple[DeclaredRule, ...]:
    """Read a kb_rules/*.toml. Raises ConfigError with `name`, line and next step."""
    reader = TomlReader(text, name)
    return tuple(read_declared_rules(reader.table(parse_toml(text, name), RulesFile, ()).rule, reader, ("rule",)))


def register_declared(declared: DeclaredRule) -> Rule:
    """Register a declared rule. Raises ConfigError when its code is taken."""
    row = declared.settings
    module = f"kb_rules.declared.{row.name.replace('-', '_')}"
    says = t(row.message, row.message_en or row.message)
    digest = hashlib.blake2b(msgspec.msgpack.encode(row), digest_size=8).hexdigest()
    group = _group(row, f"declared:{row.code}:{digest}")
    check = _check_of(row, says, list_patterns((group,))[2:])
    try:
        rule = Rule(row.code, module, Severity[row.severity.upper()], check, gate=(group.name,), on=row.on)
    except ValueError:
        raise ConfigError(
            t(
                f"{declared.where.ja}: コード {row.code} はほかの規則が使っています。",
                f"{declared.where.en}: the code {row.code} belongs to another rule.",
            ),
            t("別のコードにしてください。例: ACME001", "give it another code, as in ACME001."),
        ) from None
    why = t(f"このチームの規則です（{declared.where.ja}）。", f"A rule of this team ({declared.where.en}).")
    set_rule_text(module, RuleText(says, _same(row.why) if row.why else why, _same(row.bad), _same(row.good)))
    return rule


def _same(words: str) -> Text:
    return t(words.strip("\n"), words.strip("\n"))


def _check_of(row: RuleSettings, says: Text, patterns: Iterable[str]) -> Callable[[Page], Iterator[Hit]]:
    found = re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.ASCII)

    def check(page: Page) -> Iterator[Hit]:
        """Yield a hit for each line that matches, at its first match."""
        if row.pages == "incident" and not page.facts.is_incident:
            return
        if row.where != "body":
            text = page.document.title if row.where == "title" else page.document.category
            for start, end in islice(_matches(found, text), 1):
                title = row.where == "title"
                span = Span(1, start + 1, 1, end + 1) if title else Span(1, 1, 1, 1)
                yield Hit(says, span, Confidence.HIGH, part="title" if title else "", content=hash_content(text))
            return
        yield from islice(_in_body(found, row, says, page), MAX_DECLARED_HITS)

    return check


def _in_body(found: re.Pattern[str], row: RuleSettings, says: Text, page: Page) -> Iterator[Hit]:
    body = page.document.body
    seen: dict[str, int] = {}
    for number, line in enumerate(_lines(body, MAX_BODY if row.pattern else len(body)), 1):
        for start, end in islice(_matches(found, line), 1):
            if row.not_in_code and _in_code(body, page.document.markup, number):
                continue
            words = hash_content(line[start:end])
            seen[words] = seen.get(words, 0) + 1
            yield Hit(
                says,
                Span(number, start + 1, number, end + 1),
                Confidence.HIGH,
                role=f"{words}.{seen[words]}",
                section=Span(number, 1, number, len(line) + 1),
            )


def _lines(body: str, room: int) -> Iterator[str]:
    """Yield the beginning of each line until `room` characters have been read."""
    for line in body.split("\n"):
        looked = line[:MAX_LINE]
        room -= len(looked)
        if room < 0:
            return
        yield looked


def _matches(found: re.Pattern[str], line: str) -> Iterator[tuple[int, int]]:
    """Yield the matches in a line, or in its folded form, as columns of the line."""
    match = found.search(line)
    if match is not None:
        yield match.span()
    elif _HARD.search(line):
        folded = fold(line)
        match = found.search(folded.text)
        if match is not None:
            start, end = folded.back(match.start()), folded.back(match.end())
            yield start, max(end, start + 1)


@lru_cache(maxsize=1)
def _code_lines(body: str, markup: Markup) -> tuple[tuple[int, int], ...]:
    raw = encode(body)
    lines = LineIndex(raw)
    return tuple(
        (lines.place(block.start)[0], lines.place(max(block.start, block.end - 1))[0])
        for block in unpack_structure(parse_structure(raw, markup))
        if block.kind == BlockKind.CODE
    )


def _in_code(body: str, markup: Markup, line: int) -> bool:
    return any(first <= line <= last for first, last in _code_lines(body, markup))


def _group(row: RuleSettings, name: str) -> GateGroup:
    words = tuple(fold(word).text for word in row.words)
    return GateGroup(name, GateHint(words, (row.pattern,) if row.pattern else ()))


def _check(row: RuleSettings, reader: TomlReader, at: tuple[str, ...]) -> None:
    """Check what the types cannot: spellings, empty values, the pattern."""
    if not CODE_PATTERN.fullmatch(row.code):
        raise reader.error(
            (*at, "code"),
            t(f"code「{row.code[:40]}」はコードの形ではありません", f"code {row.code[:40]!r} is not a valid code"),
            t(
                "大文字 2〜8 字のあとに数字 2〜4 桁を書きます。例: ACME001",
                "write two to eight capitals, then two to four digits, as in ACME001.",
            ),
        )
    if not _NAME.fullmatch(row.name):
        raise reader.error(
            (*at, "name"),
            t(f"name「{row.name[:40]}」は規則名の形ではありません", f"name {row.name[:40]!r} is not a valid rule name"),
            t(
                "小文字の英単語を - でつなぎます。例: old-host-name",
                "join lower-case words with -, as in old-host-name.",
            ),
        )
    if not row.message.strip():
        raise reader.error(
            (*at, "message"),
            t("message が空です", "message is empty"),
            t("直し方の 1 文を書いてください。", "say in one sentence how to fix it."),
        )
    if not (row.words or row.pattern) or not all(word.strip() for word in row.words):
        raise reader.error(
            (*at, "words") if row.words else at,
            t("words か pattern に、探す言葉がありません", "there is nothing to look for: neither words nor pattern"),
            t('例: words = ["oldhost"]', 'example: words = ["oldhost"]'),
        )
    if row.pattern:
        _check_pattern(row, reader, (*at, "pattern"))


def _check_pattern(row: RuleSettings, reader: TomlReader, at: tuple[str, ...]) -> None:
    try:
        re.compile(row.pattern, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise reader.error(
            at,
            t(f"pattern は正規表現として読めません（{error}）", f"pattern is not a valid regular expression ({error})"),
            t("例: pattern = 'web[0-9]{2}-old'", "example: pattern = 'web[0-9]{2}-old'"),
        ) from None
    try:
        list_patterns((GateGroup(f"declared:{row.code}", GateHint((), (row.pattern,))),))
    except ValueError:
        raise reader.error(
            at,
            t(
                "pattern に、使えない書き方（. ^ $ (?…) \\1 *? など）か、空に一致する書き方があります",
                "pattern uses syntax kb does not support (. ^ $ (?…) \\1 *? and the like), or matches the empty text",
            ),
            t(
                "「.」は [^\\n] と書き、*? は * に、(?…) は (?:…) にしてください。",
                "write [^\\n] for a full stop, * for *?, and (?:…) for other (?…).",
            ),
        ) from None
    ways, size = measure_pattern(row.pattern, MAX_LINE)
    if ways > MAX_PATTERN_WAYS or size > MAX_PATTERN_SIZE:
        raise reader.error(
            at,
            t(
                "pattern の繰り返しが多すぎて、長い行で終わらなくなります",
                "pattern repeats too much: it would never finish on a long line",
            ),
            t(
                f"* と + は 1 つまで、ほかは {{1,20}} のように上限を付けて合わせて {MAX_PATTERN_SIZE} 文字までにし、"
                "繰り返しの中に繰り返しや | を入れないでください。",
                f"have at most one * or +, bound the others as in {{1,20}} ({MAX_PATTERN_SIZE:,} characters in all), "
                "and put neither repeats nor | into a repeat.",
            ),
        )
