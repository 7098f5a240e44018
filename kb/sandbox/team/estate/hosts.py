"""What the shipped hosts script prints on the team's machines, run as root (`templates/collect-hosts.sh`)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kb.sandbox.team.estate.clone import ORIGIN
from kb.sandbox.team.estate.machines import REPLICA_LOST, EstateTime, find_machine, format_utc

_DISK_KB = 31_445_996
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Program:
    """A program that was started `days` ago; `unit` starts it ("": somebody did)."""

    user: str
    days: float
    kb: int
    command: str
    ports: tuple[int, ...] = ()
    unit: str = ""


@dataclass(slots=True)
class HostOutput:
    """What one machine says."""

    name: str
    load: str = "0.21 0.30 0.28"
    memory_kb: tuple[int, int] = (7_952_340, 4_610_212)
    used: float = 0.46
    programs: list[Program] = field(default_factory=list)
    containers: list[tuple[str, str, float]] = field(default_factory=list)
    clone: tuple[str, int] | None = None
    jars: list[tuple[str, str, float]] = field(default_factory=list)
    redis: list[tuple[int, str]] = field(default_factory=list)
    cron: list[tuple[str, str, str, bool]] = field(default_factory=list)
    certificate: tuple[datetime, str] | None = None
    peers: list[tuple[str, str]] = field(default_factory=list)

    def run(self, user: str, days: float, kb: int, command: str, *ports: int, unit: str = "") -> None:
        """Add a program that was started `days` ago, and the unit that starts it."""
        self.programs.append(Program(user, days, kb, command, ports, unit))

    def run_jar(self, path: str, version: str, days: float, port: int, memory: str, *, unit: str = "") -> None:
        """Add a JVM, and its jar of `version` on the disk ("": the file is gone)."""
        self.run("app", days, 1_310_720, f"/usr/bin/java {memory} -jar {path}", port, unit=unit)
        if version:
            self.jars.append((path, version, days))


def print_hosts(time: EstateTime, commits: Sequence[str]) -> dict[str, bytes]:
    """Return the output of each machine that ssh reaches, by name; `commits` are those of the clone, newest first."""
    return {each.name: _print(time, each, commits) for each in _list_hosts(time)}


def _list_hosts(time: EstateTime) -> list[HostOutput]:
    return [*_delivery(time), *_tracking(time), *_admin(), _report(), *_redis(time), *_batch(), _monitoring()]


def _delivery(time: EstateTime) -> list[HostOutput]:
    # The root volume of web-06, which nobody watches, was filling until the last of the four weeks.
    full = 0.93 - 0.007 * max(0.0, 28 - time.days)
    found = []
    for number in range(1, 7):
        host = HostOutput(f"adsv-prd-web-0{number}", "1.12 1.20 1.17", used=full if number == 6 else 0.82)
        host.run_jar("/opt/adsv/delivery-api/delivery-api.jar", "2.14.3", 6, 8080, "-Xms4g -Xmx4g", unit="delivery-api")
        if number == 2:
            path = "/home/kurokawa/delivery-api-2.8.1-hotfix.jar"
            host.run_jar(path, "2.8.1", 655, 8081, "-Xmx2g")
        host.peers = [("10.20.67.11:6379", "java"), ("10.20.80.12:3306", "java")]
        found.append(host)
    return found


def _tracking(time: EstateTime) -> list[HostOutput]:
    ends = time.before(-46, 23)  # renewed by hand, last a year ago
    found = []
    for number in range(1, 4):
        host = HostOutput(f"adsv-prd-trk-0{number}", "0.64 0.58 0.55", (3_880_116, 402_184 if number == 2 else 911_032))
        host.run("root", 80, 9_216, "nginx: master process /usr/sbin/nginx", 443, unit="nginx")
        host.run("app", 33, 188_416, "/opt/adsv/beacon/beacond", 8400, unit="beacond")
        host.certificate = (ends, "CN=trk.adteam.example")
        if number == 1:
            host.run_jar("/opt/log-forwarder/log-forwarder.jar", "0.9", 80, 5170, "-Xmx256m", unit="log-forwarder")
        found.append(host)
    return found


def _admin() -> list[HostOutput]:
    found = []
    for number, behind in ((1, 0), (2, 3)):
        host = HostOutput(f"adsv-prd-adm-0{number}")
        host.run("root", 40, 9_344, "nginx: master process /usr/sbin/nginx", 80, unit="nginx")
        host.run("root", 40, 31_232, "php-fpm: master process", unit="php-fpm")
        host.clone = ("/srv/adsv-admin", behind)
        if number == 1:
            host.run("app", 12, 62_976, "/usr/bin/php /srv/adsv-admin/bin/review-worker.php", unit="review-worker")
        found.append(host)
    return found


def _report() -> HostOutput:
    host = HostOutput("adsv-prd-rep-01", "9.41 8.87 8.52", (7_952_340, 611_020))
    host.run_jar("/opt/adsv/report-web/report-web.jar", "5.2.0", 20, 8080, "-Xmx4g", unit="report-web")
    host.peers = [("10.20.80.12:3306", "java"), ("10.20.68.12:8999", "java")]
    return host


def _redis(time: EstateTime) -> list[HostOutput]:
    lost = time.days >= REPLICA_LOST
    down = time.seconds_since(time.start + timedelta(days=REPLICA_LOST))
    primary = HostOutput("adsv-prd-redis-01", memory_kb=(15_992_116, 5_120_448))
    primary.redis = [(6379, "role:master"), (6379, f"connected_slaves:{0 if lost else 1}")]
    if not lost:
        primary.redis.append((6379, "slave0:ip=10.20.67.12,port=6379,state=online,offset=88123904,lag=0"))
    replica = HostOutput("adsv-prd-redis-02", memory_kb=(15_992_116, 6_004_112))
    replica.redis = [
        (6379, "role:slave"),
        (6379, "master_host:10.20.67.11"),
        (6379, "master_port:6379"),
        (6379, f"master_link_status:{'down' if lost else 'up'}"),
        *([(6379, f"master_link_down_since_seconds:{down}")] if lost else []),
        (6379, "connected_slaves:0"),
    ]
    for host in (primary, replica):
        host.run("redis", 70, 9_338_880, "/usr/bin/redis-server *:6379", 6379, unit="redis-server")
    return [primary, replica]


def _batch() -> list[HostOutput]:
    jobs = HostOutput("batch-01", "0.35 0.41 0.52", (15_884_020, 9_220_512), used=0.58)
    jobs.jars = [
        ("/opt/adsv/aggregate-batch/aggregate-batch.jar", "4.6.0", 61),
        ("/opt/adsv/billing-batch/billing-batch.jar", "1.22.0", 96),
    ]
    jobs.run("root", 410, 71_680, "/usr/bin/dockerd", unit="docker")
    jobs.containers = [("tmp_miura_3", "python:3.9-slim", 410)]
    jobs.cron = [
        ("batch", "0 2 * * *", "/opt/adsv/bin/schema_diff.sh", True),
        ("batch", "0 3 * * *", "/opt/adsv/bin/aggregate.sh", True),
        ("batch", "30 4 * * *", "/opt/adsv/bin/exclude_update.sh", True),
        ("batch", "0 6 * * *", "/opt/adsv/bin/publish_report.sh", True),
    ]
    jobs.peers = [("10.20.80.11:3306", "mysql")]
    old = HostOutput("batch-02", "0.08 0.11 0.10", (15_884_020, 11_440_308), used=0.71)
    old.run_jar("/home/kurokawa/agg-legacy.jar", "1", 551, 9010, "-Xmx1g")
    old.run_jar("/tmp/sumday-server.jar", "", 551, 8999, "-Xmx512m")  # noqa: S108 -- where somebody left it
    old.cron = [
        ("root", "0 * * * *", "/opt/adsv/bin/sync_m.sh", True),
        ("root", "30 4 * * *", "/opt/adsv/bin/exclude_update.sh", False),  # moved to batch-01
    ]
    old.peers = [("10.20.80.11:3306", "java")]
    return [jobs, old]


def _monitoring() -> HostOutput:
    host = HostOutput("mon-01", "0.77 0.82 0.80", (3_880_116, 744_960), used=0.63)
    host.run("zabbix", 120, 41_984, "/usr/sbin/zabbix_server", 10051, unit="zabbix-server")
    host.run("root", 120, 18_432, "/usr/sbin/httpd", 80, unit="httpd")
    return host


def _print(time: EstateTime, host: HostOutput, commits: Sequence[str]) -> bytes:
    total, available = host.memory_kb
    programs = [
        Program("root", 551, 11_264, "/usr/lib/systemd/systemd"),
        Program("root", 551, 7_936, "/usr/sbin/sshd", (22,), "sshd"),
        Program("root", 551, 3_584, "/usr/sbin/crond", (), "crond"),
        *host.programs,
    ]
    if host.name != "mon-01":
        programs.append(Program("zabbix", 120, 16_384, "/usr/sbin/zabbix_agent2", (10050,), "zabbix-agent2"))
    running = dict(zip([1, *(700 + 31 * number for number in range(1, len(programs)))], programs, strict=True))
    sections: dict[str, Sequence[Sequence[object]] | None] = {
        "id": [("hostname", host.name), ("ip", find_machine(host.name).ip)],
        "nproc": [(find_machine(host.name).cores,)],
        "loadavg": [(f"{host.load} 2/512 30911",)],
        "mem": [("MemTotal", total), ("MemAvailable", available), ("SwapTotal", 0), ("SwapFree", 0)],
        "ps": [(pid, each.user, int(each.days * _DAY_S), each.kb, each.command) for pid, each in running.items()],
        "listen": [("tcp", f"0.0.0.0:{port}", pid) for pid, each in running.items() for port in each.ports],
        "units": [(f"{name}.service", "active", "running") for name in sorted(each.unit for each in programs) if name],
        "containers": [
            ("docker", name, image, "running", format_utc(time.at - timedelta(days=days)))
            for name, image, days in host.containers
        ]
        or None,
        "git": _clone(host, commits),
        "files": [],
        "jars": [_jar(time, running, *each) for each in host.jars],
        "redis": host.redis or None,
        "cron": [(user, when, script, "yes" if there else "no") for user, when, script, there in host.cron],
        "disk": [("/", _DISK_KB, int(_DISK_KB * host.used))],
        "tls": [(443, format_utc(host.certificate[0])[:19] + "Z", host.certificate[1])] if host.certificate else [],
        "restart": [(name, "always") for name, _, _ in host.containers] or None,
        "peers": [("tcp", address, program) for address, program in host.peers],
        "services": [(pid, f"{each.unit}.service") for pid, each in running.items() if each.unit],
    }
    lines = ["#kb-hosts 1", f"#taken {format_utc(time.at)}", "#user root"]
    for name, rows in sections.items():
        lines.append(f"=== {name} {'absent' if rows is None else 'ok'} {len(rows or ())}")
        lines += ["\t".join(map(str, row)) for row in rows or ()]
    return "\n".join([*lines, f"=== end ok {len(sections)}", ""]).encode()


def _clone(host: HostOutput, commits: Sequence[str]) -> list[tuple[object, ...]]:
    if host.clone is None:
        return []
    folder, behind = host.clone
    return [(folder, commits[behind], "main", 1 if behind else 0, ORIGIN)]


def _jar(time: EstateTime, running: dict[int, Program], path: str, version: str, days: float) -> tuple[object, ...]:
    """Return a jar that was put there `days` before it was looked at, and the process that runs it."""
    name = path.rpartition("/")[2]
    modified = int((time.at - timedelta(days=days, hours=1)).timestamp())
    pids = [pid for pid, each in running.items() if each.command.endswith(f"-jar {path}")]
    digest = hashlib.sha256(f"{name} {version}".encode()).hexdigest()
    return path, digest, 24_117_248 + len(name), modified, ",".join(map(str, pids))
