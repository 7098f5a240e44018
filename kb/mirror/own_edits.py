"""Which entries of a ticket's history are kb's own: those that name a run, and those that changed nothing but sections.

A section of kb's is written without a note, so that nothing names the run. The old and the new description tell it on
any machine: what stands outside of the sections is the same, and inside stands what kb wrote, to the hash of its mark.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kb.changes.section import apart_from
from kb.mirror.rows import KB_RUN, tables, text


def own(journal: Mapping[str, Any], note: str) -> bool:
    """Whether kb made this entry, whose note is this."""
    if note.strip():
        return bool(KB_RUN.search(note))
    details = tables(journal.get("details"))
    return bool(details) and all(map(_of_a_section, details))


def _of_a_section(detail: Mapping[str, Any]) -> bool:
    if detail.get("property") != "attr" or detail.get("name") != "description":
        return False
    old, new = text(detail.get("old_value")), text(detail.get("new_value"))
    if "<!-- kb:" not in old + new:
        return False
    outside = apart_from(new)
    return outside is not None and outside == apart_from(old)
