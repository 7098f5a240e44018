"""Make the draft of a runbook the section of a page: one a node, so that a page can hold several."""

from __future__ import annotations

import hashlib

from kb.plan.sections.anchors import Anchor, AnchorKind
from kb.reports.publish.decide import Publication
from kb.reports.runbook.gather import RunbookBasis
from kb.reports.runbook.render import draft_runbook
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_NAME = compile_lazy(r"[a-z0-9-]{1,22}")


def name_section(key: str) -> str:
    """Return what the section of a node is called in a page's marks; a long or Japanese id by its hash."""
    word = key.casefold()
    if _NAME.fullmatch(word) is None:
        word = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"runbook-{word}"


def make_publication(basis: RunbookBasis, command: str, here: str) -> Publication:
    """Return the draft as a section of a post, `here`."""
    return Publication(
        name_section(basis.target.key),
        t(f"{basis.target.name} の手順書の下書き", f"a draft runbook of {basis.target.name}"),
        lambda form: draft_runbook(basis, command, level=2, here=here),
        place=Anchor(AnchorKind.BOTTOM),
    )
