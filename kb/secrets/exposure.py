"""Rank who can read a secret where it stands, and what it opens. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import IntEnum

from kb.model.document import Source, Visibility
from kb.model.finding import Finding
from kb.model.page import Entry
from kb.model.secret import Secret

UNKNOWN_TARGET = ""

TARGETS = (
    *("root", "admin", "cloud", "server", "database", "service", "account", "site"),
    UNKNOWN_TARGET,
    *("network", "hook", "file", "door"),
)
"""What secrets are keys to, the worst first."""


class Exposure(IntEnum):
    """Who can read a place; larger is wider."""

    PRIVATE = 0  # named people: a private ticket or note
    PROJECT = 1  # the members of a project, or of a limited category
    MEMBERS = 2  # every member of the team
    ANONYMOUS = 3  # a public project: without signing in, unless Redmine asks everybody to
    INTERNET = 4  # anybody with the sharing link


def rate_part_exposure(entry: Entry, part: str, meta: Mapping[str, object]) -> Exposure:
    """Who can read a part of a document; `meta` is what the mirror knows of it besides.

    A sharing link of esa shows the page as it is today, and nothing of its history.
    """
    seen = entry.visibility
    if seen is Visibility.INTERNET:
        return Exposure.MEMBERS if part.startswith("revision:") else Exposure.INTERNET
    if seen is Visibility.MEMBERS:
        return Exposure.ANONYMOUS if entry.source is Source.REDMINE else Exposure.MEMBERS
    if seen is Visibility.LIMITED:
        return Exposure.PROJECT
    # Of Redmine everything in a project that is not public is seen by its members; what is private says so itself.
    open_in_project = entry.source is Source.REDMINE and meta.get("private") is not True
    return Exposure.PROJECT if open_in_project else Exposure.PRIVATE


def rate_exposure(entry: Entry, finding: Finding) -> Exposure:
    """Who can read the credential a finding is about: in a document, or in what the document said before."""
    seen = next((left.visibility for left in entry.remnants if left.secret == finding.secret), entry.visibility)
    where = entry if seen is entry.visibility else replace(entry, visibility=seen)
    return rate_part_exposure(where, finding.part, {"private": entry.private})


def classify_target(secret: Secret) -> str:
    """What a secret is a key to, as far as anything tells: the words around it, else its kind."""
    return secret.opens or secret.kind.opens


def rank_target(opens: str) -> int:
    """Where something that is opened stands among others, 0 for the worst."""
    return TARGETS.index(opens if opens in TARGETS else UNKNOWN_TARGET)
