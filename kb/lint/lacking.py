"""A source that was never read to its end here, and what nobody can say because of it.

On a machine of its own the mirror keeps what it has while a source cannot be read. One that begins afresh each time,
as in CI, lacks it: its documents, and with them the tickets and posts that decide what joins say of others.
What nobody can say stays as it was: it is neither found nor missed.
"""

from __future__ import annotations

from kb.config import Workspace
from kb.errors import StoreError
from kb.lang import Text, t
from kb.lint.asked import HYGIENE
from kb.lint.surroundings import Surroundings
from kb.mirror.state import State
from kb.model import Entry

NAMES = "KB905"
"""The rule that asks who there is, in any source."""


def lacking(workspace: Workspace | None) -> frozenset[str]:
    """The sources this workspace lacks (`State.lacking`); none where there is no history."""
    if workspace is None or not workspace.state.exists():
        return frozenset()
    try:
        with State(workspace.state, readonly=True) as state:
            return state.lacking()
    except StoreError:
        return frozenset()


def without(sources: frozenset[str]) -> Text:
    """What a lint has to say of the sources it lacks."""
    names = sorted(sources)
    return t(
        f"{'、'.join(names)} を最後まで写せていないので、そこの指摘と、そのチケットなどで決まる指摘は出していません"
        "（履歴には前のまま残しています）。",
        f"{', '.join(names)} was not read to its end: its findings, and those that hang on it, are not told "
        "(history keeps them as they were).",
    )


def source_of(doc: str) -> str:
    """The name of the source a document came from; each folder of files is one of its own."""
    return doc.partition("/")[0] if doc.startswith("files:") else doc.partition(":")[0]


def of_one(doc: str, sources: frozenset[str]) -> bool:
    """Whether a document is of one of these sources, by its name here or the one it has in a state file."""
    sealed = doc.startswith("files~") and any(each.startswith("files:") for each in sources)
    return sealed or source_of(doc) in sources


def unsaid(entry: Entry, around: Surroundings, joins: frozenset[str]) -> frozenset[str]:
    """The codes of the joins that can say nothing of a document.

    Without esa nobody knows the members, so no join says anything; without Redmine none does of a document that
    names a ticket, or has a link to one, that is not here.
    """
    if not around.lacking:
        return frozenset()
    if "esa" in around.lacking or None in around.stood(entry).values():
        return joins
    if any(not stands for end, stands in around.ends(entry).items() if source_of(end) in around.lacking):
        return joins
    return joins & {NAMES} if entry.verified is not None else frozenset()


def unheard(codes: frozenset[str]) -> frozenset[str]:
    """The codes of which it cannot be told that they are mended, where some joins say nothing.

    A suppression of what they would have found is not needless.
    """
    return codes.union(HYGIENE) if codes else codes
