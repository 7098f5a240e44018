"""The hosts script: what it finds and what it may not see, in dash, busybox and bash, as root and as nobody.

Redis, git, openssl, sshd are real; Docker and systemd are played by a line of shell, a JVM by a process of its name.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from estate.hosts_lab import (
    IS_ROOT,
    ORDER,
    SCRIPT,
    SHELLS,
    Lab,
    Printed,
    answers,
    free_port,
    make_lab,
    pretend,
    running,
    wait_for,
)

from kb.estate.collect.hosts.printed import read_hosts
from kb.estate.collect.inputs import InputFile
from kb.estate.drift.items.hosts import Host, HostsItems

SECRETS = ("Shijukara-88-hoo", "Hototo-4456-gisu", "hunter2")


@pytest.fixture
def lab() -> Iterator[Lab]:
    with make_lab() as made:
        yield made


each_shell = pytest.mark.parametrize("shell", SHELLS)
two_shells = pytest.mark.parametrize("shell", ["dash", "busybox"])


def as_host(printed: Printed) -> Host:
    """What kb reads of an output; what the script says is missing is all that is missing."""
    found = read_hosts([InputFile("a.txt", printed.text, "")])
    broken = {gap.part for gap in found.gaps}
    assert broken == {name for name, state in printed.states.items() if state in ("denied", "failed", "cut")}
    assert isinstance(found.items, HostsItems)
    return found.items.hosts[0]


def tree(folder: Path) -> dict[str, tuple[int, int, int]]:
    """What changes when somebody writes."""
    found = [folder, *folder.rglob("*")]
    return {str(path): (at.st_ino, at.st_mtime_ns, at.st_size) for path in found for at in [path.lstat()]}


# -- what the kernel tells --------------------------------------------------------------------------------


@each_shell
def test_a_machine_is_told_in_format_1(lab: Lab, shell: str) -> None:
    host = as_host(lab.run(shell))
    assert host.name == socket.gethostname()
    assert (host.processors > 0, len(host.load), host.memory["MemTotal"] > 0) == (True, 3, True)
    assert {"id", "nproc", "loadavg", "mem", "ps"} <= {name for name, state in host.sections.items() if state == "ok"}
    assert any(process.pid == os.getpid() and process.seconds >= 0 for process in host.processes)
    assert lab.spoken == [""]


@two_shells
def test_nobody_is_told_what_is_denied(lab: Lab, shell: str) -> None:
    lab.write("var/spool/cron/crontabs/app", "0 5 * * * /opt/app/a.sh\n")
    (lab.root / "var/spool/cron/crontabs").chmod(0o700 if IS_ROOT else 0)
    jar = lab.write("opt/app/app.jar", "jar", mode=0o600 if IS_ROOT else 0)
    lab.fake("openssl", "exit 1")  # it would wait for the server below, which never answers
    with socket.create_server(("127.0.0.1", 0)) as server:
        at = f"127.0.0.1:{server.getsockname()[1]}"
        printed = lab.run(shell, nobody=True)
        mine = lab.run(shell)
    (lab.root / "var/spool/cron/crontabs").chmod(0o755)
    assert [printed.states[name] for name in ("cron", "jars")] == ["denied"] * 2
    assert printed.find("jars", str(jar))[0][1] == ""
    assert printed.states["ps"] == "ok"
    assert [row[2] for row in mine.rows["listen"] if row[1] == at] == [str(os.getpid())]
    if IS_ROOT:
        assert printed.states["listen"] == "denied"
        assert [row for row in printed.rows["listen"] if row[1] == at] == [["tcp", at, "0"]]
    assert as_host(printed).has_read("ps", "units")
    assert not as_host(printed).whole


@two_shells
def test_of_a_jvm_the_allow_list_is_kept_and_its_jar_looked_at(lab: Lab, shell: str) -> None:
    jar = lab.write("opt/track/track-0.jar", "a jar")
    other = lab.write("opt/track/old.jar", "b jar")
    lab.write("opt/track/lib/some.jar")
    command = ("/usr/bin/java", "-Xmx1g", f"-Dtoken={SECRETS[0]}", "-jar", str(jar), f"--password={SECRETS[1]}")
    with pretend(*command) as one, pretend(*command) as two:
        printed = lab.run(shell)
    kept = f"/usr/bin/java -Xmx1g -jar {jar}"
    assert [printed.find("ps", str(each.pid))[0][4] for each in (one, two)] == [kept, kept]
    rows = {row[0]: row for row in printed.rows["jars"] if row[0].startswith(str(lab.root))}
    assert set(rows) == {str(jar), str(other)}
    assert rows[str(jar)][1:4] == [
        hashlib.sha256(b"a jar").hexdigest(),
        "5",
        str(int(jar.stat().st_mtime)),
    ]
    assert sorted(rows[str(jar)][4].split(",")) == sorted([str(one.pid), str(two.pid)])
    assert not [each for each in SECRETS if each in printed.text]
    as_host(printed)


def test_a_jar_named_from_its_folder_and_one_that_is_gone(lab: Lab) -> None:
    jar = lab.write("home/app/app.jar")
    gone = f"{lab.root}/opt/gone.jar"
    with (
        running(["java", "-c", "read wait", "-jar", "app.jar"], program=shutil.which("dash"), cwd=jar.parent) as one,
        pretend("java", "-jar", gone) as two,
    ):
        printed = lab.run()
    assert printed.find("jars", str(jar))[0][4] == str(one.pid)
    assert printed.find("jars", gone) == [[gone, "", "0", "0", str(two.pid)]]


@two_shells
def test_hostile_command_lines_stay_one_row(lab: Lab, shell: str) -> None:
    lines: list[tuple[str | bytes, ...]] = [
        ("a\nb", "\n==> /proc/1/cmdline <==\n/opt/evil.sh"),
        ("sh", "\x1b[31m\t\x01-jar\x01x.jar", "/opt/\x07.sh"),
        (b"caf\xe9/\xff", b"/opt/\x80.sh"),
        ("java", "x" * 100_000, "-jar", "/opt/hidden.jar"),
        ("https://user:hunter2@example.jp/x", "--password", "hunter2"),
    ]
    with ExitStack() as stack:
        started = [stack.enter_context(pretend(*line)) for line in lines]
        printed = lab.run(shell)
    rows = [printed.find("ps", str(each.pid)) for each in started]
    assert [len(row) for row in rows] == [1] * len(lines)
    assert {len(row) for row in printed.rows["ps"]} == {5}
    assert printed.find("ps", "1")[0][4] != "/opt/evil.sh"
    assert rows[4][0][4] == "***"
    assert printed.states["ps"] == "cut"  # a JVM whose jar stands behind 32 KB
    assert not [each for each in SECRETS if each in printed.text]
    as_host(printed)


# -- what was deployed ------------------------------------------------------------------------------------


def clone(lab: Lab, path: str, origin: str) -> Path:
    folder = lab.write(f"{path}/a", "a").parent
    lab.write(f"{path}/b", "b")
    git = ["git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=n@example.jp"]
    for words in (
        ["init", "-q", "-b", "main"],
        ["add", "."],
        ["commit", "-qm", "x"],
        ["remote", "add", "origin", origin],
    ):
        subprocess.run([*git, *words], check=True)
    return folder


def test_clones_are_told_and_not_written_to(lab: Lab) -> None:
    web = clone(lab, "srv/web", f"https://deploy:{SECRETS[0]}@git.example.jp/a/web.git?private_token={SECRETS[1]}")
    bot = clone(lab, "opt/team/bot", "git@github.com:example/bot.git")
    lab.write("srv/web/a", "changed")
    lab.write("srv/web/untracked")
    for path in (web / ".git/index", web / "b"):  # what `git status` would refresh
        os.utime(path, (1, 1))
    before = tree(lab.root)
    for nobody in (False, True):
        printed = lab.run(nobody=nobody)
        heads = [subprocess.check_output(["git", "-C", f, "rev-parse", "HEAD"], text=True).strip() for f in (web, bot)]
        assert printed.find("git", str(web)) == [[str(web), heads[0], "main", "1", "https://git.example.jp/a/web.git"]]
        assert printed.find("git", str(bot)) == [[str(bot), heads[1], "main", "0", "git@github.com:example/bot.git"]]
        assert printed.rows["files"] == []
        assert not [each for each in SECRETS if each in printed.text]
    assert tree(lab.root) == before


def test_a_clone_cannot_have_its_programs_run(lab: Lab) -> None:
    web = clone(lab, "srv/web", "https://git.example.jp/a/web.git")
    ran = lab.root / "ran"
    lab.root.chmod(0o777)
    lab.write("srv/web/a", "changed")
    git = ["git", "-C", str(web), "config"]
    subprocess.run([*git, "core.fsmonitor", f"touch {ran}"], check=True)
    assert lab.run(nobody=True).states["git"] == "ok"
    lab.write("srv/web/.gitattributes", "* filter=evil\n")
    subprocess.run([*git, "filter.evil.clean", f"touch {ran}; cat"], check=True)
    if IS_ROOT:
        assert lab.run(nobody=True).states["git"] == "failed"
    assert not ran.exists()


def test_without_its_programs_a_section_has_failed_and_is_not_absent(lab: Lab) -> None:
    clone(lab, "srv/web", "https://git.example.jp/a/web.git")
    lab.write("opt/app/cert.pem", "-----BEGIN CERTIFICATE-----\n")
    printed = lab.run("busybox")  # no git, ss or openssl there
    assert [printed.states[name] for name in ("git", "tls")] == ["failed"] * 2
    assert printed.states["listen"] == ("ok" if IS_ROOT else printed.states["listen"])
    lab.applets.joinpath("sha256sum").unlink()
    lab.write("opt/app/app.jar", "a jar")
    printed = lab.run("busybox")
    assert printed.states["jars"] == "failed"
    assert printed.find("jars", f"{lab.root}/opt/app/app.jar")[0][1] == ""


@two_shells
def test_files_of_trees_without_what_may_hold_secrets(lab: Lab, shell: str) -> None:
    names = {
        "var/www/site/index.html": True,
        "var/www/site/設定 1.txt": True,
        "var/www/site/.env": False,
        "var/www/site/.env.production": False,
        "var/www/site/db_credentials.yml": False,
        "var/www/site/tls/server.key": False,
        "var/www/site/logs/a.txt": False,
        "var/www/site/node_modules/a/b.js": False,
        "var/www/site/quote'\" $x.txt": True,
    }
    for name in names:
        lab.write(name, name)
    lab.write("data/app/extra.txt")
    printed = lab.run(shell, lab.root / "data/app")
    told = {f"{folder}/{path}": sha256 for folder, path, sha256, _ in printed.rows["files"]}
    wanted = {f"{lab.root}/{name}": hashlib.sha256(name.encode()).hexdigest() for name, told in names.items() if told}
    assert told == {**wanted, f"{lab.root}/data/app/extra.txt": hashlib.sha256(b"x").hexdigest()}
    assert {row[0] for row in printed.rows["files"]} == {f"{lab.root}/var/www/site", f"{lab.root}/data/app"}
    assert printed.states["files"] == "ok"
    # Where these tests run from a clone, a program of it runs, and busybox has no git to ask.
    assert printed.states["git"] == "ok" or shell == "busybox"
    lab.write("var/www/site/tab\tand\nline", "x")
    assert lab.run(shell).states["files"] == "cut"


def test_too_many_files_and_jars_are_cut(lab: Lab) -> None:
    for number in range(1_100):
        lab.write(f"srv/site/{number}.txt", "")
    for number in range(120):
        lab.write(f"opt/app/{number}.jar", "")
    printed = lab.run()
    assert [printed.states[name] for name in ("files", "jars", "git")] == ["cut", "cut", "ok"]
    assert (len(printed.rows["files"]), len(printed.rows["jars"])) == (1_000, 100)


def test_how_many_commands_run_does_not_grow_with_the_machine(lab: Lab) -> None:
    """A busy host has many processes, jars and files; each costs a line, not a command."""
    counted = lab.root / "counted"
    for name in (
        "awk",
        "head",
        "tr",
        "xargs",
        "stat",
        "sha256sum",
        "sort",
        "find",
        "grep",
        "ss",
        "readlink",
        "timeout",
    ):
        lab.fake(name, f'echo >> {counted}\nexec {shutil.which(name)} "$@"')

    def count() -> int:
        counted.write_text("")
        lab.run()
        return len(counted.read_text().splitlines())

    lab.write("opt/app/0.jar")
    few = count()
    with ExitStack() as stack:
        for number in range(1, 30):
            jar = lab.write(f"opt/app/{number}.jar")
            lab.write(f"srv/site/{number}.txt")
            stack.enter_context(pretend("java", "-jar", str(jar)))
        assert count() <= few + 2
    assert few < 130


# -- servers ----------------------------------------------------------------------------------------------


def redis_server(stack: ExitStack, *options: str) -> int:
    port = free_port()
    folder = stack.enter_context(make_lab()).root
    base = ["--bind", "127.0.0.1", "--save", "", "--dir", str(folder), "--repl-ping-replica-period", "1"]
    stack.enter_context(running([shutil.which("redis-server") or "", "--port", str(port), *base, *options]))
    wait_for(lambda: answers(port))
    return port


def replication(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as asked:
        asked.sendall(b"INFO replication\r\nQUIT\r\n")
        with asked.makefile("rb") as answer:
            return answer.read().decode()


def test_redis_tells_of_its_replicas_by_whatever_program_can_ask(lab: Lab) -> None:
    """By redis-cli, by nc, and by bash; a replica whose primary died, a primary whose replica died, a password."""
    lab.fake("openssl", "exit 1")  # it would wait for what speaks no TLS
    with ExitStack() as stack, ExitStack() as dies:
        left = redis_server(dies)
        replica = redis_server(stack, "--replicaof", "127.0.0.1", str(left))
        primary = redis_server(stack)
        gone = redis_server(dies, "--replicaof", "127.0.0.1", str(primary))
        locked = redis_server(stack, "--requirepass", SECRETS[0])
        wait_for(lambda: "master_link_status:up" in replication(replica))
        wait_for(lambda: "connected_slaves:1" in replication(primary))
        slaves = [row[1] for row in lab.run().find("redis", str(primary)) if row[1].startswith("slave0:")]
        assert slaves[0].startswith(f"slave0:ip=127.0.0.1,port={gone},state=")
        dies.close()
        wait_for(lambda: "master_link_status:down" in replication(replica))
        wait_for(lambda: "connected_slaves:0" in replication(primary))
        bare = lab.programs.parent / "bare"
        bare.mkdir()
        for tool in lab.applets.iterdir():
            if tool.name not in ("nc", "bash", "sh", "ash"):
                (bare / tool.name).symlink_to(tool.readlink())
        (bare / "bash").symlink_to(shutil.which("bash") or "")
        ways = [lab.run("dash"), lab.run("busybox"), lab.run("busybox", path=str(bare)), lab.run("dash", nobody=True)]
        (bare / "bash").unlink()
        unasked = lab.run("busybox", path=str(bare))
    for printed in ways:
        told = {(row[0], row[1]) for row in printed.rows["redis"]}
        assert {(str(replica), "role:slave"), (str(replica), "master_link_status:down")} <= told
        assert {(str(primary), "role:master"), (str(primary), "connected_slaves:0")} <= told
        assert printed.find("redis", str(locked)) == []
        assert printed.states["redis"] == "denied"
        assert as_host(printed).redis
    assert (unasked.states["redis"], unasked.rows["redis"]) == ("failed", [])


@two_shells
@pytest.mark.parametrize("bound", [("0.0.0.0",), ("0.0.0.0", "-::")])  # noqa: S104
def test_redis_is_asked_whatever_addresses_it_listens_on(lab: Lab, shell: str, bound: tuple[str, ...]) -> None:
    with ExitStack() as stack:
        port = redis_server(stack, "--bind", *bound)
        told = lab.run(shell)
    assert [str(port), "role:master"] in told.rows["redis"]
    assert told.states["redis"] == "ok"


def certificate(folder: Path, name: str) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    files = [str(folder / "server.pem"), str(folder / "server.key")]
    ask = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "20", "-subj", f"/CN={name}"]
    subprocess.run([*ask, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


def test_certificates_that_are_served_and_that_lie_there(lab: Lab) -> None:
    file, key = certificate(lab.root / "opt/app/tls", "web.example.jp")
    lab.write("opt/app/bundle.crt", Path(file).read_text() * 9)
    port = free_port()
    server = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", file, "-key", key, "-quiet"]
    with running([shutil.which("openssl") or "", *server[1:]]):
        wait_for(lambda: answers(port))
        printed = lab.run()
    places = {row[0]: row[1:] for row in printed.rows["tls"]}
    assert set(places) & {str(port), file, f"{lab.root}/opt/app/bundle.crt"} == {str(port), file}
    assert places[file] == places[str(port)]
    assert places[file][1] == "CN=web.example.jp"
    assert as_host(printed).certificates


# -- what starts programs ---------------------------------------------------------------------------------

CRONTAB = f"""\
SHELL=/bin/sh
17 * * * * root cd / && run-parts --report /etc/cron.hourly
25 6 * * * root test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )
0 5 * * * root /opt/app/gone.sh --password {SECRETS[0]} >/dev/null 2>&1
0 5 * * * root /opt/app/here.sh | mail -s "x; /opt/no.sh" a@example.jp
*/5 * * * * app TOKEN={SECRETS[1]} flock -n /tmp/lock /opt/app/here.sh a
@reboot app nohup java -Xmx1g -Dtoken={SECRETS[0]} -jar /opt/app/app.jar > /dev/null 2>&1 &
1 2 * * * app cd /opt/app && ./rel.sh; bash -lc "cd /opt/track && python3 run.py --token={SECRETS[1]}"
1 2 * * * app docker exec web /app/in_container.sh; ssh web /app/remote.sh
1 2 * * * app su - app -c "/opt/app/su.sh 'a b'"
1 2 * * * app ~/bin/home.sh; $APP/bin/env.sh; rm -f /tmp/x.sh
1 2 * * * app [ -x /opt/app/opt.sh ] && /opt/app/opt.sh
1 2 * * * app nice -n 10 ionice -c3 timeout 60 /opt/app/nice.sh 2>&1 | logger -t x
1 2 * * * app date +\\%F > /tmp/x; /opt/app/pct.sh%stdin /opt/no2.sh
1 2 * * * app sudo -u app /opt/app/sudo.sh
"""
GONE = (
    "root gone.sh, app rel.sh, app su.sh, app nice.sh, app pct.sh, app sudo.sh, app spool.sh, app home.sh, app run.py"
)


@two_shells
def test_lines_of_cron_and_whether_their_scripts_are_there(lab: Lab, shell: str) -> None:
    lab.write("etc/passwd", "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n")
    lab.write("etc/crontab", CRONTAB)
    lab.write("etc/cron.d/a.dpkg-old", "* * * * * root /opt/app/old.sh\n")
    lab.write("var/spool/cron/crontabs/app", "5 4 * * 1-5 /opt/app/spool.sh\n")
    lab.write("opt/app/here.sh")
    lab.write("opt/app/app.jar")
    (lab.root / "home/app").mkdir(parents=True)
    printed = lab.run(shell)
    assert printed.states["cron"] == "ok"
    gone = {f"{user} {Path(script).name}" for user, _, script, there in printed.rows["cron"] if there == "no"}
    assert gone == set(GONE.split(", "))
    assert [row for row in printed.rows["cron"] if row[3] == "yes"] == [
        ["root", "0 5 * * *", "/opt/app/here.sh", "yes"],
        ["app", "*/5 * * * *", "/opt/app/here.sh", "yes"],
        ["app", "@reboot", "/opt/app/app.jar", "yes"],
    ]
    assert not [each for each in SECRETS if each in printed.text]
    assert len([line for line in as_host(printed).cron if not line.exists]) == len(gone)


def test_a_script_behind_a_closed_folder_is_not_called_missing(lab: Lab) -> None:
    lab.write("etc/cron.d/app", "0 5 * * * root /opt/closed/a.sh\n")
    lab.write("opt/closed/b").parent.chmod(0o700 if IS_ROOT else 0)
    printed = lab.run(nobody=True)
    (lab.root / "opt/closed").chmod(0o755)
    assert (printed.rows["cron"], printed.states["cron"]) == (
        [["root", "0 5 * * *", "/opt/closed/a.sh", "?"]],
        "denied",
    )
    assert as_host(printed).cron[0].exists


def test_units_of_systemd(lab: Lab) -> None:
    units = '"sshd.service loaded active running OpenSSH" "● a.service loaded failed failed A"'
    lab.fake("systemctl", f'printf "%s\\n" {units}')
    assert lab.run().states["units"] in ("absent", "failed")  # by what runs as process 1
    (lab.root / "run/systemd/system").mkdir(parents=True)
    printed = lab.run("busybox")
    assert printed.rows["units"] == [["sshd.service", "active", "running"], ["a.service", "failed", "failed"]]
    lab.fake("systemctl", "exit 1")
    printed = lab.run()
    assert (printed.states["units"], printed.rows["units"]) == ("failed", [])


GROUPS = r"""case "$*" in
*cgroup*)
    printf '%s\n' '/proc/10/cgroup:0::/system.slice/worker.service' \
        '/proc/11/cgroup:0::/system.slice/system-app.slice/app@2.service/inner' \
        '/proc/12/cgroup:4:memory:/system.slice/hidden.service' \
        '/proc/12/cgroup:1:name=systemd:/system.slice/old.service' \
        '/proc/13/cgroup:0::/user.slice/user-1000.slice/user@1000.service/app.slice/mine.service' \
        '/proc/14/cgroup:0::/user.slice/user-1000.slice/session-3.scope' ;;
*) exec /usr/bin/grep "$@" ;;
esac"""


@pytest.mark.parametrize("shell", SHELLS)
def test_the_unit_of_each_process(lab: Lab, shell: str) -> None:
    assert lab.run(shell).states["services"] == "absent"
    (lab.root / "run/systemd/system").mkdir(parents=True)
    lab.fake("grep", GROUPS)
    printed = lab.run(shell, nobody=True)
    assert printed.states["services"] == "ok"
    assert printed.rows["services"] == [
        ["10", "worker.service"],
        ["11", "app@2.service"],
        ["12", "old.service"],
        ["13", "mine.service"],
    ]


DOCKER = """case $1 in
--version) echo Docker version 27 ;;
ps) printf '%s\\n' 111111111111aaaa 222222222222bbbb ;;
inspect)
    printf '/agent\\tagent:3\\trunning\\t2026-01-01T00:00:00.123456789Z\\talways\\n'
    printf '/old\\tuser@reg/redis:4\\texited\\t2020-01-01T00:00:00Z\\t\\t2020-02-03T04:05:06.7Z\\n'
    printf '/new\\tnew:1\\tcreated\\t2026-01-01T00:00:00Z\\tno\\t0001-01-01T00:00:00Z\\n' ;;
esac"""


def test_containers_and_what_starts_them_again(lab: Lab) -> None:
    lab.fake("docker", DOCKER)
    (lab.root / "var/lib/docker").mkdir(parents=True)
    for shell in ("dash", "busybox"):
        printed = lab.run(shell)
        assert printed.states["containers"] == printed.states["restart"] == "ok"
        assert printed.rows["containers"] == [
            ["docker", "agent", "agent:3", "running", "2026-01-01T00:00:00Z"],
            ["docker", "old", "reg/redis:4", "exited", "2020-01-01T00:00:00Z", "2020-02-03T04:05:06Z"],
            ["docker", "new", "new:1", "created", "2026-01-01T00:00:00Z"],
        ]
        assert printed.rows["restart"] == [["agent", "always"], ["old", "no"], ["new", "no"]]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("permission denied while trying to connect to the Docker daemon socket", "denied"),
        ("Cannot connect to the Docker daemon", "failed"),
    ],
)
def test_an_engine_that_does_not_answer_is_not_absent(lab: Lab, said: str, state: str) -> None:
    lab.fake("docker", f"echo '{said}' >&2; exit 1")
    (lab.root / "var/lib/docker").mkdir(parents=True)
    printed = lab.run()
    assert [printed.states[name] for name in ("containers", "restart")] == [state] * 2


@pytest.mark.parametrize(("shell", "has_timeout"), [("dash", True), ("dash", False), ("busybox", True)])
def test_what_never_answers_is_given_up(lab: Lab, shell: str, has_timeout: bool) -> None:
    lab.fake("docker", "exec sleep 1000")
    lab.fake("df", "exec sleep 1000")
    if not has_timeout:
        lab.fake("timeout", "exit 1")
    (lab.root / "var/lib/docker").mkdir(parents=True)
    printed = lab.run(shell, seconds=4)
    assert [printed.states[name] for name in ("containers", "disk")] == ["failed"] * 2


def test_half_a_script_does_nothing() -> None:
    lines = SCRIPT.read_text("utf-8").splitlines(keepends=True)
    for at in range(60, len(lines) - 1, 251):
        for shell in SHELLS.values():
            done = subprocess.run(shell, input="".join(lines[:at]), capture_output=True, text=True, check=False)
            assert done.stdout == "", at


def test_shellcheck_finds_nothing() -> None:
    found = subprocess.run(
        ["shellcheck", "-s", "sh", "-e", "SC2016,SC2015", str(SCRIPT)], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout) == (0, "")


# -- over ssh ---------------------------------------------------------------------------------------------


def test_many_hosts_over_ssh_become_one_snapshot(lab: Lab, tmp_path: Path) -> None:
    """A real sshd; one host answers, one refuses. What came is read, and the snapshot is not whole."""
    sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    assert sshd
    if IS_ROOT:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)], check=True)
    port, closed = free_port(), free_port()
    config = tmp_path / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {tmp_path}/host\nAuthorizedKeysFile {tmp_path}/user.pub\n"
        "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nPidFile none\n"
    )
    hosts = tmp_path / "hosts"
    hosts.mkdir()
    with running([sshd, "-D", "-e", "-f", str(config)]):
        wait_for(lambda: answers(port))
        for name, at in (("web-01", port), ("web-02", closed)):
            ask = ["ssh", "-F", "/dev/null", "-i", str(tmp_path / "user"), "-p", str(at), "-o", "BatchMode=yes"]
            ask += ["-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={tmp_path}/known"]
            environment = f"KB_HOSTS_SECONDS=60 KB_HOSTS_ROOT={lab.root}"
            with (hosts / f"{name}.txt").open("wb") as out:
                subprocess.run(
                    [*ask, f"{getpass.getuser()}@127.0.0.1", f"{environment} sh -s"],
                    input=SCRIPT.read_bytes(),
                    stdout=out,
                    stderr=subprocess.DEVNULL,
                    check=False,
                )
    files = [InputFile(path.name, path.read_text("utf-8"), "") for path in sorted(hosts.iterdir())]
    assert files[1].text == ""
    found = read_hosts(files)
    assert isinstance(found.items, HostsItems)
    assert [(host.name, list(host.sections)) for host in found.items.hosts] == [(socket.gethostname(), ORDER)]
    assert ("cut", "web-02") in [(gap.kind.value, gap.of) for gap in found.gaps]
    assert any(each.port == port for each in found.items.hosts[0].listeners)
