"""A plan in which every verb of `kb plan` takes part, and what both systems hold then, for torture_kit.kills.

The changes are what the verbs themselves propose for a small team. How each ends is written down in `ENDS`, a line
each; besides, what stands in both systems is compared with what stands there when nothing is killed.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from changes.measure_pages import incident
from changes.site import accepted
from torture_kit.changes_book import Counts
from torture_kit.changes_stand import BEGAN, Ran, Stand
from torture_kit.kills import APPLY, Dump, Life, Reference, exit_of

from kb.model.plan import Change, Plan, Verb, new_plan
from kb.plan.file.parse import parse_plan
from kb.plan.file.render import render_plan

NOW = "2026-11-26T12:00:00+09:00"
SATO, ONO = {"id": 11, "name": "佐藤 健"}, {"id": 12, "name": "小野 蘭"}
PEOPLE = {"sato": "佐藤 健", "ono": "小野 蘭"}
ROTATED, KNOWN, NOTED = "Zt7-kupferdach-19", "q8Yw-nebelhorn-44", "Rk5-windfang-83"
OLD_MARK = "<!-- kb:verified 2020-01-10 sato -->"
ASKING = 20
UNDO = ("undo", "last", "--yes", "--json", "--with-secrets")
RIGHTS = (
    "view_issues", "add_issues", "edit_issues", "add_issue_notes", "view_private_notes", "view_issue_watchers",
    "set_issues_private", "set_notes_private", "edit_issue_notes",
)  # fmt: skip
"""What the key may do."""

HEAD: dict[str, Any] = {
    "issue_statuses": [
        {"id": 1, "name": "新規", "is_closed": False},
        {"id": 3, "name": "解決", "is_closed": False},
        {"id": 5, "name": "終了", "is_closed": True},
        {"id": 6, "name": "却下", "is_closed": True},
    ],
    "trackers": [{"id": 1, "name": "障害", "default_status": {"id": 1, "name": "新規"}}],
    "roles": [
        {"id": 3, "name": "開発者", "assignable": True, "permissions": ["view_issues"], "issues_visibility": "default"},
        {"id": 4, "name": "kb", "assignable": False, "permissions": list(RIGHTS), "issues_visibility": "all"},
    ],
    "projects": [{"id": 1, "name": "基盤", "identifier": "infra", "status": 1, "is_public": True}],
    "users": [{"id": 11, "login": "sato", "name": "佐藤 健"}, {"id": 12, "login": "ono", "name": "小野 蘭"}],
    "memberships": [{"id": who, "project": {"id": 1}, "user": {"id": who}, "roles": [{"id": 3}]} for who in (11, 12)],
    "workflows": [
        {"tracker_id": 1, "role_id": 4, "old_status_id": old, "new_status_id": new}
        for old in (1, 3, 5, 6) for new in (1, 3, 5, 6) if old != new
    ],
}  # fmt: skip


def post(number: int, title: str, category: str, body: str = "本文", **more: Any) -> dict[str, Any]:
    """A post of 佐藤, written long ago."""
    who = {"screen_name": "sato", "name": PEOPLE["sato"]}
    return {
        "number": number, "name": title, "category": category, "body_md": body, "tags": [], "created_by": who,
        "updated_by": who, "created_at": "2019-12-01T10:00:00+09:00", "updated_at": "2020-01-05T10:00:00+09:00",
    } | more  # fmt: skip


def ticket(number: int, **more: Any) -> dict[str, Any]:
    """A ticket of 小野 that nobody has touched for months."""
    return {
        "id": number, "project": {"id": 1, "name": "基盤"}, "tracker": {"id": 1, "name": "障害"},
        "status": {"id": 1, "name": "新規"}, "priority": {"id": 2, "name": "通常"}, "author": ONO, "assigned_to": ONO,
        "subject": f"件名 {number}", "description": f"説明 {number}", "done_ratio": 0,
        "created_on": "2026-01-01T00:00:00Z", "updated_on": "2026-01-02T00:00:00Z",
    } | more  # fmt: skip


def world() -> list[dict[str, Any]]:
    """The sandbox's rows: a post or ticket for each verb."""
    note = {"id": 21, "user": ONO, "notes": f"DB のパスワードは `{KNOWN}` です。", "created_on": "2026-01-02T00:00:00Z",
            "private_notes": False, "details": []}  # fmt: skip
    solved = {"status": {"id": 3, "name": "解決"}, "done_ratio": 100}
    finished = incident(11, "- [x] 上限を設定値から読むように直した", title="[完了] 取り込みが止まった")
    return [
        HEAD,
        incident(1, "- [ ] 受け付けた数の監視を Zabbix に追加する（佐藤 健）", "- [ ] 上限の見直しを手順にする"),
        incident(2, "- [ ] 手順を機械にする（小野 蘭）"),
        post(3, "取り込み 3", "運用", f"管理画面のパスワードは「{ROTATED}」です。\n"),
        post(4, "取り込み 4", "運用", f"```yaml\npassword: {ROTATED}\nhost: web-01\n```\n"),
        post(5, "案内", "案内", "[a](/#path=%2F旧%2F手順) と in:旧/手順 を見る。\n"),
        post(6, "手順 6", "新/手順"),
        post(7, "[障害] 取り込み", "記録"),
        post(8, "仮の手順", "仮置き"),
        post(9, "公開する手順", "運用", "1. 止める\n2. 動かす\n", wip=True),
        post(10, "日報 1", "日報/2020"),
        finished,
        post(12, "手順 12", "運用", f"# 手順\n\n{OLD_MARK}\n\n1. 止める\n"),
        post(ASKING, "確かめる", "運用", "# 確かめる\n"),
        incident(13, "- [x] 直した", title="【完了】配送が止まった", category="不具合共有/対応完了/2026"),
        ticket(1, description=f"管理画面のパスワード: {NOTED}\n"),
        ticket(2, journals=[note]),
        ticket(3, **solved),
        ticket(4, **solved),
        ticket(5, assigned_to=SATO),
        ticket(6, assigned_to=SATO),
    ]  # fmt: skip


def prepare(stand: Stand) -> None:
    """Let the verbs propose, decide on all of it, and begin each life with that plan."""
    stand.fresh()
    for login, name in PEOPLE.items():
        stand.sandbox.edit("esa", "add-member", fields={"screen_name": login, "name": name})
    toml = stand.folder / "kb.toml"
    text = toml.read_text(encoding="utf-8").replace("[redmine]", 'webhooks = "none"\n[redmine]')
    toml.write_text(f"{text}[plan]\ncreate_limit = 10\n", encoding="utf-8")
    (stand.folder / "moved.csv").write_text("old,new\n旧,新\n", encoding="utf-8")
    kb(stand, "sync")
    for words in (["secrets", "list"], ["plan", "done", "-o", "warm.toml", "--force"]):
        stand.run(words, warm=True)
    kb(stand, "secrets", "rotated", secret(stand, "esa:3"), "--on", "2026-01-10", "--by", "ono")
    before = stand.root / "before"
    shutil.copytree(stand.folder, before)
    verbs: tuple[tuple[str, ...], ...] = (
        ("done", "--now", NOW),
        ("retitle", "--match", r"^\[障害\]\s*", "--to", "【障害】", "--in", "記録"),
        ("move", "--from", "仮置き", "--to", "運用"),
        ("ship", "--author", "sato", "--older-than", "30", "--now", NOW),
        ("archive", "--in", "日報", "--older-than", "365", "--now", NOW),
        ("links", "--map", "moved.csv"),
        ("redact", "--now", NOW),
        ("restrict", "--now", NOW),
        ("close", "--now", NOW),
        ("reassign", "--from", "#11", "--to", "#12", "--now", NOW),
        ("tickets", "--now", NOW),
    )
    changes: list[Change] = []
    for verb, *words in verbs:
        kb(stand, "plan", verb, *words, "-o", f"{verb}.toml")
        changes += read(stand.folder / f"{verb}.toml").changes
    changes += _verified(stand)
    redmine = stand.sandbox.redmine
    plan = new_plan("docs", BEGAN.replace("+00:00", "Z"), "0", [replace(each, accept=True) for each in changes],
                    redmine=redmine)  # fmt: skip
    (before / "plan.toml").write_text(render_plan(accepted(plan)), encoding="utf-8")
    asked = new_plan("docs", plan.created, "0", [replace(each, accept=False) for each in changes if not each.answer],
                     redmine=redmine)  # fmt: skip
    (before / "asked.toml").write_text(render_plan(asked), encoding="utf-8")
    shutil.rmtree(stand.root / "template")
    before.rename(stand.root / "template")
    stand.fresh()
    _warm(stand)


def _warm(stand: Stand) -> None:
    """Let the runner import and compile what this plan needs, which halves what a life costs."""
    stand.run(["apply", "plan.toml", "--rehearse", "--json"], warm=True)
    kb(stand, *APPLY)
    stand.run([*UNDO, "--rehearse"], warm=True)


def _verified(stand: Stand) -> tuple[Change, ...]:
    """Ask whether a page is still right, let its owner tick it, and propose what follows."""
    kb(stand, "plan", "share", "queue.toml", "--expired", "--to", f"esa:{ASKING}", "--yes")
    body = next(row["body_md"] for row in stand.sandbox.dump("esa") if row["number"] == ASKING)
    line = next(each for each in body.splitlines() if "[esa:12 " in each and "[ ]" in each)
    ticked = body.replace(line, line.replace("[ ]", "[x]", 1))
    stand.sandbox.edit("esa", "update", number=ASKING, as_="sato", fields={"body_md": ticked})
    kb(stand, "plan", "collect", "queue.toml")
    kb(stand, "plan", "verify", "queue.toml")
    return read(stand.folder / "verify.toml").changes


def kb(stand: Stand, *words: str) -> Ran:
    """Run a command that must end with 0."""
    ran = stand.run(list(words))
    assert exit_of(ran) == 0, f"kb {' '.join(words)} → {exit_of(ran)}\n{ran.out}\n{ran.err}"
    return ran


def secret(stand: Stand, place: str) -> str:
    """The id of the value at a place."""
    found = ""
    for line in kb(stand, "secrets", "list").out.splitlines():
        found = line.split()[0] if "********" in line else found
        if line.split()[:1] and line.split()[0].startswith(place):
            return found
    raise AssertionError(f"no value is known at {place}")


def read(path: Path) -> Plan:
    """A plan file."""
    return parse_plan(path.read_text(encoding="utf-8"), path.name)


@dataclass(slots=True)
class VerbLife(Life):
    """A life of the plan of every verb: no referee, what stands at the end is compared."""

    undo: tuple[str, ...] = UNDO
    begun: Dump = field(default_factory=dict)
    stood: Dump = field(default_factory=dict)

    def begin(self) -> None:
        self.begun = self.dump()

    def watch(self, argv: Sequence[str], ran: Ran, *, killed: bool) -> None:
        if killed:
            self.stood = self.dump()
        if "予期しない" in ran.err:
            self.complaints.append(f"it crashed: {ran.err[-1500:]}")

    def dump(self) -> Dump:
        sandbox = self.stand.sandbox
        found: Dump = {}
        for row in sandbox.dump("esa"):
            values = (row["name"], row["category"], tuple(row["tags"]), row["wip"], row["body_md"])
            found[f"esa:{row['number']}"] = values, row["revision_number"]
        for row in sandbox.dump("redmine"):
            if "subject" in row:
                notes = row["journals"]
                person = (row.get("assigned_to") or {}).get("id", 0)
                readers = tuple((note["id"], note["private_notes"]) for note in notes if note["id"] == 21)
                values = (row["subject"], row["status"]["name"], person, row["is_private"], readers, row["description"])
                found[f"redmine:{row['id']}"] = values, len(notes)
        return found

    @property
    def has_begun(self) -> bool:
        """Whether a journal holds a whole line: an empty one is of a run that stopped before it sent anything."""
        return any(b"\n" in each.read_bytes() for each in (self.stand.folder / ".kb" / "runs").glob("*.jsonl"))

    @property
    def has_done(self) -> bool:
        return self.stood != self.begun

    def is_alike(self, one: Dump, other: Dump) -> bool:
        return one == other

    def is_back(self, one: Dump, begun: Dump) -> bool:
        """All that was there is as before; what was made is closed."""
        made = [row for target, row in one.items() if target not in begun]
        stands = all(one[target][0] == row[0] for target, row in begun.items())
        return stands and all(row[0][1] == "却下" for row in made)

    def has_changed_all(self, applied: Dump, begun: Dump) -> bool:
        journal = next((self.stand.folder / ".kb" / "runs").glob("*-1.jsonl"))
        entries = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
        kinds = {kind for each in entries if each["what"] == "intend" for kind in each["kinds"]}
        verbs = {each.value for each in Verb} - {Verb.PUBLISH.value, Verb.UNDO.value}
        assert kinds == verbs, f"{verbs - kinds} take no part"
        for target, (pattern, what) in ENDS.items():
            assert re.search(pattern, repr(applied[target][0])), f"{what}: {target} is {applied[target][0]}"
        return all(applied[target] != row for target, row in begun.items() if target in ENDS)


SHARE = ("plan", "share", "asked.toml", "--to", f"esa:{ASKING}", "--measures", "--expired", "--yes")
COLLECT = ("plan", "collect", "asked.toml")


def sharing(stand: Stand, counts: Counts) -> Reference:
    """How a share goes where nothing is killed. Raises AssertionError where that alone goes wrong."""
    life = VerbLife(stand, counts)
    ran = life.call(SHARE)
    assert exit_of(ran) == 0, f"{ran.out}\n{ran.err}"
    shared = life.dump()
    assert shared != life.begun
    undone = life.call(life.undo)
    assert exit_of(undone) == 0, f"{undone.out}\n{undone.err}"
    assert life.is_back(life.dump(), life.begun)
    return Reference({"share": tuple(ran.trace[-1]["places"])}, life.begun, shared, life.dump())


def play_share(stand: Stand, known: Reference, point: int, counts: Counts) -> list[str]:
    """Kill a share, share again and collect, take it back: what was wrong with it, and its story after that."""
    life = VerbLife(stand, counts)
    ran = life.call(SHARE, kill=point)
    life.check(ran.code == -9, f"it was not killed: {ran.code}")
    counts.seen["kills"] += ran.code == -9
    counts.strikes[f"share, share: {next((each['place'] for each in ran.trace if each['t'] == 'ending'), '')}"] += 1
    life.whole(SHARE)
    life.check(life.is_alike(life.dump(), known.applied), "it is not asked as when nothing is killed")
    life.check(life.whole(SHARE) == 0, "what was asked is written again")
    life.whole(COLLECT)
    life.check(life.is_alike(life.dump(), known.applied), "collecting changes what was asked")
    life.whole(life.undo)
    life.check(life.is_back(life.dump(), known.begun), "it is not taken back")
    return [f"share, killed at {point}: {each}" for each in life.complaints] + (life.story if life.complaints else [])


ENDS: dict[str, tuple[str, str]] = {
    "esa:1": (r"追加する \[#\d+\]\(.*見直しを手順にする \[#\d+\]\(", "tickets"),
    "esa:2": (r"機械にする \[#\d+\]\(", "tickets"),
    "esa:3": (r"^(?!.*kupferdach)", "redact"),
    "esa:4": (r"^(?!.*kupferdach)", "redact"),
    "esa:5": (r"%2F新%2F手順.*in:新/手順", "links"),
    "esa:7": (r"【障害】取り込み", "retitle"),
    "esa:8": (r"仮の手順', '運用'", "move"),
    "esa:9": (r"公開する手順.*False", "ship"),
    "esa:10": (r"Archived/日報/2020", "archive"),
    "esa:11": (r"【完了】取り込みが止まった", "done"),
    "esa:12": (r"kb:verified 2026-11-26 sato", "verify"),
    "redmine:1": (r"12, True", "restrict"),
    "redmine:2": (r"\(21, True\)", "restrict"),
    "redmine:3": (r"終了", "close"),
    "redmine:4": (r"終了", "close"),
    "redmine:5": (r"新規', 12", "reassign"),
    "redmine:6": (r"新規', 12", "reassign"),
}
"""What each target looks like once the plan is applied, and by which verb."""
