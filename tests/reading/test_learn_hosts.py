"""Names of hosts are learnt from how a team writes them, and from nothing else."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pace import growth
from properties import examples

from kb.reading.hosts.learn import HostLearner, LearntHosts
from kb.reading.hosts.names import Spelling, judge_spelling
from kb.reading.hosts.read_signs import read_signs
from kb.reading.hosts.shapes import propose_aliases, propose_pattern
from kb.reading.hosts.sign import Sign


def learn(*bodies: str, **options: tuple[str, ...]) -> LearntHosts:
    learner = HostLearner(**options)
    for number, body in enumerate(bodies):
        learner.add(f"運用/手順 {number}", body)
    return learner.learn()


@pytest.mark.parametrize(
    ("line", "name", "sign"),
    [
        ("`ssh -p 2222 -i key drawbridge`", "drawbridge", Sign.SESSION),
        ("ssh -J drawbridge ops@db01 'uptime'", "drawbridge", Sign.SESSION),
        ("scp dump.sql deploy@batch02:/tmp/", "batch02", Sign.SESSION),
        ("mysql -u app -h db.internal", "db.internal", Sign.REACHED),
        ("kubectl drain node-a1 --ignore-daemonsets", "node-a1", Sign.REACHED),
        ("fatal: [app-prod-1]: UNREACHABLE!", "app-prod-1", Sign.REACHED),
        ("deploy@web01:~$ df -h", "web01", Sign.PROMPT),
        ("[root@web01 log]# tail messages", "web01", Sign.PROMPT),
        ("Nov 12 03:14:15 web01 sshd[812]: Accepted", "web01", Sign.LOGGED),
        ("192.0.2.11  web01.example.jp web01 # 本番", "web01", Sign.HOSTS_FILE),
        ("http://web01:8080/health を見る", "web01", Sign.ADDRESS),
        (r"\\FS02\share に置く", "FS02", Sign.SHARE),
        ("ホスト名：ｗｅｂ０１", "web01", Sign.LABEL),
        ("サーバー「drawbridge」", "drawbridge", Sign.LABEL),
        ("`web01` に SSH する", "web01", Sign.ENTERED),
        ("DB_HOST=db01", "db01", Sign.KEYED),
        ("[SVTK01]: PS C:\\>", "SVTK01", Sign.PROMPT),
        ("tyo1-sw01#show version", "tyo1-sw01", Sign.PROMPT),
        ("[PROBLEM] web01: disk is full", "web01", Sign.ALARM),
        ("db01 (192.0.2.20)", "db01", Sign.BOUND),
        ("バケット web-logs-01 に置く", "web-logs-01", Sign.OTHER),
        ("momo さんに聞く", "momo", Sign.PERSON),
        ("kubectl exec -it api-2 -- bash", "api-2", Sign.OTHER),
        ("web01 はホストではない", "web01", Sign.OTHER),
    ],
)
def test_a_line_says_what_a_word_is(line: str, name: str, sign: Sign) -> None:
    from kb.text.fold import fold_text

    assert (name, sign) in set(read_signs("", fold_text(line)))


@pytest.mark.parametrize(
    "table",
    [
        "| ホスト名 | 役割 |\n|---|---|\n| web01 | api01 |",
        "|_. サーバー |_. 役割 |\n| web01 | api01 |",
        "```\nHOST    CPU   MEM\nweb01   10%   20%\n```",
        "```\nhost,role\nweb01,api01\n```",
        "| 名前 | IP |\n|---|---|\n| `web01` | 192.0.2.1 |",
    ],
)
def test_columns_of_hosts(table: str) -> None:
    found = {name for name, sign in read_signs("", table) if sign in (Sign.COLUMN, Sign.BOUND)}
    assert found == {"web01"}


def test_a_word_among_hosts_is_better_than_a_word_among_words() -> None:
    hosts = set(read_signs("", "| ホスト | 用途 |\n|---|---|\n| web01 | Web |\n| db.internal | DB |\n| momo | 監視 |"))
    words = set(read_signs("", "| サーバー | 台数 |\n|---|---|\n| web | 2 |\n| momo | 1 |"))
    assert ("momo", Sign.AMONG) in hosts
    assert ("momo", Sign.COLUMN) in words
    assert ("momo", Sign.AMONG) not in words


FORMS = (
    *("`{}` を確認した。", "```\n$ ssh {}\n```", "ホスト {} の話。", "サーバー `{}` を見る。"),
    *("{} サーバーを再起動した。", "{} にログインして確認。", "{} に SSH して直した。", "{} の件は来週。"),
    *("ホスト名: {}", "`ping {}` が通らない。", "| {} | 本番 |"),
)
NAMES = ("drawbridge", "web01", "app-prod-1", "batch02", "db.internal", "nas-osaka", "momo")
ORDINARY = """nginx の設定を redis と比べる。Slack で GitHub の PR を見た。MySQL 8 と python3、step2 まで。
API サーバーは Redis サーバーと同じ。`kubectl get pods` も。docker で postgres を起動。EC2 に SSH する。"""


def test_however_a_team_mixes_its_forms_nearly_all_names_are_learnt_and_no_other_word() -> None:
    teams = []
    mixes = list(itertools.combinations(FORMS, 5))
    for team in range(40):
        mixed = {name: mixes[(team * 131 + number * 67) % len(mixes)] for number, name in enumerate(NAMES)}
        chosen = [(name, form) for name, mix in mixed.items() for form in mix]
        table = [form.format(name) for name, form in chosen if form.startswith("|")]
        pages = [form.format(name) for name, form in chosen if not form.startswith("|")]
        teams.append(set(learn(*pages, "\n".join(["| ホスト | 用途 |", "|---|---|", *table]), *[ORDINARY] * 8).names))
    assert all(found <= set(NAMES) for found in teams)
    assert sum(len(found) >= 6 for found in teams) >= 36


@pytest.mark.parametrize(
    "word",
    [
        *("batch02.sh", "localhost", "t3.medium", "ap-northeast-1", "v1.2.3", "python3.12", "i-0a1b2c3d4e5f67890"),
        *("api-7d9f8b6c5-x2x4z", "redis.default.svc.cluster.local", "GitLab", "host"),
    ],
)
def test_names_with_a_grammar_of_their_own_are_no_hosts(word: str) -> None:
    assert judge_spelling(word) is Spelling.NONE


def test_an_ordinary_word_needs_more_than_one_page() -> None:
    once = "`ssh drawbridge` を使う。drawbridge は踏み台。drawbridge が遅い"
    assert learn(once).names == ()
    assert [each.name for each in learn(once).unsure] == ["drawbridge"]
    assert learn(once, "`drawbridge` に入って `ssh drawbridge`").names == ("drawbridge",)


def test_products_and_uses_of_servers_are_not_learnt() -> None:
    page = "API サーバーと Redis サーバーを再起動。Slack にログインして nginx のメモリを見る。redis が落ちた。"
    assert learn(*[page] * 6) == LearntHosts()


def test_other_peoples_hosts_in_lessons_are_not_learnt() -> None:
    learner = HostLearner()
    for number in range(3):
        learner.add(f"メモ/勉強会 {number}", "```\n$ ssh server01\n[user@server01 ~]$ hostname\n```")
    assert learner.learn().names == ()


def test_a_member_is_a_host_only_where_machines_say_so() -> None:
    pages = ["ホスト: sato\n- sato さんが司会", "| ホスト | 日 |\n|-|-|\n| sato | 5/1 |", "ホスト: sato"]
    assert learn(*pages, members=("sato",)).names == ()


def test_the_rest_of_a_series_needs_no_sign() -> None:
    found = learn("ssh web01", "web01 と web02", "web02、web01", "web02 は静か")
    assert found.names == ("web01", "web02")
    assert re.fullmatch(found.pattern, "web07")
    assert found.listed == ()


def test_an_inventory_is_believed() -> None:
    found = learn("何もない", inventory=("FS02", "drawbridge"))
    assert set(found.names) == {"FS02", "drawbridge"}


def test_a_pattern_is_narrow_and_takes_nothing_that_is_known_otherwise() -> None:
    names = ["adsv-prd-web-01", "adsv-prd-db-01", "adsv-stg-web-01", "adsv-prd-batch-01", "batch-1", "batch-2"]
    pattern = propose_pattern(names)
    for host in (*names, "adsv-stg-search-07", "batch-9"):
        assert re.fullmatch(pattern, host)
    for word in ("utf-8", "2024-01-02", "sha-256", "adsv-dev-web-01", "batch-100"):
        assert not re.fullmatch(pattern, word)
    assert propose_pattern(["batch-1", "batch-2"], denied=["batch-3"]) == ""


def test_a_short_spelling_is_an_alias_where_it_can_mean_one_host() -> None:
    assert list(propose_aliases(["adsv-prd-web-03", "web-03"])) == [("web-03", "adsv-prd-web-03")]
    assert list(propose_aliases(["adsv-prd-web-03", "adsv-stg-web-03", "web-03"])) == []
    assert list(propose_aliases(["web01", "web01.example.jp"])) == [("web01.example.jp", "web01")]


HOSTILE = {
    "one word": "a",
    "hyphens": "a-",
    "commands": "ssh -p 22 ",
    "addresses": "http://a@",
    "cells": "| web01 ",
    "heads": "| ホスト | a |\n",
    "labels": "サーバーの",
    "names": "ssh web01\n",
    "backslashes": "\\\\a",
    "prompts": "[a@b ",
    "fences": "```\n",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_grows_with_the_text(piece: str) -> None:
    def prepare(size: int) -> Callable[[], object]:
        text = piece * (size // len(piece))
        return lambda: learn(text, text)

    assert growth(prepare, 10_000, 10, below=25) < 25


def test_many_names_are_learnt_in_time_that_grows_with_them() -> None:
    def prepare(size: int) -> Callable[[], object]:
        text = "\n".join(f"ssh w{number % 97}x-{number:05}" for number in range(size))
        return lambda: learn(text, text)

    assert growth(prepare, 500, 10, below=25) < 25


PIECES = st.sampled_from(
    [
        *("mysql ", "ssh ", "-J ", "-h", "scp :", "dig @", "kubectl node ", "/v:", "--host=", "`", "```\n", "<pre>"),
        *("| ホスト | IP |\n", "|---|\n", "| web01 |", "NAME  ROLES\n", "host,ip\n", "192.0.2.1 ", "web01", "momo"),
        *(" さん", "サーバー", "「", "\\\\", "://", "@", "#", "$ ", "> ", "# 一覧\n", "- ", "[", "]", ".", "-", "\x00"),
        *("\ud800", "\n"),
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=40).map("".join))
@settings(max_examples=examples(150))
def test_any_text_is_read(text: str) -> None:
    learn(text, text, text)
