"""Values before the word that names them: …というパスワード, use … as the password, … で開けます（パスワード付き）."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.detectors import Needs, line_detector
from kb.secrets.page.candidates import Candidate, Rank, detection_rule, propose
from kb.secrets.page.context import LineContext, find_first_label, refine_kind
from kb.secrets.page.prefilter import LABEL, LOGIN, SCOPE
from kb.secrets.page.text_page import TextLine
from kb.secrets.page.values import read_phrase
from kb.secrets.scoring.clauses import changes_topic, denies_password
from kb.secrets.scoring.filters import (
    ValueStrength,
    find_refusal,
    is_number,
    is_pin,
    is_product,
    is_word_with_number,
    looks_like_token,
    looks_secret,
    looks_strong,
    measure_strength,
)
from kb.secrets.scoring.labels import ANY_LABEL, WIRELESS_WORDS, Label, Weight, find_labels, is_aside, read_whole_label
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_PROSE = detection_rule("prose", Rank.GENERAL, t("文の言い方", "how a sentence says it"))

_TABLE = read_words("kb.secrets", "words/prose.toml")

_OPEN, _CLOSE = r"(?<![!-~「『])[「『\"'`*@(]{0,2}", r"[」』\"'`*@)]{0,2}[ \t]*"
_VALUE = r"(?P<value>(?![:=])[!-&(-~]{4,60}?)"
_NAMES = read_words("kb.secrets", "words/credentials.toml").group("named_behind")
_NAMED = compile_lazy(
    rf"{_OPEN}{_VALUE}{_CLOSE}"
    r"(?:という|って|との|が|を|の)?[ \t]*(?:初期|仮|共通|現在の|今の|新しい|管理者の?)?"
    rf"(?<![A-Za-z0-9-]){_NAMES}(?:です|に(?:し|な|変|設|よる)|として|と(?:な|し)|のまま|で(?:す|入|ロ)|。|$)",
    re.I,
)
_NAMED_IN_QUOTES = compile_lazy(
    rf"[「『]{_VALUE}[」』](?:\([^()\n]{{1,40}}\))?が[ \t]*(?:[^\s、。「」『』()!-~]{{1,12}}の)?"
    rf"(?:初期|仮|共通|新しい)?{_NAMES}(?:です|でした|だ|に(?:し|な)|。|$)",
    re.I,
)
_USED = compile_lazy(
    rf"{_OPEN}{_VALUE}{_CLOSE}"
    "(?:で(?:開|解凍|展開|ロック|入れ|ログイン|サインイン|OK)|を(?:入力|入れ|お?使|ご利用|打|お?試)|と(?:入力|打|入れ))"
)
_INTO = compile_lazy(
    rf"{_TABLE.group('fields')}(?:欄|入力欄|の欄)?(?:に|へ|には)[ \t、"
    rf"]*{_OPEN}{_VALUE}{_CLOSE}"
    "(?:を(?:入力|入れ|打|お?使)|と(?:入力|打|入れ))",
    re.I,
)
_ENTERED = compile_lazy(
    rf"{_OPEN}{_VALUE}{_CLOSE}(?:で(?:開|解凍|展開|ログイン|入れ)|を(?:入力|入れ|打)|と(?:入力|打|入れ))"
)
_INSIDE = compile_lazy(
    r"(?:パスワード|鍵|キー|パスフレーズ)ファイル.{0,60}?中身は[ \t]*[「『`\"](?P<value>[!-~ ]{4,60}?)[」』`\"]"
)
_MEANT = compile_lazy(
    r"(?:新しい|古い|[新旧今]|現在|以前|今[回月週年期]|前回)(?:の|の?(?:ほう|方|もの|値|分))?(?:は|が)[ \t]?"
    r"[「`『](?P<value>[!-_a-~]{6,80})[」`』]"
)
"""A word that points back to what the line speaks of, and its value: 今回は「…」."""
_ASKED_THEN = compile_lazy(
    r"(?:(?:パスワード|PW|パスコード|暗証番号)(?:を|が)"
    r"|「[@`]?(?:(?!違|無効|誤|失敗|正しく|切れ)[^「」]){0,12}(?:パスワード|password|PIN|暗証番号)"
    r"(?:(?!違|無効|誤|失敗|正しく|切れ)[^「」]){0,16}」[と、]?)[ \t]?"
    r"(?:聞かれ|訊かれ|きかれ|求められ|要求され|表示され|出)"
    r"(?:たら|ると|れば|た(?:とき|場合|際)は?)[ \t、]{0,2}[「`@*]{0,2}(?P<value>[!-~]{4,40}?)[」`@*]{0,2}"
    r"(?=[ \t]*(?:$|[。、(]|を入|を打|と入|と打|です))",
    re.I,
)
_ASKED = compile_lazy(r"の順(?:に|で)[^。]{0,4}(?:パスワード|PW)(?:を|が)[^。]{0,6}(?:聞|きかれ|入力|入れ|求め)", re.I)
_OWNER = compile_lazy(r"[A-Za-z]+の")
"""What a password is of, in letters alone: GitHubのパスワード."""
_EACH = compile_lazy(r"(?<![!-~])[A-Za-z0-9ァ-ヶ一-龠]{2,12}[:=][ \t]*(?P<value>[!-~]{4,40})(?=[ \t]|$)")
_AS_EN = compile_lazy(
    rf"(?:use|try|enter|type|with|using)[ \t]+[\"'`]?{_VALUE}[\"'`]?[ \t]+(?:as|for)[ \t]+(?:the|your|a|its)?[ \t]*"
    r"(?:new |temporary |initial |root |admin )?(?:password|passphrase|pw|passcode)\b",
    re.I,
)

_OPENING = compile_lazy(r"(?:開く|開ける|解凍|展開|入る|ログイン(?:する)?)(?:とき|時|際|に)(?:に?は)?[ 、]*$")
_DATED = compile_lazy("の?(?:最終)?" + _TABLE.group("dated") + "(?:日|期限|期間|切れ)")
_ENTERING = compile_lazy("で(?:開|解凍|展開|ログイン|入れ)|[をと](?:入|打)|に(?:な[っりる]|変)")
_BECAME = compile_lazy(rf"(?:ユーザー?|アカウント|の?ほう|の方)は[ \t]*{_OPEN}{_VALUE}{_CLOSE}に(?:な[っりる]|変)")
_VERSION = compile_lazy(r"\d\.\d")
_NAMED_BEHIND = compile_lazy(
    r"(?<![\w.@#%+*=!?&$-])(?P<value>[!-&*-.0-~][!-&*-~]{3,39}?)[ \t]?\((?:の|が)?(?P<name>[^()]{2,12})\)"
)

_CAPTIONED = compile_lazy(
    r"[`*「]{0,2}(?P<value>[!-9;-~]{4,40}?)[`*」]{0,2}[ \t]*(?:←|<-|:|=|…|\.{3})[ \t]*(?P<name>[^!-~][^:=←。、]{2,24})$"
)
"""A value and behind it what it is: `…` ← 管理者パスワード."""
_RUN = compile_lazy(r"[!-~]{6,60}")
_QUOTING = "\"'`*_@()[],.;:"
_CLAUSE = compile_lazy(r"[」』\"'`*)@]{0,3}[ \t]*" + _TABLE.group("clause_end"))
_JAPANESE = compile_lazy(r"[ぁ-んァ-ヶ一-龠]")
_REACH = 60
"""Characters between a word for a password and a value no grammar ties to it."""
_NEWER = compile_lazy(_TABLE.group("newer") + "[^。]{0,6}$")
_ELSE = compile_lazy(r"(?:さん|氏|様|君|先生|課|部)[ \t]?[(（]$|>[ \t]?$|SSID[ \t]?[「『:=]?[ \t]?$", re.I)
"""What names people, places in a menu and networks."""
_TURNED_OUT = compile_lazy(r"[」』`][ \t]*" + _TABLE.group("turned_out"))
_SCREEN = compile_lazy(_TABLE["screen"])


@line_detector(LABEL | LOGIN | SCOPE, order=150, in_cells=False, in_code=False, needs=Needs(beside=_ENTERING.search))
def find_entered(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The value a line says to enter, below one that speaks of a password."""
    if not _ENTERING.search(line.text) or ANY_LABEL.search(line.text):
        return
    for found in _ENTERED.finditer(line.text):
        word = found["value"]
        if not _fits(word, "", ValueStrength.STRONG) or not any(map(_locked, context.above)):
            continue
        if is_product(word) and not _OPENING.search(line.text[max(0, found.start() - 80) : found.start()]):
            continue
        yield _candidate(line, context, found.span("value"), "entered")


@line_detector(LABEL | LOGIN | SCOPE, order=155, in_cells=False, needs=Needs(beside=_BECAME.search))
def find_became(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The value that somebody's password became, below a line that asks for one."""
    for found in _BECAME.finditer(line.text):
        word = found["value"]
        if (
            (looks_secret(word) or is_word_with_number(word))
            and _fits(word, "", ValueStrength.STRONG)
            and any(map(_asked, context.above))
        ):
            yield _candidate(line, context, found.span("value"), "became")


def _asked(line: TextLine) -> bool:
    """Whether a line speaks of a password, if only by a short word for one."""
    return any(each.kind is SecretKind.PASSWORD and each.weight >= Weight.WEAK for each in find_labels(line.words))


def _locked(line: TextLine) -> bool:
    """Whether a line says that something has a password, or asks for one."""
    label = find_first_label(line.words)
    return label is not None and label.kind is SecretKind.PASSWORD and not is_aside(line.words)


@line_detector(LABEL, order=50, in_code=False, on_line=True, needs=Needs(label=True))
def find_named_behind(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The value that brackets right behind it name: 48210（暗証番号）."""
    if (
        (found := _CAPTIONED.match(line.text, line.lead))
        and looks_secret(found["value"])
        and not find_refusal(found["value"])
    ):
        label = read_whole_label(found["name"])
        if label and label.kind is SecretKind.PASSWORD and label.weight is Weight.STRONG:
            yield _candidate(line, context, found.span("value"), "captioned")
    for found in _NAMED_BEHIND.finditer(line.text):
        label, word = read_whole_label(found["name"]), found["value"]
        if label is None or label.weight is not Weight.STRONG or find_refusal(word):
            continue
        if word.endswith("$"):
            continue  # $(pwd)
        secret = label.kind is SecretKind.PASSWORD and looks_strong(word) and not is_product(word)
        if secret or (label.kind is SecretKind.PIN and is_pin(word)):
            yield _candidate(line, context, found.span("value"), "called", label.kind)


_COMMENTED = compile_lazy(
    r"(?:[\"'=]|[ \t])(?P<value>[!-~]{4,60}?)[\"']?[ \t]*(?:;|#|//|--|REM)[ \t]*[↑←]?[ \t]*"
    r"(?P<name>[^\s!-~][^\n:=]{1,20})$"
)
_REMARK_BELOW = compile_lazy(r"[ \t]*(?:;|#|//|--|REM|')[ \t]*[↑^][ \t]*(?P<name>[^\s:=][^\n:=]{1,20})$")
_LAST_VALUE = compile_lazy(r"(?:[\"'=]|[ \t])(?P<value>[!-~]{4,60}?)[\"';]{0,2}[ \t]*$")


@line_detector(LABEL, order=65, in_cells=False, on_line=False, needs=Needs(label=True))
def find_remarked(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The value that a comment behind it, or on the line below it, calls a password."""
    if not line.code:
        return
    found, spoken = _COMMENTED.search(line.text), line
    if remark := _REMARK_BELOW.fullmatch(line.text):
        spoken = context.above[0] if context.above else line
        found = _LAST_VALUE.search(spoken.text) if spoken is not line else None
    name = remark["name"] if remark else found["name"] if found else ""
    label = read_whole_label(name) if name else None
    if found is None or label is None or label.kind is not SecretKind.PASSWORD or label.weight is not Weight.STRONG:
        return
    word = found["value"].strip("\"'")
    if _fits(word, "", ValueStrength.STRONG) and word in found["value"]:
        start = found.start("value") + found["value"].index(word)
        yield _candidate(spoken, context, (start, start + len(word)), "remarked")


def _is_meant(word: str, kind: SecretKind) -> bool:
    """Whether a value in quotes may be what a word points back to."""
    if find_refusal(word, code=True) or is_product(word) or re.search(r"[/\\]", word):
        return False
    if kind is SecretKind.API_TOKEN:
        return looks_like_token(word)
    return kind in (SecretKind.PASSWORD, SecretKind.SHARED_KEY) and looks_secret(word)


_SAYINGS = (
    *(each.pattern for each in (_NAMED, _NAMED_IN_QUOTES, _AS_EN, _INSIDE, _ASKED)),
    _TABLE.group("fields") + "(?:欄|入力欄|の欄)?[にへ]",
)
"""How a sentence names a value, by what may be no label."""


@line_detector(LABEL, order=40, in_code=False, on_line=True, needs=Needs(label=True, patterns=_SAYINGS))
def find_spoken(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The values a sentence names after it has said them."""
    text = line.text
    if not ANY_LABEL.search(text):
        return
    for pattern in (_NAMED, _NAMED_IN_QUOTES, _AS_EN):
        for found in pattern.finditer(text):
            if _OWNER.match(text, found.start("value")):
                continue
            if _fits(found["value"], text[found.end("value") :], ValueStrength.MIXED):
                yield _candidate(line, context, found.span("value"), "named-after")
    for found in _INTO.finditer(text):
        if _fits(found["value"], "", ValueStrength.MIXED):
            yield _candidate(line, context, found.span("value"), "into")
    for found in _ASKED_THEN.finditer(text):
        word = found["value"]
        if (is_pin(word) or _fits(word, "", ValueStrength.MIXED)) and not find_refusal(word):
            typed = is_pin(word) and re.search(r"暗証番号|PIN", found[0]) is not None
            kind = SecretKind.PIN if typed else SecretKind.PASSWORD
            yield _candidate(line, context, found.span("value"), "asked-then", kind)
    for found in _INSIDE.finditer(text):
        if looks_strong(found["value"]) and (" " not in found["value"] or read_phrase(found["value"], likely=True)):
            yield _candidate(line, context, found.span("value"), "inside")
    for found in _MEANT.finditer(text):
        label = next((each for each in reversed(find_labels(text)) if each.end <= found.start()), None)
        if label and label.weight is Weight.STRONG and _is_meant(found["value"], label.kind):
            yield _candidate(line, context, found.span("value"), "meant", label.kind)
    if asked := _ASKED.search(text):
        for found in _EACH.finditer(text[: asked.start()]):
            if _fits(found["value"], "", ValueStrength.MIXED) and not _VERSION.search(found["value"]):
                yield _candidate(line, context, found.span("value"), "asked")
    for found in _USED.finditer(text):
        label = find_first_label(text)
        if (
            label
            and label.kind is not SecretKind.SHARED_KEY
            and not denies_password(text)
            and _fits(found["value"], "", ValueStrength.STRONG)
            and not label.start <= found.start("value") < label.end
            and not (is_product(found["value"]) and "使" in found[0])
            and not (label.end <= found.start() and changes_topic(text[label.end : found.start("value")]))
        ):
            yield _candidate(line, context, found.span("value"), "used")


@line_detector(LABEL, order=60, in_code=False, on_line=True, needs=Needs(label=True))
def find_told(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """What nobody would write but as a password, a few words behind a word for one, in Japanese prose."""
    text = line.text
    if not ANY_LABEL.search(text) or not _JAPANESE.search(text):
        return
    wireless = WIRELESS_WORDS.search(text) is not None
    said = [
        each
        for each in find_labels(text)
        if _says(text, each, wireless=wireless)
        and not is_aside(text[each.end : each.end + 8])
        and not _DATED.match(text, each.end)
    ]
    if not said:
        return
    for run in _RUN.finditer(text):
        start, end = run.span()
        while start < end and text[start] in _QUOTING:
            start += 1
        while end > start and text[end - 1] in _QUOTING:
            end -= 1
        if end - start > 6 and text[start] == text[end - 1] and text[start] in "+~%":  # marks of what was put in
            start, end = start + 1, end - 1
        word = text[start:end]
        tied = text[:start].rstrip(" 「『`*\"'")[-1:] in ("→", ":", "⇒")
        if _quoted(text, start, end, said) and not find_refusal(word, text[end:], code=True):
            yield _candidate(line, context, (start, end), "told")
            continue
        colon = tied and text[:start].rstrip(" 「『`*\"'")[-1:] == ":"
        if colon and not _NEWER.search(text[max(0, start - 24) : start]):
            continue  # what a colon behind another noun says: 帳票ID：F-PW-01
        if _ELSE.search(text[max(0, start - 10) : start]):
            continue
        remarked = _remark(text, end)
        near = remarked or any(0 <= start - each.end <= _REACH for each in said)
        if not near or not (looks_secret(word) or ((tied or remarked) and looks_strong(word))):
            continue
        if not _CLAUSE.match(text, end) and not (tied and text[end : end + 1] in " \t"):
            continue
        if not re.search(r"[/\\(){}<>=:|,]", word) and not find_refusal(word, text[end:], code=True):
            yield _candidate(line, context, (start, end), "told")


def _says(text: str, label: Label, *, wireless: bool) -> bool:
    """Whether a word speaks of a password: パスワード, ルートのパス, the キー of a wireless network."""
    if label.kind is SecretKind.PASSWORD:
        whose = text[max(0, label.start - 2) : label.end]
        return label.weight is Weight.STRONG or (label.end - label.start >= 2 and "のパス" in whose)
    return wireless and label.kind is SecretKind.SHARED_KEY


def _quoted(text: str, start: int, end: int, said: list[Label]) -> bool:
    """Whether quotes and what is said behind them make a weaker word a password: 通ったのは「…」のほう."""
    opens, after = text[start - 1 : start], text[end : end + 12]
    if opens not in ("「", "『", "`") or not (found := _TURNED_OUT.match(after)):
        return False
    before = [each.end for each in said if each.end <= start]
    if not before or start - before[-1] > _REACH or _SCREEN.search(text, before[-1], start):
        return False
    word = text[start:end]
    return (
        measure_strength(word) >= (ValueStrength.WORD if found["kept"] else ValueStrength.MIXED) and not word.isdigit()
    )


def _remark(text: str, at: int) -> bool:
    """Whether a remark in brackets further on says that a password was meant: …とのこと（rootのパスワード）."""
    found = re.search(r"\(([^()]{2,20}?)(?:です|でした)?\)[。]?$", text[at : at + 40])
    return bool(found and read_whole_label(found[1]))


def _fits(value: str, after: str, least: ValueStrength) -> bool:
    return (
        measure_strength(value) >= least
        and not is_number(value)
        and not find_refusal(value, after)
        and not re.search(r"[/\\]", value)
    )


def _candidate(
    line: TextLine, context: LineContext, span: tuple[int, int], how: str, kind: SecretKind = SecretKind.PASSWORD
) -> Candidate:
    return propose(line, span, refine_kind(kind, line, context), Confidence.MEDIUM, _PROSE, how)
