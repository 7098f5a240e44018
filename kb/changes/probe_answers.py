"""What the answers to a probe's requests say of this esa: question → answer, in a word each. Pure.

A question that could not be told has no entry. No text of any post is in here, and no title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kb.changes.probe_scene import ARCHIVE, FIRST, LETTERS, SECOND, Got, Scene, body
from kb.sources.call import Row

REFUSED = (401, 402, 403)
ABSENT = (404, 405)

_SCOPE = re.compile(r"write(?::(?:post|category))?")


def answers(scene: Scene) -> dict[str, str]:
    """All that can be told, by question."""
    told: dict[str, str | None] = {
        **_updates(scene),
        **_categories(scene),
        **_texts(scene),
        **_calls(scene),
        **_move(scene),
        **_searches(scene),
        **_counts(scene),
        **_not_there(scene),
    }
    return {question: answer for question, answer in told.items() if answer is not None}


def _updates(scene: Scene) -> dict[str, str | None]:
    retag, noop = _row(scene, "retag"), _row(scene, "noop")
    commented = _row(scene, "commented") if _status(scene, "comment") in (200, 201) else {}
    name = str(scene.made["A"].get("name"))
    as_sent, decoded = "&#47;" in name and "&#35;" in name, "/" in name and "&" not in name
    message = None if not retag else "returned" if retag.get("message") == scene.message else "lost"
    return {
        "patch_revision": _revises(scene.made["A"], retag),
        "patch_updated_at": _touches(scene.made["A"], retag),
        "message": message,
        "noop_revision": _revises(scene.made["C"], noop),
        "noop_updated_at": _touches(scene.made["C"], noop),
        "comment_updated_at": _touches(scene.made["D"], commented),
        "titles": "as-sent" if as_sent else "decoded" if decoded else "other",
    }


def _categories(scene: Scene) -> dict[str, str | None]:
    back = _row(scene, "back 1").get("category") == scene.place
    return {
        "category_empty": _emptied(scene, "empty category"),
        "category_null": _emptied(scene, "null category") if back else None,
    }


def _emptied(scene: Scene, step: str) -> str | None:
    if _status(scene, step) in (400, 422):
        return "refused"
    row = _row(scene, step)
    if not row or (row.get("category") or "") not in ("", scene.place):
        return None
    return "ignored" if row.get("category") else "clears"


def _texts(scene: Scene) -> dict[str, str | None]:
    row = _row(scene, "overlap")
    if _status(scene, "edit") != 200 or not row:
        return {}
    flag = row.get("overlapped")
    told = "yes" if flag is True else "no" if flag is False else "absent"
    text = str(row.get("body_md")).replace("\r\n", "\n")
    return {"overlap_flag": told, "overlap_style": style(text)}


def style(text: str) -> str:
    """What esa leaves where two edits overlap: markers (`git`, `diff3`), one side (`sent`, `stored`), `both`."""
    starts = {line[:7] for line in text.split("\n")}
    if "<" * 7 in starts:
        return "diff3" if "|" * 7 in starts else "git"
    for name, second in (("sent", SECOND), ("stored", FIRST)):
        if text.strip() == body(second).strip():
            return name
    return "both" if FIRST in text and SECOND in text else "other"


def _calls(scene: Scene) -> dict[str, str | None]:
    archive, again = _row(scene, "archive A"), _row(scene, "archive A again")
    done = str(archive.get("category") or "").startswith(ARCHIVE)
    return {
        "rollback": _able(scene, "rollback"),
        "archive": _able(scene, "archive A") if not archive or done else "no",
        "archive_again": _revises(archive, again) if archive else None,
    }


def _able(scene: Scene, step: str) -> str | None:
    status = _status(scene, step)
    return "yes" if status == 200 else "refused" if status in REFUSED else "no" if status in ABSENT else None


def _move(scene: Scene) -> dict[str, str | None]:
    status = _status(scene, "move")
    scopes = " ".join(_writing(scene.got.get("scopes"))) or None
    came = _came(scene, status)
    told: dict[str, str | None] = {"move": came, "move_scopes": scopes}
    moved = _row(scene, "see B")
    if status == 200 and moved.get("category") == f"{scene.place}/to":
        told["move_revision"] = _revises(scene.made["B"], moved)
        told["move_updated_at"] = _touches(scene.made["B"], moved)
    if came == "merges":
        told["move_missing"] = str(_status(scene, "move nothing") or "") or None
    return told


def _came(scene: Scene, status: int) -> str | None:
    """`merges`: everything of the category lies beside what was in the other; `partly`: it answered so, but no."""
    if status == 200:
        wanted = {"see B": "/to", "see C": "/to", "see D": "/to/inner"}
        rows = {step: _row(scene, step) for step in wanted}
        if not all(rows.values()):
            return None
        whole = all(rows[step].get("category") == scene.place + within for step, within in wanted.items())
        return "merges" if whole else "partly"
    if status in REFUSED:
        return "refused"
    if status in ABSENT:
        return "no"
    return "fails" if status in (400, 409, 422) or status >= 500 else None


def _writing(got: Got | None) -> Iterator[str]:
    """The token's scopes that a category's move may need, as esa names them."""
    info = got.data if got is not None and got.status == 200 and isinstance(got.data, Mapping) else {}
    scopes = info.get("scope") or info.get("scopes") or []
    for each in sorted(map(str, scopes.split() if isinstance(scopes, str) else scopes)):
        if _SCOPE.fullmatch(each):
            yield each


def _searches(scene: Scene) -> dict[str, str | None]:
    numbers = [row["number"] for row in scene.rows("oldest")]
    mine = {scene.number(letter) for letter in LETTERS}
    old = bool(numbers) and not mine & set(numbers)  # the index has had time for those
    told: dict[str, str | None] = {"search_lag": _lag(scene, mine)}
    for question, step in (("numbers_or", "numbers or"), ("numbers_after", "numbers after")):
        found = [row["number"] for row in scene.rows(step)]
        status = _status(scene, step)
        if question == "numbers_or":
            right = sorted(found) == sorted(numbers) and len(numbers) == 2
        else:
            right = len(numbers) == 2 and found[:1] == numbers[1:] and min(found) > numbers[0]
        if status == 200 and right:
            told[question] = "yes"
        elif status == 400 or (status == 200 and (old or found)):
            told[question] = "no" if len(numbers) == 2 else None
    return told


def _lag(scene: Scene, mine: set[int]) -> str | None:
    """Seconds from the last post made to the first search that found all of them; `>3.2`: it had not by then."""
    began, waited = scene.got["make D"].at, None
    for step in ("search 1", "search 2", "search 3"):
        got = scene.got.get(step)
        if got is None or got.status != 200:
            continue
        waited = round(got.at - began, 1)
        if mine <= {row["number"] for row in scene.rows(step)}:
            return str(waited)
    return None if waited is None else f">{waited}"


def _counts(scene: Scene) -> dict[str, str | None]:
    """A is a draft in the place itself; B, below it, is none."""
    here, aside = _paths(scene, "paths", scene.place), _paths(scene, "paths archived", f"{ARCHIVE}/{scene.place}")
    told: dict[str, str | None] = {}
    last = _row(scene, "rollback") or _row(scene, "back 2")
    if here is not None and any(here.values()) and last.get("category") == scene.place:
        told["paths_wip"] = "counted" if here.get(scene.place) else "left-out"
    archived = str(_row(scene, "archive B").get("category") or "").startswith(ARCHIVE)
    if aside is not None and archived:
        told["paths_archived"] = "counted" if any(aside.values()) else "left-out"
    return told


def _paths(scene: Scene, step: str, top: str) -> dict[str, int] | None:
    got = scene.got.get(step)
    rows = got.data.get("categories") if got is not None and got.status == 200 and isinstance(got.data, dict) else None
    if not isinstance(rows, list):
        return None
    found = {str(row.get("path")): row.get("posts") for row in rows if isinstance(row, dict)}
    return {
        path: count
        for path, count in found.items()
        if isinstance(count, int) and (path == top or path.startswith(f"{top}/"))
    }


def _not_there(scene: Scene) -> dict[str, str | None]:
    told = {"missing_post": "missing", "hidden_post": "hidden"}
    return {
        question: str(status) if (status := _status(scene, step)) in (*REFUSED, *ABSENT) else None
        for question, step in told.items()
    }


def _status(scene: Scene, step: str) -> int:
    return scene.got[step].status if step in scene.got else 0


def _row(scene: Scene, step: str) -> Row:
    """The post a step was answered with; an empty one when it was refused."""
    got = scene.got.get(step)
    return got.data if got is not None and got.status in (200, 201) and isinstance(got.data, dict) else {}


def _revises(before: Row, after: Row) -> str | None:
    one, other = before.get("revision_number"), after.get("revision_number")
    if type(one) is not int or type(other) is not int:
        return None
    return "adds" if other > one else "none"


def _touches(before: Row, after: Row) -> str | None:
    one, other = before.get("updated_at"), after.get("updated_at")
    if not isinstance(one, str) or not isinstance(other, str):
        return None
    return "moves" if one != other else "stays"
