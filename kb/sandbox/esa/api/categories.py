"""Categories: the list of paths, one level with its posts, the top, no category, and moves."""

from __future__ import annotations

from collections import Counter

from kb.sandbox.esa.api import json, notices
from kb.sandbox.esa.http import bodies
from kb.sandbox.esa.http.call import ApiError, EsaCall, Json, list_page, not_found, page_envelope
from kb.sandbox.esa.state import derive, writing
from kb.sandbox.esa.state.records import EsaPost

FILTERS = ("prefix", "suffix", "match", "exact_match")
"""Parameters of categories/paths."""


def paths(call: EsaCall) -> Json:
    """GET /categories/paths: the number of posts directly in each category.

    Without `v=2` the whole team comes in one answer. The path of what has no category is null.
    """
    found = sorted(_counts(call, digest=True).items())
    if any(call.get(name) for name in FILTERS):
        found = [(path, count) for path, count in found if _passes(call, path)]
    if call.get("v") == "2":
        return list_page(call, "categories", found, _path_count)
    return {"categories": [_path_count(each) for each in found]}


def _path_count(each: tuple[str, int]) -> Json:
    return {"path": each[0] or None, "posts": each[1]}


def select(call: EsaCall) -> Json:
    """GET /categories?select=PATH: a category, its subcategories, and its posts if included."""
    place = call.get("select").strip("/")
    tree, include = _tree(_counts(call)), call.names("include")
    if place and place not in tree:
        raise not_found()
    readme = next((post for post in _posts(call, place) if post.name.upper() == "README"), None)
    answer: Json = {
        "current_category": place,
        "categories": _below(place, tree),
        "readme": json.post(call, readme) if readme and place else None,
    }
    if "parent_categories" in include:
        answer["parent_categories"] = _above(place, tree)
    if "posts" in include:
        deep = call.get("descendant_posts") in ("true", "1")
        found, envelope = page_envelope(call, _posts(call, place, deep=deep))
        posts = [json.post(call, post) for post in found]
        answer |= {"posts": posts, "descendant_posts": deep, **envelope}
    return answer


def top(call: EsaCall) -> Json:
    """GET /categories/top."""
    counts = _counts(call)
    none = {"name": "", "count": counts.pop("", 0)}
    return {"current_category": "", "categories": _below("", _tree(counts)), "no_category": none}


def no_category(call: EsaCall) -> Json:
    """GET /categories/no_category: the posts without a category."""
    return list_page(call, "posts", _posts(call, ""), lambda post: json.post(call, post))


def _counts(call: EsaCall, *, digest: bool = False) -> Counter[str]:
    """Count the posts the token may see by exact category."""
    team = call.team
    visible = team.readable(call.reader)
    wip, archived = team.behaviour.paths_count_wip, team.behaviour.paths_count_archived
    if visible is None and (not digest or (wip and archived)):
        return Counter({path: len(numbers) for path, numbers in team.by_category.items()})
    counts: Counter[str] = Counter()
    for post in team.posts.values():
        if visible is not None and not visible(post):
            continue
        if not digest or ((wip or not post.wip) and (archived or not derive.is_archived(post.category))):
            counts[post.category] += 1
    return counts


def _passes(call: EsaCall, path: str) -> bool:
    folded = derive.fold(path)
    prefix, suffix, match, exact = (derive.fold(call.get(name)) for name in FILTERS)
    return folded.startswith(prefix) and folded.endswith(suffix) and match in folded and exact in ("", folded)


def _posts(call: EsaCall, place: str, *, deep: bool = False) -> list[EsaPost]:
    team, visible = call.team, call.team.readable(call.reader)
    if deep and place:
        names = [path for path in team.by_category if derive.is_under(path, place)]
    else:
        names = [place]
    rows = [team.posts[number] for name in names for number in team.by_category.get(name, ())]
    rows = [row for row in rows if visible is None or visible(row)]
    return sorted(rows, key=lambda row: (row.updated, row.number), reverse=True)


def _tree(counts: Counter[str]) -> dict[str, tuple[int, bool]]:
    """Map every category and parent to the size of its subtree, and whether it has children."""
    totals: Counter[str] = Counter()
    parents: set[str] = set()
    for path, count in counts.items():
        while path:
            totals[path] += count
            path = path.rpartition("/")[0]
            parents.add(path)
    return {path: (count, path in parents) for path, count in totals.items()}


def _above(place: str, tree: dict[str, tuple[int, bool]]) -> list[Json]:
    """Return each level from the top down to `place`, the path marked as selected."""
    parts = place.split("/")
    levels: list[Json] = []
    for depth in range(len(parts)):
        current, child = "/".join(parts[:depth]), "/".join(parts[: depth + 1])
        rows = [{**row, "selected": row["full_name"] == child} for row in _below(current, tree)]
        levels.append({"current_category": current, "categories": rows})
    return levels


def _below(place: str, tree: dict[str, tuple[int, bool]]) -> list[Json]:
    return [_row(path, tree) for path in sorted(tree) if path.rpartition("/")[0] == place]


def _row(place: str, tree: dict[str, tuple[int, bool]]) -> Json:
    count, has_child = tree[place]
    return {"name": place.rpartition("/")[2], "full_name": place, "count": count, "has_child": has_child}


def batch_move(call: EsaCall) -> Json:
    """POST /categories/batch_move: moves `from` and all below it; `count` counts categories.

    Posts already at the target stay; posts the token may not see stay behind.
    """
    fields = bodies.body_fields(call)
    source, target = bodies.required_text(fields, "from"), bodies.required_text(fields, "to")
    top, to, behaviour = source.strip("/"), target.strip("/"), call.team.behaviour
    found = writing.subtree(call.team, top, call.team.readable(call.reader))
    if not found and behaviour.move_missing_status == 404:
        raise not_found()
    count = 0
    for place, posts in found.items() if top != to else ():
        if behaviour.move_stops_after and count == behaviour.move_stops_after:
            raise ApiError(500, "internal_server_error", "Internal Server Error")
        for post in posts:
            _move(call, post, writing.moved_path(place, top, to))
        count += 1
    return {"count": count, "from": source, "to": target}


def _move(call: EsaCall, post: EsaPost, place: str) -> None:
    behaviour = call.team.behaviour
    if behaviour.move_revises:
        when = None if behaviour.move_touches else post.updated
        writing.revise(call.team, post, {"category": place}, by=call.token.user, when=when)
        notices.notify(call, "post_update", post)
    else:
        call.team.change(post, category=place, updated=call.team.now if behaviour.move_touches else post.updated)
