"""What the machines that run CI jobs read as commands in whatever a job prints.

GitHub's runner looks for `::` where a line begins, blanks left out, and for the older `##[` anywhere
in a line (actions/runner, src/Runner.Common/ActionCommand.cs); Azure's agents look for `##vso[`. A
page's title that is printed must not become an annotation, or worse. They compare as their
language compares, so invisible characters between the signs do not count.
"""

from __future__ import annotations

import re

from kb.console import safe

_UNSEEN = "[\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]*"
_ANYWHERE = re.compile(f"#(?={_UNSEEN}#(?:{_UNSEEN}\\w)*{_UNSEEN}\\[)")
_IN_FRONT = re.compile(f"^(?:\\s|{_UNSEEN[:-1]})*:{_UNSEEN}:")


def inert(text: str) -> str:
    """Foreign text on one line, in which no runner finds a command."""
    return _IN_FRONT.sub("：：", escaped(safe(text), "＃"))


def escaped(text: str, mark: str) -> str:
    """Text with `mark` for each `#` that could begin a command: an escape, where its notation has one."""
    return _ANYWHERE.sub(lambda _: mark, text)
