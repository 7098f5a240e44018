"""Link edits as changes of a plan: one a place, decided one by one, sent as one body of their post."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kb.model.facts import Confidence
from kb.model.masked import Masked
from kb.model.plan import Change, ChangeKey, Verb
from kb.plan.links.find import Scope
from kb.plan.links.moves import PathMoves
from kb.plan.links.rewrite import LinkEdit
from kb.plan.links.spelling import Form, WrittenPath
from kb.plan.propose.post import PostHead, display_category, group_title
from kb.plan.sections.places import digest_whole
from kb.secrets.mask_document import mask_text
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

LINK_NEED_NOT_CHANGE = t(
    "行き先が案のとおりに移らないので、リンクはそのままにしました（kb plan refresh で作り直せます）",
    "what it leads to does not move as planned, so the link was left as it is (kb plan refresh proposes it again)",
)


IN_CODE = t("（コードの中）", " (in code)")
"""What the group of links in code ends with: people decide on those apart."""


def propose_links(post: PostHead, text: str, edits: Iterable[LinkEdit], *, broken: bool = False) -> Iterator[Change]:
    """Yield a change for each link that can be written; one nobody can be sure of is not accepted.

    `broken`: they led nowhere before.
    """
    title, digest = mask_text(post.title), digest_whole(text)
    for each in edits:
        if not each.after or each.after == each.before:
            continue
        path, place = display_category(each.path), display_category(each.place)
        old, new = _find_stem(path, place)
        reason = t(f"{path} にあったものは、移したあと {place} にあります。", f"What {path} shows is then in {place}.")
        because = t("リンクの行き先に合わせるため", "links follow")
        if broken:
            reason = t(
                f"{path} にはもう何もありません。あったものは {place} に移っています。",
                f"There is nothing in {path} any more: what it held is in {place}.",
            )
            because = t("切れたリンクを直すため", "broken links")
        doubt = t(
            "ここにあったものは、いくつかの分類に分かれます。after を確かめて決めてください。",
            "What was there parts into several categories: look at after, and decide.",
        )
        if each.guessed:
            reason = t(f"{path} にはもう何もありません。", f"There is nothing in {path} any more.")
            because = t("切れたリンクに似た名前の分類", "broken links, a category with a like name")
            doubt = t(
                "名前の終わりが同じ分類は、ここだけです。そこへ移したのか、確かめて決めてください。",
                "This is the only category whose name ends like that: see whether it moved there, and decide.",
            )
        yield Change(
            kind=Verb.LINKS,
            target=f"esa:{post.number}",
            before={ChangeKey.LINK: each.before},
            after={ChangeKey.LINK: each.after},
            seen=replace(post.seen, text=digest, line=each.line, column=each.column),
            group=f"{group_title(old, new, because)}{IN_CODE if each.code else ''}",
            reason=str(reason),
            confidence=Confidence.HIGH if each.sure else Confidence.LOW,
            accept=each.sure,
            title=title,
            secret_title=title != post.title,
            warning="" if each.sure else str(doubt),
        )


def _find_stem(path: str, place: str) -> tuple[str, str]:
    """Return both without the folders they end with alike: people decide on a renamed category with all below it."""
    old, new = path.split("/"), place.split("/")
    while len(old) > 1 and len(new) > 1 and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return "/".join(old), "/".join(new)


def stands_in_code(change: Change) -> bool:
    """Whether the link of a change stands in code."""
    return IN_CODE.ja in change.group or IN_CODE.en in change.group


def is_link(change: Change) -> bool:
    """Whether a change is of a link."""
    return ChangeKey.LINK in change.after


def describe_hunk(change: Change) -> tuple[Masked, ...]:
    """Return a change of a link or a mark as two lines of a diff; nothing for other changes."""
    key = next((key for key in (ChangeKey.LINK, ChangeKey.MARK) if key in change.after), None)
    if key is None:
        return ()
    line = change.seen.line
    return mask_text(f"-{line}: {change.before[key]}"), mask_text(f"+{line}: {change.after[key]}")


_SLICE = compile_lazy(
    r"(?:(?:path|category|category_path)=(?P<path>.*)|-?(?P<scope>in|on|category)(?::|%3[Aa])(?P<term>.*))", re.S
)
_QUOTES = compile_lazy(r"(?:\"|%22)")


def read_link(value: str) -> tuple[Scope, tuple[WrittenPath, ...]]:
    """Return the scope of a link in a plan, and its path in each form it may be written in."""
    if (found := _SLICE.fullmatch(value)) is None:
        return Scope.BELOW, (WrittenPath(value, Form.TARGET),)
    if found["path"] is not None:
        return Scope.BELOW, (WrittenPath(found["path"], Form.ADDRESS),)
    term = _QUOTES.sub("", found["term"])
    return Scope(found["scope"]), (WrittenPath(term, Form.QUERY), WrittenPath(term, Form.WORDS))


def find_idle_changes(
    accepted: Sequence[Change], moves: PathMoves, places: Mapping[int, tuple[str, str]]
) -> Iterator[Change]:
    """Yield the links that are right as they stand, or would lead nowhere: what they show does not move as planned.

    `places` are the categories of posts before and after. A plan has such links when a move was taken out or given
    another place; a link that a person has written anew stays.
    """
    for each in accepted:
        if not is_link(each) or each.edited:
            continue
        before, after = places.get(each.number, ("", ""))
        scope, paths = read_link(str(each.before[ChangeKey.LINK]))
        stays = {
            path
            for one in paths
            if moves.is_known(path := one.resolve(before), scope) and not moves.breaks(path, scope)
        }
        scope, paths = read_link(str(each.after[ChangeKey.LINK]))
        places_after = {one.resolve(after) for one in paths}
        makes_post = str(each.after[ChangeKey.LINK]).startswith("category_path=")
        leads = makes_post or any(moves.leads_after(path, scope) for path in places_after)
        if not leads or (stays and not stays & places_after):
            yield each
