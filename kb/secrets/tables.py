"""Tables: a column, a row or a pair of cells that a label says holds credentials."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from kb.model import Confidence, SecretKind
from kb.secrets.adjacent import announced
from kb.secrets.candidate import STRUCTURED, Candidate
from kb.secrets.context import Context, heading_label, speaks
from kb.secrets.filters import number, refusal, uuid
from kb.secrets.lexicon import Label, Weight, whole
from kb.secrets.otp import SAYS, SPACED
from kb.secrets.page import Cell, Grid, Line
from kb.secrets.phrases import PHRASED, phrase_at
from kb.secrets.shapes import Strength, made, pin, secretive, strength, tokenish
from kb.secrets.surroundings import BASIC, LOGIN, USER, WIRELESS, aside
from kb.secrets.values import Value, read_value
from kb.secrets.words import COMMON, KNOWN

_BOTH = re.compile(
    r"(?:user(?:name)?|login|ログイン(?:ID)?|ユーザー?(?:名|ID)?|アカウント|[io]d)\s*(?:[/・&,、|+]|と"
    r"|および)\s*(?:pass(?:word|wd)?|pwd?|パスワード|パス)",
    re.I,
)
_PAIRED = re.compile(
    r"認証情報|ログイン情報|接続情報|資格情報|アカウント情報|クレデンシャル|credentials?|creds|^login$"
    r"|^ログイン$|basic認証|ベーシック認証",
    re.I,
)
_ASIDE_COLUMN = re.compile(
    r"備考|説明|型|type|必須|桁|長さ|更新|変更日|期限|担当|者\Z|文言|内容|notes?|remark|description|日\Z"
    r"|状態|結果|メモ|コメント|default型|null|required|length|用途|場所",
    re.I,
)
_CHANGED = re.compile(
    r"(?:旧|新|変更前|変更後|現在|更新前|更新後|old|new|before|after|current|previous)(?:値|設定)?", re.I
)
_TYPES = re.compile(r"(?:var)?char.*|string|text|int.*|bool.*|date.*|password|required|必須|任意|○|×|-", re.I)
_METHOD = re.compile(r"\s*(?:basic|ベーシック)(?:[ _-]?(?:認証|auth))?\s*$", re.I)
_PROTOCOL = re.compile(
    r"radius.*|tacacs.*|802\.1x.*|ieee.*|o?auth.*|m?tls.*|ssl.*|saml.*|ldaps?.*|kerberos.*|basic|digest|ntlm.*|wpa.*"
    r"|eap.*|peap.*|chap|pap|hmac.*|jwt|fido.*|x\.?509.*|rsa.*|ed25519|ecdsa.*|snmpv?\d?c?|oidc.*|openid.*|mfa|2fa|totp"
    r"|sha-?\d+.*|aes.*|ipsec.*|ikev\d.*|[a-z]+auth|web ?authn|pass-?key|i[cd]-?\w{0,8}card|ad|local|psk",
    re.I,
)
"""Ways to prove who one is, which a column 認証 holds as often as passwords."""
_BREAKS = re.compile(r"<br ?/?>|\n|、|→|⇒")


def tabled(grid: Grid, context: Context, after: str = "") -> Iterator[Candidate]:
    """The credentials in one table. `after` is the line below it."""
    if not grid:
        return
    first = grid[0]
    names = {column: cell.line.text for column, cell in _spread(first).items()}
    roles = _columns(names, context, grid) if len(grid) > 1 else {}
    around = " ".join((*names.values(), context.heading, context.title))
    if not roles:
        last = [cell.line.text for cell in grid[-1].values() if not cell.line.blank]
        after = last[0] if len(last) == 1 else after  # Markdown takes the line right below for a row
        roles = _matrix(names, context, after)
    if roles:
        for row in grid[1:]:
            for column, (kind, how) in roles.items():
                cell = row.get(column)
                name = names.get(column, "")
                if cell and not cell.header and cell.line.text.strip() != name.strip():
                    if kind is SecretKind.API_TOKEN and any(_METHOD.match(each.line.text) for each in row.values()):
                        yield from _cell(cell, SecretKind.BASIC_AUTH, "pair-only", around, name)
                    else:
                        yield from _cell(cell, kind, how, around, name)
    for number_, row in enumerate(grid):
        if number_ == 0 and roles:
            continue
        yield from _row(row, names if number_ else {}, roles, around)


def _spread(row: dict[int, Cell]) -> dict[int, Cell]:
    """A row with merged cells repeated below each of their columns."""
    spread: dict[int, Cell] = {}
    for column, cell in row.items():
        for at in range(column, column + cell.across):
            spread[at] = cell
    return spread


def _columns(names: dict[int, str], context: Context, grid: Grid) -> dict[int, tuple[SecretKind, str]]:
    """What the columns below a header hold: the kind, and "pair" where a name stands before the value."""
    roles: dict[int, tuple[SecretKind, str]] = {}
    users = {column for column, name in names.items() if USER.search(name) and not whole(name)}
    wireless = any(WIRELESS.search(name) for name in names.values())
    for column, name in names.items():
        label = whole(name)
        if _BOTH.search(name):
            roles[column] = (SecretKind.PASSWORD, "pair")
        elif label and _counts(label, name, users, wireless, names):
            kind = _wireless(label.kind) if wireless else label.kind
            if label.weight is Weight.WEAK and kind is SecretKind.API_TOKEN and SAYS.search(name):
                kind = SecretKind.OTP_SECRET  # シークレット（TOTP）
            roles[column] = (kind, "column")
        elif _PAIRED.search(name.strip()) and not whole(name):
            merged = grid[0].get(column)
            if merged is not None and merged.across > 1:
                roles[column + merged.across - 1] = (SecretKind.PASSWORD, "merged")
            elif column in grid[0]:
                roles[column] = (SecretKind.PASSWORD, "pair-only")
        elif users and name.strip() == "認証":
            roles[column] = (SecretKind.PASSWORD, "auth")
        elif _CHANGED.fullmatch(name.strip()) and users and _speaks(context):
            roles[column] = (SecretKind.PASSWORD, "changed")
    return roles


def _matrix(names: dict[int, str], context: Context, after: str) -> dict[int, tuple[SecretKind, str]]:
    """The columns named after accounts, when what is around the table says that it holds passwords."""
    said = heading_label(context.heading) or any(map(announced, context.above[:1])) or heading_label(context.title)
    if not said and not (speaks(after) and re.search(r"上|↑|above", after)):
        return {}
    users = {column: name.strip().lower() for column, name in names.items() if column}
    return {
        column: (SecretKind.PASSWORD, "matrix")
        for column, name in users.items()
        if name in KNOWN or name in COMMON or USER.fullmatch(name)
    }


def _counts(label: Label, name: str, users: set[int], wireless: bool, names: dict[int, str]) -> bool:
    if label.weight is Weight.STRONG:
        return True
    if label.weight is Weight.FAINT:
        return wireless
    if label.kind is SecretKind.PASSWORD:  # PASS, パス
        return bool(users) and not re.search(r"メソッド|method", " ".join(names.values()), re.I)
    return True


def _wireless(kind: SecretKind) -> SecretKind:
    return SecretKind.SHARED_KEY if kind is SecretKind.PASSWORD else kind


def _speaks(context: Context) -> bool:
    return any(
        (speaks(text) or BASIC.search(text) or LOGIN.search(text))
        and not re.search(r"ポリシー|policy|設計", text, re.I)
        for text in (context.title, *context.near())
    )


def _row(
    row: dict[int, Cell], names: dict[int, str], roles: dict[int, tuple[SecretKind, str]], around: str
) -> Iterator[Candidate]:
    """A row that names its values itself: | パスワード | … |, once or in several pairs of cells."""
    columns = sorted(row)
    for place, column in enumerate(columns[:-1]):
        text = row[column].line.text
        label = whole(text) if column not in roles else None
        both = _BOTH.search(text)
        if not label and not both:
            continue
        if label and label.weight is Weight.FAINT:
            if not (
                re.search(r"\w_KEY$", text.strip(), re.I) and made(row[columns[place + 1]].line.text.strip(" `@*"))
            ):
                continue
            label = replace(label, kind=SecretKind.API_TOKEN)
        if place > 1 and any(
            whole(row[at].line.text) is None and not USER.fullmatch(row[at].line.text.strip())
            for at in columns[place - 2 : place - 1]
        ):
            pass
        rest = columns[place + 1 :] if place <= 1 else columns[place + 1 : place + 2]
        for at in rest:
            if (
                at in roles
                or (len(columns) > 2 and _ASIDE_COLUMN.search(names.get(at, "")))
                or whole(row[at].line.text)
                or USER.fullmatch(row[at].line.text.strip())
            ):
                if at == rest[0]:
                    break
                continue
            kind = label.kind if label else SecretKind.PASSWORD
            if (
                label
                and label.weight is Weight.WEAK
                and label.kind is SecretKind.PASSWORD
                and strength(row[at].line.text.strip()) < Strength.STRONG
            ):
                continue
            yield from _cell(row[at], kind, "pair" if both else "row", around, text)


def _cell(cell: Cell, kind: SecretKind, how: str, around: str, name: str) -> Iterator[Candidate]:
    """The values in one cell that is said to hold some."""
    text = cell.line.text
    at = 0
    for found in (*_BREAKS.finditer(text), None):
        end = found.start() if found else len(text)
        worded = _phrase(text, at, end, kind, name) if how in ("row", "column") else None
        if value := worded or _value(text, at, end, how):
            word, after = text[value.start : value.end], text[value.after : end]
            if worded or _fits(word, after, kind, how):
                kind_ = SecretKind.BASIC_AUTH if kind is SecretKind.PASSWORD and BASIC.search(around) else kind
                sure = Confidence.HIGH if strength(word) >= Strength.MIXED else Confidence.MEDIUM
                yield Candidate(
                    cell.line.offset(value.start), cell.line.offset(value.end), kind_, sure, "table", how, STRUCTURED
                )
        if found is None:
            break
        at = found.end()


def _phrase(text: str, at: int, end: int, kind: SecretKind, name: str) -> Value | None:
    """The value of several words that a cell is."""
    if kind is SecretKind.OTP_SECRET:
        found = SPACED.fullmatch(text[at:end].strip(" \t`*_@"))
        start = text.index(found["value"], at) if found else 0
        return Value(start, start + len(found["value"]), "", end) if found else None
    if kind not in (SecretKind.PASSWORD, SecretKind.SHARED_KEY):
        return None
    return phrase_at(text, at, end, likely=PHRASED.search(name) is not None)


_SPLIT = re.compile(r"[ \t]*(?://|[/・&:|]|,|、)[ \t]*|[ \t]+")
_INNER_LABEL = re.compile(r"(?:ID|user|PW|pass(?:word)?|パスワード)\s*[:=]", re.I)


def _value(text: str, at: int, end: int, how: str) -> Value | None:
    part = text[at:end]
    if how.startswith("pair"):
        if _INNER_LABEL.search(part):
            return None  # the rules for lines read this cell
        split = _SPLIT.search(part, len(part) - len(part.lstrip()) + 1)
        if split is None:
            return None if how == "pair-only" else read_value(text, at)
        user = part[: split.start()].strip(" \t`*@「」\"'")
        if not user or not user.isascii() or (how == "pair-only" and " " in user):
            return None
        return read_value(text, at + split.end())
    return read_value(text, at)


def _fits(word: str, after: str, kind: SecretKind, how: str) -> bool:
    if not word.isascii() or re.search(r"\s", word) or refusal(word, after) or _TYPES.fullmatch(word):
        return word.lower() == "password" and how == "column" and not after.strip()
    rest = after.strip(" \t`*_@\"'」.;)")
    if rest and not re.match(r"\(|※|#|<|/|,|です|\[|←", rest) and strength(word) < Strength.STRONG:
        return False
    if rest and re.match(r"[぀-ヿ一-龠]", rest) and not rest.startswith("です"):
        return False
    if kind is SecretKind.PIN:
        return pin(word)
    if kind is SecretKind.API_TOKEN:
        return tokenish(word) or (secretive(word) and len(word) >= 8)
    if kind is SecretKind.OTP_SECRET:
        return len(word) >= 6
    if uuid(word):
        return False
    if how == "auth":
        return not _PROTOCOL.fullmatch(word) and strength(word) >= Strength.MIXED and not word.islower()
    if how == "matrix":
        return strength(word) is Strength.STRONG
    if how in ("changed", "merged", "pair-only", "pair") or how == "row":
        least = Strength.MIXED if how in ("changed", "pair-only") else Strength.WORD
        return strength(word) >= least and not (number(word) and len(word) < 4)
    return strength(word) >= Strength.WORD and not (number(word) and len(word) < 4)


def caption(context: Context) -> bool:
    """Whether a table stands below a heading about credentials."""
    return bool(heading_label(context.heading)) and not aside(context.heading)


def cells(grid: Grid) -> Iterator[Line]:
    """The cells of a table as lines, for the rules that read lines."""
    for row in grid:
        for cell in row.values():
            yield cell.line
