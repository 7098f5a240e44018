"""SEC: credentials somebody wrote down.

The detector (`kb.secrets`) finds them once a document; a rule of this family says of one kind what it
means and what helps. No message holds a value, nor a word from beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kb.model.page import Page
from kb.model.secret import Secret, SecretKind
from kb.rules.registry import Hit
from kb.text.lang import Text


def secret_hits(page: Page, kind: SecretKind, says: Text) -> Iterator[Hit]:
    """One hit for each credential of this kind that stands in a document."""
    before: Counter[str] = Counter()
    for secret in page.secrets:
        if secret.kind is kind:
            before[secret.part] += 1
            yield secret_hit(secret, says, before[secret.part])


def secret_hit(secret: Secret, says: Text, number: int) -> Hit:
    """A hit on a credential. What tells it from others is its value's keyed name; without a key, its number."""
    return Hit(
        says,
        secret.span,
        secret.confidence,
        role=secret.value_id or f"{secret.kind}:{number}",
        part=secret.part,
        content=secret.content,
        reason=secret.reason,
        secret=secret,
    )
