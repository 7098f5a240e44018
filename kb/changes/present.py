"""How the target of a change stands in the mirror."""

from __future__ import annotations

from collections.abc import Callable

from kb.changes.plan import Seen
from kb.changes.renew import Now
from kb.mirror import heads
from kb.mirror.store import Mirror
from kb.model import Kind, Source
from kb.secrets.shown import shown_text


def present(mirror: Mirror) -> Callable[[str], Now | None]:
    """What looks up a post or a ticket of the mirror by its id, `esa:123`; None for one that is not there."""

    def look(target: str) -> Now | None:
        source, _, number = target.partition(":")
        return _post(mirror, int(number)) if source == Source.ESA else _ticket(mirror, int(number))

    return look


def _post(mirror: Mirror, number: int) -> Now | None:
    post = heads.post(mirror, number)
    if post is None:
        return None
    return Now(
        {key.value: value for key, value in post.values.items()}, post.seen, shown_text(post.title), post.human_at
    )


def _ticket(mirror: Mirror, number: int) -> Now | None:
    from kb.changes.redmine_remote import state_of  # brings the client along, which a plan of posts does not need

    row = mirror.ticket(number)
    if row is None:
        return None
    state = state_of(row.raw)
    stored = mirror.find(Source.REDMINE, Kind.TICKET, str(number))
    human_at = stored.document.human_at if stored is not None else ""
    return Now(state.values, Seen(state.updated_at), shown_text(row.title), human_at)
