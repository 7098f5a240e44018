"""SEC and PII: credentials and personal data that stand in a text.

The detector (`kb.secrets`) finds them once per document; a rule of this family explains one kind and what helps.
No message holds a value, nor a word from beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kb.model.document import ALL_KINDS
from kb.model.finding import Severity
from kb.model.page import Page
from kb.model.secret import Secret, SecretKind
from kb.rules.codes import PERSONAL_PREFIX
from kb.rules.registry import Hit, Rule
from kb.text.lang import Text


def secret_rule(kind: SecretKind, module: str, message: Text, severity: Severity = Severity.ERROR) -> Rule:
    """Register the rule for one kind of secret. Personal data is looked for only when a team asks for it."""

    def check(page: Page) -> Iterator[Hit]:
        before: Counter[str] = Counter()
        for secret in page.secrets:
            if secret.kind is kind:
                before[secret.part] += 1
                yield secret_hit(secret, message, before[secret.part])

    personal = kind.code.startswith(PERSONAL_PREFIX)
    return Rule(
        kind.code,
        module,
        severity,
        kinds=ALL_KINDS,
        check=check,
        on=not personal,
        reads=False,
        pressing=not personal,
        only_secrets=True,
    )


def secret_hit(secret: Secret, says: Text, number: int) -> Hit:
    """Return a hit on a secret, told from others by its value's keyed name, without a key by its number."""
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
