"""Who can read a credential, and what it opens: which one to change first. Pure.

A document tells its readers by `visibility`. What a credential opens is what the detector saw
(`Secret.opens`), else what its kind alone says.
"""

from __future__ import annotations

from enum import IntEnum

from kb.model import Entry, Finding, Secret, SecretKind, Visibility


class Exposure(IntEnum):
    """Who can read it; larger is wider."""

    PRIVATE = 0  # named people
    PROJECT = 1  # a part of the team: a project, a limited category
    MEMBERS = 2  # every member
    ANONYMOUS = 3  # whoever reaches the server, signed in or not
    INTERNET = 4  # anybody with a sharing link


_BY_VISIBILITY = {
    Visibility.PRIVATE: Exposure.PRIVATE,
    Visibility.LIMITED: Exposure.PROJECT,
    Visibility.MEMBERS: Exposure.MEMBERS,
    Visibility.INTERNET: Exposure.INTERNET,
}

_BY_KIND = {
    SecretKind.CONNECTION_STRING: "database",
    SecretKind.WEBHOOK_URL: "hook",
    SecretKind.SHARED_KEY: "network",
    SecretKind.BASIC_AUTH: "web",
    SecretKind.BASIC_AUTH_URL: "web",
}

OPENS = ("root", "cloud", "database", "server", "network", "service", "web", "hook", "file")
"""What a credential can be a key to, the worst first. What is not named here comes last."""


def exposure(entry: Entry, finding: Finding) -> Exposure:
    """Who can read the credential a finding is about: in a document, or in what the document said before."""
    seen = next((left.visibility for left in entry.remnants if left.secret == finding.secret), entry.visibility)
    return _BY_VISIBILITY[seen]


def opens(secret: Secret) -> str:
    """What a credential opens, "" when nobody can tell."""
    return secret.opens or _BY_KIND.get(secret.kind, "")


def weight(secret: Secret | None) -> int:
    """Where what a credential opens stands among all, 0 for the worst."""
    word = opens(secret) if secret is not None else ""
    return OPENS.index(word) if word in OPENS else len(OPENS)
