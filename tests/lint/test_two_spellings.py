"""A team whose Redmine shows the given name first: its accounts are esa's members, by one spelling."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lint.conftest import Said

from kb.errors import UsageError
from kb.lint.people.people import Account, People
from kb.lint.people.roster import check_people, describe_unmatched, load_people
from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source, Visibility
from kb.settings.kb_toml import Settings
from kb.settings.workspace import Workspace, parse_settings
from kb.sources.redmine import rows
from kb.sources.redmine.rows import RowContext

Call = Callable[..., Said]
CONFIG = '[esa]\nteam = "docs"\n[redmine]\nurl = "https://redmine.example.jp"\n'
MEMBERS = {"ono": "小野 遥", "imai": "今井 蓮", "mori": "森 林", "hayashi": "林 森", "kudo": "工藤 悠"}
NOW = ("--now", "2025-07-01")


def people(*accounts: Account, same: tuple[tuple[str, ...], ...] = (), **more: Any) -> People:
    return People({**MEMBERS, **more.pop("members", {})}, {"yabuta": "薮田 直人"}, accounts, same, **more)


def whose(known: People, name: str) -> str:
    found = known.find(name)
    return found[0].handle if len(found) == 1 else ""


def test_an_account_is_the_members_of_the_same_parts_of_the_name() -> None:
    known = people(Account("直人 薮田"), Account("遥　小野"), Account("今井蓮"))
    assert [whose(known, name) for name in ("直人 薮田", "遥　小野", "今井蓮")] == ["yabuta", "ono", "imai"]
    assert [known.spell(name) for name in ("直人 薮田", "今井蓮", "知らない 人")] == [
        "薮田 直人",
        "今井 蓮",
        "知らない 人",
    ]
    assert known.person("直人 薮田").former
    assert known.unmatched == ()


def test_a_login_or_an_address_tells_what_a_name_does_not() -> None:
    known = people(
        Account("Yu Kudo", login="kudo"),
        Account("H. O.", mail="ONO@example.jp"),
        Account("imai"),
        mails={"ono": "ono@example.jp"},
    )
    assert [whose(known, name) for name in ("Yu Kudo", "H. O.", "imai")] == ["kudo", "ono", "imai"]


def test_a_login_that_is_anothers_here_is_asked_about() -> None:
    known = people(Account("健太 工藤", login="imai"), Account("遥 小野", login="imai"))
    assert [whose(known, name) for name in ("健太 工藤", "遥 小野")] == ["", ""]
    assert [(each.name, [person.handle for person in each.candidates]) for each in known.unmatched] == [
        ("遥 小野", ["imai", "ono"]),
        ("健太 工藤", ["imai"]),
    ]


def test_parts_the_server_tells_count_more_than_how_it_shows_them() -> None:
    known = people(Account("遥 小.", full_name="小野 遥"), Account("蓮 今."))
    assert [whose(known, name) for name in ("遥 小.", "蓮 今.")] == ["ono", ""]
    assert [each.name for each in known.unmatched] == ["蓮 今."]


def test_a_name_that_is_two_peoples_in_either_order_is_nobodys_until_kb_toml_says() -> None:
    known = people(Account("森 林"))
    assert whose(known, "森 林") == ""
    (fact, step), *_ = describe_unmatched(known, ())
    assert "森 林" in fact.ja
    assert 'mori = ["森 林"]' in step.ja
    assert 'hayashi = ["森 林"]' in step.ja
    settled = people(Account("森 林"), same=(("hayashi", "森 林"),))
    assert settled.unmatched == ()
    assert settled.person("hayashi").accounts == ("森 林",)
    assert settled.person("mori").accounts == (), "whom esa calls so is another"


def test_a_family_name_alone_is_nobody() -> None:
    known = people(Account("小野"))
    with pytest.raises(UsageError, match="2 人"):
        known.resolve("小野")
    assert people().resolve("小野").handle == "ono"


def test_the_family_name_of_an_account_in_either_order_is_one_of_two() -> None:
    known = people(Account("遥香 小野"))
    with pytest.raises(UsageError, match="2 人") as told:
        known.resolve("小野")
    assert "ono、遥香 小野" in str(told.value.next_step)


def test_lines_to_paste_are_toml_and_keep_what_stands_there() -> None:
    known = people(Account("小野"), members={"o'no 2": "大野 花"}, same=(("ono", "h.ono"),))
    (_, step), *_ = describe_unmatched(known, ())
    line = step.ja.rpartition("\n")[2]
    assert tomllib.loads(line) == {"ono": ["h.ono", "小野"]}


def test_guests_are_asked_about_no_more() -> None:
    known = people(Account("協力 会社"), Account("匿名ユーザー"))
    assert len(list(describe_unmatched(known, ()))) == 1
    assert not list(describe_unmatched(known, ("協力 会社",)))


# ---- over a mirror


def ticket(number: int, assignee: str, by: str = "蓮 今井") -> dict[str, Any]:
    ids = {"直人 薮田": 7, "蓮 今井": 8, "遥 小野": 9, "遥香 小野": 10}
    return {
        "id": number,
        "project": {"id": 1},
        "subject": f"番号の通知 {number}",
        "status": {"id": 1, "name": "新規"},
        "description": "残数が減ったら知らせる",
        "assigned_to": {"id": ids[assignee], "name": assignee},
        "author": {"id": ids[by], "name": by},
        "created_on": "2025-05-01T00:00:00Z",
        "updated_on": "2025-05-01T00:00:00Z",
    }


@pytest.fixture
def team(workspace: Path) -> Path:
    (workspace / "kb.toml").write_text(CONFIG, encoding="utf-8")
    with Mirror.open(workspace / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.things(Source.ESA, "member", {key: {"screen_name": key, "name": name} for key, name in MEMBERS.items()})
        write.things(Source.ESA, "former-member", {"yabuta": {"screen_name": "yabuta", "name": "薮田 直人"}})
        write.mark("esa.members", json.dumps("whole"))
        write.put([SourceRow(
            Source.ESA, Kind.POST, "1", "esa:1", "番号の手順", "番号を補充する", {}, number=1, category="運用",
            author="yabuta", edited_by="yabuta", updated_at="2025-06-30T03:00:00Z",
        )])  # fmt: skip
        world = RowContext("https://redmine.example.jp", {1: rows.ProjectPlace("infra", Visibility.MEMBERS)},
                           frozenset({5}), None)  # fmt: skip
        for number, name in ((1, "直人 薮田"), (2, "直人 薮田"), (3, "蓮 今井"), (4, "遥 小野")):
            write.put(rows.ticket_rows(ticket(number, name), world, notes=False))
    return workspace


def test_the_tickets_of_who_left_are_told_by_esas_spelling(kb: Call, team: Path) -> None:
    said = kb("lint", *NOW, "--select", "TKT104", "--exit-zero", "--all", "--format", "jsonl")
    assert [doc for doc, _ in said.codes] == ["redmine:1", "redmine:2"]
    said = kb("lint", *NOW, "--select", "TKT104", "--exit-zero", "--all")
    assert "薮田 直人さん" in said.out
    assert "直人 薮田" not in said.out


def test_a_handover_lists_open_tickets_and_drafts_their_reassignment(kb: Call, team: Path) -> None:
    said = kb("handover", "yabuta", *NOW)
    assert said.code == 0, said.err
    folder = next((team / ".kb" / "private" / "handover").iterdir())
    listed = (folder / "list.md").read_text(encoding="utf-8")
    assert "redmine:1" in listed
    assert "redmine:2" in listed
    plan = tomllib.loads((folder / "reassign.toml").read_text(encoding="utf-8"))
    assert [each["target"] for each in plan["change"]] == ["redmine:1", "redmine:2"]
    assert {each["before"]["assignee"] for each in plan["change"]} == {"直人 薮田 #7"}, "as Redmine names the account"
    assert all("薮田 直人さん" in each["reason"] for each in plan["change"])


@pytest.mark.parametrize(("name", "source"), [("kudo", "Redmine"), ("木村 太郎", "esa")])
def test_a_handover_of_whom_one_source_does_not_know_writes_nothing(
    kb: Call, team: Path, name: str, source: str
) -> None:
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        world = RowContext("https://redmine.example.jp", {}, frozenset(), None)
        row = {**ticket(5, "蓮 今井"), "assigned_to": {"id": 11, "name": "木村 太郎"}}
        write.put(rows.ticket_rows(row, world, notes=False))
    said = kb("handover", name, *NOW)
    assert said.code == 2
    assert f"{source} の誰なのか分かりません" in said.err
    assert "[people.same]" in said.err
    assert not (team / ".kb" / "private" / "handover").exists()
    key = name if name.isascii() else f'"{name}"'
    (team / "kb.toml").write_text(f"{CONFIG}[people.same]\n{key} = []\n", encoding="utf-8")
    assert kb("handover", name, *NOW).code == 0, "kb.toml says that there is nobody else to be"


def test_a_family_name_is_enough_to_reassign_and_to_search(kb: Call, team: Path) -> None:
    said = kb("plan", "reassign", "--from", "小野", "--to", "今井", *NOW, "-o", "r.toml")
    assert said.code == 0, said.err
    plan = tomllib.loads((team / "r.toml").read_text(encoding="utf-8"))
    assert [(each["target"], each["after"]["assignee"]) for each in plan["change"]] == [("redmine:4", "蓮 今井 #8")]
    hits = json.loads(kb("search", "番号", "--for", "小野", "--json").out)["hits"]
    assert [hit["doc"] for hit in hits] == ["redmine:4"]


def test_a_family_name_of_two_says_which(kb: Call, team: Path) -> None:
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        world = RowContext("https://redmine.example.jp", {}, frozenset(), None)
        write.put(rows.ticket_rows(ticket(6, "遥香 小野"), world, notes=False))
    said = kb("plan", "reassign", "--from", "小野", "--to", "今井", *NOW)
    assert said.code == 2
    assert "小野 遥 #9、遥香 小野 #10" in said.err
    assert kb("search", "番号", "--for", "小野").code == 2


def test_doctor_names_accounts_that_are_nobodys(team: Path) -> None:
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        world = RowContext("https://redmine.example.jp", {}, frozenset(), None)
        write.put(rows.ticket_rows(ticket(6, "遥香 小野"), world, notes=False))
    (found,) = check_people(Workspace(team, parse_settings(CONFIG)))
    assert "誰の名前でもない人が 1 人います（遥香 小野）" in found.fact.ja
    assert found.remedy is not None
    assert 'SCREEN_NAME = ["遥香 小野"]' in found.remedy.ja


def test_what_the_server_tells_of_an_account_is_read_from_the_mirror(team: Path) -> None:
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        row = {**ticket(7, "蓮 今井"), "assigned_to": {"id": 12, "name": "Yu K."}}
        write.put(rows.ticket_rows(row, RowContext("https://redmine.example.jp", {}, frozenset(), None), notes=False))
        write.things(Source.REDMINE, "user", {"12": {"name": "Yu K.", "login": "kudo"}})
    with Mirror.open(team / ".kb" / "mirror.db", readonly=True) as mirror:
        assert load_people(Settings(), mirror).spell("Yu K.") == "工藤 悠"


def test_one_spelling_is_shown(kb: Call, team: Path) -> None:
    assert "蓮 今井" not in kb("show", "redmine:3").out
    assert "今井 蓮" in kb("show", "redmine:3").out
    hits = json.loads(kb("search", "番号", "--json").out)["hits"]
    assert {hit["human_by"] for hit in hits} == {"yabuta", "今井 蓮"}
    kb("export", "out")
    texts = [path.read_text(encoding="utf-8") for path in (team / "out").rglob("*.md")]
    assert len(texts) == 5
    assert not any("蓮 今井" in text or "遥 小野" in text for text in texts)
