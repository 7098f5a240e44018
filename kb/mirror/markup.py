"""Textile or Markdown? Redmine's API does not say, so the text must."""

from __future__ import annotations

import re

from kb.model import Markup

_TEXTILE = re.compile(
    r"""^h[1-6]\.\ \S            # h2. heading
      | ^\|_\.                   # |_. table head
      | ^(?:bq|p)(?:\(\w+\))?\.\ # bq. quote
      | ^\#\ .*\n\#{1,3}\ \S     # numbered list of two
      | ^\*{2,3}\ \S             # ** second level
      | </?pre>
      | "[^"\n]{1,80}":(?:https?://|/|\#)
      | (?<![\w@])@[^@\s][^@\n]*@(?![\w@])
    """,
    re.VERBOSE | re.MULTILINE,
)
_MARKDOWN = re.compile(
    r"""^\#{2,6}\ \S
      | ^\#\ \S.*\n(?!\#\ )      # one heading, not a list
      | ^(?:```|~~~)
      | ^\s*[-*+]\ \[[ xX]\][ ]
      | ^\|?\s*:?-{3,}:?\s*\|
      | \[[^\]\n]{1,80}\]\((?:https?://|/|\#)
      | \*\*\S[^*\n]*\*\*
      | ^\s+-\ \S
    """,
    re.VERBOSE | re.MULTILINE,
)


def guess(body: str) -> Markup:
    """The markup whose signs are more frequent; Markdown, Redmine's default since 6.0, when neither is."""
    textile = sum(1 for _ in _TEXTILE.finditer(body))
    if not textile:
        return Markup.MARKDOWN
    return Markup.TEXTILE if textile > sum(1 for _ in _MARKDOWN.finditer(body)) else Markup.MARKDOWN
