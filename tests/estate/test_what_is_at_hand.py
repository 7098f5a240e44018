"""What people have at hand: pasted outputs of hosts, and the files that Zabbix exports; read as far as they go."""

from __future__ import annotations

import contextlib
import copy
import json
import operator
from collections.abc import Iterator
from functools import reduce
from typing import Any

import msgspec
import pytest
from estate.kit import KURUMI
from hypothesis import example, given
from hypothesis import strategies as st

from kb.errors import InputError
from kb.estate.collect.codedeploy import read_codedeploy
from kb.estate.collect.ec2 import read_ec2
from kb.estate.collect.hosts.command_lines import keep_command
from kb.estate.collect.hosts.printed import read_hosts
from kb.estate.collect.inputs import Collected, InputFile, read_json_values
from kb.estate.collect.zabbix.answers import read_zabbix
from kb.estate.drift.items.hosts import Host, HostsItems
from kb.estate.drift.items.zabbix import ZabbixItems
from kb.estate.drift.kinds import Availability, GapKind

TAKEN = "2026-11-28T06:00:00+00:00"
SECRET = "Momiji_" + "8841"

# ruff: noqa: E501 -- as the tools print them
PS_AUX = f"""[deploy@ab-web-01 ~]$ ps aux | grep -v root
USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
root           2  0.0  0.0      0     0 ?        S    2025    0:02 [kthreadd]
app         4211  3.1 12.0 900000 700000 ?       Sl   Nov01 120:00 /usr/bin/java -Dtoken={SECRET} -Xmx1g -jar /tmp/fix.jar
app         4300  0.0  0.1  90000  7000 pts/0    S+   09:12   0:00 python3 /opt/ab/poll.py --password {SECRET}
[deploy@ab-web-01 ~]$
"""
PS_EF = """UID          PID    PPID  C STIME TTY          TIME CMD
root           1       0  0  2025 ?        00:01:00 /usr/lib/systemd/systemd --system
app          812       1  0 Nov01 ?        00:10:00 java -jar /opt/ab/sender.jar
"""
DOCKER = """$ docker ps -a
CONTAINER ID   IMAGE                COMMAND                  CREATED        STATUS                    PORTS                  NAMES
4c01db0b339c   reg.example.jp/web:3 "docker-entrypoint.s…"   3 weeks ago    Up 3 weeks                0.0.0.0:80->80/tcp     web
d7886598dbe2   mysql:5.7            "docker-entrypoint.s…"   4 years ago    Exited (137) 3 years ago                         trial_db
"""
CLUSTER = """$ redis-cli -c cluster nodes
07c37dfeb235213a872192d90877d0cd55635b91 10.0.0.4:6379@16379,ab-kv-04 slave e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca 0 1426238317239 4 connected
67ed2db8d677e59ec4a4cefb06858cf2a1a89fa1 10.0.0.2:6379@16379,ab-kv-02,shard-id=69bc master,fail - 1426238316232 1426238316232 2 disconnected 5461-10922
292f8b365bb7edb5e285caf0b7e6ddc7265d2f4f 10.0.0.3:6379@16379 master,fail? - 0 1426238318243 3 connected 10923-16383
e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca 10.0.0.1:6379@16379 myself,master - 0 0 1 connected 0-5460
"""
LS_TMP = """deploy@ab-web-02:~$ ls -la /tmp
合計 5120
drwxrwxrwt  9 root root    4096 11月 28 09:00 .
-rw-r--r--  1 app  app  5000000 11月  3  2021 import-old.jar
-rw-r--r--  1 app  app      120 Nov 28 08:00 memo.txt
"""
PROSE = "ps aux で見ると、java が 2 つ動いています。\n/tmp に import-old.jar があります。\n"
TOP = "top - 09:12:01 up 40 days,  3 users,  load average: 0.1\n  PID USER      PR  NI    VIRT    RES\n"
LS_ALONE = "total 12\n-rw-r--r-- 1 app app 12 Nov 28 08:00 a.jar\n"


def hosts(*texts: str, names: tuple[str, ...] = ("ab-one.txt", "ab-two.txt", "ab-three.txt")) -> dict[str, Host]:
    found = collect(*texts, names=names)
    assert isinstance(found.items, HostsItems)
    assert found.gaps, "never whole"
    assert {gap.kind for gap in found.gaps} == {GapKind.PASTED}
    assert not any(host.has_read("ps") or host.has_read("containers") for host in found.items.hosts)
    assert SECRET not in str(found)
    return {host.name: host for host in found.items.hosts}


def collect(*texts: str, names: tuple[str, ...] = ("ab-one.txt", "ab-two.txt", "ab-three.txt")) -> Collected:
    return read_hosts([InputFile(name, text, TAKEN) for name, text in zip(names, texts, strict=False)])


def test_processes_that_were_pasted() -> None:
    found = hosts(PS_AUX, PS_EF)
    assert list(found) == ["ab-two", "ab-web-01"]
    assert [(each.pid, each.user, each.command) for each in found["ab-web-01"].processes] == [
        (4211, "app", "/usr/bin/java -Xmx1g -jar /tmp/fix.jar"),
        (4300, "app", "python3 /opt/ab/poll.py"),
    ]
    assert [each.command for each in found["ab-two"].processes][1] == "java -jar /opt/ab/sender.jar"
    assert found["ab-two"].taken_at == TAKEN


def test_containers_a_cluster_and_a_folder_that_were_pasted() -> None:
    found = hosts(DOCKER, CLUSTER, LS_TMP)
    web, trial = found["ab-one"].containers
    assert (web.name, web.image, web.state) == ("web", "reg.example.jp/web:3", "running")
    assert (trial.name, trial.state, trial.created_at[:4], trial.ended_at[:4]) == ("trial_db", "exited", "2022", "2023")
    cluster = found["ab-two"].cluster
    assert [(each.name, each.address) for each in cluster if each.is_dead] == [("ab-kv-02", "10.0.0.2")]
    assert [each.role for each in cluster] == ["slave", "master", "master", "master"]
    assert [jar.path for jar in found["ab-web-02"].jars] == ["/tmp/import-old.jar"]  # noqa: S108 -- as it was pasted


def test_several_outputs_in_one_file_are_one_host() -> None:
    found = hosts(PS_AUX + "\n" + DOCKER + LS_TMP.replace("ab-web-02", "ab-web-01"))
    assert list(found) == ["ab-web-01"]
    one = found["ab-web-01"]
    assert (len(one.processes), len(one.containers), len(one.jars)) == (2, 2, 1)
    assert sorted(one.sections) == ["containers", "jars", "ps"]


@pytest.mark.parametrize("text", [PROSE, TOP, LS_ALONE])
def test_what_cannot_be_read_names_the_script(text: str) -> None:
    with pytest.raises(InputError) as raised:
        collect(text)
    assert "kb diagram collect hosts --script" in str(raised.value)


EXPORT: dict[str, Any] = {
    "zabbix_export": {
        "version": "7.0",
        "hosts": [
            {
                "host": "ab-web-01",
                "name": "AB ウェブ 1",
                "templates": [{"name": "AB Linux"}],
                "interfaces": [{"ip": "10.0.0.1", "interface_ref": "if1"}],
                "macros": [{"macro": "{$SNMP_COMMUNITY}", "value": SECRET}],
                "items": [
                    {"name": "disk", "key": "vfs.fs.size[/,pused]", "triggers": [
                        {"expression": "last(/ab-web-01/vfs.fs.size[/,pused])>90", "name": "disk full"}]}],
            },
            {"host": "ab-old-01", "status": "DISABLED", "interfaces": [{"useip": "NO", "dns": "old.example.jp"}]},
        ],
        "templates": [
            {"template": "AB Linux", "name": "AB Linux", "items": [
                {"name": "load", "key": "system.cpu.load", "triggers": [
                    {"uuid": "0a", "expression": "min(/AB Linux/system.cpu.load,5m)>2", "name": "load"}]}]},
        ],
    }
}  # fmt: skip
XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<zabbix_export><version>7.0</version><hosts>
<host><host>ab-web-01</host><name>AB ウェブ 1</name><templates><template><name>AB Linux</name></template></templates>
<interfaces><interface><ip>10.0.0.1</ip><interface_ref>if1</interface_ref></interface></interfaces>
<macros><macro><macro>{{$SNMP_COMMUNITY}}</macro><value>{SECRET}</value></macro></macros>
<items><item><name>disk</name><key>vfs.fs.size[/,pused]</key><triggers><trigger>
<expression>last(/ab-web-01/vfs.fs.size[/,pused])&gt;90</expression><name>disk full</name></trigger></triggers></item></items></host>
<host><host>ab-old-01</host><status>DISABLED</status>
<interfaces><interface><useip>NO</useip><dns>old.example.jp</dns></interface></interfaces></host>
</hosts><templates><template><template>AB Linux</template><name>AB Linux</name><items><item><name>load</name>
<key>system.cpu.load</key><triggers><trigger><uuid>0a</uuid><expression>min(/AB Linux/system.cpu.load,5m)&gt;2</expression>
<name>load</name></trigger></triggers></item></items></template></templates></zabbix_export>
"""


def export(text: str) -> Collected:
    return read_zabbix([InputFile("export", text, TAKEN)])


@pytest.mark.parametrize("text", [json.dumps(EXPORT), XML])
def test_an_export_of_zabbix_tells_names_templates_and_thresholds(text: str) -> None:
    found = export(text)
    assert isinstance(found.items, ZabbixItems)
    assert [gap.kind for gap in found.gaps] == [GapKind.EXPORT], "whether it is alive is not known"
    web, old = sorted(found.items.hosts, key=lambda each: each.host, reverse=True)
    assert (web.host, web.name, web.templates, web.enabled) == ("ab-web-01", "AB ウェブ 1", ("AB Linux",), True)
    assert (old.enabled, old.interfaces[0].use_ip, old.interfaces[0].dns) == (False, False, "old.example.jp")
    assert {each.available for host in found.items.hosts for each in host.interfaces} == {Availability.UNKNOWN}
    triggers = {each.name: each for each in found.items.triggers}
    assert (triggers["disk full"].threshold, triggers["load"].threshold) == ("90", "2")
    assert triggers["load"].hosts == triggers["disk full"].hosts == (web.id,)
    assert SECRET not in str(found)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c">]><zabbix_export><version>&b;</version></zabbix_export>', "DOCTYPE"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><zabbix_export/>', "DOCTYPE"),
        ("<zabbix_export><hosts>", "XML"),
        ("<a/>", "zabbix_export"),
        ("<a>" * 5_000, "XML"),
        ("<zabbix_export>&b;</zabbix_export>", "XML"),
        ("zabbix_export:\n  version: '7.0'\n  hosts:\n    - host: ab-web-01\n", "JSON"),
        ("---\nzabbix_export:\n  version: '7.0'\n", "JSON"),
        ('{"zabbix_export": []}', "zabbix_export"),
    ],
)
def test_what_is_no_export_or_may_be_hostile_is_refused(text: str, word: str) -> None:
    with pytest.raises(InputError) as raised:
        export(text)
    assert word in str(raised.value)


def test_a_token_in_a_part_of_a_path_or_a_dns_name_is_in_no_snapshot() -> None:
    token = "ghp_" + "a8Fk3LmQ9ZxT2cVbN7YwR5sD1eHjK4uPqW0o"
    for path in (f"/opt/{token}/run", f"/opt/x.{token}.d/java", f"/opt/a+{token}/b.sh"):
        assert token not in keep_command(f"{path} -jar {path}/a.jar")
    assert keep_command("/opt/app.v2.production/run -jar /opt/ab-sender.2026.11.jar") == (
        "/opt/app.v2.production/run -jar /opt/ab-sender.2026.11.jar"
    )
    rows = [{"InstanceId": "i-0a1", "State": {"Name": "running"}, "PrivateDnsName": f"{token}.example.internal"}]
    text = json.dumps({"Reservations": [{"Instances": rows}]})
    assert token not in str(read_ec2([InputFile("ec2.json", text, TAKEN)]))
    named = text.replace(token, "ip-10-0-0-1")
    assert "ip-10-0-0-1.example.internal" in str(read_ec2([InputFile("ec2.json", named, TAKEN)]))


PASTED_WORDS = st.one_of(
    st.sampled_from([line for text in (PS_AUX, PS_EF, DOCKER, CLUSTER) for line in text.splitlines()]),
    st.sampled_from(["app ² 0 0 0 ③ x x x x java", "app 1 0 0 0 " + "9" * 5000 + " x x x x java", "/srv:", "\t" * 900]),
    st.text(max_size=30),
)


@given(st.lists(PASTED_WORDS, max_size=25))
@example([PS_AUX.splitlines()[1], "app ² 0 0 0 ③ x x x x java", "app 1 0 0 0 ③ x x x x java"])
def test_any_pasted_lines_are_read_or_refused(lines: list[str]) -> None:
    try:
        found = read_hosts([InputFile("web-01.txt", "\n".join(lines), TAKEN)])
    except InputError:
        return
    assert SECRET not in msgspec.json.encode(found.items).decode()


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda each: st.one_of(
        st.lists(each, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "hosts",
                    "templates",
                    "host",
                    "name",
                    "template",
                    "items",
                    "triggers",
                    "expression",
                    "interfaces",
                    "status",
                ]
            ),
            each,
            max_size=4,
        ),
    ),
    max_leaves=20,
)


@given(VALUES)
def test_any_export_is_read_or_refused(value: object) -> None:
    with contextlib.suppress(InputError):
        read_zabbix([InputFile("export.json", json.dumps({"zabbix_export": value}), TAKEN)])


@given(
    st.lists(
        st.sampled_from(["<hosts>", "</hosts>", "<host>", "</host>", "<items>", "</items>", "web", "&amp;", "&x;"]),
        max_size=20,
    )
)
def test_any_xml_is_read_or_refused(tags: list[str]) -> None:
    text = "".join(["<?xml version='1.0'?><zabbix_export>", *tags, "</zabbix_export>"])
    with contextlib.suppress(InputError):
        read_zabbix([InputFile("export.xml", text, TAKEN)])


TOKEN = "ghp_" + "a8Fk3LmQ9ZxT2cVbN7YwR5sD1eHjK4uPqW0o"
PLANTED = (TOKEN, f"/opt/x.{TOKEN}.d/java", f"https://kura:{TOKEN}@git.example.jp/a")


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of texts in JSON values."""
    if isinstance(value, str):
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from leaves(each, (*path, key))


def planted_json(name: str, word: str) -> Iterator[str]:
    """The file again and again, each time with the word in another field."""
    values = read_json_values(InputFile(name, (KURUMI / name).read_text("utf-8"), TAKEN))[0]
    known = set()
    for at, value in enumerate(values):
        for path in leaves(value):
            field = tuple(each for each in path if isinstance(each, str))
            if field in known:
                continue
            known.add(field)
            changed = copy.deepcopy(value)
            inner = reduce(operator.getitem, path[:-1], changed)
            inner[path[-1]] = word
            yield "\n".join(map(json.dumps, (*values[:at], changed, *values[at + 1 :])))


def planted_rows(name: str, word: str) -> Iterator[str]:
    """The output of the hosts script again and again, each time with the word in another cell; commands are lines."""
    lines = (KURUMI / name).read_text("utf-8").split("\n")
    for at, line in enumerate(lines):
        if not line.startswith("==="):
            for cell in range(line.count("\t") + 1):
                cells = line.split("\t")
                cells[cell] = f"TOKEN={word} {word} -jar {word}.jar -Dtoken={word} {word}" if cell == 4 else word
                yield "\n".join((*lines[:at], "\t".join(cells), *lines[at + 1 :]))


READERS = {
    "ec2.json": (read_ec2, planted_json),
    "codedeploy.json": (read_codedeploy, planted_json),
    "zabbix.json": (read_zabbix, planted_json),
    "hosts/wk1.txt": (read_hosts, planted_rows),
    "hosts/kr-prd-web-01.txt": (read_hosts, planted_rows),
}


@pytest.mark.parametrize("word", PLANTED)
@pytest.mark.parametrize("name", READERS)
def test_a_token_in_any_field_is_in_no_snapshot_and_no_message(name: str, word: str) -> None:
    read, plant = READERS[name]
    for text in plant(name, word):
        try:
            found = read([InputFile(name, text, TAKEN)])
            kept = msgspec.json.encode((found.items, found.gaps)).decode()
        except InputError as error:
            kept = str(error)
        assert TOKEN not in kept
