"""The kinds and states of what is collected, and evidence. Light, since each rule about a running system knows some."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kb.text.lang import Text


class SourceKind(StrEnum):
    """Where snapshots come from."""

    EC2 = "ec2"
    CODEDEPLOY = "codedeploy"
    ZABBIX = "zabbix"
    HOSTS = "hosts"
    REPOS = "repos"
    CSV = "csv"


class SnapshotState(StrEnum):
    """How much of its source a snapshot holds."""

    OK = "ok"
    SHRUNK = "shrunk"
    INCOMPLETE = "incomplete"
    EMPTY = "empty"


class GapKind(StrEnum):
    """Why a snapshot is not whole."""

    PAGE = "page-left"
    GROUPS = "groups-missing"
    DENIED = "denied"
    FAILED = "failed"
    CUT = "cut"
    SMALLER = "smaller"
    EXPECTED = "fewer-than-expected"
    EXPORT = "export"
    PASTED = "pasted"
    TIME = "impossible-time"


class InstanceState(StrEnum):
    """The states of an EC2 instance that count here; what is shutting down counts as terminated."""

    PENDING = "pending"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    TERMINATED = "terminated"


class FilterKind(StrEnum):
    """What of a tag a filter of CodeDeploy compares."""

    KEY = "KEY_ONLY"
    VALUE = "VALUE_ONLY"
    BOTH = "KEY_AND_VALUE"


class Availability(StrEnum):
    """Whether Zabbix reaches an interface."""

    UNKNOWN = "0"
    YES = "1"
    NO = "2"


class SectionState(StrEnum):
    """How a section of the hosts script ended. ABSENT: the host has no such thing, and the script has looked."""

    OK = "ok"
    ABSENT = "absent"
    DENIED = "denied"
    FAILED = "failed"
    CUT = "cut"


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """Why something is said: the snapshot or file, when it was taken, and what stands there."""

    source: str
    taken_at: str
    what: Text = field(compare=False)
