"""What a credential opens, by the words around it."""

from __future__ import annotations

import pytest
from pace import peers

from kb.model.facts import Confidence
from kb.model.secret import LengthClass, Secret, SecretKind
from kb.secrets.exposure import TARGETS
from kb.secrets.target import _WORDS, find_target
from kb.text.lines import Span

MARK = "********"


def opened(text: str, title: str = "", kind: SecretKind = SecretKind.PASSWORD) -> str:
    """What the last credential of a text opens; stars are its covered values."""
    lines = text.split("\n")
    taken = [number for number, line in enumerate(lines, 1) if MARK in line]
    secret = Secret(kind, Span(taken[-1], 1, taken[-1], 2), Confidence.HIGH, LengthClass.MIDDLE, "r")
    return find_target(secret, lines, title, taken)


@pytest.mark.parametrize(
    ("text", "title", "opens"),
    [
        (f"root のパスワード: {MARK}", "", "root"),
        (f"ssh root@db01 {MARK}", "", "root"),
        (f"ID: root\nPW: {MARK}", "", "root"),
        (f"192.168.10.51 root/{MARK}", "", "root"),
        (f"dev-root: {MARK}", "", "root"),
        (f"社内 NAS は admin/{MARK}", "", "admin"),
        (f"ssl-admin@kb.example.jp の PW {MARK}", "", ""),
        (f"cd root/work && PASS={MARK}", "", ""),
        (f"cd /root/work && PASS={MARK}", "", ""),
        (f"document_root = x, pass = {MARK}", "", ""),
        (f"管理者パスワード：{MARK}", "", "admin"),
        (f"ID: opsadmin\nパスワード: {MARK}", "", ""),
        (f"## 管理画面\n\nID: opsadmin\nパスワード: {MARK}", "", "site"),
        (f"AWS のキー\n{MARK}", "", "cloud"),
        (f"mysql -u app -p{MARK}", "", "database"),
        (f"db01 に入る pass {MARK}", "", "database"),
        (f"feedback の PW {MARK}", "", ""),
        (f"SQL Server の sa: {MARK}", "", "database"),
        (f"| レポートＤＢ | report | {MARK} |", "", "database"),
        (f"- 踏み台: {MARK}\n- DB: {MARK}", "", "database"),
        (f"- root: {MARK}\n- app: {MARK}", "", ""),
        (f"SSID: kumo\nパスワード: {MARK}", "", "network"),
        (f"h2. 社内 Wi-Fi\n\n* {MARK}", "", "network"),
        (f"パスワード: {MARK}", "Zabbix の入り方", "service"),
        (f"# 別の節 root\n\n# メモ\n\nパスワード: {MARK}", "", ""),
        (f"解凍パスワード: {MARK}", "", "file"),
        (f"パスワード: {MARK}", "", ""),
    ],
)
def test_the_nearest_words_tell_what_is_opened(text: str, title: str, opens: str) -> None:
    assert opened(text, title) == opens


@pytest.mark.parametrize("kind", [SecretKind.WEBHOOK_URL, SecretKind.OTP_SECRET, SecretKind.PIN, SecretKind.PHONE])
def test_what_says_by_its_kind_what_it_opens_is_left_to_it(kind: SecretKind) -> None:
    assert opened(f"root: {MARK}", kind=kind) == ""


def test_every_word_has_its_place_in_the_order() -> None:
    assert {opens for opens, _ in _WORDS} <= set(TARGETS)


@pytest.mark.parametrize("piece", ["root", "root ", "admin.", "enable ", "google ", "basic ", "sql ", "wi-", "https:/"])
def test_a_line_made_to_be_slow_is_not(piece: str) -> None:
    text = "\n".join([piece * 200_000] * 150 + [MARK])
    assert peers(lambda: opened(text), below=22) < 22  # 1 s, where an ordinary page takes 0.045 s
