"""Load data rows into a team: posts, comments, members.

A row is a post as esa's API gives it (missing keys get sensible values), or a member (`screen_name`; `"member": false`:
a former one, who stays an author and is listed nowhere). A post's number is `number`, else a whole `id`, else the next
free one.
"""

from __future__ import annotations

from collections.abc import Iterable

from kb.errors import InputError
from kb.sandbox.core.refusals import unusable
from kb.sandbox.core.system import Row
from kb.sandbox.esa.state import derive
from kb.sandbox.esa.state.records import EsaComment, EsaMember, EsaPost, EsaRevision, StoredFile
from kb.sandbox.esa.state.team import EsaTeam
from kb.text.lang import t


def is_esa_row(row: Row) -> bool:
    """Whether a row is esa's, a post or a member, by its keys."""
    if "subject" in row:
        return False
    return bool({"body_md", "full_name", "screen_name"} & row.keys())


def load(team: EsaTeam, rows: Iterable[Row]) -> None:
    """Add rows to `team`. Raises InputError, naming the value, for an unusable row."""
    for row in rows:
        if "screen_name" not in row or "body_md" in row:
            _post(team, row)
        elif row.get("member") is False:
            add_former(team, row)
        else:
            add_member(team, row)


def add_member(team: EsaTeam, row: Row) -> EsaMember:
    """Add a member; a known screen name is replaced."""
    member = _member(team, row)
    team.former.pop(member.screen_name, None)
    team.members[member.screen_name] = member
    return member


def add_former(team: EsaTeam, row: Row) -> EsaMember:
    """Add a former member, known by name where they wrote."""
    member = _member(team, row)
    team.members.pop(member.screen_name, None)
    team.former[member.screen_name] = member
    return member


def _member(team: EsaTeam, row: Row) -> EsaMember:
    name = screen_name(row.get("screen_name"))
    known = team.person(name)
    return EsaMember(
        id=known.id if known else len(team.members) + len(team.former) + 1,
        screen_name=name,
        name=_text(row, "name") or (known.name if known else name),
        email=_text(row, "email") or f"{name}@example.com",
        role="owner" if row.get("role") == "owner" else "member",
        joined=_time(row, "joined_at", 1577836800),
        accessed=_time(row, "last_accessed_at", team.now),
    )


def screen_name(value: object) -> str:
    """Check a person's name: letters, digits, `-`, `_`. Raises InputError."""
    if not isinstance(value, str) or not value.replace("-", "").replace("_", "").isalnum():
        raise _value_error("screen_name", value)
    return value


def _post(team: EsaTeam, row: Row) -> None:
    number = _number(team, row)
    category, name = _place(row)
    created = _time(row, "created_at", team.now)
    updated = _time(row, "updated_at", created)
    author = _person(team, row.get("created_by"))
    stars, watches = _people(row.get("stargazers"), created), _people(row.get("watchers"), created)
    team.add(
        EsaPost(
            number=number,
            name=name,
            category=category,
            tags=_tags(row),
            wip=row.get("wip") is True,
            body_md=_text(row, "body_md"),
            message=_text(row, "message") or "Update post.",
            created=created,
            updated=updated,
            created_by=author,
            updated_by=_person(team, row.get("updated_by")) if row.get("updated_by") else author,
            revision=max(1, _whole(row, "revision_number", 1)),
            stargazers=stars,
            watchers=watches,
            more_stars=max(0, _whole(row, "stargazers_count", 0) - len(stars)),
            more_watchers=max(0, _whole(row, "watchers_count", 0) - len(watches)),
            shared=bool(row.get("sharing_urls")),
            hidden=row.get("hidden") is True,
            history=[_revision(team, each, name, category) for each in _rows(row, "revisions")],
        )
    )
    for file in _rows(row, "attachments"):
        content, content_type, redirect = (_text(file, name) for name in ("content", "content_type", "redirect"))
        if not (redirect.isascii() and (redirect.isprintable() or not redirect)):
            raise _value_error("redirect", redirect)
        team.files[_text(file, "path")] = StoredFile(content.encode(), content_type, redirect)
    for comment in _rows(row, "comments"):
        _comment(team, number, comment, updated)


def _rows(row: Row, key: str) -> list[Row]:
    """Return a list of objects; empty without the key."""
    rows = row.get(key) or ()
    if not isinstance(rows, list | tuple):
        raise _value_error(key, rows)
    for each in rows:
        if not isinstance(each, dict):
            raise _value_error(key, each)
    return list(rows)


def _revision(team: EsaTeam, row: Row, name: str, category: str) -> EsaRevision:
    """Return an old revision; title and category default to the present ones."""
    return EsaRevision(
        _whole(row, "number", 1),
        _text(row, "name") or name,
        _text(row, "category") or category,
        _tags(row),
        row.get("wip") is True,
        _text(row, "body_md"),
        _text(row, "message"),
        _time(row, "created_at", team.now),
        _person(team, row.get("created_by")),
    )


def _comment(team: EsaTeam, number: int, row: Row, default: int) -> None:
    id = _whole(row, "id", team.last_comment + 1)
    if id in team.comments:
        raise _value_error("comments.id", id)
    created = _time(row, "created_at", default)
    team.add_comment(
        EsaComment(
            id=id,
            number=number,
            body_md=_text(row, "body_md"),
            created=created,
            updated=_time(row, "updated_at", created),
            created_by=_person(team, row.get("created_by")),
            more_stars=_whole(row, "stargazers_count", 0),
        )
    )


def _number(team: EsaTeam, row: Row) -> int:
    given = row.get("number", row.get("id"))
    number = given if isinstance(given, int) and not isinstance(given, bool) else team.last_number + 1
    if number < 1 or number in team.posts:
        raise _value_error("number", given)
    return number


def _place(row: Row) -> tuple[str, str]:
    """Return category ("" for none) and title; `full_name` fills in for missing ones."""
    full = _text(row, "full_name")
    for tag in reversed(_tags(row)):
        full = full.removesuffix(f" #{tag}")
    category = _text(row, "category").strip("/") if row.get("category") else full.rpartition("/")[0]
    name = _text(row, "name") or full.removeprefix(f"{category}/")
    if not name:
        raise _value_error("name", row.get("name"))
    return category, name


def _tags(row: Row) -> tuple[str, ...]:
    tags = row.get("tags") or ()
    if not isinstance(tags, list | tuple) or not all(isinstance(tag, str) for tag in tags):
        raise _value_error("tags", tags)
    return tuple(tags)


def _person(team: EsaTeam, value: object) -> str:
    """Return a screen name from `{"screen_name": …}` or a plain name; new people join the team."""
    if isinstance(value, str):
        value = {"screen_name": value}
    if not isinstance(value, dict):
        return next(iter(team.members))
    name = value.get("screen_name")
    if not isinstance(name, str) or team.person(name) is None:
        add_member(team, value)
    return str(name)


def _people(value: object, when: int) -> dict[str, int]:
    names: dict[str, int] = {}
    for entry in value if isinstance(value, list) else ():
        user = entry.get("user", entry) if isinstance(entry, dict) else {"screen_name": entry}
        names[str(user.get("screen_name"))] = when
    return names


def _text(row: Row, key: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _value_error(key, value)
    # A lone surrogate could not be sent as JSON again.
    return value.encode("utf-8", "replace").decode() if not value.isascii() else value


def _whole(row: Row, key: str, default: int) -> int:
    value = row.get(key)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool):
        raise _value_error(key, value)
    return value


def _time(row: Row, key: str, default: int) -> int:
    text = _text(row, key)
    if not text:
        return default
    try:
        return derive.epoch(text)
    except ValueError:
        raise _value_error(key, text) from None


def _value_error(key: str, value: object) -> InputError:
    next_step = t("esa の投稿 1 件を JSON で 1 行に書いてください。", "write one esa post as JSON on one line.")
    return unusable(value, key, key, next_step)
