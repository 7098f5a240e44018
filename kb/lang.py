"""The former name of `kb.text.lang`, which the rules of teams import."""

from kb.text.lang import Text as Text
from kb.text.lang import t as t
