r"""Parse OWNERS files and load owners: lines `pattern owner …`, as in CODEOWNERS.

    # 運用の手順は基盤のふたりで
    /運用/手順/   @sato @ono
    *.md          "佐藤 健"

A pattern with a slash before its end stands for a place from the top, another for a name in any folder;
what matches a folder means all in it, except that `docs/*` means what stands in it directly. `\ ` is a
blank of a name. A line without an owner takes a place out again. Source: GitHub Docs, About code owners.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from kb import files
from kb.errors import InputError, KbError
from kb.lint.people.ownership import OwnerRule, Owners, compile_owner_rule, no_assignee
from kb.lint.people.people import People
from kb.lint.people.roster import read_roster
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import RawDocId
from kb.model.health import HealthCheck, failed_check, note_check, ok_check
from kb.model.host_names import NO_COLLECTED_NAMES
from kb.reading.tickets.finished import address_person
from kb.settings.kb_toml import Settings
from kb.settings.workspace import Workspace
from kb.text.fold import normalize_name
from kb.text.globs import find_personal_folder
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

_WORD = compile_lazy(r'"(?P<quoted>[^"]*)"|(?P<bare>(?:\\.|[^ \t\\])+)')


def parse_owners(text: str, folders: Sequence[str] = ()) -> list[OwnerRule]:
    """Parse an OWNERS file in order; `folders` are the globs of personal folders."""
    found = []
    for line in text.splitlines():
        words = _words(line)
        if words:
            pattern, *to = words
            reaches = bool(find_personal_folder(pattern.strip("/"), folders))
            found.append(OwnerRule(tuple(to), pattern, _compile_pattern(pattern), personal=reaches))
    return found


def _words(line: str) -> list[str]:
    """Return the words of a line up to its comment."""
    words = []
    for found in _WORD.finditer(line.strip()):
        if found["bare"] is not None and found["bare"].startswith("#"):
            break
        words.append(found["quoted"] if found["bare"] is None else re.sub(r"\\(.)", r"\1", found["bare"]))
    return words


def _compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a gitignore pattern that matches a whole place."""
    inside = pattern.endswith("/")
    body = pattern.strip("/")
    anchored = pattern.startswith("/") or "/" in body
    out = "" if anchored else "(?:.*/)?"
    body = re.sub(r"\*{3,}", "**", re.sub(r"(?:\*\*/){2,}", "**/", body))  # else a dozen is tried in every order
    for piece in re.split(r"(\*\*/|/\*\*\Z|\*\*|\*|\?)", body):
        out += {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(piece, re.escape(piece))
    if inside:
        out += "/.*"
    elif not body.endswith("/*"):
        out += "(?:/.*)?"
    return re.compile(out, re.S)


def load_owners(workspace: Workspace | None, mirror: Mirror | None) -> Owners:
    """Load the owners. Without a mirror only kb.toml names people.

    Tickets' assignees are read once, when first needed. Raises InputError for an unreadable OWNERS file.
    """
    settings = workspace.settings if workspace is not None else Settings()
    rules = [*(_read_file(workspace) if workspace is not None else ()), *_read_settings(settings)]
    roster = read_roster(settings.people, mirror)
    assignee = _Assignees(mirror) if mirror is not None else no_assignee
    return Owners(roster.people(), rules, settings.people.folders, settings.owners.steward, assignee, roster.bots)


def _read_settings(settings: Settings) -> Iterator[OwnerRule]:
    """Yield the rules of kb.toml."""
    for each in settings.owners.rule:
        yield compile_owner_rule(
            each.to,
            place=each.place,
            tag=each.tag,
            node=each.node,
            folders=settings.people.folders,
            collected=settings.host_names.collected if each.node else NO_COLLECTED_NAMES,
        )


def _read_file(workspace: Workspace) -> list[OwnerRule]:
    """Return the rules of the file named by `[owners] file`, beside kb.toml."""
    settings = workspace.settings
    if not settings.owners.file:
        return []
    path = Path(workspace.root, settings.owners.file)
    text = files.read_text(path)
    if text is None:
        raise InputError(
            t(f"[owners] file の {path.name} がありません。", f"there is no {path.name}, which [owners] file names."),
            t(
                f"{path} を作るか、kb.toml の file を直してください。",
                f"make {path}, or correct the name in kb.toml.",
            ),
        )
    return parse_owners(text, settings.people.folders)


class _Assignees:
    """Assignees of tickets by document, read in one query when first needed."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._names: dict[str, str] | None = None

    def __call__(self, doc: RawDocId) -> str:
        if not isinstance(doc, str) or not doc.startswith("redmine:"):
            return ""
        if self._names is None:
            self._names = queries.assignees(self._mirror.database)
        return self._names.get(doc, "")


_MAX_NAMES = 20
"""How many problems are listed; the rest are counted."""


def check_owners(workspace: Workspace) -> Iterator[HealthCheck]:
    """Yield checks of the owner rules; nothing without rules."""
    settings = workspace.settings
    if not (settings.owners.file or settings.owners.rule or settings.owners.steward or settings.people.same):
        return
    try:
        if not workspace.mirror.exists():
            load_owners(workspace, None)
            return
        with Mirror.open(workspace.mirror, readonly=True) as mirror:
            owners = load_owners(workspace, mirror)
            found = [*_names(owners), *_patterns(owners.rules, mirror)]
    except KbError as error:
        yield failed_check(error)
        return
    yield ok_check(_summary(owners))
    yield from found[:_MAX_NAMES]
    if (more := len(found) - _MAX_NAMES) > 0:
        yield note_check(
            t(f"担当の決まりに、このような点がほかに {more:,} 件あります。", f"and {more:,} more like these.")
        )


def _summary(owners: Owners) -> Text:
    many = len(owners.rules)
    if not owners.steward:
        return t(f"担当の決まり {many:,} 件", f"rules on owners: {many:,}")
    name = owners.person(owners.steward).name
    return t(
        f"担当の決まり {many:,} 件、世話役は{address_person(name)}", f"rules on owners: {many:,}; the steward is {name}"
    )


def _names(owners: Owners) -> Iterator[HealthCheck]:
    """Yield names that match no one, several people, or a former member, each once."""
    if not owners.people:
        return
    seen: set[str] = set()
    names = ((name, _of_rule(rule)) for rule in owners.rules for name in rule.to)
    steward = ((owners.steward, t("世話役（steward）", "the steward")),) if owners.steward else ()
    for name, where in (*names, *steward):
        if normalize_name(name) in seen:
            continue
        seen.add(normalize_name(name))
        people = owners.people.find(name)
        if len(people) == 1 and not people[0].former:
            continue
        if not people:
            yield note_check(
                t(
                    f"{where.ja}の「{name}」という人は、esa にも Redmine にもいません。",
                    f"{where.en}: no one in esa or Redmine is called {name!r}.",
                ),
                _nearest(name, owners.people),
            )
        elif len(people) > 1:
            either = "、".join(each.handle or each.name for each in people)
            yield note_check(
                t(
                    f"{where.ja}の「{name}」は {len(people):,} 人います。",
                    f"{where.en}: {name!r} means several people.",
                ),
                t(f"どれかを書いてください: {either}", f"give one of them: {either}"),
            )
        else:
            yield note_check(
                t(
                    f"{where.ja}の{address_person(name)}はメンバーの一覧にいません。",
                    f"{where.en}: {name} is not on the list of members.",
                ),
                t("引き継いだ人の名前に直してください。", "give the name of who took over."),
            )


def _of_rule(rule: OwnerRule) -> Text:
    return t(f"担当の決まり「{rule.shown}」", f"rule on owners {rule.shown!r}")


def _nearest(name: str, people: People) -> Text:
    near = difflib.get_close_matches(normalize_name(name), sorted(people.names), n=1, cutoff=0.7)
    if near:
        person = people.find(near[0])[0]
        shown = person.handle or person.name
        return t(f"{shown} ではありませんか。", f"did you mean {shown}?")
    return t(
        "esa のスクリーンネームか氏名で書くか、kb.toml の [people.same] に並べてください。",
        "give a screen name of esa or a full name, or list it in [people.same] of kb.toml.",
    )


def _patterns(rules: Sequence[OwnerRule], mirror: Mirror) -> Iterator[HealthCheck]:
    """Yield rules whose place or tag matches no document. Nodes would need every page read."""
    left = {number: rule for number, rule in enumerate(rules) if rule.place is not None or rule.tag}
    for category, title, doc, tags in queries.live_pages(mirror.database) if left else ():
        places = f"{category}/{title}".lstrip("/"), doc.removeprefix("files:")
        carried = {tag.casefold() for tag in tags}
        done = [number for number, rule in left.items() if rule.matches_place(places, carried)]
        for number in done:
            del left[number]
        if not left:
            return
    for rule in left.values():
        yield note_check(
            t(f"{_of_rule(rule).ja}に当てはまるものがありません。", f"{_of_rule(rule).en} matches nothing."),
            t("場所やタグの名前が変わっていないか確かめてください。", "see whether the place or the tag was renamed."),
        )
