"""Recurring tickets: alerts, the monthly closing, accounts, releases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kb.sandbox.team.draft import PageDraft, Reply, parse_draft, table_rows
from kb.sandbox.team.people import PEOPLE
from kb.sandbox.team.words import pseudo_random

_ALERTS = (
    ("Disk usage > 80%", ("adsv-prd-web-03", "adsv-prd-web-05", "adsv-prd-web-06", "batch-01", "batch-02", "mon-01")),
    ("Swap usage is high", ("adsv-prd-adm-01", "adsv-prd-adm-02", "adsv-prd-rep-01", "adsv-prd-trk-02")),
    ("Zabbix agent unreachable", ("adsv-prd-web-99", "adsv-relay", "batch-02", "adsv-prd-trk-01")),
    ("Response time > 3s", ("adsv-prd-rep-01", "adsv-prd-adm-01")),
    ("proc.num[java] changed", ("adsv-prd-web-02", "batch-02")),
)
_ANSWERS = ("静観します。", "回復したので様子見。", "対応不要。", "")


def make_routine_tickets() -> Iterator[PageDraft]:
    """Yield the tickets of all series."""
    yield from _alerts()
    yield from _closings()
    yield from _accounts()
    yield from _releases()


def _alerts() -> Iterator[PageDraft]:
    """Yield tickets Zabbix opens under the administrator's name; few are ever closed."""
    places = [(problem, host) for problem, hosts in _ALERTS for host in hosts]
    for nth in range(46):
        problem, host = places[nth * 7 % len(places)]
        key, days = f"alert-{nth}", 1000 - nth * 21
        heads = {
            "at": f"{days} {pseudo_random(key, 24)}:{pseudo_random(host, 60):02d}",
            "by": "manabe",
            "project": "adsv-infra",
            "tracker": "障害",
            "priority": "低め",
            "title": f"[Zabbix] {problem} on {host}",
            "status": "終了" if pseudo_random(f"{key} closed", 5) == 0 else "新規",
        }
        body = f"Trigger: {problem}\nHost: {host}\nSeverity: Warning\nDuration: {3 + pseudo_random(key, 40)}m"
        closed = (("set", "status 新規 -> 終了"),) if heads["status"] == "終了" else ()
        answer = _ANSWERS[pseudo_random(key, len(_ANSWERS))]
        replies = (Reply(_on_call(days - 1), 1, "10:20", answer, closed),) if answer or closed else ()
        yield _ticket(key, heads, body, replies)


def _closings() -> Iterator[PageDraft]:
    """Yield the monthly closings, all finished; about half were set to closed."""
    for nth in range(26):
        key = f"closing-{nth}"
        closed = pseudo_random(key, 2) == 0
        heads = {
            "at": f"{795 - nth * 30} 9:50",
            "by": "shiraishi",
            "to": "shiraishi",
            "project": "adsv-batch",
            "title": "{{ym-25}} 月次請求の締め",
            "status": "終了" if closed else "解決",
            "done": "100",
            "due": "3",
        }
        body = "手順は {{post:run-billing-close}}。\n\n* 保留の確認\n* 試し流し\n* 締め\n* 送付"
        changes = (("set", "status 新規 -> 解決"), ("set", "done 0 -> 100"))
        sent = Reply("shiraishi", 2, "10:40", f"送付まで終わりました（{180 + pseudo_random(key, 60)} 社）。", changes)
        yield _ticket(key, heads, body, (sent, _shut("shiraishi", 3)) if closed else (sent,))


def _accounts() -> Iterator[PageDraft]:
    for row in table_rows("accounts"):
        heads = {
            "at": f"{row['days']} 13:10",
            "by": row["by"],
            "to": "manabe",
            "project": "ops-contract",
            "title": row["subject"],
            "status": "解決",
            "done": "100",
        }
        note = Reply("manabe", 1, "11:15", row["said"], (("set", "status 新規 -> 解決"),))
        yield _ticket(f"account-{row['days']}", heads, "よろしくお願いします。", (note,))


def _releases() -> Iterator[PageDraft]:
    for row in table_rows("releases"):
        heads = {
            "at": f"{row['days']} 10:10",
            "by": row["by"],
            "to": row["by"],
            "project": "adsv",
            "title": f"{row['system']} {row['version']} リリース作業",
            "status": row["status"],
            "done": "100",
        }
        closed = row["status"] == "終了"
        reached = "解決" if closed else row["status"]
        done = Reply(
            row["by"], 1, "15:10", "リリースしました。問題ありません。", (("set", f"status 新規 -> {reached}"),)
        )
        body = (
            "手順は {{post:run-delivery-release}}。"
            if row["system"] == "delivery-api" and int(row["days"]) < 640
            else "定期リリース。"
        )
        yield _ticket(f"release-{row['days']}", heads, body, (done, _shut(row["by"], 2)) if closed else (done,))


def _shut(who: str, days: int) -> Reply:
    return Reply(who, days, "10:50", "", (("set", "status 解決 -> 終了"),))


def _on_call(days: int) -> str:
    """Return a person who was there `days` ago."""
    there = [person.screen_name for person in PEOPLE if person.joined_days > days > person.last_seen_days]
    return there[pseudo_random(str(days), len(there))]


def _ticket(key: str, heads: dict[str, str], body: str, replies: tuple[Reply, ...]) -> PageDraft:
    return replace(parse_draft("ticket", key, tuple(heads.items()), body), replies=replies)
