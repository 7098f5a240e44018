"""The nouns of kb, a page each. Rules of teams take what is named here."""

from kb.model.facts import Confidence as Confidence
from kb.model.finding import Severity as Severity
from kb.model.page import Page as Page
from kb.text.lines import Span as Span
