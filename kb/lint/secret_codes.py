"""Which findings are about secrets: told by their codes, wherever no more than the code is known. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from kb.model import Finding, SecretKind

CREDENTIALS = "SEC"
PERSONAL = "PII"
FAMILIES = (CREDENTIALS, PERSONAL)
"""How the codes of rules about credentials and about personal data begin; both are handled alike."""

HISTORY = "SEC201"
"""What was removed from a page, and is still in its history."""

_KINDS = {
    "PII101": ("phone", SecretKind.PHONE),
    "PII102": ("my-number", SecretKind.MY_NUMBER),
    "PII103": ("card", SecretKind.CARD),
    "PII104": ("address-list", SecretKind.ADDRESS),
}
"""The rules about personal data: what they are called, and what they speak of."""


def is_secret(code: str) -> bool:
    """Whether a finding of this code is about a secret."""
    return code.startswith(FAMILIES)


def personal_kinds(codes: Iterable[str]) -> frozenset[SecretKind]:
    """The kinds of personal data these rules speak of; no other is looked for."""
    return frozenset(_KINDS[code][1] for code in codes if code in _KINDS)


def switched_on(select: Iterable[str], ignore: Iterable[str]) -> frozenset[SecretKind]:
    """The kinds of personal data the rules kb.toml selects speak of, as `kb.lint.select` decides; loads no rule."""
    # "P" takes the rules on posts, which are on; where a beginning takes any of those it takes none that are off.
    wanted, unwanted = [word for word in select if word.strip().casefold() != "p"], list(ignore)
    return personal_kinds(code for code in _KINDS if _reach(code, wanted) > _reach(code, unwanted))


def _reach(code: str, words: Iterable[str]) -> int:
    """How exactly the longest of some selectors speaks of a rule, -1 for none."""
    named = {_KINDS[code][0], code.casefold()}
    folded = (word.strip().casefold() for word in words)
    reaches = (len(code) if word in named else len(word) for word in folded if word and _means(word, code))
    return max(reaches, default=-1)


def _means(word: str, code: str) -> bool:
    return word == _KINDS[code][0] or code.casefold().startswith(word)


def is_nameless(finding: Finding) -> bool:
    """Whether a finding is on a secret whose value nobody could name, for want of a key.

    Another value in its place would look the same: it can be neither baselined nor allowed.
    """
    return finding.secret is not None and not finding.secret.value_id
