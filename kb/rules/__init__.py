"""Names a team's own rules import: `from kb.rules import Hit, Rule`."""

from kb.model.facts import Confidence as Confidence
from kb.model.finding import Severity as Severity
from kb.model.page import Page as Page
from kb.rules.registry import Hit as Hit
from kb.rules.registry import Rule as Rule
from kb.text.lang import Text as Text
from kb.text.lang import t as t
from kb.text.lines import Span as Span
