"""Which findings are about secrets: told by their codes, wherever no more than the code is known. Pure."""

from __future__ import annotations

from kb.model import Finding

CREDENTIALS = "SEC"
PERSONAL = "PII"
FAMILIES = (CREDENTIALS, PERSONAL)
"""How the codes of rules about credentials and about personal data begin; both are handled alike."""

HISTORY = "SEC201"
"""What was removed from a page, and is still in its history."""


def is_secret(code: str) -> bool:
    """Whether a finding of this code is about a secret."""
    return code.startswith(FAMILIES)


def is_nameless(finding: Finding) -> bool:
    """Whether a finding is on a secret whose value nobody could name, for want of a key.

    Another value in its place would look the same: it can be neither baselined nor allowed.
    """
    return finding.secret is not None and not finding.secret.value_id
