"""What runs on a host, what starts it, and whom it talks to. Pure."""

from __future__ import annotations

from kb.estate.drift.items.item import Item


class Process(Item, frozen=True):
    """A running program; `seconds` since it began, `command` as the allow-list leaves it."""

    pid: int
    user: str
    seconds: int
    rss_kb: int
    command: str


class Listener(Item, frozen=True):
    """A port that is listened on."""

    protocol: str
    address: str
    port: int
    pid: int = 0


class Unit(Item, frozen=True):
    """A systemd unit."""

    name: str
    active: str
    sub: str = ""


class Container(Item, frozen=True):
    """A container, running or not; `ended_at` is when it last exited, "" where the host does not say."""

    engine: str
    name: str
    image: str = ""
    state: str = ""
    created_at: str = ""
    ended_at: str = ""


class CronLine(Item, frozen=True):
    """A line of a crontab; `script` is there or not when the host looked."""

    user: str
    schedule: str
    script: str
    exists: bool = True


class RestartPolicy(Item, frozen=True):
    """What brings a container back after a reboot."""

    container: str
    policy: str


class Peer(Item, frozen=True):
    """Another machine that a program of this one talks to."""

    protocol: str
    address: str
    port: int
    program: str = ""


class ServiceProcess(Item, frozen=True):
    """A process that runs in the control group of a systemd unit: its main process, or one that came of it."""

    pid: int
    unit: str
