"""A small team in which some things are not for everybody, each with words that stand nowhere else.

Every planted thing gets a finding of its own on the second Monday, so that whatever tells what is new, old, due,
counted or listed has a reason to tell of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]

PUBLIC, PUBLIC_TITLE = 101, "公開の障害"
FINISHED, DRAFT, PERSONAL = 102, 103, 104
DUE = "2026/11/10"
FIRST, SECOND = "2026-11-16T09:00:00+09:00", "2026-11-23T09:00:00+09:00"
WEEK = "2026-W47"


@dataclass(frozen=True, slots=True)
class Plant:
    """One thing that is not for everybody: what it is called, its id, and the words that stand in it alone."""

    name: str
    doc: str
    words: tuple[str, ...]

    @property
    def number(self) -> str:
        """The digits of its id, which stand nowhere else either."""
        return self.doc.partition(":")[2]


PLANTS = (
    Plant("a private ticket", "redmine:90101", ("hisokakenmei", "hisokasetsumei", "密田さん")),
    Plant("a private ticket somebody works on", "redmine:90106", ("hisokatantou",)),
    Plant("a private ticket that a public page names", "redmine:90109", ("hisokatojita",)),
    Plant("a private note", "redmine:90102", ("hisokachuuki", "陰山さん")),
    Plant("a ticket of a project that is not public", "redmine:90103", ("hisokajigyou", "hisokaji-ident", "hisokaken")),
    Plant("a wiki page of that project", "redmine:wiki/hisokaji-ident/Hisokawiki", ("Hisokawiki", "hisokahonbun")),
    Plant("a post of a limited category", "esa:90104", (
        "hisokabunrui", "hisokadaimei", "hisokagenin", "hisokataisaku", "hisokatagu", "hisoka-prd-db-77", "隠岐さん")),
    Plant("a finished incident there", "esa:90107", ("hisokasumi",)),
    Plant("a draft there", "esa:90108", ("hisokashitagaki", "hisokahashi01")),
    Plant("the address by which a post is shared", "esa:90105", ("hisokakyouyuu",)),
    Plant("minutes in a folder of one's own", "files:hisokamemo/不具合共有/hisokagijiroku.md", (
        "hisokamemo", "hisokagijiroku", "hisokateirei", "hisokakadai", "hisokashippitsu", "hisoka-prd-ap-88",
        "阿久津さん", "hisokahonban", "hisokakawa01")),
)  # fmt: skip

FOLDER = "hisokamemo"
"""The folder of the minutes, and the name of its source."""

NOTE_OF_PUBLIC = "redmine:90102"
"""The ticket of the private note is for everybody, and may be named."""

NAMED_TICKET = "redmine:90109"
"""Its number stands on a page for everybody; what it is called, who closed it and when do not."""

SHARED_POST = "esa:90105"
"""Anybody may read it, with the address or as a member: it may be named, its address may not."""


def betrayed(text: str, *, ids: bool = True) -> list[str]:
    """Which of the words, and of the ids unless not wanted, stand in a text."""
    words = [word for plant in PLANTS for word in plant.words]
    names = [each.number for each in PLANTS if ids and each.doc not in (NOTE_OF_PUBLIC, NAMED_TICKET, SHARED_POST)]
    plain = re.sub(r"\\u([0-9a-f]{4})", lambda hit: chr(int(hit[1], 16)), text)
    return [each for each in (*words, *names) if each.casefold() in plain.casefold()]


def incident(cause: str, measure: str, prevention: str) -> str:
    """An incident page."""
    sections = (
        ("概要", "2026/11/02 に止まった"),
        ("原因", cause),
        ("恒久対応", f"- [ ] {measure}"),
        ("再発防止", prevention),
    )
    return "\n".join(f"## {name}\n{text}\n" for name, text in sections)


_CAUSE = "設定 {} の上限が既定のままで、接続が増えると待ち行列が溢れる作りだった"
_MEASURE = "{} の上限を上げて監視に足す（担当: {}、期限: " + DUE + "）"
_DONE = "上限の一覧を月に一度見直す（担当: 小野、期限: 2027/01/31）"


_FINISHED = "- [x] 上限を上げて監視に足した（担当: 小野、期限: 2026/11/05、2026/11/04 完了）"


_SERVERS = "サーバー `{0}01` と `{0}02` には `ssh {0}01`、`ssh {0}02` で入る。\n"


def finished() -> Iterator[Row]:
    """Two incidents that came to their end, and two drafts: one of each for everybody."""
    for number, title, category, wip in (
        (FINISHED, "公開の障害（済み）", "不具合共有/2026", False),
        (90107, "hisokasumi の障害", "不具合共有/hisokabunrui", False),
        (DRAFT, "公開の下書き", "運用", True),
        (90108, "hisokashitagaki", "不具合共有/hisokabunrui", True),
        (PERSONAL, "公開の障害（控え）", "Users/ono", False),  # like the finished incident nobody may read
    ):
        servers = _SERVERS.format("yamashina" if number == DRAFT else "hisokahashi")
        ticket = {90107: " #90100", FINISHED: " #90109"}.get(number, "")
        body = incident(_CAUSE.format("web-prd-app-01"), _FINISHED, f"{_FINISHED}{ticket}").replace("- [ ] ", "")
        yield {
            "number": number, "name": title, "category": category, "tags": [], "wip": wip,
            "body_md": f"# メモ\n\n{servers}" if wip else body,
            "created_at": "2026-11-02T10:00:00+09:00", "updated_at": "2026-11-09T10:00:00+09:00",
            "created_by": {"screen_name": "ono", "name": "小野"},
        }  # fmt: skip


def posts() -> Iterator[Row]:
    """The posts as they stand on the first Monday."""
    for number, title, category, cause, who, extra in (
        (PUBLIC, PUBLIC_TITLE, "不具合共有/2026", "web-prd-app-01", "小野", {}),
        (90104, "hisokadaimei の障害", "不具合共有/hisokabunrui", "hisoka-prd-db-77 hisokagenin", "隠岐さん",
         {"tags": ["hisokatagu"], "created_by": {"screen_name": "oki", "name": "隠岐さん"}}),
        (90105, "共有した障害", "不具合共有/2026", "hisokanaiyou", "小野",
         {"sharing_urls": {"html": "https://docs.esa.io/sharing/posts/90105/hisokakyouyuu", "slides": ""}}),
    ):  # fmt: skip
        measure = _MEASURE.format("hisokataisaku" if number == 90104 else "web-prd-app-01", who)
        yield {
            "number": number, "name": title, "category": category, "tags": [], "wip": False,
            "body_md": incident(_CAUSE.format(cause), measure, _DONE),
            "created_at": "2026-11-02T10:00:00+09:00", "updated_at": "2026-11-09T10:00:00+09:00",
            "created_by": {"screen_name": "ono", "name": "小野"}, **extra,
        }  # fmt: skip


def minutes(*, prevention: str = _DONE) -> str:
    """A note of a meeting, read as an incident page, with a box nobody ticked and a password."""
    head = "---\ntitle: hisokateirei の障害\ntags: hisokagijiroku\nauthor: hisokashippitsu\n---\n"
    cause = "web-prd-app-01 と hisoka-prd-ap-88 の再起動"
    measure = _MEASURE.format("hisokakadai", "阿久津さん")
    text = incident(_CAUSE.format(cause), measure, f"{prevention}\n\n{_FINISHED} #90100")
    return f"{head}{text}\n{_SERVERS.format('hisokakawa')}\nhisokahonban のパスワード: Suzume8Mori\n"


_PROJECTS = [
    {"id": 1, "name": "基盤", "identifier": "infra", "is_public": True},
    {"id": 2, "name": "hisokajigyou", "identifier": "hisokaji-ident", "is_public": False},
]
_MODULES = [{"name": "issue_tracking"}, {"name": "wiki"}]
_RIGHTS = ["view_issues", "view_wiki_pages", "view_wiki_edits", "view_private_notes", "edit_issues", "add_issues"]
_OKI, _ONO, _SAKURA = {"id": 21, "name": "密田さん"}, {"id": 22, "name": "小野"}, {"id": 24, "name": "佐倉"}


def redmine() -> Row:
    """What the Redmine holds besides tickets; whoever reads it may see all."""
    names = (("mitsuda", "密田さん"), ("ono", "小野"), ("kageyama", "陰山さん"), ("sakura", "佐倉"))
    users = [{"id": here, "login": login, "lastname": name} for here, (login, name) in enumerate(names, 21)]
    return {
        "reader": "ono",
        "users": users,
        "issue_statuses": [{"id": 1, "name": "新規"}, {"id": 5, "name": "終了", "is_closed": True}],
        "roles": [{"id": 1, "name": "管理者", "permissions": _RIGHTS, "issues_visibility": "all"}],
        "projects": [{**each, "enabled_modules": _MODULES} for each in _PROJECTS],
        "memberships": [
            {"project": {"id": each["id"], "name": each["name"]}, "user": {"id": 22}, "roles": [{"id": 1}]}
            for each in _PROJECTS
        ],
        "wiki_pages": [
            {"project": {"id": 2, "name": "hisokajigyou"}, "title": "Hisokawiki", "author": _ONO,
             "text": "h1. Hisokawiki\n\nhisokahonbun\n\nパスワード: Tsubame5Kaze"}
        ],
    }  # fmt: skip


def tickets() -> Iterator[Row]:
    """The tickets as they stand on the first Monday: each is somebody's."""
    done = "対応が完了しました。リリース済みです。"
    kageyama = {"id": 23, "name": "陰山さん"}
    note = {"id": 977001, "user": kageyama, "private_notes": True, "notes": f"hisokachuuki の{done}"}
    others = [{"id": 977000 + number, "user": _ONO, "notes": done} for number in (2, 3)]
    for each in (note, *others):
        each["created_on"] = "2026-10-20T01:00:00Z"
    for number, project, subject, text, extra in (
        (90100, _PROJECTS[0], "公開のチケット", "説明", {"author": _SAKURA, "journals": others[:1]}),
        (90101, _PROJECTS[0], "hisokakenmei", "hisokasetsumei", {"is_private": True, "assigned_to": _OKI}),
        (90102, _PROJECTS[0], "公開のチケットの注記", "説明", {"journals": [note]}),
        (90103, _PROJECTS[1], "hisokaken", "説明", {}),
        (
            90109,
            _PROJECTS[0],
            "hisokatojita",
            "説明",
            {
                "is_private": True,
                "status": {"id": 5, "name": "終了"},
                "closed_on": "2026-11-05T01:00:00Z",
                "journals": [
                    {
                        "id": 977009,
                        "user": kageyama,
                        "notes": "",
                        "created_on": "2026-11-05T01:00:00Z",
                        "details": [{"property": "attr", "name": "status_id", "old_value": "1", "new_value": "5"}],
                    }
                ],
            },
        ),
        (90106, _PROJECTS[0], "hisokatantou", "説明", {"is_private": True, "journals": others[1:]}),
    ):
        yield {
            "id": number, "project": {"id": project["id"], "name": project["name"]},
            "tracker": {"id": 1, "name": "障害"}, "status": {"id": 1, "name": "新規"},
            "priority": {"id": 2, "name": "通常"}, "author": _ONO, "assigned_to": _ONO, "subject": subject,
            "description": text, "created_on": "2026-09-01T00:00:00Z", "updated_on": "2026-10-20T01:00:00Z",
            "journals": [], **extra,
        }  # fmt: skip


def edits() -> Iterator[Row]:
    """What brings each of them a finding in the week between: prevention undone, nobody in charge."""
    for row in posts():
        body = row["body_md"].replace(_DONE, "検討中")
        yield {"system": "esa", "action": "update", "number": row["number"], "as": "ono", "fields": {"body_md": body}}
    for number in (90100, 90101, 90103):
        fields = {"assigned_to_id": ""}
        yield {"system": "redmine", "action": "update", "id": number, "as": "ono", "fields": fields}
