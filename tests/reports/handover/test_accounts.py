"""Accounts of one person in pages, by form, list or table; a name in a sentence is none."""

from __future__ import annotations

import pytest

from kb.lint.people.people import Account, People
from kb.model.masked import Masked
from kb.reports.handover.accounts import AccountFinder, WrittenLine
from kb.reports.handover.machines import Logins, Machines

PEOPLE = People(
    {"sato": "佐藤 健", "ono": "小野 遥", "sato2": "佐藤 葵", "imai": "今井 蓮"},
    redmine=(Account("佐藤 健"), Account("今井 蓮")),
)


def systems(text: str, title: str = "メモ", member: str = "imai") -> set[str]:
    person = PEOPLE.person(member)
    finder = AccountFinder(person, PEOPLE, Logins(person))
    lines = (WrittenLine(f"esa:1:{number}", title, Masked(line)) for number, line in enumerate(text.split("\n"), 1))
    return {system for system, _ in finder.find(lines)}


FOUND = {
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI imai@laptop": {"SSH", "mail"},
    "ecdsa-sha2-nistp256 ******** imai": {"SSH"},
    '  "UserName": "imai",': {"AWS IAM"},
    "arn:aws:iam::123456789012:user/imai": {"AWS IAM"},
    "[adsv-imai]": {"AWS IAM"},
    "imai:x:1004:1004::/home/imai:/bin/bash": {"OS"},
    "imai ALL=(ALL) NOPASSWD: ALL": {"OS"},
    "crontab -u imai": {"OS"},
    "GRANT ALL ON adsv.* TO 'imai'@'%'": {"DB"},
    "https://github.com/imai": {"GitHub"},
    "通知は imai@example.jp へ": {"mail"},
    "| Zabbix | imai | 管理者 |": {"Zabbix"},
    "| システム | ユーザー |\n|---|---|\n| 入稿管理 | imai |": {"入稿管理"},
    "## Redmine のロール\n| 人 | ロール |\n|---|---|\n| 今井さん | 管理者 |": {"Redmine"},
    "IAM ユーザー（残り 3: imai, ono, jenkins）": {"AWS IAM"},
    "## Slack のメンバー\n- ono\n- imai": {"Slack"},
    "## SSH 公開鍵の一覧\n- 今井": {"SSH"},
}


@pytest.mark.parametrize("text", FOUND)
def test_an_account_is_found_by_its_form_or_its_list(text: str) -> None:
    assert systems(text) == FOUND[text]


@pytest.mark.parametrize(
    "text",
    [
        "Slack で今井さんに聞いた",
        "今井さんが Zabbix を直した",
        "Redmine の担当は今井さん",
        "imaizumi@example.jp",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI imaizumi@laptop",
        "| IP地域データベース | 毎年 9 月 | 今井 |",
        "## 議事録\n- 今井: Zabbix の通知を減らす",
        "/home/imaizumi/x.sh",
        "| Zabbix | sato | 管理者 |",
    ],
)
def test_a_name_in_a_sentence_is_no_account(text: str) -> None:
    assert systems(text) == set()


def test_a_page_called_after_their_account_tells_each_system() -> None:
    text = "Google と esa は停止しました。AWS の IAM ユーザーは残しています。"
    assert systems(text, "今井さんのアカウント停止") == {"Google", "esa", "AWS IAM"}
    assert systems(text, "小野さんのアカウント停止") == set()


def test_a_name_two_people_share_is_neither_account() -> None:
    assert systems("| Zabbix | 佐藤 | 管理者 |", member="sato") == set()
    assert systems("| Zabbix | sato | 管理者 |", member="sato") == {"Zabbix"}
    assert systems("| Zabbix | sato2 | 管理者 |", member="sato") == set()


def test_a_long_hostile_line_costs_its_length() -> None:
    for text in (
        "ssh-rsa " * 20_000,
        "mysql " * 20_000,
        "imai " * 20_000,
        "|" * 100_000 + "imai",
        "ssh-rsa " * 20_000 + "imai",
        '"UserName": "' * 9_000,
    ):
        systems(text)


def test_what_is_said_is_the_sentence_on_the_system_and_kept_ones_come_first() -> None:
    person = PEOPLE.person("imai")
    finder = AccountFinder(person, PEOPLE, Logins(person))
    page = [
        WrittenLine("esa:1:1", "一覧", Masked("| IAM | imai |")),
        WrittenLine("esa:2:1", "今井さんのアカウント停止", Masked("Google は停止。IAM は仕事のため残しています。")),
    ]
    found = {each.system: each for each in finder.list_accounts([page], Machines(()))}
    assert found["AWS IAM"].said == "IAM は仕事のため残しています。"
    assert found["AWS IAM"].places == ("esa:1:1", "esa:2:1")
    assert found["Google"].said == "Google は停止。"
