"""Send posts that change names with each other: one of them goes by a title of its own meanwhile.

Nothing is kept for that but the mark in the title: whoever plans or sends next, here or elsewhere, knows the post by
it. So an interrupted swap goes on, or is taken back, from what stands in esa alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kb.model.document import Source, parse_doc
from kb.model.plan import Change, ChangeKey, Verb
from kb.model.request import ChangeRequest, TargetState, build_request
from kb.plan.values import add_aside_mark, differing_settled_keys, own_title
from kb.text.lang import t

SWAP_CANNOT_BEGIN = t(
    "名前を入れ替える相手を送れないので、仮の題名にしませんでした",
    "it was given no title for the time being: a post it changes names with cannot be sent",
)
LEFT_ASIDE = t(
    "。題名は仮のままです（もう一度 kb apply すると続き、kb undo で元の題名に戻せます）",
    "; it still has its title for the time being (kb apply goes on, kb undo brings its own back)",
)


def add_asides(
    requests: Sequence[ChangeRequest], swaps: Iterable[Sequence[int]], titles: Mapping[int, str]
) -> tuple[ChangeRequest, ...]:
    """Return the requests with one more for each ring of names, and the rings together, where their last one stood.

    A ring is the number of the post that steps aside, then the others in the order in which their names become free.
    `titles` are the posts' own titles.
    """
    posts = {each.number: each for each in requests if parse_doc(each.target).source == Source.ESA}
    rings = {number: tuple(ring) for ring in swaps if posts.keys() >= set(ring) for number in ring}
    left = {ring: set(ring) for ring in rings.values()}
    found: list[ChangeRequest] = []
    for request in requests:
        ring = rings.get(request.number) if posts.get(request.number) is request else None
        if ring is None:
            found.append(request)
            continue
        left[ring].discard(request.number)
        if not left[ring]:
            first, *others = (posts[number] for number in ring)
            found += [_step_aside(first, others, titles[first.number]), *others, first]
    return tuple(found)


def _step_aside(request: ChangeRequest, others: Sequence[ChangeRequest], title: str) -> ChangeRequest:
    made = _retitle(request, title, add_aside_mark(title))
    return replace(made, aside=True, swap=(request, *others))


def come_back(request: ChangeRequest, state: TargetState) -> ChangeRequest:
    """Return the request that gives a post its own title back, where its new name does not become free."""
    title = str(state.values[ChangeKey.TITLE])
    return replace(_retitle(request, title, own_title(title)), aside=True)


def _retitle(request: ChangeRequest, before: str, after: str) -> ChangeRequest:
    """Return a request for a title alone. It stands for no decision of the plan, and its identity is that of none."""
    seen, title = request.changes[0].seen, request.changes[0].title
    change = Change(
        kind=Verb.RETITLE,
        target=request.target,
        before={ChangeKey.TITLE: before},
        after={ChangeKey.TITLE: after},
        seen=replace(seen, text="aside", line=0, column=0),
        title=title,
    )
    return build_request([change])


def shown_state(request: ChangeRequest, seen: TargetState, now: TargetState | None) -> TargetState | None:
    """Return a target's state after a request, for the next one to it: of a post that made room the text as looked at.

    Only its title has changed; what is written into its text is merged with what anybody did since that look.
    """
    if now is None or not request.aside:
        return now
    values = {**now.values, ChangeKey.BODY.value: seen.values[ChangeKey.BODY]}
    return replace(now, values=values, row=seen.row, text=seen.text)


def is_swap_possible(request: ChangeRequest, states: Mapping[int, TargetState]) -> bool:
    """Whether the posts that change names stand as they were seen, as far as their states are known."""
    known = ((each, states[each.number]) for each in request.swap if each.number in states)
    return not any(differing_settled_keys(each.before, state.values) for each, state in known)
