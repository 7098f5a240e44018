"""Values on a line of their own, below the label, heading or sentence that announces them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.detectors import Needs, line_detector
from kb.secrets.detectors.logins import is_joined_words
from kb.secrets.detectors.tokens import SEED_LIKE, SPEAKS_OF_OTP, is_otp_seed
from kb.secrets.page.candidates import Candidate, Rank, detection_rule, propose
from kb.secrets.page.context import LineContext, find_first_label, is_fence, read_heading_label, refine_kind
from kb.secrets.page.prefilter import LABEL, LOGIN, MAX_LINE, SCOPE
from kb.secrets.page.text_page import TextLine, TextPage
from kb.secrets.page.values import read_phrase_at, read_value
from kb.secrets.scoring.filters import (
    ValueStrength,
    find_refusal,
    is_made_up,
    is_number,
    is_pin,
    is_prefixed_token,
    is_product,
    looks_like_token,
    looks_secret,
    looks_strong,
    measure_strength,
)
from kb.secrets.scoring.labels import (
    ANY_LABEL,
    LOGIN_WORDS,
    USER_WORDS,
    Label,
    Weight,
    find_labels,
    is_aside,
    is_misnamed,
    read_whole_label,
)
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_BELOW = detection_rule("below", Rank.GENERAL, t("すぐ上の行の言葉", "a word on the line above"))
_LISTED = detection_rule("entry", Rank.GENERAL, t("認証情報の一覧の 1 項目", "an entry of a list of credentials"))

_TABLE = read_words("kb.secrets", "words/next_line.toml")

_ANNOUNCES = compile_lazy(_TABLE["announces"], re.I)
_ENTRY = compile_lazy(
    r"[*_`\"「【]{0,2}(?P<name>[^\s:=→()「」【】][^:=→「」【】]{0,30}?)[*_`\"」】]{0,2}[ \t]*(?::|=|->|→|⇒"
    r"|…|\.{3}|[ \t]-[ \t]|」は|は「)[ \t]*(?=[!-~「『])"
)
_JOINS = compile_lazy(r"(?::|=|->|→|⇒|…|\.{3}|[ \t]-[ \t]|」は|は「)[ \t]*[!-~「『]")
_OTHER = compile_lazy(_TABLE["other"], re.I)

_BLOCK = compile_lazy(r":[ \t]+[|>][+-]?[ \t]*$")
_BLOCK_KEY = compile_lazy(r"[ \t-]{0,40}[\"']?(?P<key>[A-Za-z_][\w.-]{1,60})[\"']?:[ \t]+[|>][+-]?[ \t]*")
_REMARK = compile_lazy(r"[ \t]*\([^()]{1,60}\)[ \t]*")
_RULED = compile_lazy(r"[ \t]*[-=_*~+]{3,80}[ \t]*")
_CLAUSE_END = compile_lazy(r"(?:です|ます|した|ください|[。.:!])[ \t]*$")
QUESTION = compile_lazy(_TABLE.group("question") + r".{0,16}$|\?[ \t]*$", re.I)
_SPEAKER = compile_lazy(_TABLE["speaker"])
_ASKED = (SecretKind.PASSWORD, SecretKind.PIN)
_TALK = compile_lazy(r"\[?\d{1,2}:\d\d|[^\s:>「」]{1,16}[ \t]+\[?\d{1,2}:\d\d|[^\s:>「」]{1,12}[:>]")
"""How a line of a talk begins, after which others may answer."""
_LAST = compile_lazy(r"[?。、:][ \t]?(?P<value>[!-~]{6,40})$")
_STAMP = compile_lazy(r"\S{1,20}[ \t]+\[?\d{1,2}:\d\d\]?")
_NETWORKS = compile_lazy(_TABLE["networks"], re.I)
_BOTH = compile_lazy(r"(?:ID|ユーザー?名?|アカウント|user)[ \t]*(?:[/・&,]|と)[ \t]*(?:PW|pass|パスワード)", re.I)
_KEY = compile_lazy(r"キー|鍵|シークレット|key|secret", re.I)
_MADE_KEY = compile_lazy(r"キー|鍵|シークレット|トークン|key|secret|token", re.I)
_GIVEN_OUT = compile_lazy(r"貼っ|貼り|漏れ|漏ら|生きて|作り直|こちら(?:です|。|$)|以下|下記|↓|です[。:]?[ \t]*$")
"""What is said of a key that stands below."""
_CHECKED = compile_lazy(r"公開|public|finger|指紋|ハッシュ|hash|md5|sha-?\d|checksum|チェックサム|[ \t]ID", re.I)
_NAMED = compile_lazy(r"[A-Za-z][\w.-]{1,40}[:=]")
_GROUPS = compile_lazy(r"[`*]{0,2}(?P<value>\d{4,6}(?: \d{4,6}){1,5})[`*]{0,2}[ \t]*$")
"""Digits of a recovery code, in groups."""


@line_detector(
    LABEL,
    order=90,
    in_cells=False,
    needs=Needs(label=True, patterns=(_NETWORKS.pattern,), text=_GIVEN_OUT.search, worth=(_MADE_KEY.pattern,)),
)
def find_below(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The values on the lines below one that announces them."""
    page = context.page
    found = read_announcement(line)
    if _NETWORKS.search(line.text):
        yield from _by_network(page, line)
        return
    if found is None or found.weight is Weight.FAINT:
        yield from _key_below(page, line, context)
        yield from _answered(page, line, context)
        return
    several = found.kind is SecretKind.OTP_SECRET
    blanks = seen = 0
    for following in page.following(line.number, 23 if several else 7):
        if (is_fence(following) and len(following.words.strip()) < 40) or _RULED.fullmatch(following.text):
            continue
        if following.blank:
            blanks += 1
            if blanks > 2 or (seen and not several):
                return
            continue
        if following.heading and not following.code and not following.words.startswith("**"):
            return
        candidate = read_lone_value(following, found, context, block=_BLOCK.search(line.text) is not None)
        if candidate is None:
            if not seen and _BOTH.search(line.text) and _user_alone(following):
                continue  # the name comes first, then its password
            return
        yield candidate
        seen += 1
        if not several:
            return


def _by_network(page: TextPage, line: TextLine) -> Iterator[Candidate]:
    """The keys in a list of networks, each below its name and farther in."""
    name = -1
    for following in page.following(line.number, 23):
        if following.heading or (following.blank and name >= 0):
            return
        indent = len(following.text) - len(following.text.lstrip())
        if following.blank or name < 0 or indent <= name:
            name = indent if not following.blank else name
            continue
        text = following.text
        value = read_phrase_at(text, following.lead, len(text), likely=True) or read_value(text, following.lead)
        word = value.cut(text) if value else ""
        if value and word.isascii() and len(word) >= 8 and not text[value.after :].strip() and not find_refusal(word):
            yield propose(following, value.span, SecretKind.SHARED_KEY, Confidence.MEDIUM, _BELOW, "network")


def _user_alone(line: TextLine) -> bool:
    return bool(re.fullmatch(r"[`*]{0,2}[A-Za-z][\w.@-]{1,40}[`*]{0,2}", line.words.strip()))


@line_detector(LABEL, order=91, in_cells=False, needs=Needs(patterns=(_KEY.pattern,), amid=(SPEAKS_OF_OTP.pattern,)))
def find_seed_below(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """A seed in groups, alone below a line that speaks of a key for a second factor and announces nothing else."""
    page = context.page
    last = min(line.number + 4, len(page.starts) - 1)
    if not _KEY.search(line.text) or not any(map(SPEAKS_OF_OTP.search, (line.text, *context.near))):
        return
    if not any(SEED_LIKE.search(page.text(number)[:MAX_LINE]) for number in range(line.number + 1, last + 1)):
        return
    found = read_announcement(line)
    if _NETWORKS.search(line.text) or (found is not None and found.weight is not Weight.FAINT):
        return
    following = next((each for each in page.following(line.number, 4) if not each.blank and not is_fence(each)), None)
    text = following.words.strip(" `*") if following else ""
    if following and is_otp_seed(text):
        at = following.text.index(text)
        yield propose(following, (at, at + len(text)), SecretKind.OTP_SECRET, Confidence.MEDIUM, _BELOW, "seed")


def _key_below(page: TextPage, line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """A key a machine made, alone below a sentence that hands one out or says that it got out."""
    text = line.words
    if line.code or len(text) > 120 or not _GIVEN_OUT.search(text) or _CHECKED.search(text):
        return
    if not _MADE_KEY.search(text) or any(is_misnamed(text, each) for each in find_labels(text)):
        return
    following = next((each for each in page.following(line.number, 3) if not each.blank and not is_fence(each)), None)
    word = following.words.strip(" `*@") if following else ""
    if following and word and (is_made_up(word) or is_prefixed_token(word)):
        at = following.text.index(word)
        yield propose(following, (at, at + len(word)), SecretKind.API_TOKEN, Confidence.MEDIUM, _BELOW, "key")


def _answered(page: TextPage, line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """A lone value right below a sentence about a password, or as the answer to a question for one."""
    text = line.words.rstrip()
    label = find_first_label(text) if not line.code and len(text) <= 60 else None
    if label is None and not line.code and len(text) <= 60 and QUESTION.search(text):
        label = next((each for each in find_labels(text) if each.weight is Weight.WEAK), None)  # パスなんだっけ
    if label is None or label.kind not in _ASKED:
        return
    asks, tells = QUESTION.search(text, label.end), _CLAUSE_END.search(text, label.end)
    if not (asks or tells) or is_aside(text):
        return
    below = page.following(line.number, 5)
    filled = [each for each in below if not (each.blank or _RULED.fullmatch(each.text))]
    for following in filled[:4] if asks else filled[:1]:
        words = following.words
        if asks and _STAMP.fullmatch(words.strip()):
            continue
        speaker = _SPEAKER.match(words) if asks else None
        at = following.lead + (speaker.end() if speaker else 0)
        found = read_lone_value(following, label, context, at)
        word = following.text[at:].strip(" `*「」。→").split(" ")[0]
        if found is not None and (label.kind is SecretKind.PIN or looks_secret(re.split(r"(?=[^!-~])", word)[0])):
            yield found
        if found is None and asks and (last := _LAST.search(following.text)) and looks_secret(last["value"]):
            found = read_lone_value(following, label, context, last.start("value"))
            if found is not None:
                yield found
        if found is not None or not (asks and _TALK.match(words)):
            return


def find_titled(page: TextPage) -> Iterator[Candidate]:
    """The value a text begins with, or is, when its title announces one."""
    context = LineContext(page, 0)
    label = read_heading_label(page.title) if ANY_LABEL.search(page.title) else None
    if label is None:
        return
    first = next((each for each in page.following(-1, 6) if not each.blank and not is_fence(each)), None)
    if first and (found := read_lone_value(first, label, context)):
        yield found


def read_announcement(line: TextLine) -> Label | None:
    """The label a line announces a value with, when the line ends there."""
    text = line.words
    if line.code and (key := _BLOCK_KEY.fullmatch(line.text)):
        return read_whole_label(key["key"])
    if (
        len(text) > 120
        or (line.code and not re.match(r"[^A-Za-z]{1,20}:?\s*$|Password for the", text))
        or not ANY_LABEL.search(text)
    ):
        return None
    if line.heading:
        return read_heading_label(text)
    text = re.sub(r"</?[a-z][^<>]{0,30}>", "", text, flags=re.I)
    for label in find_labels(text):
        if label.weight < Weight.WEAK or is_misnamed(text, label) or text[label.end - 1].isdigit():
            continue
        if text[label.start : label.end] == "PASS" and label.start:
            continue  # 単体：PASS
        rest = text[label.end :].lstrip("*_`\"'」】』")
        rest = _REMARK.sub("", rest, count=1) if rest.lstrip().startswith("(") else rest
        if not _ANNOUNCES.fullmatch(rest) or is_aside(text[: label.start]):
            continue
        if rest.strip(" 　:=→↓") or read_whole_label(text[: label.end]) or len(text) < 40:
            return label
    found = re.match(r"(?:以下|次|下記)(?:の\S{1,6})?が", text)
    return next((each for each in find_labels(text) if each.weight >= Weight.STRONG), None) if found else None


def read_lone_value(
    line: TextLine, label: Label, context: LineContext, at: int = -1, *, block: bool = False
) -> Candidate | None:
    """The value that a line is, from `at` on, and nothing else. `block`: it is a block of YAML, where no names are."""
    text = line.text
    at = line.lead if at < 0 else at
    if text.startswith(": ", at):  # a definition
        at += 2
    while at < len(text) and text[at] in " \t→⇒>":
        at += 1
    if at >= len(text) or USER_WORDS.fullmatch(text[at:].strip(" :")):
        return None
    if block and label.kind is SecretKind.PASSWORD and (value := read_phrase_at(text, at, len(text), likely=True)):
        return propose(line, value.span, SecretKind.PASSWORD, Confidence.MEDIUM, _BELOW, "block")
    value = read_value(text, at)
    if label.kind is SecretKind.OTP_SECRET and (groups := _GROUPS.match(text, at)):
        return propose(line, groups.span("value"), SecretKind.OTP_SECRET, Confidence.MEDIUM, _BELOW, label.name)
    if value is None or (
        text[value.after :].strip(" \t。.,;`*_@")
        and not re.match(r"\s*(?:\(|です|だよ|だった|#|←|か[とな]|のはず|じゃ)", text[value.after :])
    ):
        return None
    word = value.cut(text)
    if not word.isascii() or re.search(r"\s", word) or find_refusal(word, text[value.after :]):
        return None
    if _NAMED.match(word) and not block:
        return None
    looks = measure_strength(word)
    meant = label.kind
    if meant is SecretKind.PIN:
        fits = is_pin(word)
        if not fits and looks is ValueStrength.STRONG and len(word) >= 6:
            meant, fits = SecretKind.PASSWORD, not is_product(word) or label.weight is Weight.STRONG
    elif label.kind is SecretKind.API_TOKEN:
        fits = looks_like_token(word) or (looks is ValueStrength.STRONG and len(word) >= 12)
    elif label.kind is SecretKind.OTP_SECRET:
        coded = looks is ValueStrength.STRONG or (len(word) >= 6 and (word.isdigit() or word.isupper()))
        fits = coded or re.fullmatch(r"\d{3,8}(?:-\d{3,8}){1,7}", word) is not None
    else:
        fits = looks >= ValueStrength.MIXED and not is_number(word)
    if not fits:
        return None
    kind = refine_kind(meant, line, context)
    return propose(line, value.span, kind, Confidence.MEDIUM, _BELOW, label.name)


@line_detector(LABEL | LOGIN | SCOPE, order=170, in_cells=False, needs=Needs(beside=_JOINS.search))
def find_listed(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The value of a named entry below a heading or sentence about passwords: `web01：…`."""
    if line.code and not line.lead:
        return
    found = _ENTRY.match(line.text, line.lead)
    if not found or _OTHER.search(found["name"]):
        return
    name = found["name"].strip(" *`_")
    if USER_WORDS.fullmatch(name) and name not in ("メール", "mail", "Mail"):  # also the name of a system
        return
    value = read_value(line.text, found.end())
    if value is None:
        return
    word, after = value.cut(line.text), line.text[value.after :]
    if not word.isascii() or re.search(r"[\s/]", word) or find_refusal(word, after, code=True) or is_number(word):
        return
    if after.strip(" \t。`*_@)」") and not re.match(r"\s*(?:\(|です|#|、|,)", after):
        return
    if not (how := _listing(context)):
        return
    if not looks_strong(word) and (how == "title" or line.text.isascii() or line.code or not is_joined_words(word)):
        return
    kind = refine_kind(SecretKind.PASSWORD, line, context)
    yield propose(line, value.span, kind, Confidence.MEDIUM, _LISTED, how)


def _listing(context: LineContext) -> str:
    """By what the lines here are entries of a list of passwords; "" when they are not."""
    found = read_heading_label(context.heading)
    if found and found.kind is SecretKind.PASSWORD:
        return "heading"
    for each in (*context.above, *filter(None, (context.lead_in,))):
        found = read_announcement(each)
        if found and found.kind is SecretKind.PASSWORD:
            return "announcement"
    title = context.page.title
    if any(
        each.kind is SecretKind.PASSWORD and each.weight is Weight.STRONG for each in find_labels(title)
    ) and not is_aside(title):
        return (
            "title"
            if LOGIN_WORDS.search(title) or re.search(r"一覧|共有|変更|情報|リスト|まとめ|list|メモ", title, re.I)
            else ""
        )
    return ""
