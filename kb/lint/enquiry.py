"""A finding → a polite message to whoever can mend it. Pure; nothing is sent.

The message goes into kb-decisions.toml too, which is shared: it names the place and the rule's own
words, and holds no word of the page, neither its title nor what was found in it.
"""

from __future__ import annotations

from collections.abc import Container

from kb.console import safe
from kb.lang import Text, t
from kb.lint.formats.places import id_of, url_of
from kb.model import Entry, Finding
from kb.secrets.shown import shown_name

WAIT_DAYS = 14
"""How long a question is given before triage shows its finding again."""

_AROUND = " @＠、。,.()（）"


def whom(entry: Entry, finding: Finding, former: Container[str] = ()) -> str:
    """Whom to ask: the owner of the measure that is meant, else who edited the page last, else who wrote it.

    Somebody who has left the team is not asked; `former` are their names, case-folded. "" for nobody.
    """
    items = entry.facts.items if entry.facts else ()
    owner = next((item.owner for item in items if item.owner and item.span == finding.span), "")
    names = (safe(shown_name(name)).strip(_AROUND)[:60] for name in (owner, entry.human_by, entry.author))
    return next((name for name in names if name and name.casefold() not in former), "")


def draft(entry: Entry, finding: Finding, says: Text, former: Container[str] = ()) -> str:
    """The message, of several lines; `says` is what the rule says of every page it speaks about."""
    name = whom(entry, finding, former)
    place = safe(entry.url) if url_of(entry) else safe(str(id_of(entry.doc)))
    part = "" if finding.part == "body" else f" {safe(shown_name(finding.part))}"
    line = finding.span.line
    return str(
        t(
            f"{_called(name)}\n"
            f"お疲れさまです。次のページについて教えてください。\n"
            f"{place}（{part.strip() + ' ' if part else ''}{line} 行目）\n"
            f"{safe(says.ja).rstrip('。')}。\n"
            f"お手すきのときに見ていただけますか。このままでよい事情があれば、それも教えてください。",
            f"{'Hello ' + name if name else 'Hello'},\n"
            f"may I ask you about this page?\n"
            f"{place} (line {line}{' of' + part if part else ''})\n"
            f"{safe(says.en).rstrip('.')}.\n"
            f"Could you look at it when you have a moment? If there is a reason to leave it as it is, please tell me.",
        )
    )


def _called(name: str) -> str:
    if not name:
        return "ご担当の方へ"
    return name if name.endswith(("さん", "様", "氏")) else f"{name} さん"
