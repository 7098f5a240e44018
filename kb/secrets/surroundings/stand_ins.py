"""What stands in for a value, whatever rule proposed it: places to fill in, patterns, prompts, usage, examples."""

from __future__ import annotations

import re

from kb.secrets.page.candidates import Rank
from kb.secrets.scoring.code_shapes import (
    decodes_to_prompt,
    is_example_jwt,
    is_in_order,
    is_pattern,
    is_place_to_fill,
    is_placeholder,
    is_stock_value,
    is_word_in_languages,
    names_itself,
)
from kb.secrets.scoring.filters import find_refusal
from kb.secrets.scoring.labels import ANY_LABEL
from kb.secrets.surroundings.candidate_text import CandidateText, Refusal
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/code.toml")

_EXAMPLE_USERS = frozenset(_TABLE.words("example_users"))
_EXAMPLE_PASSWORDS = frozenset(_TABLE.words("example_passwords"))
_PROMPTS = compile_lazy(r"\bset[ \t]+/[pP][ \t]+\"?\w+=\"?$")
_SPEC = compile_lazy(r"(?:id|type|src|source|name|env|file|target)=.*")
_OTHER_LABEL = compile_lazy(
    r"(?:hash(?:ed)?|encrypted|crypted|digest(?:ed)?|csrf|authenticity|verification)[ _-]?\w{0,10}$|(?<!\d)1Password$",
    re.I,
)
_MEMBERS = compile_lazy(r"(?!eyJ)[a-z_$]\w{0,24}(?:\??\.[A-Za-z_$][\w$]{0,30}){2,6}")
_PAGING = compile_lazy(
    r"(?:(?:next|page|paging|pagination|continuation|starting|client|client[-_]?request|idempotency|lock|sync|resume|upload|update)"
    r"[-_]?token|(?:idempotency|cache|dedup\w{0,12}|sort|partition|routing|lookup|object|message)[-_ ]?key)"
    r"[\"'`]?[ \t]{0,3}[:= は][ \t]{0,3}[\"'`]?$",
    re.I,
)
_ONE_TIME = compile_lazy(r"(?:csrf|authenticity|verification|nonce)\w{0,20}[\"']", re.I)
_LINK = compile_lazy(r"\]\(https?:|^\[#\d")
_SAYS_EXAMPLE = compile_lazy(r"例|サンプル|見本|ダミー|jwt\.io|(?<![a-z])(?:example|sample|dummy)", re.I)

_MORE_ARGUMENTS = compile_lazy(r"[ \t]+\[[^\]\n]{1,80}\]")
_NAMED = compile_lazy(r"%\(\w{1,40}\)[sdr]")
_ENGLISH = compile_lazy(r"[a-z]{2} (?:with|the|a|new) password [\"']$")
_STATEMENT = compile_lazy(r"\b(?:create|alter|grant|set[ \t]+password|drop|insert)\b", re.I)
_IN_ATTRIBUTE = compile_lazy(
    r"<[a-z][a-z0-9]{0,10}[ \t](?:[^<>\n]{0,200}[ \t])?(?:class|href|id|rel|target|style|for|type|lang|role)="
    r"(?P<quote>[\"'])(?:(?!(?P=quote))[^<>\n]){0,200}$"
)
_IN_TAG = compile_lazy(r"<[a-z][a-z0-9]{0,10}[ \t](?:[^<>\n]{0,200}[ \t])?$")
_ATTRIBUTE_NAME = compile_lazy(r"[a-z][a-z-]{1,20}=")
_SETTING = compile_lazy(r"(?P<name>[A-Za-z_]\w{0,60})=(?P<value>\S{1,200})")
_IN_ADDRESS = compile_lazy(r"[a-z][a-z0-9+.-]{1,20}://[^\s\"'`|]{1,300}$")
_CUT = compile_lazy(r"[-_]?(?:[•●…]|\*{3}|\.{3})")
_INTERPOLATED = compile_lazy(r"\$\{[\w.]{1,60}\}")
_EXAMPLE_SEED = compile_lazy(r"(?<!事)例|サンプル|見本|ダミー|(?:totp/|issuer=)(?:example|sample)\b", re.I)
_UNFILLED = compile_lazy(r"__[A-Z0-9]+(?:_[A-Z0-9]+){0,8}__")


def _is_place(text: CandidateText) -> bool:
    if is_place_to_fill(text.value, text.before, text.after) or is_in_order(text.value):
        return True
    if text.value.startswith(("%}", "}}", "@{", "@(")) or "{%" in text.value or _NAMED.fullmatch(text.value):
        return True  # the end of a place of Jinja, the beginning of a table of PowerShell
    if _LINK.search(text.value) or (text.value.startswith("{") and "}" in text.after[:4] and "}" not in text.value):
        return True
    if text.value.isupper() and text.value.isalpha() and names_itself(text.value):
        return True
    if _UNFILLED.fullmatch(text.value) and text.value.count("_") <= 16:
        return True
    return is_placeholder(text.value) and (text.in_code or text.in_table or text.separator != "")


def _is_attribute(text: CandidateText) -> bool:
    """Whether the candidate stands in a tag of HTML that nobody signs in with: <a class="headerlink" href="…">."""
    if text.candidate.rule.name == "url":
        return False
    if _IN_ATTRIBUTE.search(text.line_before[-300:]):
        return True
    return _IN_TAG.search(text.line_before[-300:]) is not None and _ATTRIBUTE_NAME.fullmatch(text.value) is not None


def _is_pattern(text: CandidateText) -> bool:
    return text.candidate.rule.rank is not Rank.SURE and is_pattern(text.value)


def _is_prompt(text: CandidateText) -> bool:
    value = text.value
    if value.endswith(":") and value[:-1].isalpha() and text.quote:
        return True
    if value.rstrip() != value and value.rstrip().endswith(":"):
        return True
    if value.endswith(":") and (value.startswith("(") or names_itself(value[:-1])):
        return True
    return decodes_to_prompt(value) or "=***" in value or _PROMPTS.search(text.before) is not None


def _is_usage(text: CandidateText) -> bool:
    """Whether a command is shown with words for its arguments: curl -u user:pass, pp auth username … password [ip]."""
    if text.candidate.rule.name == "device" and names_itself(text.value):
        return _MORE_ARGUMENTS.match(text.line_after) is not None
    if text.candidate.rule.name != "command" or text.value.strip("`@").lower() not in _EXAMPLE_PASSWORDS:
        return False
    user = re.search(r"([\w-]{1,30})[:/]$", text.before)
    return user is None or user[1].lower() in _EXAMPLE_USERS


def _is_specification(text: CandidateText) -> bool:
    if text.candidate.context.startswith("long-option") and text.value.endswith(".") and text.value[:-1].isalpha():
        return True  # with the --auth-user-pass directive.
    return text.candidate.context == "long-option-token" and _SPEC.fullmatch(text.value) is not None


def _is_example_token(text: CandidateText) -> bool:
    """Whether a signed token is one that the text around calls an example, or that is about nobody."""
    if text.candidate.context != "jwt":
        return text.value.startswith("eyJ") and is_example_jwt(text.value)
    said = text.line_before[-80:] + text.line_after[:40] + text.around
    return _SAYS_EXAMPLE.search(said) is not None or is_example_jwt(text.value)


def _is_member(text: CandidateText) -> bool:
    """Whether a header or a parameter gets a member of an object: import.meta.env.VITE_API_KEY."""
    return text.candidate.rule.name in ("header", "url", "command") and _MEMBERS.fullmatch(text.value) is not None


def _is_remark(text: CandidateText) -> bool:
    """Whether a line that has the form of a device's is a remark: # Password Modify, password combination."""
    if text.candidate.rule.name != "device" or not text.value.rstrip(".").isalpha():
        return False
    if text.value.isupper() and not text.after.strip():
        return True  # PASSWORD COMMANDS
    return text.value.endswith(".") or text.before.lstrip().startswith(("#", "//", "*", ";"))


def _is_translated(text: CandidateText) -> bool:
    """Whether a file of texts gives the word for a password in some language."""
    return text.candidate.rule.name == "file" and is_word_in_languages(text.value)


def _is_english(text: CandidateText) -> bool:
    """Whether a statement of SQL is one of English: identified by checking."""
    if text.candidate.rule.name != "sql":
        return False
    if text.quote:
        said = _ENGLISH.search(text.line_before)
        return said is not None and not any(map(_STATEMENT.search, (text.line_before, *text.above(3))))
    if not text.value.islower() or not text.value.isalpha():
        return False
    return re.search(r"\b(?i:create|alter|grant|user|role)\b", text.before) is None


def _is_of_another_kind(text: CandidateText) -> bool:
    """Whether what leads the label makes it a hash, a token of a form, or the name of a store: 1Password."""
    if _ONE_TIME.search(text.before[-120:]) or _PAGING.search(text.line_before[-60:]):
        return True
    return _OTHER_LABEL.search(text.before_label[-24:] + text.label) is not None


def _is_setting(text: CandidateText) -> bool:
    """Whether words speak for a whole setting, or a piece of an address, whose own value is none: TOKEN=**MASKED**."""
    spoken = text.candidate.rule.name == "weighed"
    if spoken and _IN_ADDRESS.search(text.line_before):
        return True
    setting = _SETTING.fullmatch(text.value)
    if setting is None or not (spoken or ANY_LABEL.search(setting["name"])):
        return False
    if setting["name"].isupper() and ANY_LABEL.search(setting["name"]):
        return True  # what stands behind the sign is proposed by itself
    value = setting["value"].strip("*\"'`")
    if spoken and "=" in value:
        value = value.rpartition("=")[2]  # Environment=STORE_DIR=/srv/store
    return value.startswith("$") or find_refusal(value) != ""


def _is_cut(text: CandidateText) -> bool:
    """Whether what follows stands for the rest of the candidate: kzp_4fT9….

    Asterisks close what others opened.
    """
    return _CUT.match(text.line_after) is not None and not text.line_before.endswith("*")


def _is_interpolated(text: CandidateText) -> bool:
    """Whether a template makes the candidate of a word for any and a variable: wrong${i}."""
    if text.value.startswith(('$"', '$@"', '@$"')) and "{" in text.value:
        return True
    rest = _INTERPOLATED.sub("", text.value)
    return text.in_code and rest != text.value and (not rest or is_stock_value(rest))


def _is_example_seed(text: CandidateText) -> bool:
    """Whether the line of an address with a seed says that it is an example."""
    return (
        "otpauth://" in text.line_before[-200:] and _EXAMPLE_SEED.search(text.line_before + text.line_after) is not None
    )


STAND_INS: tuple[tuple[str, Refusal], ...] = (
    ("placeholder", _is_place),
    ("attribute", _is_attribute),
    ("pattern", _is_pattern),
    ("prompt", _is_prompt),
    ("usage", _is_usage),
    ("specification", _is_specification),
    ("example", _is_example_token),
    ("member", _is_member),
    ("remark", _is_remark),
    ("translation", _is_translated),
    ("english", _is_english),
    ("another-kind", _is_of_another_kind),
    ("setting", _is_setting),
    ("cut", _is_cut),
    ("interpolated", _is_interpolated),
    ("example-seed", _is_example_seed),
)
