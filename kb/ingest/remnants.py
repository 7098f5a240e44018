"""What a document said before → the credentials that were taken out of it and can still be read there. Pure.

An edit removes nothing: the old text stays in revisions, versions and journals, for whoever may read
them. What still stands in the document is not told here again; it is a finding of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from unicodedata import normalize

from kb.ingest.document import identify_secrets
from kb.model.document import Document
from kb.model.page import DocumentVersion
from kb.model.secret import Remnant, Secret
from kb.secrets.masking.mask import TITLE, cover_secrets, cut_value, locate_secrets
from kb.secrets.masking.registry import get_known
from kb.secrets.quick_scan import scan_body, scan_text

MAX_VERSIONS = 300
"""Old versions of one document that are looked at, the newest first."""

MIN_TELLING = 6
"""Characters of a value that is still there when the same characters are; a shorter one may be part of a date."""

MAX_PARTS = 20
"""Of the versions that hold a value, how many are named."""


@dataclass(slots=True)
class _Found:
    """One value, and the old versions that hold it: the newest first."""

    secret: Secret
    versions: list[DocumentVersion] = field(default_factory=list)


def find_remnants(
    document: Document, secrets: Iterable[Secret], versions: Iterable[DocumentVersion], key: bytes = b""
) -> tuple[Remnant, ...]:
    """The credentials that old versions of a document hold and its body and title do not, in the order of versions.

    `document` is the one with its values, `secrets` are those found in it; the versions come newest first.
    With a `key` each gets its `value_id`.
    """
    secrets = tuple(secrets)
    live = ""  # in one width, once a value is looked for in it
    nameless = [each for each in secrets if not each.value_id]
    shown = {each.value_id for each in secrets if each.value_id}
    shown.update(normalize("NFKC", cut_value(document, each)) for each in nameless)
    found: dict[str, _Found] = {}
    for version in islice(versions, MAX_VERSIONS):
        for value, secret in _values_held(version, document, key):
            name = secret.value_id or value
            live = live or normalize("NFKC", f"{document.title}\n{document.body}")
            if name in shown or (len(value) >= MIN_TELLING and value in live):
                continue
            known = found.setdefault(name, _Found(secret))
            if version not in known.versions[-1:]:
                known.versions.append(version)
    return tuple(_remnant(each) for each in found.values())


def _values_held(version: DocumentVersion, document: Document, key: bytes) -> Iterator[tuple[str, Secret]]:
    """The values of an old version, each in one width, with its place there; a made-up one for what was purged here."""
    title = version.title or document.title
    was = replace(document, title=title, body=version.body, markup=version.markup)
    texts = [(version.part, version.body, _add_copies(version.body, scan_body(was)))]
    if version.title and version.title != document.title:
        texts.append((f"{version.part}:{TITLE}", version.title, _add_copies(version.title, scan_text(version.title))))
    for part, text, secrets in texts:
        found = identify_secrets(secrets, text, cover_secrets(text, secrets), key, title)
        for secret, value in zip(found, _values(text, secrets), strict=True):
            yield value, replace(secret, part=part)
    for secret in version.purged:
        yield f"\0{secret.part}:{secret.span.line}:{secret.span.column}", secret


def _add_copies(text: str, found: tuple[Secret, ...]) -> tuple[Secret, ...]:
    if not get_known():
        return found
    from kb.secrets.page.repeats import add_known_copies  # with the detectors, which load slowly

    return add_known_copies(text, found)


def _values(text: str, secrets: Iterable[Secret]) -> Iterator[str]:
    return (normalize("NFKC", text[start:end]) for start, end in locate_secrets(text, secrets))


def _remnant(found: _Found) -> Remnant:
    newest, oldest = found.versions[0], found.versions[-1]
    return Remnant(
        found.secret,
        tuple(version.part for version in found.versions[:MAX_PARTS]),
        len(found.versions),
        max(version.visibility for version in found.versions),
        newest.url,
        oldest.created_at,
    )
