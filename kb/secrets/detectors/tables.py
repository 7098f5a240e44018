"""Tables: a column, a row or a pair of cells that a label says holds credentials."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.detectors import Needs, line_detector
from kb.secrets.detectors.cells import TABLE, read_cell
from kb.secrets.detectors.next_line import read_announcement
from kb.secrets.detectors.sentences import is_answer
from kb.secrets.detectors.tokens import SPEAKS_OF_OTP, is_otp_seed
from kb.secrets.page.candidates import Candidate, propose
from kb.secrets.page.context import LineContext, names_credential, read_heading_label
from kb.secrets.page.grids import FORM_FIELD, find_form_fields
from kb.secrets.page.prefilter import LABEL
from kb.secrets.page.text_page import MAX_CELL_NAME, Cell, Grid, TextLine
from kb.secrets.scoring.filters import ACCOUNT_NAMES, COMMON_ACCOUNT_NAMES, is_made_up, looks_strong
from kb.secrets.scoring.labels import (
    BASIC_AUTH_WORDS,
    LOGIN_WORDS,
    USER_WORDS,
    WIRELESS_WORDS,
    Label,
    Weight,
    read_whole_label,
)
from kb.secrets.surroundings.described_fields import DescribedFields
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/tables.toml")

_BOTH = compile_lazy(_TABLE["both"], re.I)
_PAIRED = compile_lazy(_TABLE["paired"], re.I)
_ASIDE_COLUMN = compile_lazy(_TABLE["aside_column"], re.I)
_CHANGED = compile_lazy(_TABLE.group("changed") + "(?:値|設定)?", re.I)
_REQUEST_METHOD = compile_lazy(r"メソッド|method", re.I)
_METHOD = compile_lazy(r"\s*(?:basic|ベーシック)(?:[ _-]?(?:認証|auth))?\s*$", re.I)


_ACCOUNTS = ("アカウント", "ログイン先", "認証")


_OWNERS = ("root", "administrator")
"""Accounts whose name heads a column of what opens them, beside one of machines."""
_MACHINES = compile_lazy(r"ホスト|サーバ|機器|装置|マシン|(?<![a-z])(?:host|server|machine|ip)", re.I)
_SNMP = compile_lazy(r"[ \t]*snmp(?:[ _]?v?[12]c?)?[ \t]*", re.I)


def list_headers() -> Iterator[str]:
    """Yield patterns of one of which a table without a label has a match where it holds credentials."""
    whole = [_CHANGED.pattern, *_ACCOUNTS, *_OWNERS]
    for word in _TABLE.words("paired"):
        if word.startswith("^"):
            whole.append(word.strip("^$"))
        else:
            yield word
    yield f"(?:{'|'.join(whole)})[ \\t\u3000]*(?:[|,;\\t<\\n]|[ \u3000]{{2}})"  # the cell ends there
    yield from (_BOTH.pattern, SPEAKS_OF_OTP.pattern, _QUESTION)


_QUESTION = "秘密の質問"


def find_in_table(grid: Grid, context: LineContext, after: str = "") -> Iterator[Candidate]:
    """The credentials in one table. `after` is the line below it."""
    if not grid:
        return
    while len(grid) > 2 and len(grid[0]) == 1 and len(grid[1]) > 1 and all(cell.header for cell in grid[1].values()):
        grid = grid[1:]  # a caption
    first = grid[0]
    names = {column: cell.line.text[:MAX_CELL_NAME] for column, cell in _spread(first).items()}
    if _two_heads(grid):
        names |= {column: cell.line.text[:MAX_CELL_NAME] for column, cell in grid[1].items()}
    yield from _answers(grid)
    described = DescribedFields(grid)
    roles = _columns(names, context, grid) if len(grid) > 1 else {}
    if described.lists_tests or (roles and described.columns_hold_none):
        return
    if any(_stands_again(grid, column) for column in roles):
        return
    roles = {column: role for column, role in roles.items() if not described.is_of_board(column, role[0])}
    basic = BASIC_AUTH_WORDS.search(" ".join((*names.values(), context.heading, context.page.title))) is not None
    basic = basic or any(name.strip(" *_").lower() == "basic" for name in names.values())
    if all(how == "owner" for _, how in roles.values()):
        last = [cell.line.text for cell in grid[-1].values() if not cell.line.blank]
        after = last[0] if len(last) == 1 else after  # Markdown takes the line right below for a row
        roles = _matrix(names, context, after) or roles
    if roles:
        for row in grid[1:]:
            if not row:
                continue
            leads = USER_WORDS.fullmatch(row[min(row)].line.text.strip(" *_`"))
            method = any(_METHOD.match(each.line.text) for each in row.values())
            for column, (kind, how) in roles.items():
                cell = row.get(column)
                name = names.get(column, "")
                if how == "merged" and leads:
                    continue
                if cell and name.startswith("#") and cell.line.text.startswith("#"):
                    continue  # settings that are commented out, one below the other
                if cell and how == "column" and described.is_enumerated(column, cell.line.text):
                    continue
                if cell and not cell.header and cell.line.text.strip() != name.strip():
                    if kind is SecretKind.API_TOKEN and method:
                        kind, how = SecretKind.BASIC_AUTH, "pair-only"
                    yield from read_cell(cell, kind, how, basic, name)
    for number_, row in enumerate(grid):
        if number_ == 0 and roles:
            continue
        yield from _row(row, names if number_ else {}, roles, basic, described)


def _stands_again(grid: Grid, column: int) -> bool:
    """Whether a word of Latin letters stands in its column once more, as no header does: the lines of pam.conf.

    A whole row of headers may, in a long table.
    """
    head = grid[0].get(column)
    if head is None or not (word := head.line.text.strip()) or not word.isascii():
        return False
    for row in grid[1:]:
        cell = row.get(column)
        if cell is None or cell.header or cell.line.start == head.line.start or cell.line.text.strip() != word:
            continue
        if any(other.line.text.strip() != grid[0][at].line.text.strip() for at, other in row.items() if at in grid[0]):
            return True
    return False


def _two_heads(grid: Grid) -> bool:
    """Whether the second row goes on with the header: merged cells above, headers below."""
    merged = any(cell.across > 1 or cell.down > 1 for cell in grid[0].values())
    return len(grid) > 2 and merged and all(cell.header for cell in grid[1].values())


def _answers(grid: Grid) -> Iterator[Candidate]:
    """What rows hold that say so in kana or in base32: 秘密の質問, 二段階認証."""
    for row in grid:
        cells_ = [row[column].line for column in sorted(row)]
        if len(cells_) < 2:
            continue
        seeds = SPEAKS_OF_OTP.search(cells_[0].text)
        answers = len(cells_) == 2 and _QUESTION in cells_[0].text
        for line in cells_[1:] if seeds or answers else ():
            text = line.text.strip(" `*")
            seed = seeds and is_otp_seed(text)
            answer = answers and is_answer(text)
            if seed or answer:
                at = line.text.index(text)
                kind = SecretKind.OTP_SECRET if seed else SecretKind.PASSWORD
                yield propose(line, (at, at + len(text)), kind, Confidence.MEDIUM, TABLE, "answer")


def _spread(row: dict[int, Cell]) -> dict[int, Cell]:
    """A row with merged cells repeated below each of their columns."""
    spread: dict[int, Cell] = {}
    for column, cell in row.items():
        for at in range(column, column + cell.across):
            spread[at] = cell
    return spread


def _columns(names: dict[int, str], context: LineContext, grid: Grid) -> dict[int, tuple[SecretKind, str]]:
    """What the columns below a header hold: the kind, and "pair" where a name stands before the value."""
    roles: dict[int, tuple[SecretKind, str]] = {}
    users = {column for column, name in names.items() if USER_WORDS.search(name) and not read_whole_label(name)}
    wireless = any(WIRELESS_WORDS.search(name) for name in names.values())
    methods = any(map(_REQUEST_METHOD.search, names.values()))
    machines = any(map(_MACHINES.match, names.values()))
    managed = bool(users) and any(map(_SNMP.fullmatch, names.values())) and any(map(read_whole_label, names.values()))
    for column, name in names.items():
        label = read_whole_label(name)
        if _BOTH.search(name):
            roles[column] = (SecretKind.PASSWORD, "pair")
        elif label and _counts(label, users, wireless=wireless, methods=methods) and not _both(name, label):
            kind = _wireless(label.kind) if wireless else label.kind
            if label.weight is Weight.WEAK and kind is SecretKind.API_TOKEN and SPEAKS_OF_OTP.search(name):
                kind = SecretKind.OTP_SECRET  # シークレット（TOTP）
            roles[column] = (kind, "column")
        elif _PAIRED.search(name.strip()) and (label is None or _both(name, label)):
            merged = grid[0].get(column)
            if merged is not None and merged.across > 1:
                roles[column + merged.across - 1] = (SecretKind.PASSWORD, "merged")
            elif column in grid[0]:
                roles[column] = (SecretKind.PASSWORD, "pair-only" if len(names) > 1 else "pair-lone")
        elif name.strip() in _ACCOUNTS and users <= {column}:
            roles[column] = (SecretKind.PASSWORD, "pair-account")
        elif machines and name.strip().lower() in _OWNERS:
            roles[column] = (SecretKind.PASSWORD, "owner")
        elif managed and _SNMP.fullmatch(name.strip()):
            roles[column] = (SecretKind.SHARED_KEY, "beside")
        elif users and name.strip() == "認証":
            roles[column] = (SecretKind.PASSWORD, "auth")
        elif _CHANGED.fullmatch(name.strip()) and ((users and _speaks(context)) or _changes(context.heading)):
            roles[column] = (SecretKind.PASSWORD, "changed")
    return roles


def _both(name: str, label: Label) -> bool:
    """Whether what a weak word names is a name and its password: クレデンシャル."""
    return label.weight is Weight.WEAK and _PAIRED.search(name.strip()) is not None


def _matrix(names: dict[int, str], context: LineContext, after: str) -> dict[int, tuple[SecretKind, str]]:
    """The columns named after accounts, when what is around the table says that it holds passwords."""
    said = (
        read_heading_label(context.heading)
        or any(map(read_announcement, context.above[:1]))
        or read_heading_label(context.page.title)
    )
    if not said and not (names_credential(after) and re.search(r"上|↑|above", after)):
        return {}
    users = {column: name.strip().lower() for column, name in names.items() if column}
    return {
        column: (SecretKind.PASSWORD, "matrix")
        for column, name in users.items()
        if name in ACCOUNT_NAMES or name in COMMON_ACCOUNT_NAMES or USER_WORDS.fullmatch(name)
    }


def _counts(label: Label, users: set[int], *, wireless: bool, methods: bool) -> bool:
    if label.weight is Weight.STRONG:
        return True
    if label.weight is Weight.FAINT:
        return wireless
    if label.kind is SecretKind.PASSWORD:  # PASS, パス
        return bool(users) and not methods
    return True


def _wireless(kind: SecretKind) -> SecretKind:
    return SecretKind.SHARED_KEY if kind is SecretKind.PASSWORD else kind


def _changes(heading: str) -> bool:
    """Whether a heading tells of passwords that were changed."""
    return re.search("変更|更新|change|rotat", heading, re.I) is not None and names_credential(heading)


def _speaks(context: LineContext) -> bool:
    return any(
        (names_credential(text) or BASIC_AUTH_WORDS.search(text) or LOGIN_WORDS.search(text))
        and not re.search(r"ポリシー|policy|設計", text, re.I)
        for text in (context.page.title, *context.near)
    )


def _row(
    row: dict[int, Cell],
    names: dict[int, str],
    roles: dict[int, tuple[SecretKind, str]],
    basic: bool,
    described: DescribedFields,
) -> Iterator[Candidate]:
    """A row that names its values itself: | パスワード | … |, once or in several pairs of cells."""
    columns = sorted(row)
    for place, column in enumerate(columns[:-1]):
        text = row[column].line.text
        label = read_whole_label(text) if column not in roles else None
        both = _BOTH.search(text)
        paired = place == 0 and label is None and column not in roles and _PAIRED.fullmatch(text.strip(" *_:`"))
        if not label and not both and not paired:
            continue
        kind = label.kind if label else SecretKind.PASSWORD
        if label and label.weight is Weight.FAINT:
            key = row[columns[place + 1]].line.text.strip(" `@*")
            if not (re.search(r"\w_KEY$", text.strip(), re.I) and is_made_up(key)):
                continue
            kind = SecretKind.API_TOKEN
        weak = label is not None and label.weight is Weight.WEAK and kind is SecretKind.PASSWORD
        how = "pair-only" if paired else "pair" if both else "row"
        rest = columns[place + 1 :] if place <= 1 else columns[place + 1 : place + 2]
        for at in rest:
            beside = row[at].line.text
            aside = at in roles or (len(columns) > 2 and _ASIDE_COLUMN.search(names.get(at, "")))
            aside = aside or (names and described.is_aside(at)) or described.is_of_board(at, kind)
            aside = aside or (how == "row" and described.is_repeated(beside))
            if aside or read_whole_label(beside) or USER_WORDS.fullmatch(beside.strip()):
                if at == rest[0]:
                    break
            elif not weak or looks_strong(beside.strip()):
                yield from read_cell(row[at], kind, how, basic, text)


@line_detector(LABEL, order=80, in_cells=False, needs=Needs(patterns=(FORM_FIELD.pattern,)))
def find_in_form_fields(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The credentials in the fields of a form that begin on a line."""
    for grid in find_form_fields(context.page, line):
        yield from find_in_table(grid, context)
