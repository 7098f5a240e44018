"""Former name of `kb.lint.testing`, which tests of teams' rules import."""

from kb.lint.testing.check import Case as Case
from kb.lint.testing.check import cases as cases
from kb.lint.testing.check import check_rule as check_rule
from kb.lint.testing.check import rules_of as rules_of
