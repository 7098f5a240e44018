"""Former name of `kb.rules`, which teams' rules import."""

from kb.rules.registry import GateGroup as Group
from kb.rules.registry import GateHint as Hint
from kb.rules.registry import Hit as Hit
from kb.rules.registry import Rule as Rule

__all__ = ["Group", "Hint", "Hit", "Rule"]
