"""Pieces of something else that look like values: ciphertext, hashes, fingerprints, commands behind a pipe, patterns.

In code other things tell them; pasted without a fence they stand among prose and settings.
"""

from __future__ import annotations

from kb.secrets.page.candidates import Rank
from kb.secrets.surroundings.candidate_text import CandidateText, Refusal
from kb.text.lazy_pattern import compile_lazy

_CRYPT = r"\$(?:[1567y]|2[abxy]?|A|sha1|md5|apr1|scrypt|pbkdf2[\w-]{0,12}|argon2[a-z]{0,2}|bcrypt[\w-]{0,12})\$"
_CRYPTED = compile_lazy(_CRYPT + r"[^\s\"'`]{0,200}$")
"""The beginning of a hash as crypt(3) and MySQL's caching_sha2_password write it."""

_BEGINS_CRYPTED = compile_lazy(_CRYPT)
_FINGERPRINT = compile_lazy(r"(?:[0-9A-Fa-f]{2}:){5,}[0-9A-Fa-f]{2}")
_DIGEST = compile_lazy(r"[^:\s]{1,60}:(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})")
_REMOTE = compile_lazy(r"[\w.-]{1,60}@[\w.-]{1,120}:(?:~|\.{0,2}/)[^\s:]{0,200}")
_PIPED = compile_lazy(r"[ \t]*(?:\[[^\]\n]{1,80}\]|[\w.@:~/-]{1,80})?[$#%❯][ \t].{0,400}\|[ \t]*$")
"""A command up to a bar, behind a prompt."""

_LONGEST = 4_000
"""Characters of ciphertext before a piece of it."""

_COMMAND = compile_lazy(r"[a-z][\w.+-]{1,40}")
_GROUP = compile_lazy(r"\(?\?(?:P?<[A-Za-z_]\w{0,40}>|[:=!]|<[=!]|[aiLmsux]{1,5}\))|\[\^[^\]\n]{1,40}\][+*{]")
"""What patterns have, and no password: a group with its mark, all but some signs."""


def _is_encrypted(text: CandidateText) -> bool:
    """Whether the candidate stands in a value that sops or Jasypt encrypted: ENC[…], ENC(…)."""
    at = text.candidate.start
    before = text.page.body[max(text.page.starts[text.number], at - _LONGEST) : at]
    opened = max(before.rfind("ENC["), before.rfind("ENC("))
    return opened >= 0 and not any(sign in before[opened + 4 :] for sign in "])\"' \t")


def _is_hashed(text: CandidateText) -> bool:
    """Whether the candidate is a hash, or a piece of one."""
    if text.candidate.rule.rank is Rank.SURE:
        return False
    return (
        _BEGINS_CRYPTED.match(text.value) is not None
        or _CRYPTED.search(text.line_before[-220:]) is not None
        or _FINGERPRINT.fullmatch(text.value) is not None
        or _DIGEST.fullmatch(text.value) is not None
    )


def _is_remote_path(text: CandidateText) -> bool:
    """Whether the candidate is where a file is copied from or to: ops@bk01:/tmp."""
    return _REMOTE.fullmatch(text.value) is not None


def _is_piped_to(text: CandidateText) -> bool:
    """Whether the candidate is the next command: $ pass show db | pbcopy."""
    return not text.in_table and _COMMAND.fullmatch(text.value) is not None and bool(_PIPED.match(text.line_before))


def _is_of_pattern(text: CandidateText) -> bool:
    return _GROUP.match(text.value) is not None


FRAGMENTS: tuple[tuple[str, Refusal], ...] = (
    ("encrypted", _is_encrypted),
    ("hashed", _is_hashed),
    ("remote-path", _is_remote_path),
    ("piped-to", _is_piped_to),
    ("of-pattern", _is_of_pattern),
)
