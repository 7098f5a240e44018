"""What the hosts script prints, read: its fields, what is cut, denied or broken, and the secrets that are in none."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import InputError
from kb.estate.collect.hosts.command_lines import keep_command
from kb.estate.collect.hosts.printed import read_hosts
from kb.estate.collect.inputs import Collected, InputFile, read_inputs
from kb.estate.drift.items.hosts import Host, HostsItems
from kb.estate.drift.kinds import GapKind, SectionState

HASH = "3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea"
HEAD = "04edcb1be7a1005ea584e476024b925c869c414b"
SECTIONS: dict[str, list[str]] = {
    "id": ["hostname\tweb-01", "ip\t10.5.1.1", "ip\tfd00::2"],
    "nproc": ["4"],
    "loadavg": ["0.40 0.50 0.60 2/400 30000"],
    "mem": ["MemTotal\t16000000", "MemAvailable\t9000000"],
    "ps": ["41\tapp\t864000\t700000\t/usr/bin/java -Xmx1g -jar /opt/etl/etl.jar"],
    "listen": ["tcp\t10.5.1.1:22\t811", "tcp\t[::]:443\t0"],
    "units": ["sshd.service\tactive\trunning"],
    "containers": ["docker\tagent\tagent:3\texited\t2026-01-01T00:00:00Z"],
    "git": [f"/srv/web\t{HEAD}\tmain\t2\tgit@github.com:example/web.git"],
    "files": [f"/var/www/static\tindex.html\t{HASH}\t12"],
    "jars": [f"/opt/etl/etl.jar\t{HASH}\t5000000\t1765000000\t41,42"],
    "redis": ["6379\trole:slave", "6379\tmaster_link_status:down", "6379\tmaster_replid:abc"],
    "cron": ["app\t0 5 * * *\t/opt/app/a.sh\tno", "app\t@reboot\t/opt/app/b.sh\tyes"],
    "disk": ["/\t1000\t900"],
    "tls": ["443\tDec 19 14:17:13 2026 GMT\tCN=web.example.jp"],
    "restart": ["agent\talways"],
    "peers": ["tcp\t10.5.4.1:6379\tjava"],
}


def printed(sections: dict[str, list[str]] | None = None, **states: str) -> str:
    """An output of the script, its sections `ok` unless stated otherwise."""
    sections = SECTIONS if sections is None else sections
    lines = ["#kb-hosts 1", "#taken 2026-11-28T06:00:00+09:00", "#user deploy"]
    for name, rows in sections.items():
        lines += [f"=== {name} {states.get(name, 'ok')} {len(rows)}", *rows]
    return "\n".join([*lines, f"=== end ok {len(sections)}", ""])


def take(*texts: str, names: tuple[str, ...] = ("a.txt", "b.txt", "c.txt")) -> Collected:
    return read_hosts([InputFile(name, text, "") for name, text in zip(names, texts, strict=False)])


def one(text: str) -> Host:
    items = take(text).items
    assert isinstance(items, HostsItems)
    return items.hosts[0]


def names(found: Collected) -> list[str]:
    assert isinstance(found.items, HostsItems)
    return [host.name for host in found.items.hosts]


def gaps(found: Collected) -> list[tuple[str, str, str]]:
    return [(gap.kind.value, gap.of, gap.part) for gap in found.gaps]


def with_row(section: str, row: str) -> dict[str, list[str]]:
    return {**SECTIONS, section: [*SECTIONS[section], row]}


def test_every_field_of_every_section() -> None:
    found = take(printed())
    assert not found.gaps
    assert msgspec.json.decode(msgspec.json.encode(one(printed()))) == {
        "name": "web-01",
        "taken_at": "2026-11-28T06:00:00+09:00",
        "ips": ["10.5.1.1", "fd00::2"],
        "user": "deploy",
        "sections": dict.fromkeys(SECTIONS, "ok"),
        "processors": 4,
        "load": [0.4, 0.5, 0.6],
        "memory": {"MemTotal": 16000000, "MemAvailable": 9000000},
        "processes": [
            {
                "pid": 41,
                "user": "app",
                "seconds": 864000,
                "rss_kb": 700000,
                "command": "/usr/bin/java -Xmx1g -jar /opt/etl/etl.jar",
            }
        ],
        "listeners": [
            {"protocol": "tcp", "address": "10.5.1.1", "port": 22, "pid": 811},
            {"protocol": "tcp", "address": "::", "port": 443},
        ],
        "units": [{"name": "sshd.service", "active": "active", "sub": "running"}],
        "containers": [
            {
                "engine": "docker",
                "name": "agent",
                "image": "agent:3",
                "state": "exited",
                "created_at": "2026-01-01T00:00:00Z",
            }
        ],
        "clones": [
            {
                "folder": "/srv/web",
                "head": HEAD,
                "branch": "main",
                "changed": 2,
                "origin": "git@github.com:example/web.git",
            }
        ],
        "files": [{"folder": "/var/www/static", "path": "index.html", "sha256": HASH, "size": 12}],
        "jars": [
            {
                "path": "/opt/etl/etl.jar",
                "sha256": HASH,
                "size": 5000000,
                "modified_at": 1765000000,
                "pids": [41, 42],
            }
        ],
        "redis": [{"port": 6379, "info": {"role": "slave", "master_link_status": "down"}}],
        "cron": [
            {"user": "app", "schedule": "0 5 * * *", "script": "/opt/app/a.sh", "exists": False},
            {"user": "app", "schedule": "@reboot", "script": "/opt/app/b.sh"},
        ],
        "disks": [{"mount": "/", "kb": 1000, "used_kb": 900}],
        "certificates": [{"place": "443", "ends_at": "2026-12-19T14:17:13+00:00", "subject": "CN=web.example.jp"}],
        "restarts": [{"container": "agent", "policy": "always"}],
        "peers": [{"protocol": "tcp", "address": "10.5.4.1", "port": 6379, "program": "java"}],
    }


# -- what is missing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "kind"), [("denied", "denied"), ("failed", "failed"), ("cut", "cut")])
def test_a_section_that_is_not_whole_is_a_gap_and_tells_what_it_has(state: str, kind: str) -> None:
    text = printed(listen=state)
    assert gaps(take(text)) == [(kind, "web-01", "listen")]
    assert len(one(text).listeners) == 2
    assert not one(text).whole


def test_an_absent_section_is_whole_and_one_that_is_missing_was_not_asked() -> None:
    text = printed({**{name: rows for name, rows in SECTIONS.items() if name != "cron"}, "containers": []})
    text = text.replace("=== containers ok 0", "=== containers absent 0")
    assert not take(text).gaps
    host = one(text)
    assert host.whole
    assert [host.has_read(name) for name in ("containers", "cron")] == [True, False]


def test_a_file_that_ends_anywhere_is_cut() -> None:
    lines = printed().splitlines()
    assert take("\n".join(lines[:3])).items == HostsItems()
    for count in range(4, len(lines)):
        found = take("\n".join(lines[:count]) + "\n")
        assert any(gap.kind is GapKind.CUT for gap in found.gaps), count
        assert not one("\n".join(lines[:count])).has_read(*SECTIONS)


def test_a_file_without_one_of_its_lines_is_cut() -> None:
    lines = printed().splitlines()
    for at in range(3, len(lines)):
        found = take("\n".join(lines[:at] + lines[at + 1 :]))
        assert [kind for kind, _, _ in gaps(found)] == ["cut"] * len(found.gaps) != [], lines[at]


@pytest.mark.parametrize(
    "text",
    [
        printed().replace("=== ps ok 1", "=== ps ok 999999999"),
        printed().replace("=== ps ok 1", "=== ps ok 0"),
        printed().replace("=== ps ok 1", "=== ps fine 1"),
        printed().replace("=== end ok 17", "=== end ok 18"),
        printed() + "and more\n",
        printed().replace("=== units ok 1", "=== ps ok 1"),
    ],
)
def test_a_count_that_does_not_fit_is_a_cut(text: str) -> None:
    assert GapKind.CUT in [gap.kind for gap in take(text).gaps]


@pytest.mark.parametrize(
    ("section", "row"),
    [
        ("ps", "x\troot\t1\t1\tsh"),
        ("ps", "12"),
        ("ps", f"{'9' * 40}\troot\t1\t1\tsh"),
        ("ps", f"1\troot\t1\t1\t{'x' * 4100}"),
        ("listen", "tcp\t0.0.0.0:99999\t1"),
        ("listen", "tcp\tnothing\t1"),
        ("git", "/srv/web\tmain"),
        ("files", "/srv/web\ta\tnot-a-hash\t1"),
        ("jars", "/opt/a.jar\t\tmany\t0\t1"),
        ("disk", "/data\t1"),
        ("tls", "443\tsoon\tCN=a"),
    ],
)
def test_a_line_that_is_no_row_is_left_out_and_its_section_cut(section: str, row: str) -> None:
    text = printed(with_row(section, row))
    assert gaps(take(text)) == [("cut", "web-01", section)]
    assert one(text).sections[section] is SectionState.CUT


def test_a_host_that_was_not_reached_is_a_gap_and_the_others_are_read() -> None:
    refused = "ssh: connect to host web-02 port 22: Connection refused\n"
    found = take(printed(), refused, "\n")
    assert names(found) == ["web-01"]
    assert sorted(gaps(found)) == [("cut", "c", ""), ("failed", "b", "")]
    assert [take(refused).items, take("", "").items] == [HostsItems()] * 2


@pytest.mark.parametrize("text", ['{"Reservations": []}', "#kb-hosts 2\n", "<html>", "root\n" * 50])
def test_what_is_no_output_of_the_script_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        take(printed(), text)


@pytest.mark.parametrize(
    "taken",
    [
        "yesterday",
        "2026-11-28T06:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "1969-12-31T23:59:59Z",
    ],
)
def test_a_time_that_is_none_is_refused(taken: str) -> None:
    with pytest.raises(InputError) as refused:
        take(printed().replace("2026-11-28T06:00:00+09:00", taken))
    assert taken in str(refused.value.what.ja)
    assert "a.txt" in str(refused.value.what.ja)


# -- files as they come ---------------------------------------------------------------------------------


def test_what_a_login_shell_says_first_and_line_ends_of_windows_do_no_harm() -> None:
    assert one("Welcome!\r\n" + printed().replace("\n", "\r\n")) == one(printed())


def test_bytes_that_are_no_utf8_harm_one_word_only(tmp_path: Path) -> None:
    text = printed(with_row("files", f"/srv/x\tNAME\t{HASH}\t1"))
    (tmp_path / "a.txt").write_bytes(text.encode().replace(b"NAME", b"\xff\xfe\x80"))
    (tmp_path / "b.txt").write_bytes(printed().replace("web-01", "web-02").encode("utf-16"))
    found = read_hosts(read_inputs([tmp_path], lossy=True))
    assert names(found) == ["web-01", "web-02"]
    assert isinstance(found.items, HostsItems)
    assert found.items.hosts[0].files[1].path == "???"
    with pytest.raises(InputError):
        read_inputs([tmp_path])


def test_several_hosts_in_one_file() -> None:
    assert names(take(printed() + printed().replace("web-01", "web-02"))) == ["web-01", "web-02"]


def test_of_two_outputs_of_one_machine_the_newer_counts_whole_or_not() -> None:
    newer = printed(ps="denied").replace("T06:00:00+09:00", "T00:00:00+00:00")
    for texts in ((printed(), newer), (newer, printed())):
        found = take(*texts)
        assert (names(found), found.taken_at) == (["web-01"], "2026-11-28T00:00:00+00:00")
        assert gaps(found) == [("denied", "web-01", "ps")]


def test_two_machines_of_one_name_stay_two() -> None:
    other = printed().replace("10.5.1.1", "10.9.9.9").replace("fd00::2", "fd00::9")
    assert names(take(printed(), other)) == ["b", "web-01"]
    nameless = printed().replace("web-01", "localhost")
    assert names(take(nameless, nameless.replace("10.5.1.1", "10.9.9.9"))) == ["a", "b"]


def test_control_characters_become_question_marks() -> None:
    host = one(printed(with_row("units", "a\x1b[31m\u2028\x9b.service\tactive\trunning")))
    assert host.units[1].name == "a?[31m??.service"


# -- secrets --------------------------------------------------------------------------------------------

LOST = [
    ("java -Xmx1g -Dtoken=Shijukara-88-hoo -jar /opt/track/track-0.jar", "java -Xmx1g -jar /opt/track/track-0.jar"),
    ("TOKEN=Hototo-4456-gisu java -jar app.jar --password hunter2", "java -jar app.jar"),
    ("mysql -u root -pHototo-4456-gisu --host db", "mysql"),
    ("/opt/app/run.sh --api-key=Hototo-4456-gisu", "/opt/app/run.sh"),
    ("curl -u admin:Hototo-4456-gisu https://api.example.jp/a.sh", "curl"),
    ("https://user:Hototo-4456-gisu@example.jp/a", "***"),
    ("python3 -u /opt/bot/main --token Hototo-4456-gisu", "python3 /opt/bot/main"),
    ("sh -c exec-Hototo-4456-gisu", "sh"),
    ("java -jar https://u:Hototo-4456-gisu@repo/x.jar", "java -jar"),
    ("java -jar /opt/x.jar?token=Hototo-4456-gisu", "java -jar"),
    ("redis-server 0.0.0.0:6379", "redis-server 0.0.0.0:6379"),
    ("node Hototo-4456-gisu", "node"),
    ("nginx: master process /usr/sbin/nginx -g daemon", "nginx:"),
    ("/usr/bin/perl -w /usr/lib/x/worker --pass Hototo-4456-gisu", "/usr/bin/perl /usr/lib/x/worker"),
    ("python app.py /etc/Hototo/4456-gisu", "python app.py"),
    ("", ""),
]


@pytest.mark.parametrize(("line", "kept"), LOST)
def test_of_a_command_line_the_allow_list_is_kept(line: str, kept: str) -> None:
    assert keep_command(line) == kept


SECRET = "ghp_" + "9tQ2Lw7Zr4Xc1Vb8Nm5Kj3Hg6Fd0Sa2Pq8Wy"
PLANTED = {
    "ps": [
        f"5\tapp\t1\t1\tjava -Dx={SECRET} -jar /opt/{SECRET}/a.jar",
        f"6\tapp\t1\t1\t{SECRET} --password {SECRET}",
        f"7\tapp\t1\t1\tbash -c https://a:{SECRET}@h/x.sh",
    ],
    "units": [f"{SECRET}.service\tactive\trunning"],
    "containers": [f"docker\tweb\tu:{SECRET}@reg.example.jp/a:1\trunning\t2026-01-01T00:00:00Z"],
    "git": [
        f"/srv/a\t{HEAD}\tmain\t0\thttps://u:{SECRET}@h/a.git?private_token={SECRET}",
        f"/srv/b\t{HEAD}\tmain\t0\t{SECRET}@git.example.jp:a.git",
        f"/srv/c\t{HEAD}\t{SECRET}\t0\thttps://{SECRET}@h/c.git",
    ],
    "files": [f"/srv/x\t{SECRET}.txt\t{HASH}\t1"],
    "jars": [f"/opt/{SECRET}/a.jar\t{HASH}\t1\t1\t5"],
    "redis": [f"6379\tmasterauth:{SECRET}", f"6379\trequirepass:{SECRET}"],
    "cron": [f"app\t0 5 * * * TOKEN={SECRET}\t/opt/a.sh\tyes", f"app\t0 5 * * *\t/opt/a.sh --key={SECRET}\tyes"],
    "disk": [f"/mnt/{SECRET}\t1\t1"],
    "tls": [f"443\t2026-12-19T00:00:00Z\tCN={SECRET}"],
    "restart": [f"{SECRET}\tno"],
    "peers": [f"tcp\t10.0.0.1:1\t{SECRET}"],
}


@pytest.mark.parametrize("section", PLANTED)
def test_no_secret_of_a_section_survives(section: str) -> None:
    assert SECRET not in msgspec.json.encode(take(printed({**SECTIONS, section: PLANTED[section]})).items).decode()


def test_a_path_loses_the_part_that_is_a_secret() -> None:
    assert keep_command(f"java -Xmx1g -jar /opt/{SECRET}/x.jar") == "java -Xmx1g -jar /opt/***/x.jar"


def test_no_secret_of_the_head_or_a_file_name_survives() -> None:
    text = printed().replace("#user deploy", f"#user {SECRET}").replace("hostname\tweb-01", f"hostname\t{SECRET}")
    found = take(text, "", names=(f"{SECRET}.txt", f"{SECRET}.txt"))
    assert SECRET not in msgspec.json.encode((found.items, found.gaps)).decode()


@given(st.lists(st.sampled_from([*printed().splitlines(), "", "=== ps ok 3", "\x00\t\x1b", "é" * 3000]), max_size=60))
def test_any_lines_are_read_or_refused(lines: list[str]) -> None:
    try:
        found = take("\n".join(["#kb-hosts 1", "#taken 2026-11-28T06:00:00+09:00", *lines]))
    except InputError:
        return
    for host in found.items.hosts if isinstance(found.items, HostsItems) else ():
        assert not host.whole or not any(gap.part for gap in found.gaps)
