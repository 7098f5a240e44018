"""Read one value from the mirror again, for the person who asked to see it."""

from __future__ import annotations

from kb.errors import UsageError
from kb.mirror.store import Mirror
from kb.reports.secrets.held import SecretPlace, SecretValue
from kb.secrets.masking.mask import CATEGORY, TAGS, TITLE, cut_span, get_part, make_id_of_value
from kb.settings.workspace import Workspace
from kb.text.display import sanitize
from kb.text.lang import t


def read_value(workspace: Workspace, value: SecretValue, key: bytes) -> str:
    """Return the value, from the first place where it still is. Raises UsageError when it is gone."""
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        for place in value.places:
            for text in _texts(mirror, place):
                found = cut_span(text, place.finding.span)
                if found and (not key or make_id_of_value(found, key) == value.id):
                    return found
    raise UsageError(
        t(
            f"{sanitize(value.id[:12])} は、もうその場所にありません。",
            f"{sanitize(value.id[:12])} no longer stands there.",
        ),
        t(
            "kb secrets list をやり直してください。kb purge-secrets で消した値なら、元のページで見られます。",
            "run kb secrets list again; a value that kb purge-secrets took out still stands on its page.",
        ),
    )


def _texts(mirror: Mirror, place: SecretPlace) -> list[str]:
    """Return the texts a place can be in: the title or text of its document, or of an old version."""
    part = place.finding.part
    stored = [each for each in mirror.documents(doc=str(place.entry.doc)) if each.document.part == place.entry.part]
    if part in (TITLE, CATEGORY, TAGS):
        return [get_part(each.document, part) for each in stored]
    if part == place.entry.part:  # of a file that is its name, too
        return [text for each in stored for text in (each.document.body, each.document.title)]
    olds = [old for each in stored for old in mirror.versions(each.id) if part in (old.part, f"{old.part}:title")]
    return [old.body if part == old.part else old.title for old in olds]
