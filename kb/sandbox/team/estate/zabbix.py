"""The team's Zabbix, as `kb diagram collect zabbix --record` writes what its API answers (`kb.estate.collect`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kb.sandbox.team.estate.machines import MACHINES, EstateTime
from kb.sandbox.team.words import pseudo_random

EVENT_DAYS, TREND_DAYS = 21, 14
"""Days of which events and hourly maxima are asked for."""

NOISY = "13001"
"""The trigger of the template that alerts without end."""

_LINUX, _MYSQL = "Template adsv Linux", "MySQL by ODBC"
_UNMONITORED = ("adsv-prd-adm-02", "adsv-prd-web-99", "report-ftp-old", "adsv-ci-agent-2", "")
_DEAF = ("adsv-prd-trk-02", "adsv-prd-log-01")
_ON_LOOPBACK = "mon-01"
_WITH_DISK = tuple(f"adsv-prd-web-0{n}" for n in range(1, 6))
"""The hosts whose disk is looked at: web-06 was forgotten."""

_EVENTS_A_WEEK = 240
_HOUR = 3600


def print_calls(time: EstateTime) -> bytes:
    """Return the calls and their answers as JSON."""
    now = int(time.at.timestamp()) // _HOUR * _HOUR
    record = {
        "taken_at": time.at.isoformat(timespec="seconds"),
        "url": "http://mon-01/zabbix/",
        "calls": list(_calls(time, now)),
    }
    return (json.dumps(record, ensure_ascii=False) + "\n").encode()


def _calls(time: EstateTime, now: int) -> Iterator[dict[str, Any]]:
    hosts = list(_hosts())
    ids = {host["host"]: host["hostid"] for host in hosts}
    triggers = list(_triggers(ids))
    noisy = [each["triggerid"] for each in triggers if each["templateid"] == NOISY]
    counted = {
        "source": 0,
        "object": 0,
        "value": [1],
        "time_from": now - EVENT_DAYS * 24 * _HOUR,
        "time_till": now,
        "countOutput": True,
        "groupBy": ["objectid"],
    }
    counts = [
        {"objectid": each, "rowscount": str(_EVENTS_A_WEEK * EVENT_DAYS // 7 + pseudo_random(each, 9))}
        for each in noisy
    ]
    items = {host: str(27_000 + number) for number, host in enumerate(_WITH_DISK)}
    yield _call("apiinfo.version", {}, "7.0.22")
    yield _call(
        "host.get",
        {
            "output": ["hostid", "host", "name", "status"],
            "selectInterfaces": ["ip", "dns", "useip", "available"],
            "selectParentTemplates": ["name"],
        },
        hosts,
    )
    yield _call(
        "problem.get",
        {"output": ["eventid", "objectid", "clock", "name", "acknowledged", "r_eventid"], "source": 0, "object": 0},
        list(_problems(time, triggers)),
    )
    yield _call("event.get", counted, counts)
    yield _call("event.get", {**counted, "acknowledged": True}, [])
    yield _call(
        "trigger.get",
        {
            "triggerids": [each["triggerid"] for each in triggers],
            "output": ["triggerid", "description", "expression", "templateid", "status"],
            "selectHosts": ["hostid"],
            "expandExpression": True,
            "templated": False,
        },
        triggers,
    )
    yield _call(
        "item.get",
        {
            "triggerids": noisy,
            "output": ["itemid", "hostid", "key_"],
            "selectHosts": ["host"],
            "filter": {"value_type": [0, 3]},
            "templated": False,
        },
        [
            {"itemid": item, "hostid": ids[host], "key_": "vfs.fs.size[/,pused]", "hosts": [{"host": host}]}
            for host, item in items.items()
        ],
    )
    since = now - TREND_DAYS * 24 * _HOUR
    yield _call(
        "trend.get",
        {
            "itemids": list(items.values()),
            "output": ["itemid", "clock", "value_max"],
            "time_from": since,
            "time_till": now,
        },
        [
            {"itemid": item, "clock": str(clock), "value_max": _highest(item, clock)}
            for item in items.values()
            for clock in range(since, now, _HOUR)
        ],
    )


def _call(method: str, params: object, result: object) -> dict[str, Any]:
    return {"method": method, "params": params, "result": result}


def _highest(item: str, clock: int) -> str:
    """Return the highest use of a disk in an hour: 80 to 87 %, and once a fortnight 92."""
    hour = clock // _HOUR
    if hour % (TREND_DAYS * 24) == pseudo_random(item, TREND_DAYS * 24):
        return "92.4"
    return f"{80 + pseudo_random(f'{item} {hour}', 70) / 10:.1f}"


def _hosts() -> Iterator[dict[str, Any]]:
    known = [(each.name, each.ip) for each in MACHINES if each.name not in _UNMONITORED and not each.is_stopped]
    known.append(("adsv-prd-log-01", "10.20.70.5"))
    for number, (name, ip) in enumerate(known):
        face = {
            "ip": "127.0.0.1" if name == _ON_LOOPBACK else ip,
            "dns": "",
            "useip": "1",
            "available": "2" if name in _DEAF else "1",
        }
        visible = "Zabbix server" if name == _ON_LOOPBACK else name
        yield _host(10_500 + number, name, visible, [face], _LINUX)
    for number in (1, 2):
        yield _host(10_600 + number, f"adsv-prd-db-0{number}", f"adsv-prd-db-0{number}", [], _MYSQL)


def _host(number: int, name: str, visible: str, faces: list[dict[str, str]], template: str) -> dict[str, Any]:
    return {
        "hostid": str(number),
        "host": name,
        "name": visible,
        "status": "0",
        "interfaces": faces,
        "parentTemplates": [{"templateid": "10301", "name": template}],
    }


def _triggers(ids: dict[str, str]) -> Iterator[dict[str, Any]]:
    for number, host in enumerate(_WITH_DISK):
        yield _trigger(24_000 + number, "Disk usage > 80%", f"last(/{host}/vfs.fs.size[/,pused])>80", ids[host], NOISY)
    for number, (host, name, expression) in enumerate(_OWN):
        yield _trigger(24_100 + number, name, f"last(/{host}/{expression}", ids[host], "0")


_OWN = (
    ("adsv-prd-rep-01", "レポート応答 > 3秒", "web.test.time[report,top,resp])>3"),
    ("batch-02", "x-test", "x.test)<>0"),
    ("batch-01", "集計が終わらない（06:10）", "agg.finished)=0"),
    ("adsv-prd-trk-02", "Zabbix agent unreachable", "zabbix[host,agent,available])=0"),
)


def _trigger(number: int, name: str, expression: str, host_id: str, template: str) -> dict[str, Any]:
    return {
        "triggerid": str(number),
        "description": name,
        "expression": expression,
        "status": "0",
        "templateid": template,
        "hosts": [{"hostid": host_id}],
    }


def _problems(time: EstateTime, triggers: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    since = {"x-test": time.seconds_since(time.before(730)), "Zabbix agent unreachable": 3 * 24 * _HOUR}
    for number, trigger in enumerate(each for each in triggers if each["description"] in since):
        yield {
            "eventid": str(880_100 + number),
            "objectid": trigger["triggerid"],
            "clock": str(int(time.at.timestamp()) - since[trigger["description"]]),
            "r_eventid": "0",
            "name": trigger["description"],
            "acknowledged": "0",
        }
