"""KB: what is to be said of the comments to kb in a page: suppressions, and marks of having verified it.

The engine speaks for the rules on suppressions (`kb.rules.suppress`), since only it knows which findings a
suppression covered; here are their words, in which `{why}` stands for what it saw. Only
`kb:ignore-page` sets them aside.
"""

from __future__ import annotations

from kb.model.document import ALL_KINDS
from kb.model.finding import Severity
from kb.rules.registry import GateGroup, GateHint, Rule
from kb.text.lang import Text

suppression = GateGroup("suppression", alone=GateHint(words=("kb:ignore",)))


def hygiene_rule(code: str, module: str, says: Text) -> Rule:
    """Create a rule of this family: the engine reports it, on documents of the kinds other rules judge."""
    return Rule(code, module, Severity.WARNING, gate=("suppression",), kinds=ALL_KINDS, reads=False, says=says)
