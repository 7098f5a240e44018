"""Test kit for rules: pages with the findings they should yield. See docs/own-rules.md."""

from kb.lint.testing.check import Case as Case
from kb.lint.testing.check import cases as cases
from kb.lint.testing.check import check_rule as check_rule
from kb.lint.testing.check import rules_of as rules_of
