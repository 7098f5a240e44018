"""Who can read the credential a finding is about: which one to change first. Pure."""

from __future__ import annotations

from dataclasses import replace

from kb.model import Entry, Finding
from kb.secrets.exposure import Exposure, exposure_of


def exposure(entry: Entry, finding: Finding) -> Exposure:
    """Who can read it where it stands: in a document, or in what the document said before."""
    seen = next((left.visibility for left in entry.remnants if left.secret == finding.secret), entry.visibility)
    where = entry if seen is entry.visibility else replace(entry, visibility=seen)
    return exposure_of(where, finding.part, {"private": entry.private})
