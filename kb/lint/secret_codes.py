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
    "PII101": SecretKind.PHONE,
    "PII102": SecretKind.MY_NUMBER,
    "PII103": SecretKind.CARD,
    "PII104": SecretKind.ADDRESS,
}
"""What the rules about personal data speak of."""


def is_secret(code: str) -> bool:
    """Whether a finding of this code is about a secret."""
    return code.startswith(FAMILIES)


def personal_kinds(codes: Iterable[str]) -> frozenset[SecretKind]:
    """The kinds of personal data these rules speak of; no other is looked for."""
    return frozenset(_KINDS[code] for code in codes if code in _KINDS)


def is_nameless(finding: Finding) -> bool:
    """Whether a finding is on a secret whose value nobody could name, for want of a key.

    Another value in its place would look the same: it can be neither baselined nor allowed.
    """
    return finding.secret is not None and not finding.secret.value_id
